"""How loud each of a provider's voices is, so that all are heard at one level; and silence before the first word cut.

A whole clause can be measured before it is sent (`shaping.py`); what streams can't wait for that. So each voice is
measured as it speaks, and its next utterance is brought to the common level, by one factor from its first sample to its
last: nothing swells or sinks within it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rapport.speech.audio import SAMPLE_BYTES, PcmChunk
from voice_server.script import Spoken
from voice_server.shaping import FRAME_MS, HIGHEST_PEAK, LEAD_MS, LEVEL_RMS

QUIET_RMS = 100.0
"""A frame below this is no speech: -50 dBFS."""

ENOUGH_MS = 400.0
"""Of speech, until a voice's level is known."""

MEMORY_MS = 20_000.0
"""Speech of before that counts; older speech fades."""

LEAST, MOST = 0.25, 4.0
"""The factor's range: 12 dB either way. What is further off is no speech."""

LONGEST_LEAD_MS = 400.0
"""Silence that is cut before the first word, at most."""

MOST_VOICES = 1_000

_Samples = NDArray[np.float32]


@dataclass
class _Level:
    """Of one voice: the speech that was measured, its energy, and its peak."""

    ms: float = 0.0
    energy: float = 0.0
    peak: float = 0.0

    def hear(self, frames: _Samples) -> None:
        """Take frames of `FRAME_MS` into account, those that are speech."""
        energies = np.mean(frames**2, axis=1)
        voiced = energies >= QUIET_RMS**2
        count = int(voiced.sum())
        if not count:
            return
        fading = max(0.0, 1 - count * FRAME_MS / MEMORY_MS)
        self.ms = self.ms * fading + count * FRAME_MS
        self.energy = self.energy * fading + float(energies[voiced].sum()) * FRAME_MS
        self.peak = max(self.peak * fading, float(np.abs(frames[voiced]).max()))

    @property
    def factor(self) -> float:
        if self.ms < ENOUGH_MS:
            return 1.0
        return float(np.clip(min(LEVEL_RMS / np.sqrt(self.energy / self.ms), HIGHEST_PEAK / self.peak), LEAST, MOST))


class Levels:
    """The levels of voices, by name."""

    def __init__(self) -> None:
        self._levels: dict[str, _Level] = {}

    async def even(self, voice: str, pieces: AsyncGenerator[Spoken, None]) -> AsyncGenerator[Spoken, None]:
        """The pieces at the common level, from the first word on. Closing it closes them."""
        level = self._of(voice)
        factor = level.factor
        lead: bytes | None = b""
        rest = b""
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                sound = piece.sound
                frame = sound.rate_hz * FRAME_MS // 1_000
                rest = _measure(level, rest + sound.samples, frame)
                if lead is not None:
                    sound, lead = _without_lead(lead, sound, frame)
                yield replace(piece, sound=_scaled(sound, factor))

    def _of(self, voice: str) -> _Level:
        level = self._levels.pop(voice, None) or _Level()
        self._levels[voice] = level
        if len(self._levels) > MOST_VOICES:
            del self._levels[next(iter(self._levels))]
        return level


def _measure(level: _Level, pcm: bytes, frame: int) -> bytes:
    """Measure whole frames; what is left over waits for more."""
    whole = len(pcm) // (frame * SAMPLE_BYTES) * frame * SAMPLE_BYTES
    if whole:
        level.hear(np.frombuffer(pcm[:whole], "<i2").astype(np.float32).reshape(-1, frame))
    return pcm[whole:]


def _without_lead(before: bytes, sound: PcmChunk, frame: int) -> tuple[PcmChunk, bytes | None]:
    """The sound from just before its first word, and the silence that waits for one; None once it was there."""
    samples = before + sound.samples
    heard = np.frombuffer(samples, "<i2").astype(np.float32)
    frames = heard[: len(heard) // frame * frame].reshape(-1, frame)
    loud = np.flatnonzero(np.mean(frames**2, axis=1) >= QUIET_RMS**2)
    per_ms = sound.rate_hz / 1_000
    if not loud.size and len(heard) < LONGEST_LEAD_MS * per_ms:
        return replace(sound, samples=b""), samples
    first = int(loud[0]) * frame if loud.size else len(heard)
    start = max(0, min(first - round(LEAD_MS * per_ms), round(LONGEST_LEAD_MS * per_ms)))
    return replace(sound, samples=samples[start * SAMPLE_BYTES :]), None


def _scaled(sound: PcmChunk, factor: float) -> PcmChunk:
    if factor == 1.0 or not sound.samples:
        return sound
    scaled = np.frombuffer(sound.samples, "<i2").astype(np.float32) * factor
    return replace(sound, samples=np.clip(scaled, -32_768, 32_767).round().astype("<i2").tobytes())
