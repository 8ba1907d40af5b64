"""Who goes first when several replies want the same voice at once.

A voice uses all cores for one clause, so two at a time make both late. The first clause of a reply, which somebody
waits for, passes before the later ones, which are made while others play.
"""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator


class Turnstile:
    """Lets a bounded number through, urgent ones first, else in the order they came.

    Args:
        places: How many may be inside at once.
    """

    def __init__(self, places: int = 1) -> None:
        self._free = places
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @contextlib.asynccontextmanager
    async def passing(self, *, urgent: bool) -> AsyncIterator[None]:
        """Wait for a place, and hold it for as long as the context lasts."""
        await self._enter(urgent=urgent)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, *, urgent: bool) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
