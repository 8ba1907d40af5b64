"""Money in other money: what is asked ("twenty dollars in euros"), what it is called, and the port to the rates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from rapport.everyday.units import in_digits, number_said

CURRENCIES = {
    "USD": ("dollar", r"(?:u\.? ?s\.? |american )?(?:dollars?|bucks?)"),
    "EUR": ("euro", r"(?:euros?|your os|euro's)"),
    "GBP": ("pound", r"(?:british |english )?(?:pounds?(?: sterling)?|quid)|sterling"),
    "JPY": ("yen", r"(?:japanese )?yens?"),
    "CHF": ("Swiss franc", r"(?:swiss )?fran[ck]s?"),
    "CAD": ("Canadian dollar", r"canadian dollars?"),
    "AUD": ("Australian dollar", r"(?:australian|aussie) dollars?"),
    "NZD": ("New Zealand dollar", r"new zealand dollars?|kiwi dollars?"),
    "HKD": ("Hong Kong dollar", r"hong kong dollars?"),
    "SGD": ("Singapore dollar", r"singapore dollars?"),
    "NOK": ("Norwegian krone", r"norwegian (?:krone[rs]?|kroners|crowns?|kroner)"),
    "SEK": ("Swedish krona", r"swedish (?:kron[ao]r?|krona[s]?|crowns?|krone[rs]?)"),
    "DKK": ("Danish krone", r"danish (?:krone[rs]?|crowns?|kroner)"),
    "ISK": ("Icelandic krona", r"icelandic (?:kron[aou]r?|crowns?)"),
    "CZK": ("Czech koruna", r"(?:czech )?(?:korunas?|czech crowns?)"),
    "PLN": ("zloty", r"(?:polish )?(?:zlot(?:y|ys|ies)|slot(?:y|ies))"),
    "HUF": ("forint", r"(?:hungarian )?forints?"),
    "RON": ("Romanian leu", r"romanian (?:leu|lei)"),
    "TRY": ("Turkish lira", r"(?:turkish )?liras?"),
    "ILS": ("shekel", r"(?:israeli |new )*(?:shekels?|sheqels?)"),
    "CNY": ("yuan", r"(?:chinese )?(?:yuans?|renminbi)"),
    "INR": ("Indian rupee", r"(?:indian )?rupees?"),
    "KRW": ("Korean won", r"(?:south )?korean won"),
    "THB": ("baht", r"(?:thai )?bahts?"),
    "IDR": ("rupiah", r"(?:indonesian )?rupiahs?"),
    "MYR": ("ringgit", r"(?:malaysian )?ringgits?"),
    "PHP": ("Philippine peso", r"(?:philippine|filipino) pesos?"),
    "MXN": ("Mexican peso", r"(?:mexican )?pesos?"),
    "BRL": ("Brazilian real", r"(?:brazilian )?(?:reais|reals)|brazilian real"),
    "ZAR": ("rand", r"(?:south african )?rands?"),
}
"""Those that the European Central Bank gives rates for, what they are called, and the words that mean them."""

_MANY = {
    "yen": "yen",
    "Norwegian krone": "Norwegian kroner",
    "Danish krone": "Danish kroner",
    "Swedish krona": "Swedish kronor",
    "Icelandic krona": "Icelandic kronur",
    "zloty": "zloty",
    "Romanian leu": "Romanian lei",
    "yuan": "yuan",
    "Korean won": "Korean won",
    "baht": "baht",
    "rupiah": "rupiah",
    "ringgit": "ringgit",
    "Brazilian real": "Brazilian reais",
    "rand": "rand",
}
_ANY = "|".join(sorted((words for _, words in CURRENCIES.values()), key=len, reverse=True))
_NUMBER = r"(?:a )?(?P<number>\d+(?:[.,]\d+)*|an?|one|half an?)"
_IS = "(?:is|are|in|makes?|equals?|do|does|would|will|can|for|i|you|get|buy|be|worth|to|into|as|it|how (?:many|much))"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"\bhow (?:many|much) (?P<to>{_ANY}) (?:(?:there|{_IS}) )*{_NUMBER} (?P<unit>{_ANY})\b",
        rf"(?<![\w.]){_NUMBER} (?P<unit>{_ANY}) (?:{_IS} )+(?P<to>{_ANY})\b",
        rf"\b(?P<unit>{_ANY}) (?:to|into|in|and|against)(?: the)? (?P<to>{_ANY})\b",
    )
)


@dataclass(frozen=True)
class ExchangeAsked:
    """What is to be exchanged.

    Attributes:
        number: Of the first money.
        base: Its ISO code.
        to: The other's ISO code.
    """

    number: float
    base: str
    to: str


@dataclass(frozen=True)
class Rates:
    """What one euro is worth.

    Attributes:
        day: The day that they are of.
        per_euro: By ISO code.
    """

    day: date
    per_euro: Mapping[str, float]

    def exchanged(self, asked: ExchangeAsked) -> float | None:
        """So much of the other money; None where one of them has no rate."""
        rates = {**self.per_euro, "EUR": 1.0}
        if asked.base not in rates or asked.to not in rates:
            return None
        return asked.number / rates[asked.base] * rates[asked.to]


class RateService(Protocol):
    """Where the rates come from."""

    def rates(self) -> Rates:
        """The latest. Blocks, for some seconds at most.

        Raises:
            ServiceUnavailable: It can't be reached, or does not answer as it should.
        """


def exchange_asked(said: str) -> ExchangeAsked | None:
    """What a message wants exchanged; None where it does not name two currencies.

    Args:
        said: Lower case.
    """
    digits = in_digits(said)
    found = next((match for shape in _SHAPES if (match := shape.search(digits))), None)
    if found is None:
        return None
    base, to = _code(found["unit"]), _code(found["to"])
    return ExchangeAsked(number_said(found.groupdict().get("number") or "one"), base, to) if base != to else None


def money_called(code: str, number: float) -> str:
    """What that much of a currency is called: "dollars"."""
    name = CURRENCIES[code][0]
    return name if number == 1 else _MANY.get(name, f"{name}s")


def _code(said: str) -> str:
    return next(code for code, (_, words) in CURRENCIES.items() if re.fullmatch(words, said))
