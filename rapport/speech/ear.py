"""One session's ear: sound of any size in; for each 32 ms frame, whether someone speaks, and the words so far.

Puts speech detection before the recogniser, so that nobody's silence costs nothing, and keeps the moment before
speech, so that no first syllable is lost. Synchronous and blocking; the caller runs it on a worker thread, one call
at a time. When an utterance is over is the turn-taker's decision.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapport.errors import BadAudio, RecognitionFailed
from rapport.speech.audio import SAMPLE_BYTES
from rapport.speech.recognizer import Recognizer, Transcript
from rapport.speech.vad import FRAME_BYTES, FRAME_MS, SpeechDetector, VoiceActivityDetector

PRE_ROLL_MS = 300
"""Sound kept before speech is noticed: detection takes 64 ms, and soft first consonants up to 200 ms more."""

PRE_ROLL_FRAMES = -(-PRE_ROLL_MS // FRAME_MS)

PARTIAL_EVERY_MS = 96
"""How often the words so far are asked for; Vosk has news about every 200 ms, and asking costs under 0.3 ms."""

KEPT_FRAMES = 7
"""Frames kept from before a wake word was noticed (224 ms), which is 160 ms after its end at the median: the first word
of what follows without a pause. Of 30 wake words by Piper, with and without a command behind them, all were
followed by the right words; with 0 to 160 ms most first words were lost, with 320 ms the wake word's last syllable was
heard as one."""

WARY_FRAMES = 6
"""Frames of speech in a row that open an utterance after a wake word (192 ms), so that its own last sound does not."""


@dataclass(frozen=True)
class Heard:
    """What one frame told.

    Attributes:
        at_ms: Where the frame ends, in milliseconds of the session's audio.
        speech: Whether someone speaks in it.
        partial: The utterance's words so far, where they changed.
    """

    at_ms: int
    speech: bool
    partial: str | None = None


class Ear:
    """Hears one session.

    An utterance opens with speech, `PRE_ROLL_MS` before it was noticed, and goes on through silence until `finish`.

    Attributes:
        last_voiced_ms: Where the last frame of speech ended, in milliseconds of the session's audio; 0 before any.
    """

    def __init__(self, vad: VoiceActivityDetector, recognizer: Recognizer) -> None:
        self.last_voiced_ms = 0
        self._detector = SpeechDetector(vad)
        self._recognizer = recognizer
        self._unframed = bytearray()
        self._before: deque[tuple[int, bytes]] = deque()
        self._wary = 0
        self._at_ms = 0
        self._open = False
        self._sound = bytearray()
        self._voiced = bytearray()
        self._partial = ""
        self._asked_ms = 0

    @property
    def sound(self) -> bytes:
        """The utterance's that is open, or was last: 16 kHz, 16 bit, mono."""
        return bytes(self._sound)

    @property
    def voiced(self) -> bytes:
        """The same without its pauses."""
        return bytes(self._voiced)

    def hear(self, pcm: bytes) -> list[Heard]:
        """Hear 16 kHz 16-bit PCM; what does not fill a frame waits for the next call.

        Raises:
            BadAudio: An odd number of bytes; nothing of it was heard.
            RecognitionFailed: The recogniser gave up on the utterance under way, which is lost; what follows the frame
                where it did is heard with the next call.
        """
        _check(pcm)
        self._unframed += pcm
        heard = []
        while len(self._unframed) >= FRAME_BYTES:
            heard.append(self._hear_frame(self._next_frame()))
        return heard

    def skip(self, pcm: bytes, *, keep: bool = False) -> None:
        """Let sound pass unheard: nobody may hear it (muted), or it is not for us yet (asleep).

        The clock goes on. An utterance that is open is forgotten.

        Args:
            pcm: 16 kHz 16-bit PCM.
            keep: Whether the end of it may still begin the next utterance, as after a wake word.

        Raises:
            BadAudio: An odd number of bytes.
        """
        _check(pcm)
        if self._open:
            self.reset()
        self._unframed += pcm
        while len(self._unframed) >= FRAME_BYTES:
            frame = self._next_frame()
            if keep:
                self._detector.hear(frame)
                self._keep(frame, KEPT_FRAMES)
        if keep:
            self._wary = WARY_FRAMES
        else:
            self._before.clear()
            self._unframed = bytearray(len(self._unframed))

    def finish(self) -> Transcript:
        """What was said in the utterance; speech after it opens another. Empty where none is open.

        Raises:
            RecognitionFailed: The recogniser gave up on it; the ear is ready for the next.
        """
        if not self._open:
            return Transcript.of(())
        self._close()
        return self._recognizer.finish(quiet_ms=self._at_ms - self.last_voiced_ms)

    def expect(self, phrases: Sequence[str]) -> None:
        """Be told what is likely to be said next."""
        self._recognizer.expect(phrases)

    def know(self, words: Sequence[str], sounds: Mapping[str, str] | None = None) -> None:
        """Be told what words are a person's own, and what is heard for those that can't be."""
        self._recognizer.know(words, sounds)

    def reset(self) -> None:
        """Forget the utterance under way, what was kept before it, and how the room sounded. The clock goes on."""
        self._close()
        self._before.clear()
        self._detector.reset()
        self._recognizer.reset()

    def _close(self) -> None:
        self._open = False
        self._partial = ""
        # What follows the last word belongs to nobody yet: a quick second utterance begins in it.
        while self._before and self._before[0][0] < self.last_voiced_ms:
            self._before.popleft()

    def _next_frame(self) -> bytes:
        frame = bytes(self._unframed[:FRAME_BYTES])
        del self._unframed[:FRAME_BYTES]
        self._at_ms += FRAME_MS
        return frame

    def _keep(self, frame: bytes, frames: int) -> None:
        self._before.append((self._at_ms - FRAME_MS, frame))
        while len(self._before) > frames:
            self._before.popleft()

    def _hear_frame(self, frame: bytes) -> Heard:
        speech = self._is_speech(frame)
        if speech:
            self.last_voiced_ms = self._at_ms
        if speech and not self._open:
            self._open, self._asked_ms = True, self._at_ms
            self._sound.clear()
            self._voiced.clear()
            for began_ms, kept in self._before:
                self._accept(kept, began_ms)
        elif self._open:
            self._accept(frame, self._at_ms - FRAME_MS)
        if speech:
            self._voiced += frame
        return Heard(self._at_ms, speech, self._news() if self._open else None)

    def _is_speech(self, frame: bytes) -> bool:
        speech = self._detector.hear(frame)
        self._keep(frame, KEPT_FRAMES + WARY_FRAMES if self._wary else PRE_ROLL_FRAMES + 1)
        self._wary = self._wary - 1 if speech and self._wary else 0
        return speech and not self._wary

    def _accept(self, frame: bytes, began_ms: int) -> None:
        self._sound += frame
        try:
            self._recognizer.accept(frame, began_ms)
        except RecognitionFailed:
            self._close()
            raise

    def _news(self) -> str | None:
        if self._at_ms - self._asked_ms < PARTIAL_EVERY_MS:
            return None
        self._asked_ms = self._at_ms
        partial = self._recognizer.partial()
        if partial == self._partial:
            return None
        self._partial = partial
        return partial


def _check(pcm: bytes) -> None:
    if len(pcm) % SAMPLE_BYTES:
        raise BadAudio("16-bit audio has an even number of bytes; send whole samples")
