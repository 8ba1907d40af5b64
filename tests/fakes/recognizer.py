"""A recogniser of coded speech. Limits: those of `coded_speech`; it is never unsure, late or slow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapport.errors import BadAudio, RecognitionFailed
from rapport.speech.recognizer import UNKNOWN_WORD, Transcript, Word
from tests.fakes.coded_speech import VOCABULARY, understand


@dataclass
class FakeRecognizerModel:
    """Keeps to `RecognizerModel`.

    Attributes:
        failures: That many of the next calls of `accept` fail, whichever recogniser they are made on.
        made: The recognisers that were made.
    """

    failures: int = 0
    made: list["FakeRecognizer"] = field(default_factory=list)

    def recognizer(self, phrases: Sequence[str] | None = None) -> "FakeRecognizer":
        """See `RecognizerModel.recognizer`; of phrases it only keeps the single words."""
        words = None
        if phrases is not None:
            known = [phrase.split() for phrase in phrases if all(map(self.knows, phrase.split()))]
            words = {word for phrase in known for word in phrase}
        self.made.append(FakeRecognizer(self, words))
        return self.made[-1]

    def knows(self, word: str) -> bool:
        """See `RecognizerModel.knows`."""
        return word.lower() in VOCABULARY


class FakeRecognizer:
    """Keeps to `Recognizer`.

    Attributes:
        accepted: Every call of `accept`: where its sound began, in milliseconds, and how many bytes it had.
        quiet_ms: What each `finish` of an open utterance was told.
    """

    def __init__(self, model: FakeRecognizerModel, words: set[str] | None) -> None:
        self.accepted: list[tuple[int, int]] = []
        self.quiet_ms: list[int] = []
        self.expected: tuple[str, ...] = ()
        self.known: tuple[str, ...] = ()
        self._model = model
        self._only = words
        self._pcm = b""
        self._began_ms = 0

    def accept(self, pcm: bytes, at_ms: int) -> None:
        """See `Recognizer.accept`."""
        if len(pcm) % 2:
            raise BadAudio("an odd number of bytes")
        if self._model.failures:
            self._model.failures -= 1
            self._pcm = b""
            raise RecognitionFailed("scripted to fail")
        self.accepted.append((at_ms, len(pcm)))
        if not self._pcm:
            self._began_ms = at_ms
        self._pcm += pcm

    def partial(self) -> str:
        """See `Recognizer.partial`."""
        return " ".join(word.text for word in self._words())

    def finish(self, *, quiet_ms: int = 0) -> Transcript:
        """See `Recognizer.finish`."""
        if self._pcm:
            self.quiet_ms.append(quiet_ms)
        transcript = Transcript.of(self._words())
        self._pcm = b""
        return transcript

    def reset(self) -> None:
        """See `Recognizer.reset`."""
        self._pcm = b""

    def expect(self, phrases: Sequence[str]) -> None:
        """See `Recognizer.expect`."""
        self.expected = tuple(phrases)

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        """See `Recognizer.know`."""
        self.known = tuple(words)

    def _words(self) -> list[Word]:
        return [
            Word(text if self._only is None or text in self._only else UNKNOWN_WORD, start, end, 1.0)
            for text, start, end in ((t, self._began_ms + s, self._began_ms + e) for t, s, e in understand(self._pcm))
        ]
