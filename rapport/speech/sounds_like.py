"""Names that a recogniser cannot hear, by what it hears in their place.

A word that is not in a recogniser's vocabulary comes out as others: "nkechi" as "and catch up". Spoken by a voice and
heard, it tells which; these are listened for, and the name is put back where they were heard. `bench.recognition`
measures it: of thirteen such names none is heard, in 77 to 92 % of sentences with this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from rapport.speech.recognizer import Transcript, Word

MOST_WORDS = 4
"""Of what is heard for one name; more is something else."""
ALIKE = 0.7
"""Share of letters in common, in their order, from which words in a name's place stand for it."""


def unheard(sentences: Iterable[str], knows: Callable[[str], bool]) -> list[tuple[str, str]]:
    """The sentences with just one word that is not known, each with that word."""
    found = []
    for sentence in sentences:
        unknown = [word for word in sentence.split() if not knows(word)]
        if len(unknown) == 1:
            found.append((sentence, unknown[0]))
    return found


def heard_for(name: str, sentence: str, heard: str) -> str | None:
    """What was heard in a name's place; None where that cannot be told.

    Args:
        name: One word of the sentence.
        sentence: What was said.
        heard: What was heard of it.
    """
    said, words = sentence.split(), heard.split()
    before = said.index(name)
    place = words[before : len(words) - (len(said) - before - 1)]
    return " ".join(place) if 0 < len(place) <= MOST_WORDS else None


def is_said_otherwise(words: str, sentences: Iterable[str]) -> bool:
    """Whether these words stand in any of the sentences, so that they can't stand for a name."""
    return any(f" {words} " in f" {sentence} " for sentence in sentences)


def with_sounds(sentences: Sequence[str], sounds: Mapping[str, str]) -> list[str]:
    """The sentences, and each that names one of the names once more with what is heard for it.

    Args:
        sentences: To be listened for.
        sounds: Names by what is heard for them.
    """
    more = [
        " ".join(words if word == name else word for word in sentence.split())
        for words, name in sounds.items()
        for sentence in sentences
        if name in sentence.split()
    ]
    return [*sentences, *more]


def with_names(heard: Transcript, sentences: Sequence[str], sounds: Mapping[str, str]) -> Transcript:
    """A transcript, and its alternatives, with the names put back; each as sure as the least sure of its words.

    What is heard for a name stands for it anywhere, and what is only like that stands for it in one of the sentences.
    A sentence that is the name and nothing else comes last: what is around a name is not to go into it.

    Args:
        heard: What was heard.
        sentences: That name the names.
        sounds: Names by what is heard for them.
    """
    if not sounds:
        return heard

    framed, alone = [each for each in sentences if " " in each], [each for each in sentences if " " not in each]

    def named(words: Sequence[Word]) -> Transcript:
        found = _in_sentence(words, framed, sounds) or _anywhere(words, sounds) or _in_sentence(words, alone, sounds)
        return Transcript.of(found or words)

    best = named(heard.words)
    others = {each.text: each for each in (named(other.words) for other in heard.alternatives)}
    others.pop(best.text, None)
    return Transcript(best.text, best.words, best.confidence, tuple(others.values()))


def _in_sentence(words: Sequence[Word], sentences: Sequence[str], sounds: Mapping[str, str]) -> list[Word] | None:
    texts = [word.text for word in words]
    for sentence in sentences:
        for name in set(sentence.split()) & set(sounds.values()):
            place = heard_for(name, sentence, " ".join(texts))
            begin = sentence.split().index(name)
            end = len(texts) - (len(sentence.split()) - begin - 1)
            around = [*texts[:begin], name, *texts[end:]]
            if place and around == sentence.split() and _is_like(place, name, sounds):
                return [*words[:begin], _as_one(name, words[begin:end]), *words[end:]]
    return None


def _is_like(place: str, name: str, sounds: Mapping[str, str]) -> bool:
    return any(
        SequenceMatcher(None, place.replace(" ", ""), sound.replace(" ", "")).ratio() >= ALIKE
        for sound, named in sounds.items()
        if named == name
    )


def _as_one(name: str, words: Sequence[Word]) -> Word:
    return Word(name, words[0].start_ms, words[-1].end_ms, min(word.confidence for word in words))


def _anywhere(words: Sequence[Word], sounds: Mapping[str, str]) -> list[Word] | None:
    found: list[Word] = []
    at = 0
    # The longest first: "tandy you" before "tandy".
    by_length = sorted(((sound.split(), name) for sound, name in sounds.items()), key=lambda each: -len(each[0]))
    while at < len(words):
        for sound, name in by_length:
            stretch = words[at : at + len(sound)]
            if [word.text for word in stretch] == sound:
                found.append(_as_one(name, stretch))
                at += len(sound)
                break
        else:
            found.append(words[at])
            at += 1
    return found if found != list(words) else None
