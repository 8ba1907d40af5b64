"""What is done to a voice's sound afterwards: higher or deeper, warmer or brighter. Streaming; no I/O.

A pitch comes from playing the sound faster or slower; so that the pace stays, the voice is asked to speak the other way
round (`Manner.pace`). Warmth tilts the spectrum: more of what lies below `TURN_HZ`, less of what lies above.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rapport.speech.audio import PcmChunk, Resampler
from rapport.speech.voice_profile import VoiceProfile, pitch_ratio

TURN_HZ = 900.0
"""Between the vowels' first formants, which give warmth, and what gives brightness."""
MOST_DB = 4.0
"""At a warmth of 1: clearly heard, and speech stays as well understood."""
TAIL = 256
"""Samples after which the low-pass has died away: e^-60 at 22 kHz."""


class Timbre:
    """One clause's sound, as its profile has it.

    Attributes:
        rate_hz: Of the sound, in and out.

    Args:
        profile: How to speak.
        rate_hz: See above.
    """

    def __init__(self, profile: VoiceProfile, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._resampler = Resampler(round(rate_hz * pitch_ratio(profile.pitch)), rate_hz)
        self._kernel: NDArray[np.float64] | None = None
        if profile.warmth:
            low, high = 10 ** (MOST_DB * profile.warmth / 20), 10 ** (-MOST_DB * profile.warmth / 20)
            share = 1 - np.exp(-2 * np.pi * TURN_HZ / rate_hz)
            kernel = (low - high) * share * (1 - share) ** np.arange(TAIL)
            kernel[0] += high
            self._kernel = kernel / max(low, high, 1.0)  # nothing gets louder, so nothing clips
            self._before: NDArray[np.float64] = np.zeros(TAIL - 1)

    def feed(self, sound: PcmChunk) -> PcmChunk:
        """What is ready after this stretch; may be empty."""
        return self._tilted(self._resampler.feed(sound.samples))

    def flush(self) -> PcmChunk:
        """What was held back."""
        return self._tilted(self._resampler.flush())

    def _tilted(self, pcm: bytes) -> PcmChunk:
        if self._kernel is None or not pcm:
            return PcmChunk(pcm, self.rate_hz)
        samples = np.concatenate((self._before, np.frombuffer(pcm, "<i2").astype(np.float64)))
        self._before = samples[len(samples) - TAIL + 1 :]
        tilted = np.convolve(samples, self._kernel, "valid")
        return PcmChunk(np.clip(tilted, -32_768, 32_767).round().astype("<i2").tobytes(), self.rate_hz)
