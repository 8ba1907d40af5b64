"""What each request to the provider costs: told to the counts, and to the log in one line.

Over HTTP the provider says itself what a request cost; on a socket it does not, so that is worked out from the price
list. Neither text nor owner is in the log.
"""

from __future__ import annotations

import logging
import time

from voice_server.keys import Key
from voice_server.manner import Manner
from voice_server.prices import Prices
from voice_server.usage import Request, Usage

logger = logging.getLogger(__name__)


class Spending:
    """What is spent.

    Args:
        prices: For what the provider does not say.
        usage: The counts; None where nothing is counted.
    """

    def __init__(self, prices: Prices, usage: Usage | None = None) -> None:
        self._prices = prices
        self._usage = usage

    def begin(self, manner: Manner, key: Key, model: str, rung: str) -> Bill:
        """Begin a request."""
        return Bill(self, manner.grant.owner, key, model, rung)

    def settled(self, bill: Bill, latency_ms: float | None) -> None:
        """Count a request that is over."""
        if not bill.characters:
            return
        told = bill.told_credits
        cost = bill.characters * self._prices.of(bill.model).credits_per_character if told is None else told
        environment = self._usage.environment if self._usage else "default"
        logger.info(
            "provider: key %s, environment %s, %s, %s, first audio %s, %d characters, %g credits",
            bill.key.id,
            environment,
            bill.rung,
            bill.model,
            "none" if latency_ms is None else f"after {latency_ms:.0f} ms",
            bill.characters,
            cost,
        )
        if self._usage is not None:
            self._usage.spoke(
                Request(bill.owner, bill.key.id, bill.model, bill.rung, bill.characters, cost, told is None)
            )


class Bill:
    """One request's.

    Attributes:
        owner: Who is spoken to.
        key: Whose quota it counts against.
        model: That speaks.
        rung: `socket` or `http`.
        characters: Sent so far.
        told_credits: What the provider says that it cost; None where it does not.
    """

    def __init__(self, spending: Spending, owner: str, key: Key, model: str, rung: str) -> None:
        self.owner = owner
        self.key = key
        self.model = model
        self.rung = rung
        self.characters = 0
        self.told_credits: float | None = None
        self._spending = spending
        self._began = time.monotonic()
        self._latency_ms: float | None = None
        self._settled = False

    def sent(self, characters: int) -> None:
        """Text was sent."""
        self.characters += characters

    def heard(self) -> None:
        """The first sound came, or more of it."""
        if self._latency_ms is None:
            self._latency_ms = (time.monotonic() - self._began) * 1_000

    def settle(self) -> None:
        """It is over, however it ended; counted once."""
        if not self._settled:
            self._settled = True
            self._spending.settled(self, self._latency_ms)
