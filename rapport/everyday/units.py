"""Conversions as they are asked for: "ten miles in kilometres", "how many ounces are in a pound"."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_UNITS = {
    "millimeter": r"milli ?met(?:er|re)s?|mm",
    "centimeter": r"centi ?met(?:er|re)s?|cm",
    "kilometer": r"kilo ?met(?:er|re)s?|km|k m",
    "meter": r"met(?:er|re)s?",
    "inch": r"inch(?:es)?",
    "foot": r"foot|feet",
    "yard": r"yards?",
    "mile": r"miles?",
    "nautical_mile": r"nautical miles?|sea miles?",
    "milligram": r"milli ?gram(?:me)?s?|mg",
    "kilogram": r"kilo ?gram(?:me)?s?|kilos?|kg",
    "gram": r"gram(?:me)?s?",
    "metric_ton": r"(?:metric )?ton(?:ne)?s?",
    "ounce": r"ounces?",
    "pound": r"pounds?|lbs?",
    "stone": r"stones?",
    "milliliter": r"milli ?lit(?:er|re)s?|ml",
    "centiliter": r"centi ?lit(?:er|re)s?",
    "deciliter": r"deci ?lit(?:er|re)s?",
    "liter": r"lit(?:er|re)s?",
    "teaspoon": r"tea ?spoons?(?: ?fuls?)?",
    "tablespoon": r"table ?spoons?(?: ?fuls?)?",
    "fluid_ounce": r"fluid ounces?",
    "cup": r"cups?",
    "pint": r"pints?",
    "quart": r"quarts?",
    "gallon": r"gallons?",
    "degree_Celsius": r"(?:degrees? )?(?:celsius|centigrade)",
    "degree_Fahrenheit": r"(?:degrees? )?fahrenheit",
    "kelvin": r"(?:degrees? )?kelvins?",
    "mile_per_hour": r"miles (?:an|per) hour|mph",
    "kilometer_per_hour": r"kilo ?met(?:er|re)s (?:an|per) hour|km h|kph",
    "meter_per_second": r"met(?:er|re)s (?:a|per) second",
    "knot": r"knots?",
    "acre": r"acres?",
    "hectare": r"hectares?",
    "meter**2": r"square met(?:er|re)s?",
    "foot**2": r"square (?:feet|foot)",
    "second": r"seconds?",
    "minute": r"minutes?",
    "hour": r"hours?",
    "day": r"days?",
    "week": r"weeks?",
}
"""Pint's names, by the words that mean them. Pint's own reading of words is not used: it takes "kilos" for seconds."""

_ANY = "|".join(sorted(_UNITS.values(), key=len, reverse=True))
_NUMBER = r"(?P<number>-?\d+(?:[.,]\d+)?|a|an|one|half an?)"
_IS = r"(?:is|are|in|go into|makes?|equals?|does|do)(?: (?:is|are|in|there))*"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"\bhow (?:many|much) (?P<to>{_ANY}) (?:(?:is|are) there )?{_IS} {_NUMBER} (?P<unit>{_ANY})\b",
        rf"(?<![\w.]){_NUMBER} (?P<unit>{_ANY}) (?:is|are|makes?|equals?|in|to|into|as)"
        rf"(?: (?:is|how many|how much|in|to))* (?P<to>{_ANY})\b",
    )
)
_SAYS_NO_NUMBER = re.compile(rf"\b(?:convert )?(?P<unit>{_ANY}) (?:to|into|in) (?P<to>{_ANY})\b")


@dataclass(frozen=True)
class Conversion:
    """What was asked, and the answer.

    Attributes:
        number: Of the first unit.
        unit: As it is said of that many: "miles".
        result: Of the second unit; None where the one can't be had in the other.
        to: As it is said of that many.
    """

    number: float
    unit: str
    result: float | None
    to: str


def conversion(said: str) -> Conversion | None:
    """What a message wants converted, done; None where it names no two units.

    Args:
        said: Lower case.
    """
    digits = re.sub(r"\bminus (\d)", r"-\1", in_digits(said))
    found = next((match for shape in (*_SHAPES, _SAYS_NO_NUMBER) if (match := shape.search(digits))), None)
    if found is None:
        return None
    number = number_said(found.groupdict().get("number") or "one")
    unit, to = _unit(found["unit"]), _unit(found["to"])
    result = _converted(number, unit, to)
    return Conversion(number, _called(unit, number), result, _called(to, result if result is not None else 2))


def in_digits(said: str) -> str:
    """A message with its numbers in digits, and nothing that is neither word, number nor sign."""
    from text_to_num import alpha2digit

    return str(alpha2digit(re.sub(r"[^\w'.,\- ]+", " ", said), "en", 0))


def number_said(said: str) -> float:
    """A number in digits, or "a", "one" and "half a"."""
    if said in ("a", "an", "one"):
        return 1.0
    return 0.5 if said.startswith("half") else float(said.replace(",", ""))


def _unit(said: str) -> str:
    return next(name for name, words in _UNITS.items() if re.fullmatch(words, said))


def _converted(number: float, unit: str, to: str) -> float | None:
    from pint import DimensionalityError

    registry = _registry()
    # An ounce of milk is a measure of volume, and one of flour is not: what it is turned into tells.
    readings = [(unit, to)]
    if unit == "ounce":
        readings.append(("fluid_ounce", to))
    if to == "ounce":
        readings.append((unit, "fluid_ounce"))
    for first, second in readings:
        with contextlib.suppress(DimensionalityError):
            return float(registry.Quantity(number, first).to(second).magnitude)
    return None


def _called(unit: str, number: float) -> str:
    name = _SAID.get(unit, unit.replace("_", " "))
    if number == 1:
        return name
    return _MANY.get(name, name if name.startswith("degree") else f"{name}s")


_SAID = {
    "degree_Celsius": "degrees Celsius",
    "degree_Fahrenheit": "degrees Fahrenheit",
    "metric_ton": "ton",
    "meter**2": "square meter",
    "foot**2": "square foot",
    "mile_per_hour": "mile an hour",
    "kilometer_per_hour": "kilometer an hour",
    "meter_per_second": "meter a second",
}
_MANY = {
    "foot": "feet",
    "inch": "inches",
    "square foot": "square feet",
    "stone": "stone",
    "kelvin": "kelvin",
    "mile an hour": "miles an hour",
    "kilometer an hour": "kilometers an hour",
    "meter a second": "meters a second",
}


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()
