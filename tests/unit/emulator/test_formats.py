"""Output formats, encoded in pieces and read again."""

import audioop
import io
import math
import wave
from array import array
from typing import get_args

import pytest
import soundfile

from emulator.formats import OutputFormat, StreamedFormat, WavFormat

SECONDS = 2


def _tone(rate_hz: int) -> bytes:
    samples = (round(8_000 * math.sin(math.tau * 300 * n / rate_hz)) for n in range(rate_hz * SECONDS))
    return array("h", samples).tobytes()


def _encoded(name: str, pcm: bytes) -> bytes:
    encoder = OutputFormat.named(name).encoder()
    step = 2 * 1_111
    pieces = [encoder.feed(pcm[start : start + step]) for start in range(0, len(pcm), step)]
    return b"".join((*pieces, encoder.flush()))


@pytest.mark.parametrize("name", [name for name in get_args(StreamedFormat) if name[:3] in ("mp3", "opu")])
def test_compressed_formats_are_what_they_say(name: str) -> None:
    """The rate, the length, and about the bit rate in the name."""
    output = OutputFormat.named(name)

    encoded = _encoded(name, _tone(output.rate_hz))

    info = soundfile.info(io.BytesIO(encoded))
    assert info.samplerate == output.rate_hz
    assert info.channels == 1
    assert info.duration == pytest.approx(SECONDS, abs=0.2)
    assert {"mp3": "MP3", "opus": "OGG"}[output.codec] == info.format
    if output.codec == "mp3":
        assert len(encoded) * 8 / SECONDS / 1_000 == pytest.approx(output.kbps, rel=0.2)


@pytest.mark.parametrize("name", [name for name in get_args(StreamedFormat) if name.startswith("pcm")])
def test_pcm_is_left_as_it_is(name: str) -> None:
    """Every byte of it."""
    assert _encoded(name, b"\x01\x02" * 5_000) == b"\x01\x02" * 5_000


def test_telephone_formats_have_a_byte_a_sample() -> None:
    """And decode to what went in, roughly."""
    pcm = _tone(8_000)

    assert audioop.rms(audioop.ulaw2lin(_encoded("ulaw_8000", pcm), 2), 2) == pytest.approx(
        audioop.rms(pcm, 2), rel=0.1
    )
    assert len(_encoded("alaw_8000", pcm)) == len(pcm) / 2


@pytest.mark.parametrize("name", get_args(WavFormat))
def test_wav_has_a_true_header(name: str) -> None:
    """With the real length, as the file is given whole."""
    output = OutputFormat.named(name)
    pcm = _tone(output.rate_hz)

    with wave.open(io.BytesIO(_encoded(name, pcm))) as reader:
        assert reader.getframerate() == output.rate_hz
        assert reader.readframes(reader.getnframes()) == pcm


@pytest.mark.parametrize("name", ["mp3_44100_128", "pcm_16000", "wav_16000", "ulaw_8000"])
def test_no_sound_is_no_trouble(name: str) -> None:
    """Encoders end well that were never fed."""
    OutputFormat.named(name).encoder().flush()
