"""Rates of exchange by Frankfurter's protocol: https://frankfurter.dev, the European Central Bank's daily rates.

The public service wants no key; anybody may run one of their own, and name it in RAPPORT_RATES_URL. It is asked for all
rates at once, so it learns nothing of what somebody wants to know.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from rapport.everyday.currencies import Rates
from rapport.everyday.public_service import PublicService

FRESH_S = 3_600.0
"""Seconds until it is asked again: there are new rates once a working day."""


class Frankfurter:
    """A service that speaks Frankfurter's protocol. Safe from any thread.

    Args:
        url: Where it answers, without a path.
        clock: Monotonic seconds.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = PublicService(url, setting="RAPPORT_RATES_URL", fresh_s=FRESH_S, read=_rates, clock=clock)

    def rates(self) -> Rates:
        """See `RateService`."""
        return self._service.ask("/v1/latest", {"base": "EUR"})


def _rates(answer: Mapping[str, Any]) -> Rates:
    rates = {code: float(rate) for code, rate in answer["rates"].items()}
    if not rates or min(rates.values()) <= 0:
        raise ValueError("rates are above nought")
    return Rates(date.fromisoformat(answer["date"]), rates)
