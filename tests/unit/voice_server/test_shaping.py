"""Trimming, levels and pauses of a clause's sound."""

import numpy as np
import pytest

from rapport.speech.audio import PcmChunk
from voice_server.shaping import HIGHEST_PEAK, pause_ms, shape

RATE_HZ = 22_050


def tone(ms: float, loudness: float) -> np.ndarray:
    """A tone of 200 Hz."""
    return loudness * np.sin(2 * np.pi * 200 * np.arange(round(ms * RATE_HZ / 1_000)) / RATE_HZ)


def silence(ms: float) -> np.ndarray:
    """Silence, with the faint noise that voices leave in it."""
    return np.resize([0.0, 1.0, -1.0], round(ms * RATE_HZ / 1_000))


def chunk(*parts: np.ndarray) -> PcmChunk:
    """The parts as PCM."""
    return PcmChunk(np.concatenate(parts).astype("<i2").tobytes(), RATE_HZ)


def samples(pcm: PcmChunk) -> np.ndarray:
    """PCM as numbers."""
    return np.frombuffer(pcm.samples, dtype="<i2").astype(float)


def test_silence_around_speech_is_trimmed() -> None:
    """At most 20 ms of silence is left before the speech, and 50 after it."""
    shaped = shape(chunk(silence(300), tone(500, 8_000), silence(400)), pause_ms=0)

    loud = np.flatnonzero(np.abs(samples(shaped)) > 300)
    assert loud[0] / RATE_HZ * 1_000 <= 20
    assert (len(samples(shaped)) - loud[-1]) / RATE_HZ * 1_000 <= 50
    assert 500 <= shaped.duration_ms <= 570


def test_trimmed_ends_do_not_click() -> None:
    """Speech that begins and ends at once is faded in and out."""
    shaped = samples(shape(chunk(tone(500, 8_000)), pause_ms=0))

    assert abs(shaped[0]) < 100
    assert abs(shaped[-1]) < 100


@pytest.mark.parametrize("loudness", [1_000, 8_000, 32_000])
def test_clauses_come_out_equally_loud(loudness: float) -> None:
    """The level does not depend on how loud the voice was."""
    shaped = samples(shape(chunk(silence(50), tone(500, loudness), silence(50)), pause_ms=0))

    assert np.sqrt(np.mean(shaped[2_000:9_000] ** 2)) == pytest.approx(2_600, rel=0.1)


def test_peaks_keep_below_clipping() -> None:
    """A clause with one loud sound in it is not raised until that clips."""
    shaped = samples(shape(chunk(tone(500, 200), tone(5, 32_000), tone(500, 200)), pause_ms=0))

    assert np.abs(shaped).max() <= HIGHEST_PEAK


def test_a_pause_is_silence_after_the_speech() -> None:
    """The pause is as long as asked for, and silent."""
    speech = chunk(tone(500, 8_000))

    longer = shape(speech, pause_ms=300)

    assert longer.duration_ms - shape(speech, pause_ms=0).duration_ms == pytest.approx(300, abs=0.1)
    assert not samples(longer)[-round(0.29 * RATE_HZ) :].any()


@pytest.mark.parametrize("nothing", [b"", b"\x01\x00" * 10, bytes(4_000)])
def test_no_sound_becomes_the_pause_alone(nothing: bytes) -> None:
    """A voice that gave nothing, or silence, does no harm."""
    assert shape(PcmChunk(nothing, RATE_HZ), pause_ms=100).duration_ms == pytest.approx(100, abs=0.1)


def test_pauses_follow_the_mark() -> None:
    """Longest after a sentence, shorter after a comma, none where words go on; all shorter at a quicker pace."""
    sentence, comma, words = (pause_ms(clause, 1.0) for clause in ("Yes. ", "yes, ", "yes "))

    assert sentence > comma > words == 0
    assert pause_ms('"Yes." ', 2.0) == sentence / 2
    assert pause_ms("a line\n", 1.0) == sentence
