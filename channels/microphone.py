"""A microphone that is never silent: sends queued sound, and quiet between, at the speed of speech.

The other half of `playback`: what the terminal client, tests and benchmarks speak into.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rapport.speech.audio import SAMPLE_BYTES

FRAME_MS = 20


@dataclass(frozen=True)
class Spoken:
    """Sound on its way through the microphone.

    Attributes:
        began: Resolves to when its first frame went out, on the monotonic clock.
        ended: Resolves to when its last frame went out.
    """

    began: asyncio.Future[float]
    ended: asyncio.Future[float]


class Microphone:
    """Sends audio in frames of 20 ms until cancelled.

    Args:
        rate_hz: Rate of the PCM.
        send: Sends one frame.
    """

    def __init__(self, rate_hz: int, send: Callable[[bytes], Awaitable[None]]) -> None:
        self.rate_hz = rate_hz
        self._send = send
        self._frame_bytes = rate_hz * FRAME_MS // 1_000 * SAMPLE_BYTES
        self._queue: deque[tuple[bytes, Spoken]] = deque()

    def say(self, pcm: bytes) -> Spoken:
        """Speak 16-bit mono PCM after what is queued."""
        loop = asyncio.get_running_loop()
        spoken = Spoken(loop.create_future(), loop.create_future())
        self._queue.append((pcm, spoken))
        return spoken

    async def run(self) -> None:
        """Send frames, until cancelled."""
        next_frame = time.monotonic()
        while True:
            await self._send(self._next_frame())
            next_frame += FRAME_MS / 1_000
            await asyncio.sleep(next_frame - time.monotonic())

    def _next_frame(self) -> bytes:
        if not self._queue:
            return bytes(self._frame_bytes)
        pcm, spoken = self._queue.popleft()
        if not spoken.began.done():
            spoken.began.set_result(time.monotonic())
        frame, rest = pcm[: self._frame_bytes], pcm[self._frame_bytes :]
        if rest:
            self._queue.appendleft((rest, spoken))
        else:
            spoken.ended.set_result(time.monotonic())
        return frame.ljust(self._frame_bytes, b"\0")
