"""The provider's prices, from a dated file: no code knows one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomli

from rapport.errors import SettingsError

FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Price:
    """What a model costs.

    Attributes:
        credits_per_character: Counted against the plan's quota.
        dollars_per_1000_characters: List price.
        sockets: Whether it can be had over a socket.
    """

    credits_per_character: float
    dollars_per_1000_characters: float
    sockets: bool = True

    @property
    def dollars_per_credit(self) -> float:
        """List price of a credit."""
        return self.dollars_per_1000_characters / 1_000 / self.credits_per_character


@dataclass(frozen=True)
class Prices:
    """A price list.

    Attributes:
        as_of: The day it was read, as `2026-06-01`.
        currency: Of its prices.
        models: By model id.
        hearing: Credits a second of what is heard, by model id.
    """

    as_of: str
    currency: str
    models: Mapping[str, Price]
    hearing: Mapping[str, float] = field(default_factory=dict)

    def heard(self, model: str) -> float:
        """Credits a second of sound that a model hears; of one that is not listed, the dearest."""
        return self.hearing.get(model) or max(self.hearing.values(), default=0.0)

    def of(self, model: str) -> Price:
        """A model's price; of one that is not listed, the dearest: rather count too much than too little."""
        return self.models.get(model) or max(self.models.values(), key=lambda price: price.credits_per_character)

    def cheaper(self, model: str) -> str | None:
        """The cheapest model with sockets that costs less than this one; None where there is none."""
        ask = self.of(model).credits_per_character
        found = [(each.credits_per_character, name) for name, each in self.models.items() if each.sockets]
        cost, name = min(found, default=(ask, model))
        return name if cost < ask else None


def read_prices(file: Path = FILE) -> Prices:
    """A price list.

    Raises:
        SettingsError: It can't be read, or is out of shape.
    """
    try:
        read = tomli.loads(file.read_text(encoding="utf-8"))
        models = {name: Price(**price) for name, price in read["models"].items()}
        if not models or any(price.credits_per_character <= 0 for price in models.values()):
            raise ValueError("no prices")
        hearing = {name: float(price["credits_per_second"]) for name, price in read.get("hearing", {}).items()}
        return Prices(str(read["as_of"]), str(read["currency"]), models, hearing)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError("the price list can't be used; compare it with voice_server/prices.toml") from error
