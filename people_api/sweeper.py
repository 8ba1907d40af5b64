"""Sweeps while the API runs: what has expired is deleted, and erasures that were cut off go on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from rapport.people import Swept
from rapport.voices.revocation import Revocations

logger = logging.getLogger(__name__)

INTERVAL_S = 3600.0

REVOKING_INTERVAL_S = 30.0
"""Between looks at revocations under way; the voice server itself tries the provider again and again, too."""


class Sweeper:
    """Sweeps at the start and every interval, each time in a thread.

    Args:
        sweep: Does it.
        interval_s: Seconds between two beginnings of waiting.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        sweep: Callable[[], Swept],
        *,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sweep = sweep
        self._interval_s = interval_s
        self._clock = clock
        self._began_s = clock()
        self._swept_s: float | None = None
        self._failed = False

    @property
    def age_s(self) -> float | None:
        """Seconds since the last sweep ended well; None before the first."""
        return None if self._swept_s is None else self._clock() - self._swept_s

    @property
    def healthy(self) -> bool:
        """Whether the last sweep went well, and none is overdue by more than an interval."""
        since = self._began_s if self._swept_s is None else self._swept_s
        return not self._failed and self._clock() - since <= 2 * self._interval_s

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.once()
            await asyncio.sleep(self._interval_s)

    async def once(self) -> None:
        """Sweep, and note how that went."""
        try:
            swept = await asyncio.to_thread(self._sweep)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next sweep has to come, and health tells
            # Its text may hold what nobody else may read.
            logger.error("the sweep failed (%s); it is tried again in %.0f s", type(error).__name__, self._interval_s)
            self._failed = True
            return
        self._failed = swept.failed > 0
        if self._failed:
            logger.error("%d of %d people could not be swept; look at their keys", swept.failed, swept.people)
        else:
            self._swept_s = self._clock()


async def go_on_revoking(revocations: Revocations, *, interval_s: float = REVOKING_INTERVAL_S) -> None:
    """Go on with revocations of cloned voices until cancelled, for as long as there are any."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            await asyncio.to_thread(revocations.resume)
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be tried again
            logger.error("revocations could not go on (%s); tried again in %.0f s", type(error).__name__, interval_s)
