"""Wake words: has the phrase been said that the assistant listens for while it sleeps?

The port and two adapters: openWakeWord's network for "hey jarvis", and Vosk with a list of words for any other phrase.
Both leave silence out, since a room is silent most of the day.
"""

from collections import deque
from typing import Protocol

from rapport.errors import BadAudio, SettingsError
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.gate import EnergyGate
from rapport.speech.recognizer import UNKNOWN_WORD, RecognizerModel

OPEN_WAKE_WORD_PHRASE = "hey jarvis"
"""The phrase that openWakeWord was trained for and that comes with its package."""

CHUNK_MS = 80
"""What openWakeWord's network steps by."""

CHUNK_BYTES = CHUNK_MS * HEARING_RATE_HZ // 1_000 * SAMPLE_BYTES

WAKE_SCORE = 0.5
"""openWakeWord's own threshold. Of "hey jarvis" by Piper (six wordings, five paces) 60 of 60 reach it, by espeak-ng
(ten voices, three paces) 28 of 30; no chunk of 41 minutes of LibriSpeech, spoken orders and noise reaches 0.1. What
rhymes does: "hey, service", "hey charles"."""

NETWORK_MEMORY_MS = 2_160
"""What openWakeWord's score looks back on: sixteen steps of 80 ms, each of which sees 775 ms, in whole chunks."""

STABLE_MS = 480
"""For how long Vosk must go on hearing the phrase. Two steps of its decoder are enough to tell it from other speech (40
synthesised "hello computer": all found, none in 41 minutes of LibriSpeech, orders and noise; without them, 6 in 20
minutes), but it often guesses the last word from its beginning, whose end would then begin the next turn."""

FORGET_AFTER_MS = 10_000
"""Unbroken sound after which the recogniser starts afresh, so that an hour of television does not pile up."""

CHUNKS_BEFORE = 4
"""Silent chunks heard after all when sound begins: 320 ms, for the soft beginning of a phrase."""


class WakeDetector(Protocol):
    """Listens for one phrase in one session's sound. Blocking; one call at a time."""

    def detect(self, pcm: bytes) -> bool:
        """Whether the phrase ended in this stretch of 16 kHz 16-bit PCM of any size, or a moment before it.

        Raises:
            BadAudio: An odd number of bytes.
            RecognitionFailed: The recogniser behind it gave up; the next call starts afresh.
        """
        ...

    def reset(self) -> None:
        """Forget what was heard: a phrase that began before no longer counts."""
        ...


class OpenWakeWordDetector:
    """Hears "hey jarvis", by openWakeWord's network: 6 ms of work for 80 ms of sound, none for silence."""

    def __init__(self) -> None:
        import pyopen_wakeword

        self._features = pyopen_wakeword.OpenWakeWordFeatures.from_builtin()
        self._phrase = pyopen_wakeword.OpenWakeWord.from_builtin(pyopen_wakeword.Model.HEY_JARVIS)
        # Or the first chunk would be preceded by eight seconds of silence, and a second of work.
        self._features.new_audio_samples = 0
        self._sound = _Sound()
        self._quieted = False

    def detect(self, pcm: bytes) -> bool:
        """Whether the phrase was said; comes within 300 ms of its end."""
        chunks = [chunk for chunk in self._sound.feed(pcm) if chunk]
        if chunks and not self._quieted:
            self._quieted = True
            for _ in range(NETWORK_MEMORY_MS // CHUNK_MS):
                self._scores(bytes(CHUNK_BYTES))
        if max((score for chunk in chunks for score in self._scores(chunk)), default=0.0) < WAKE_SCORE:
            return False
        self.reset()
        return True

    def reset(self) -> None:
        """Forget what was heard; the next sound is preceded by silence, 80 ms of work."""
        self._sound = _Sound()
        self._quieted = False

    def _scores(self, chunk: bytes) -> list[float]:
        return [
            score
            for features in self._features.process_streaming(chunk)
            for score in self._phrase.process_streaming(features)
        ]


class PhraseWakeDetector:
    """Hears any phrase of words that the recogniser knows: 2 ms of work for 80 ms of sound, none for silence.

    Raises:
        SettingsError: The phrase is empty, or has a word that the recogniser cannot hear.
    """

    def __init__(self, model: RecognizerModel, phrase: str) -> None:
        words = phrase.lower().split()
        if not words:
            raise SettingsError("the wake phrase is empty; give it one to five words")
        for word in words:
            if not model.knows(word):
                raise SettingsError(f"the recogniser cannot hear {word!r}; choose a wake phrase without it")
        self._words = " ".join(words)
        # Its single words stand beside the phrase so that a part of it need not be heard as the whole.
        self._recognizer = model.recognizer([self._words, *words])
        self._heard_ms = 0
        self.reset()

    def detect(self, pcm: bytes) -> bool:
        """Whether the phrase was said; comes within 400 ms of its end."""
        for chunk in self._sound.feed(pcm):
            if self._ends_in(chunk):
                self.reset()
                return True
        return False

    def reset(self) -> None:
        """Forget what was heard."""
        self._sound = _Sound()
        self._recognizer.reset()
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._utterance_ms = 0
        self._seen_ms: int | None = None

    def _ends_in(self, chunk: bytes | None) -> bool:
        if chunk is None:
            return self._utterance_ms > 0 and self._finish()
        self._recognizer.accept(chunk, self._heard_ms)
        self._heard_ms += CHUNK_MS
        self._utterance_ms += CHUNK_MS
        partial = self._recognizer.partial()
        if self._holds_phrase(partial):
            self._seen_ms = self._heard_ms if self._seen_ms is None else self._seen_ms
            return self._heard_ms - self._seen_ms >= STABLE_MS
        self._seen_ms = None
        between_words = not partial or partial.endswith(UNKNOWN_WORD)
        return self._utterance_ms >= FORGET_AFTER_MS and between_words and self._finish()

    def _finish(self) -> bool:
        self._start_afresh()
        return self._holds_phrase(self._recognizer.finish().text)

    def _holds_phrase(self, text: str) -> bool:
        return f" {self._words} " in f" {text} "


class _Sound:
    """Cuts sound into chunks, and gives `None` in place of silent ones.

    The gate counts chunks here, so it stays open for 1.2 s: longer than a pause inside a phrase.
    """

    def __init__(self) -> None:
        self._gate = EnergyGate()
        self._uncut = bytearray()
        self._silent: deque[bytes] = deque(maxlen=CHUNKS_BEFORE)

    def feed(self, pcm: bytes) -> list[bytes | None]:
        if len(pcm) % SAMPLE_BYTES:
            raise BadAudio("16-bit audio has an even number of bytes; send whole samples")
        self._uncut += pcm
        chunks: list[bytes | None] = []
        while len(self._uncut) >= CHUNK_BYTES:
            chunk = bytes(self._uncut[:CHUNK_BYTES])
            del self._uncut[:CHUNK_BYTES]
            if self._gate.open(chunk):
                chunks += [*self._silent, chunk]
                self._silent.clear()
            else:
                self._silent.append(chunk)
                chunks.append(None)
        return chunks
