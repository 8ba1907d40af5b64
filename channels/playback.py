"""A loudspeaker that keeps time but makes no sound: the terminal client, tests and benchmarks play through it.

It plays queued speech at the speed of speech, obeys `hold`, `resume` and `stop`, marks what was played, and keeps what
sounded together with when, so that latencies can be measured at the ear.
"""

from __future__ import annotations

import asyncio
import audioop
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rapport.speech.audio import SAMPLE_BYTES

TICK_MS = 10
MARK_EVERY_MS = 100
VOICED_RMS = 200
"""Loudness of 16-bit samples from which a tick counts as voiced: about -44 dBFS, over any noise floor of a voice."""


@dataclass
class _Queued:
    clause: int
    pcm: bytearray
    sent_ms: int | None = None
    played: int = 0


@dataclass(frozen=True)
class Sounded:
    """One tick that came out of the loudspeaker.

    Attributes:
        at: When it began, on the monotonic clock.
        pcm: 16-bit mono PCM.
    """

    at: float
    pcm: bytes

    @property
    def voiced(self) -> bool:
        """Whether a listener would hear a voice in it."""
        return audioop.rms(self.pcm, SAMPLE_BYTES) >= VOICED_RMS


class Playback:
    """Plays clauses in order, in real time.

    Args:
        rate_hz: Rate of the PCM.
        mark: Sends a playback mark: clause, milliseconds, done.
        listen: Is handed each tick of sound as it plays; for a real loudspeaker.
    """

    def __init__(
        self,
        rate_hz: int,
        mark: Callable[[int, int, bool], Awaitable[None]],
        listen: Callable[[bytes], None] | None = None,
    ) -> None:
        self.rate_hz = rate_hz
        self.sounded: list[Sounded] = []
        self.held = False
        self._mark = mark
        self._listen = listen
        self._queue: deque[_Queued] = deque()
        self._finished: set[int] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, clause: int, offset: int, pcm: bytes) -> None:
        """Queue a stretch of a clause; what was queued or played already is passed over."""
        if clause in self._finished:
            return
        queued = self._find(clause)
        known = queued.played + len(queued.pcm) // SAMPLE_BYTES
        queued.pcm += pcm[max(known - offset, 0) * SAMPLE_BYTES :]
        self._idle.clear()

    def end(self, clause: int, ms: int) -> None:
        """All of a clause's audio is here."""
        if clause not in self._finished:
            self._find(clause).sent_ms = ms
            self._idle.clear()

    def obey(self, action: str) -> None:
        """Take a `playback` message."""
        if action == "stop":
            self._finished.update(queued.clause for queued in self._queue)
            self._queue.clear()
            self._idle.set()
        self.held = action == "hold"

    async def idle(self) -> None:
        """Wait until all that was queued has sounded."""
        await self._idle.wait()

    async def run(self) -> None:
        """Play, until cancelled."""
        next_tick = time.monotonic()
        marked = next_tick
        while True:
            if not self.held:
                self._play_tick(next_tick)
                await self._mark_finished()
                if self._queue and next_tick - marked >= MARK_EVERY_MS / 1_000:
                    marked = next_tick
                    head = self._queue[0]
                    await self._mark(head.clause, self._ms(head.played), False)
            next_tick += TICK_MS / 1_000
            await asyncio.sleep(next_tick - time.monotonic())

    def _play_tick(self, at: float) -> None:
        samples = self.rate_hz * TICK_MS // 1_000
        pcm = b""
        for queued in self._queue:
            taken = bytes(queued.pcm[: samples * SAMPLE_BYTES - len(pcm)])
            del queued.pcm[: len(taken)]
            queued.played += len(taken) // SAMPLE_BYTES
            pcm += taken
            if queued.sent_ms is None or queued.pcm:
                break
        if pcm:
            self.sounded.append(Sounded(at, pcm))
            if self._listen is not None:
                self._listen(pcm)

    async def _mark_finished(self) -> None:
        while self._queue and self._queue[0].sent_ms is not None and not self._queue[0].pcm:
            done = self._queue.popleft()
            self._finished.add(done.clause)
            await self._mark(done.clause, self._ms(done.played), True)
        if not self._queue:
            self._idle.set()

    def _find(self, clause: int) -> _Queued:
        for queued in self._queue:
            if queued.clause == clause:
                return queued
        self._queue.append(_Queued(clause, bytearray()))
        return self._queue[-1]

    def _ms(self, samples: int) -> int:
        return samples * 1_000 // self.rate_hz
