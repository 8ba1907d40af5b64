"""The chime before what is said unasked."""

import numpy as np
import pytest

from rapport.speech.chime import BELLS_HZ, LENGTH_S, LOUDNESS, chime


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_it_rings_its_bells_and_neither_clicks_nor_clips(rate_hz: int) -> None:
    sound = np.frombuffer(chime(rate_hz), "<i2").astype(float) / 32_767

    assert len(sound) == round(LENGTH_S * rate_hz)
    assert np.abs(sound).max() == pytest.approx(LOUDNESS, abs=0.001)
    assert abs(sound[0]) < 0.01
    assert abs(sound[-1]) < 0.01
    spectrum = np.abs(np.fft.rfft(sound))
    pitches = np.fft.rfftfreq(len(sound), 1 / rate_hz)
    floor = np.median(spectrum)
    assert all(spectrum[np.abs(pitches - bell).argmin()] > 20 * floor for bell in BELLS_HZ)
