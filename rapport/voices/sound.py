"""Recordings as they are uploaded, and the sound in them. Pure; a file that is damaged is refused, never mended."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rapport.errors import BadAudio
from rapport.speech.audio import HEARING_RATE_HZ, HIGHEST_RATE_HZ, SAMPLE_BYTES

Samples = npt.NDArray[np.float32]
"""Mono sound, -1 to 1."""

LARGEST_BYTES = 12 * 1024 * 1024
"""A minute of 48 kHz, 16 bit, stereo has 11.5 MB."""

LONGEST_S = 60.0
"""Seconds of one recording."""

DEPTHS = {
    "PCM_S8": 8,
    "PCM_U8": 8,
    "ULAW": 8,
    "ALAW": 8,
    "PCM_16": 16,
    "PCM_24": 24,
    "PCM_32": 32,
    "FLOAT": 32,
    "DOUBLE": 64,
}
"""Bits of a sample, by libsndfile's names; other encodings are compressed with loss."""

FORMATS = {"WAV": "WAV", "WAVEX": "WAV", "FLAC": "FLAC"}


@dataclass(frozen=True)
class Recording:
    """A recording that could be read.

    Attributes:
        format: `WAV` or `FLAC`.
        rate_hz: Samples a second.
        bits: Of a sample.
        channels: How many there were; they are mixed down.
        samples: The sound at that rate.
        heard: The same at 16 kHz, which all checks listen to.
    """

    format: str
    rate_hz: int
    bits: int
    channels: int
    samples: Samples = field(repr=False)
    heard: Samples = field(repr=False)

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate_hz

    def as_flac(self) -> bytes:
        """Mono, 16 bit, of its own rate: as it is kept."""
        return _written(as_pcm(self.samples), self.rate_hz, "FLAC")

    def as_wav(self) -> bytes:
        """Mono, 16 bit, of its own rate: as it is sent to a provider."""
        return _written(as_pcm(self.samples), self.rate_hz, "WAV")


def read_recording(content: bytes) -> Recording:
    """The sound of an uploaded file.

    Raises:
        BadAudio: It is too large or too long, no WAV or FLAC, damaged, cut off, or silent in the whole.
    """
    import soundfile
    import soxr

    if len(content) > LARGEST_BYTES:
        raise BadAudio(f"the file is larger than {LARGEST_BYTES // 2**20} MB; send up to {LONGEST_S:.0f} seconds")
    if _cut_off(content):
        raise BadAudio("the file ends before its header says; it was cut off, so save or upload it again")
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            kind, bits = FORMATS.get(file.format), DEPTHS.get(file.subtype)
            if kind is None or bits is None:
                raise BadAudio("this is neither WAV nor FLAC; save it as one of them")
            if not 0 < file.samplerate <= 4 * HIGHEST_RATE_HZ or file.channels > 8:
                raise BadAudio("the file's header makes no sense; save it again as WAV or FLAC")
            if file.frames > LONGEST_S * file.samplerate:
                raise BadAudio(f"it is longer than {LONGEST_S:.0f} seconds; send a part of it")
            rate_hz, channels, expected = file.samplerate, file.channels, file.frames
            read = file.read(dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError, OSError) as error:
        raise BadAudio("the file can't be read as sound; save it again as WAV or FLAC") from error
    if len(read) < expected:
        raise BadAudio("the file ends before its header says; it was cut off, so save or upload it again")
    mono: Samples = np.clip(np.nan_to_num(read.mean(axis=1)), -1, 1).astype(np.float32)
    if not mono.any():
        raise BadAudio("there is no sound in the file; is the right microphone chosen?")
    if rate_hz > HIGHEST_RATE_HZ:
        mono, rate_hz = soxr.resample(mono, rate_hz, HIGHEST_RATE_HZ, quality="HQ"), HIGHEST_RATE_HZ
    heard = mono if rate_hz == HEARING_RATE_HZ else soxr.resample(mono, rate_hz, HEARING_RATE_HZ, quality="HQ")
    return Recording(kind, rate_hz, bits, channels, mono, heard.astype(np.float32))


def flac_of(pcm: bytes) -> bytes:
    """16-bit little-endian mono PCM at 16 kHz, as it is kept.

    Raises:
        BadAudio: There is half a sample, or none.
    """
    if not pcm or len(pcm) % SAMPLE_BYTES:
        raise BadAudio("this is no 16-bit sound")
    return _written(pcm, HEARING_RATE_HZ, "FLAC")


def as_pcm(samples: Samples) -> bytes:
    """As 16-bit little-endian PCM."""
    return np.clip(np.rint(samples * 32_768), -32_768, 32_767).astype("<i2").tobytes()


def _written(pcm: bytes, rate_hz: int, kind: str) -> bytes:
    import soundfile

    written = io.BytesIO()
    soundfile.write(written, np.frombuffer(pcm, "<i2"), rate_hz, format=kind, subtype="PCM_16")
    return written.getvalue()


def _cut_off(content: bytes) -> bool:
    """Whether a WAV file's sound has fewer bytes than its header says; libsndfile would read what there is."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return False
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        if name == b"data":
            return at + 8 + size > len(content)
        at += 8 + size + size % 2
    return True
