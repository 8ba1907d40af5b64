"""Audio as values: formats, decoding, loudness, rates, files."""

import math
import struct
import wave
from array import array
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from rapport.errors import BadAudio
from rapport.speech.audio import AudioFormat, Encoding, PcmChunk, Resampler, decode, gain, read_wav

RATES = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000]


def tone(rate_hz: int, duration_ms: int, pitch_hz: float = 440) -> bytes:
    count = rate_hz * duration_ms // 1_000
    return array("h", (round(9_000 * math.sin(math.tau * pitch_hz * n / rate_hz)) for n in range(count))).tobytes()


def sounds_like(one: bytes, two: bytes) -> bool:
    """The resampler dithers its last bit or two."""
    left, right = array("h", one), array("h", two)
    return len(left) == len(right) and all(abs(a - b) <= 4 for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
def test_speech_rates_are_accepted(rate_hz: int) -> None:
    assert AudioFormat(Encoding("pcm_s16le"), rate_hz).rate_hz == rate_hz


@pytest.mark.parametrize("rate_hz", [-1, 0, 7_999, 48_001, 192_000])
def test_other_rates_are_refused(rate_hz: int) -> None:
    with pytest.raises(BadAudio, match="8000 and 48000"):
        AudioFormat(Encoding.PCM_S16LE, rate_hz)


def test_a_chunk_knows_how_long_it_sounds() -> None:
    assert PcmChunk(bytes(640), 16_000).duration_ms == 20


def test_pcm_is_taken_as_it_is() -> None:
    assert decode(b"\1\2\3\4", AudioFormat(Encoding.PCM_S16LE, 16_000)) == b"\1\2\3\4"


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(BadAudio, match="even number"):
        decode(b"\1\2\3", AudioFormat(Encoding.PCM_S16LE, 16_000))


def test_mulaw_becomes_pcm() -> None:
    """The ends and the middle of G.711's table; any number of bytes will do."""
    decoded = decode(b"\x00\x80\xff\x7f\xfe", AudioFormat(Encoding.MULAW, 8_000))

    assert array("h", decoded).tolist() == [-32_124, 32_124, 0, 0, 8]


def test_gain_makes_louder_and_clips() -> None:
    loud = gain(array("h", [100, -100, 30_000, -30_000]).tobytes(), 2.0)

    assert array("h", loud).tolist() == [200, -200, 32_767, -32_768]


@pytest.mark.parametrize("to_hz", RATES)
@pytest.mark.parametrize("from_hz", RATES)
def test_resampling_keeps_the_length_and_the_pitch(from_hz: int, to_hz: int) -> None:
    """One second of 440 Hz stays one second of 440 Hz."""
    resampler = Resampler(from_hz, to_hz)

    sound = resampler.feed(tone(from_hz, 1_000)) + resampler.flush()

    samples = numpy.frombuffer(sound, "<i2")
    assert abs(len(samples) - to_hz) <= 1
    assert numpy.abs(numpy.fft.rfft(samples)).argmax() * to_hz / len(samples) == pytest.approx(440, abs=1)


@given(cuts=st.lists(st.integers(0, 4_800), max_size=8))
def test_pieces_leave_no_seam(cuts: list[int]) -> None:
    """However a stream is cut, it sounds the same."""
    pcm = tone(48_000, 100)
    edges = [0, *sorted(cuts), len(pcm) // 2]
    whole, pieces = Resampler(48_000, 16_000), Resampler(48_000, 16_000)

    fed = b"".join(pieces.feed(pcm[2 * start : 2 * end]) for start, end in pairwise(edges))

    assert sounds_like(fed + pieces.flush(), whole.feed(pcm) + whole.flush())


def test_a_flushed_resampler_begins_anew() -> None:
    resampler = Resampler(48_000, 16_000)
    first = resampler.feed(tone(48_000, 100)) + resampler.flush()

    assert sounds_like(resampler.feed(tone(48_000, 100)) + resampler.flush(), first)
    assert resampler.flush() == b""


def test_equal_rates_pass_through() -> None:
    resampler = Resampler(16_000, 16_000)

    assert resampler.feed(b"\1\2") + resampler.flush() == b"\1\2"


def test_resampling_delays_little() -> None:
    """It holds back less than 40 ms, which everything that is heard waits for."""
    resampler = Resampler(48_000, 16_000)

    ready = b"".join(resampler.feed(tone(48_000, 20)) for _ in range(50))

    assert PcmChunk(ready, 16_000).duration_ms > 960


def test_a_stereo_file_is_mixed_to_mono(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    soundfile.write(path, numpy.array([[0.5, 0.0]] * 800), 8_000)

    sound = read_wav(path)

    assert (sound.rate_hz, set(array("h", sound.samples))) == (8_000, {8_192})


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "ULAW", "ALAW"])
def test_wav_files_of_every_kind_are_read(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, [0.25] * 1_600, 16_000, subtype=subtype)

    samples = array("h", read_wav(path).samples)

    assert len(samples) == 1_600
    assert samples[800] == pytest.approx(8_192, rel=0.05)


def test_numbers_that_are_none_become_silence(tmp_path: Path) -> None:
    path = tmp_path / "nan.wav"
    soundfile.write(path, numpy.array([float("nan"), 0.5], "float32"), 16_000, subtype="FLOAT")

    assert array("h", read_wav(path).samples).tolist() == [0, 16_384]


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(tone(16_000, 1_000))
    path.write_bytes(path.read_bytes()[:1_044])

    assert len(read_wav(path).samples) == 1_000


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"What time is it?", id="text"),
        pytest.param(b"RIFF", id="four-bytes"),
        pytest.param(b"RIFF" + bytes(40), id="no-format"),
        pytest.param(b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 0, 0, 0, 0, 0), id="no-channels"),
        pytest.param(b"\0" * 4_096, id="zeros"),
    ],
)
def test_what_is_no_sound_is_bad_audio(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(content)

    with pytest.raises(BadAudio, match=r"odd\.wav"):
        read_wav(path)


def test_a_file_without_sound_is_bad_audio(tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, numpy.zeros(0), 16_000)

    with pytest.raises(BadAudio, match="no sound"):
        read_wav(path)


def test_a_missing_file_is_bad_audio(tmp_path: Path) -> None:
    with pytest.raises(BadAudio, match=r"gone\.wav"):
        read_wav(tmp_path / "gone.wav")


def test_malformed_files_give_sound_or_bad_audio(eval_data: Path) -> None:
    """No other exception, whatever the file."""
    for path in sorted((eval_data / "malformed").iterdir()):
        with suppress(BadAudio):
            assert read_wav(path).duration_ms > 0
