"""Speech audio as values: formats, stretches of sound, and the arithmetic between them.

Everything is mono, signed 16-bit little-endian PCM once it is past `decode`. Pure and synchronous, so that the
channel, the client, the tests and the benchmarks share it. What the sound means (speech or not, which words)
lives in the modules beside it.
"""

import audioop
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from rapport.errors import BadAudio

SAMPLE_BYTES = 2
"""Bytes of one 16-bit sample."""

HEARING_RATE_HZ = 16_000
"""What the detectors and the recogniser were trained on."""

LOWEST_RATE_HZ = 8_000
"""Telephone speech; below it the consonants are gone."""

HIGHEST_RATE_HZ = 48_000
"""What browsers and sound cards give; more holds nothing of speech."""


class Encoding(Enum):
    """How samples lie in a binary frame; the values are the wire protocol's words."""

    PCM_S16LE = "pcm_s16le"
    MULAW = "mulaw"


@dataclass(frozen=True)
class AudioFormat:
    """What a stream of mono frames holds.

    Attributes:
        encoding: How one sample lies in its byte or bytes.
        rate_hz: Samples per second, 8,000 to 48,000.

    Raises:
        BadAudio: The rate is outside that range.
    """

    encoding: Encoding
    rate_hz: int

    def __post_init__(self) -> None:
        if not LOWEST_RATE_HZ <= self.rate_hz <= HIGHEST_RATE_HZ:
            raise BadAudio(f"a rate of {self.rate_hz} Hz; send between {LOWEST_RATE_HZ} and {HIGHEST_RATE_HZ} Hz")


@dataclass(frozen=True)
class PcmChunk:
    """A stretch of mono, signed 16-bit little-endian sound.

    Attributes:
        samples: Raw PCM, two bytes a sample.
        rate_hz: Samples per second.
    """

    samples: bytes
    rate_hz: int

    @property
    def duration_ms(self) -> float:
        """How long it sounds, in milliseconds."""
        return len(self.samples) / SAMPLE_BYTES / self.rate_hz * 1_000


def decode(frame: bytes, audio_format: AudioFormat) -> bytes:
    """A frame as it came over the wire, as 16-bit PCM of the same rate.

    Raises:
        BadAudio: 16-bit audio with an odd number of bytes.
    """
    if audio_format.encoding is Encoding.MULAW:
        return audioop.ulaw2lin(frame, SAMPLE_BYTES)
    if len(frame) % SAMPLE_BYTES:
        raise BadAudio("16-bit audio has an even number of bytes; send whole samples in every frame")
    return frame


def encode(pcm: bytes, encoding: Encoding) -> bytes:
    """16-bit PCM, as it goes over the wire."""
    return audioop.lin2ulaw(pcm, SAMPLE_BYTES) if encoding is Encoding.MULAW else pcm


def gain(pcm: bytes, factor: float) -> bytes:
    """The same sound, `factor` times as loud (1.0 is unchanged), clipped where it no longer fits."""
    return audioop.mul(pcm, SAMPLE_BYTES, factor)


class Resampler:
    """Changes the rate of a stream, piece by piece, with no seam between the pieces.

    One stream each; equal rates pass through untouched. It holds back a little sound (`flush` gives it).
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None
        if from_hz != to_hz:
            import numpy
            import soxr

            self._numpy = numpy
            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality=soxr.HQ)

    def feed(self, pcm: bytes) -> bytes:
        """What is ready at the new rate after hearing `pcm`; may be empty."""
        return self._resample(pcm, last=False)

    def flush(self) -> bytes:
        """What was held back; the next `feed` begins a new stream."""
        rest = self._resample(b"", last=True)
        if self._stream is not None:
            self._stream.clear()
        return rest

    def _resample(self, pcm: bytes, *, last: bool) -> bytes:
        if self._stream is None:
            return pcm
        samples = self._numpy.frombuffer(pcm, dtype="<i2")
        resampled: bytes = self._stream.resample_chunk(samples, last=last).astype("<i2").tobytes()
        return resampled


def read_wav(path: Path) -> PcmChunk:
    """The sound of a file (WAV of any kind, FLAC, and what else libsndfile reads), mixed down to mono.

    A file that ends before its header says is read as far as it goes.

    Raises:
        BadAudio: There is no such file, it is none that can be read, or it holds no sound.
    """
    import numpy
    import soundfile

    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise BadAudio(
            f"{path.name} cannot be read as sound ({type(error).__name__}); use a WAV or FLAC file"
        ) from error
    mono = numpy.nan_to_num(samples.mean(axis=1))
    if not mono.size:
        raise BadAudio(f"{path.name} holds no sound")
    pcm = numpy.clip(numpy.rint(mono * 32_768), -32_768, 32_767).astype("<i2")
    return PcmChunk(pcm.tobytes(), int(rate_hz))
