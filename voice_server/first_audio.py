"""How soon each of a provider's voices began lately. Time is the caller's clock; no I/O."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_S = 900.0
"""What is older says nothing of now."""

LEAST, MOST = 5, 50
"""Utterances that a voice is judged by: fewer tell nothing, more than these are not kept."""

MOST_VOICES = 1_000


class FirstAudio:
    """The times from request to first sound, by voice."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: dict[str, deque[tuple[float, float]]] = {}

    def note(self, voice: str, ms: float) -> None:
        """A voice began after so long; one that was given up took at least that."""
        begun = self._begun.pop(voice, None) or deque(maxlen=MOST)
        begun.append((self._clock(), ms))
        self._begun[voice] = begun
        if len(self._begun) > MOST_VOICES:
            del self._begun[next(iter(self._begun))]

    def p95_ms(self, voice: str) -> float | None:
        """Within this it began 19 times of 20, milliseconds; None where that is not known."""
        since = self._clock() - WINDOW_S
        times = sorted(ms for at, ms in self._begun.get(voice, ()) if at >= since)
        return times[min(round(0.95 * len(times)), len(times) - 1)] if len(times) >= LEAST else None
