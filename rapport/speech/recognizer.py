"""The recogniser port: sound in, words out.

Values (`Word`, `Transcript`) and two protocols: a `RecognizerModel`, loaded once and shared, and the `Recognizer`
that it makes for each session. Adapters live in modules of their own, and `tests/contracts/test_recognizer.py`
holds what each of them keeps to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

UNKNOWN_WORD = "[unk]"
"""What a recogniser with a word list hears where none of its words was said."""


@dataclass(frozen=True)
class Word:
    """One recognised word.

    Attributes:
        text: Lower case, no punctuation, numbers as words.
        start_ms: Where it begins, in milliseconds of the session's audio.
        end_ms: Where it ends, likewise.
        confidence: 0 to 1, as the recogniser's lattice has it.
    """

    text: str
    start_ms: int
    end_ms: int
    confidence: float


@dataclass(frozen=True)
class Transcript:
    """What was understood of one utterance; an empty `text` means nothing was.

    Attributes:
        text: The words with single spaces between them.
        words: The same words with their times and confidences, in order.
        confidence: 0 to 1; 0 where nothing was understood.
        alternatives: Other ways to hear it, where there are some; they have none themselves.
    """

    text: str
    words: tuple[Word, ...]
    confidence: float
    alternatives: tuple["Transcript", ...] = ()

    @classmethod
    def of(cls, words: Iterable[Word]) -> "Transcript":
        """The transcript of these words; its confidence is their plain mean."""
        kept = tuple(words)
        confidence = sum(word.confidence for word in kept) / len(kept) if kept else 0.0
        return cls(" ".join(word.text for word in kept), kept, confidence)

    @classmethod
    def joined(cls, parts: Sequence["Transcript"]) -> "Transcript":
        """What was said in several parts, one after the other, with alternatives by their rank."""
        whole = cls.of(word for part in parts for word in part.words)
        ranks = max((len(part.alternatives) for part in parts), default=0)
        others: dict[str, Transcript] = {}
        for rank in range(ranks):
            ranked = [part.alternatives[rank] if rank < len(part.alternatives) else part for part in parts]
            other = cls.of(word for part in ranked for word in part.words)
            if other.text and other.text != whole.text:
                others.setdefault(other.text, other)
        return cls(whole.text, whole.words, whole.confidence, tuple(others.values()))


class Recognizer(Protocol):
    """Hears one session's utterances, one after the other. Blocking; one call at a time."""

    def accept(self, pcm: bytes, at_ms: int) -> None:
        """Hear 16 kHz 16-bit PCM that begins `at_ms` into the session's audio.

        Within an utterance each call goes on where the one before ended.

        Raises:
            BadAudio: An odd number of bytes.
            RecognitionFailed: The recogniser gave up; `reset` makes it ready again.
        """
        ...

    def partial(self) -> str:
        """The words of this utterance so far; later sound may change them."""
        ...

    def finish(self, *, quiet_ms: int = 0) -> Transcript:
        """What was said, to the last word; ready for the next utterance after it.

        Args:
            quiet_ms: How much of the sound's end is known to hold no speech. A recogniser that decodes behind the
                sound need not hear on where that is long enough.

        Raises:
            RecognitionFailed: The recogniser gave up; `reset` makes it ready again.
        """
        ...

    def reset(self) -> None:
        """Forget the utterance that is under way."""
        ...

    def expect(self, phrases: Sequence[str]) -> None:
        """Be told what is likely to be said next; one that hears everything alike need not care."""
        ...

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        """Be told sentences with names and words that are the person's own, in place of any before, and, of names that
        it can't hear, which words it hears for them; likewise."""
        ...


class RecognizerModel(Protocol):
    """What is loaded once a process and makes a recogniser for each session; safe to share between threads."""

    def recognizer(self, phrases: Sequence[str] | None = None) -> Recognizer:
        """A recogniser of anything, or of these phrases alone.

        A phrase with a word that the model cannot hear is left out. With phrases, whatever else is said comes as
        `UNKNOWN_WORD`.

        Raises:
            RecognitionFailed: The model could not make one.
        """
        ...

    def knows(self, word: str) -> bool:
        """Whether the model can hear this one word at all."""
        ...
