"""A service of exchange rates on this machine that speaks Frankfurter's protocol, with rates of one day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fakes.public_service import WrittenService


@dataclass
class WrittenRates(WrittenService):
    """It knows three currencies besides the euro."""

    path = "/v1/latest"

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        rates = {"USD": 1.25, "GBP": 0.8, "JPY": 150.0}
        return {"amount": 1.0, "base": asked["base"], "date": "2026-11-25", "rates": rates}
