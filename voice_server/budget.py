"""Whether an utterance may be spoken by the provider, and in which model, after what was spent."""

from __future__ import annotations

import logging
from dataclasses import replace

from voice_server.limits import Allowance, Limits
from voice_server.manner import Manner
from voice_server.prices import Prices
from voice_server.usage import Usage

logger = logging.getLogger(__name__)


class Budget:
    """The limits, held against the counts.

    Args:
        limits: As the operator set them.
        usage: What was spent.
        prices: Which model is cheaper.
        model: The one that speaks as long as no limit is reached.
    """

    def __init__(self, limits: Limits, usage: Usage, prices: Prices, model: str) -> None:
        self._limits = limits
        self._usage = usage
        self._cheaper = prices.cheaper(model)
        self._last = Allowance.FULL

    async def within(self, manner: Manner) -> Manner:
        """The manner, as far as it can be paid for."""
        if not manner.cloud or not self._limits.any:
            return manner
        allowance = self._limits.allow(await self._usage.spent(manner.grant.owner))
        if allowance is not self._last:
            self._last = allowance
            logger.warning("spending: %s", _MEANING[allowance])
        if allowance is Allowance.FULL:
            return manner
        if allowance is Allowance.CHEAPER and self._cheaper is not None:
            return replace(manner, model=self._cheaper)
        return replace(manner, paid=False)


_MEANING = {
    Allowance.FULL: "within the limits",
    Allowance.CHEAPER: "a soft limit is reached; a cheaper model speaks, or the local voice",
    Allowance.LOCAL: "a hard limit is reached; the local voice speaks",
}
