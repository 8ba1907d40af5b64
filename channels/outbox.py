"""What waits to be sent to a client, bounded, so that one who does not read costs nothing but itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from channels.wire import WireError


class Outbox:
    """A queue of WebSocket messages that outlives the socket they go to.

    Without a socket only what can't be told again is kept: text marked `keep`.

    Args:
        limit_bytes: Most that may wait.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._waiting: deque[tuple[str | bytes, bool]] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._overflow = asyncio.Event()
        self.connected = False

    def put(self, message: str | bytes, *, keep: bool = False) -> None:
        """Queue a message; over the limit it is dropped, and `overflowed` comes true."""
        if not self.connected and not keep:
            return
        if self._bytes + len(message) > self._limit_bytes:
            self._overflow.set()
            return
        self._waiting.append((message, keep))
        self._bytes += len(message)
        self._filled.set()

    def connect(self, first: list[str]) -> None:
        """Begin with a new socket, and with these messages before what was kept."""
        self._overflow.clear()
        self.connected = True
        self._waiting.extendleft((message, False) for message in reversed(first))
        self._bytes += sum(len(message) for message in first)
        self._filled.set()

    def disconnect(self) -> None:
        """The socket is gone: what it was not sent is dropped, but for text that can't be told again."""
        self.connected = False
        self._waiting = deque((message, keep) for message, keep in self._waiting if keep)
        self._bytes = sum(len(message) for message, _ in self._waiting)

    async def send_all(self, send: Callable[[str | bytes], Awaitable[None]]) -> None:
        """Send what is queued, and what comes, until cancelled."""
        while True:
            await self._filled.wait()
            while self._waiting:
                message, _ = self._waiting[0]
                await send(message)
                # Not before: what was being sent when the socket broke is still to be told.
                self._waiting.popleft()
                self._bytes -= len(message)
            self._filled.clear()

    async def overflowed(self) -> None:
        """Wait until the client has fallen too far behind.

        Raises:
            WireError: Always, once that is so.
        """
        await self._overflow.wait()
        raise WireError("slow_client", "read what you are sent; too much is waiting")
