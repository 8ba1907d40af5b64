"""The output formats, and encoders from 16-bit PCM to each.

MP3 and Opus are made by libsndfile, piece by piece, with a bit rate near the one in the format's name.
"""

from __future__ import annotations

import audioop
import io
import wave
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from rapport.speech.audio import SAMPLE_BYTES

StreamedFormat = Literal[
    "mp3_22050_32",
    "mp3_24000_48",
    "mp3_44100_32",
    "mp3_44100_64",
    "mp3_44100_96",
    "mp3_44100_128",
    "mp3_44100_192",
    "pcm_8000",
    "pcm_16000",
    "pcm_22050",
    "pcm_24000",
    "pcm_32000",
    "pcm_44100",
    "pcm_48000",
    "ulaw_8000",
    "alaw_8000",
    "opus_48000_32",
    "opus_48000_64",
    "opus_48000_96",
    "opus_48000_128",
    "opus_48000_192",
]
WavFormat = Literal["wav_8000", "wav_16000", "wav_22050", "wav_24000", "wav_32000", "wav_44100", "wav_48000"]
"""For whole files only: a WAV file's header says how long it is."""
WholeFormat = StreamedFormat | WavFormat

STREAMED_FORMATS: frozenset[str] = frozenset(get_args(StreamedFormat))
DEFAULT_FORMAT: Literal["mp3_44100_128"] = "mp3_44100_128"

_CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
    "ulaw": "audio/basic",
    "alaw": "audio/x-alaw-basic",
    "opus": "audio/ogg",
    "wav": "audio/wav",
}

_MP3_RANGE_KBPS = (32.0, 320.0)
_MP3_RANGE_LOW_RATES_KBPS = (8.0, 160.0)
"""Of MPEG-1 and MPEG-2 layer III. libsndfile takes a share of that range, 0 being the highest."""


class Encoder(Protocol):
    """Encodes one stream."""

    def feed(self, pcm: bytes) -> bytes:
        """What is ready after this much more sound; may be empty."""
        ...

    def flush(self) -> bytes:
        """What was held back; the stream is over."""
        ...


@dataclass(frozen=True)
class OutputFormat:
    """A format's name, taken apart.

    Attributes:
        codec: mp3, pcm, ulaw, alaw, opus or wav.
        rate_hz: Samples per second.
        kbps: Of codecs that have a bit rate; else 0.
    """

    codec: str
    rate_hz: int
    kbps: int = 0

    @classmethod
    def named(cls, name: str) -> OutputFormat:
        """The format of a name that is one of `WholeFormat`."""
        codec, rate_hz, *kbps = name.split("_")
        return cls(codec, int(rate_hz), int(kbps[0]) if kbps else 0)

    @property
    def content_type(self) -> str:
        """For the response's header."""
        return _CONTENT_TYPES[self.codec]

    def encoder(self) -> Encoder:
        """A new one, for one stream."""
        if self.codec == "pcm":
            return _Pcm()
        if self.codec in ("ulaw", "alaw"):
            return _Telephone(self.codec)
        return _Wav(self.rate_hz) if self.codec == "wav" else _Compressed(self)


class _Pcm:
    def feed(self, pcm: bytes) -> bytes:
        return pcm

    def flush(self) -> bytes:
        return b""


class _Telephone:
    def __init__(self, law: str) -> None:
        self._encode = audioop.lin2ulaw if law == "ulaw" else audioop.lin2alaw

    def feed(self, pcm: bytes) -> bytes:
        return self._encode(pcm, SAMPLE_BYTES)

    def flush(self) -> bytes:
        return b""


class _Wav:
    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> bytes:
        self._pcm += pcm
        return b""

    def flush(self) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(SAMPLE_BYTES)
            writer.setframerate(self._rate_hz)
            writer.writeframes(bytes(self._pcm))
        return file.getvalue()


class _Compressed:
    def __init__(self, output: OutputFormat) -> None:
        import numpy
        import soundfile

        self._numpy = numpy
        self._file = io.BytesIO()
        self._given = 0
        if output.codec == "mp3":
            low, high = _MP3_RANGE_KBPS if output.rate_hz >= 32_000 else _MP3_RANGE_LOW_RATES_KBPS
            kind = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT"}
            level = (high - output.kbps) / (high - low)
        else:
            kind = {"format": "OGG", "subtype": "OPUS"}
            level = 1 - output.kbps / 256  # libsndfile's range for one channel
        self._writer = soundfile.SoundFile(
            self._file, "w", output.rate_hz, 1, compression_level=min(max(level, 0.0), 0.999), **kind
        )

    def feed(self, pcm: bytes) -> bytes:
        self._writer.write(self._numpy.frombuffer(pcm, dtype="<i2"))
        return self._take()

    def flush(self) -> bytes:
        # At its end, the MP3 writer goes back to the first frame to note the length there; that frame is gone by then,
        # and decoders do without the note.
        self._writer.close()
        return self._take()

    def _take(self) -> bytes:
        made = self._file.getvalue()[self._given :]
        self._given += len(made)
        return made
