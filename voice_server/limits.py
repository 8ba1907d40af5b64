"""How much may be spent at the provider, and what follows from what was. Pure.

At a soft limit the provider is asked for a cheaper model; where there is none, and at a hard limit, it is not asked.
The local voice speaks then: nobody is ever met with silence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from rapport.errors import SettingsError
from voice_server.usage import Spent


class Allowance(IntEnum):
    """What an utterance may cost."""

    LOCAL = 0
    """Nothing."""
    CHEAPER = 1
    """As little as a provider's voice can."""
    FULL = 2
    """What it takes."""


@dataclass(frozen=True)
class Limit:
    """In credits; infinite where there is none."""

    soft: float = math.inf
    hard: float = math.inf

    @classmethod
    def parse(cls, name: str, text: str) -> Limit:
        """From `soft:hard`, of which the soft one may be left out, or the hard one with its colon.

        Raises:
            SettingsError: It is something else.
        """
        if not text:
            return cls()
        soft, _, hard = text.partition(":")
        try:
            limit = cls(float(soft or hard), float(hard or math.inf))
        except ValueError:
            raise SettingsError(f"{name} must be soft:hard, in credits, as in 8000:10000") from None
        if not 0 <= limit.soft <= limit.hard:
            raise SettingsError(f"{name} must be soft:hard, the soft one not above the hard one")
        return limit

    def allows(self, spent: float) -> Allowance:
        """What may be spent after that much."""
        if spent >= self.hard:
            return Allowance.LOCAL
        return Allowance.CHEAPER if spent >= self.soft else Allowance.FULL


@dataclass(frozen=True)
class Limits:
    """For one person and for all, a day and a month."""

    person_day: Limit = Limit()
    person_month: Limit = Limit()
    day: Limit = Limit()
    month: Limit = Limit()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Limits:
        """Read the limits.

        Raises:
            SettingsError: One can't be what it says.
        """

        def limit(name: str) -> Limit:
            return Limit.parse(name, environment.get(name, "").strip())

        return cls(
            limit("RAPPORT_CREDITS_PERSON_DAY"),
            limit("RAPPORT_CREDITS_PERSON_MONTH"),
            limit("RAPPORT_CREDITS_DAY"),
            limit("RAPPORT_CREDITS_MONTH"),
        )

    @property
    def any(self) -> bool:
        """Whether there is one at all."""
        return self != Limits()

    def allow(self, spent: Spent) -> Allowance:
        """The narrowest of all."""
        return min(
            self.person_day.allows(spent.person_day),
            self.person_month.allows(spent.person_month),
            self.day.allows(spent.day),
            self.month.allows(spent.month),
        )
