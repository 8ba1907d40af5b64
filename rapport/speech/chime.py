"""The chime before what is said unasked: two soft bells, so that nobody is startled by a voice. Pure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

BELLS_HZ, SECOND_AFTER_S = (659.26, 987.77), 0.18
"""E and B, a fifth apart, and how long after the first the second is struck."""
LENGTH_S, DECAY_S, LOUDNESS = 0.9, 0.22, 0.25
PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.12))
"""Of a bell: multiples of its pitch, and how loud each is."""
ATTACK_S = 0.004


@lru_cache(maxsize=8)
def chime(rate_hz: int) -> bytes:
    """16-bit mono PCM.

    Args:
        rate_hz: Samples a second.
    """
    sound = np.zeros(round(LENGTH_S * rate_hz))
    for number, pitch_hz in enumerate(BELLS_HZ):
        start = round(number * SECOND_AFTER_S * rate_hz)
        seconds = np.arange(len(sound) - start) / rate_hz
        bell = sum(share * np.sin(2 * np.pi * pitch_hz * multiple * seconds) for multiple, share in PARTIALS)
        sound[start:] += bell * np.exp(-seconds / DECAY_S) * np.minimum(1, seconds / ATTACK_S)
    sound *= np.minimum(1, np.arange(len(sound))[::-1] / (0.05 * rate_hz))  # no click at the end
    return bytes((sound / np.abs(sound).max() * LOUDNESS * 32_767).astype("<i2").tobytes())
