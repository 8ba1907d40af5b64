"""Cutting a reply into clauses, so that speech starts while the rest is still being made.

Pure, and the same for text that arrives whole or in pieces. A clause keeps the white space that follows it:
`"".join(cut_clauses(text)) == text`. Turning a clause into words that can be spoken lives in
`spoken_text.py`.
"""

import re
from dataclasses import dataclass
from enum import IntEnum

_WORD = re.compile(r"\S{1,200}")
"""A word; 200 characters without a space (a data URL, say) are cut, so that a clause has a longest length."""

_CLOSERS = "\"'”’»)]}*_"
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]?\.?")
_LIST_MARKER = re.compile(r"\(?\d{1,3}[.)]")
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms mx prof st mt ft jr sr gen rev hon vs etc approx est dept inc ltd co corp ave blvd rd "
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun".split()
)
_ABBREVIATIONS_OF_NUMBERS = frozenset(("no", "nos", "p", "pp", "fig", "vol", "ch"))
_OPENERS_OF_PHRASES = frozenset(
    "and or but so because if when while where which who unless although though as "
    "in on at for from with without about after before until since during into over under between "
    "through across around near to is are was were".split()
)
_BOUND_TO_THE_NEXT = _OPENERS_OF_PHRASES | frozenset(
    "a an the my your his her its our their this that these those of to not no very "
    "i you he she it we they there here what how".split()
)
_NUMBERS = frozenset("one two three four five six seven eight nine ten eleven twelve twenty half quarter".split())


class _Break(IntEnum):
    """What lies between two words, from the worst place to cut to the best."""

    SPACE = 0
    PHRASE = 1
    CLAUSE = 2
    SENTENCE = 3


@dataclass(frozen=True)
class _Boundary:
    """A place to cut, and how long what lies before it is when spoken (in characters, see `_spoken_length`)."""

    at: int
    spoken: int
    kind: _Break


@dataclass(frozen=True)
class _Length:
    """How long a clause may be, in spoken characters; the voice says some 15 in a second.

    Attributes:
        fewest: On either side of a cut inside a sentence.
        most: A sentence of at most that many stays whole; a longer one is cut before that many, if it can be.
        grace: How far beyond `most` a natural place is looked for, before any space will do.
        eager: Cut at the first comma rather than at the last.
    """

    fewest: int
    most: int
    grace: int
    eager: bool = False


# On two quiet cores Piper takes 0.1 s for a second of speech, twice that beside other work (bench.synthesis): an
# opening of 34 characters is there after 0.2 to 0.4 s, and what follows may be three times as long as what plays
# while it is made.
_OPENING = _Length(fewest=3, most=34, grace=8, eager=True)
_SECOND = _Length(fewest=12, most=60, grace=20)
_LATER = _Length(fewest=20, most=110, grace=30)
_SHORTEST_PHRASE = 9
_CHARACTERS_OF_A_DIGIT = 4
"""A spoken digit's: "14:30" is "fourteen thirty"."""


def cut_clauses(text: str) -> list[str]:
    """The clauses of a whole text, in order; their concatenation is the text. No text, no clauses."""
    cutter = ClauseCutter()
    return cutter.feed(text) + cutter.flush()


class ClauseCutter:
    """Cuts text that arrives in pieces, each clause as soon as it is certain.

    The pieces may end anywhere, inside a word too: the clauses are those of `cut_clauses` on the whole.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._cut = 0

    def feed(self, text: str) -> list[str]:
        """The clauses that `text` completes; what is uncertain waits for more."""
        self._rest += text
        return self._take(ended=False)

    def flush(self) -> list[str]:
        """The clauses that are left. The next `feed` opens a new text."""
        clauses = self._take(ended=True)
        self._cut = 0
        return clauses

    def _take(self, *, ended: bool) -> list[str]:
        clauses = []
        start = 0
        while start < len(self._rest):
            length = (_OPENING, _SECOND, _LATER)[min(self._cut, 2)]
            end = _end_of_clause(self._rest, start, length, ended=ended)
            if end is None:
                break
            clauses.append(self._rest[start:end])
            self._cut += 1
            start = end
        self._rest = self._rest[start:]
        return clauses


def _end_of_clause(text: str, start: int, length: _Length, *, ended: bool) -> int | None:
    """Where the clause that begins at `start` ends, or None where that depends on text to come."""
    boundaries: list[_Boundary] = []
    spoken = 0
    word = _WORD.search(text, start)
    while word is not None:
        following = _WORD.search(text, word.end())
        if not ended and (following is None or following.end() == len(text)):
            return None
        spoken += _spoken_length(word.group())
        if following is None:
            boundaries.append(_Boundary(len(text), spoken, _Break.SENTENCE))
        else:
            kind = _kind_of_break(text, word, following, opens=not boundaries)
            boundaries.append(_Boundary(following.start(), spoken, kind))
        if (choice := _choose(boundaries, length)) is not None:
            return choice.at
        spoken += 1
        word = following
    return len(text) if ended else None


def _choose(boundaries: list[_Boundary], length: _Length) -> _Boundary | None:
    """The place to cut among those seen so far, or None while a better one may follow."""
    last = boundaries[-1]
    if last.spoken <= length.most:
        return last if last.kind is _Break.SENTENCE else None
    inner = [place for place in boundaries[:-1] if length.fewest <= place.spoken <= last.spoken - length.fewest]
    commas = [place for place in inner if place.kind is _Break.CLAUSE]
    phrases = [place for place in inner if place.kind is _Break.PHRASE and place.spoken >= _SHORTEST_PHRASE]
    if near := [place for place in commas if place.spoken <= length.most]:
        return near[0] if length.eager else near[-1]
    if near := [place for place in phrases if place.spoken <= length.most]:
        return near[-1]
    if last.kind is not _Break.SENTENCE and last.spoken < length.most + length.grace:
        return None
    return min(commas + phrases, key=lambda place: place.at, default=last)


def _spoken_length(word: str) -> int:
    digits = sum(character.isdigit() for character in word)
    return len(word) + digits * (_CHARACTERS_OF_A_DIGIT - 1)


def _kind_of_break(text: str, word: re.Match[str], following: re.Match[str], *, opens: bool) -> _Break:
    if "\n" in text[word.end() : following.start()]:
        return _Break.SENTENCE
    written = word.group()
    bare = written.rstrip(_CLOSERS)
    mark = bare[-1:]
    if mark in ("!", "?") or (mark == "." and not _is_abbreviated(bare, following.group(), opens=opens)):
        return _Break.CLAUSE if bare.endswith("...") else _Break.SENTENCE
    if mark in (",", ";", ":", "…", "—", "–") or written == "-":
        return _Break.CLAUSE
    if following.group().lower() not in _OPENERS_OF_PHRASES or bare.lower() in _BOUND_TO_THE_NEXT:
        return _Break.SPACE
    counts = bare.isdigit() or bare.lower() in _NUMBERS
    return _Break.SPACE if counts and following.group().lower() == "to" else _Break.PHRASE  # "ten to five"


def _is_abbreviated(word: str, following: str, *, opens: bool) -> bool:
    """Whether the full stop after a word belongs to it: "Dr.", "e.g.", "No. 5", the "1." of a list."""
    stem = word.rstrip(".").lstrip("\"'“‘«([{").lower()
    if stem in _ABBREVIATIONS_OF_NUMBERS:
        return following[:1].isdigit()
    return (
        stem in _ABBREVIATIONS
        or _DOTTED.fullmatch(word.lstrip("\"'“‘«([{")) is not None
        or (opens and _LIST_MARKER.fullmatch(word) is not None)
    )
