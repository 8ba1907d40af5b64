"""How often a person, and an address, may ask. Token buckets in this process: no I/O, and time is an argument."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

PERSON_BURST = 60
"""Requests at once: the page makes five when it is opened, and one for each key that searches."""
PERSON_PER_S = 2.0
ADDRESS_BURST = 240
"""A household, or an office, behind one address."""
ADDRESS_PER_S = 8.0
HEAVY = 10
"""What an export or an erasure counts as: it reads everything."""
REMEMBERED = 10_000
"""Buckets kept; the one unused longest goes first, which only ever gives a little more."""


@dataclass(frozen=True)
class Limit:
    """How much is let through.

    Attributes:
        burst: At once, after a rest.
        per_s: Each second from then on.
    """

    burst: float
    per_s: float


class Buckets:
    """One bucket for each name. Threads may share it.

    Args:
        limit: Of each bucket.
    """

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, at_s: float, cost: float = 1) -> int:
        """Take from a bucket.

        Args:
            name: Whose.
            at_s: The time, in seconds on any clock that only goes forward.
            cost: How much.

        Returns:
            0 where there was enough; else the seconds to wait, and nothing was taken.
        """
        with self._lock:
            level, then_s = self._levels.get(name, (self._limit.burst, at_s))
            level = min(self._limit.burst, level + (at_s - then_s) * self._limit.per_s)
            enough = level >= cost
            self._levels[name] = (level - cost if enough else level, at_s)
            self._levels.move_to_end(name)
            if len(self._levels) > REMEMBERED:
                self._levels.popitem(last=False)
        return 0 if enough else math.ceil((cost - level) / self._limit.per_s)
