"""Numbers as they are said aloud: "about one point four one", "twenty twenty-five".

Words, never digits, so that every voice reads them alike. Sums are worked out in `arithmetic`,
hours and dates are put into words in `spoken_time`. unicode-rbnf, with the rules of Unicode's
locale data, is imported at the first call: only the services environment has it.
"""

import math
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any

# Past this, a number is said by its magnitude ("about three point nine billion").
LARGEST_SAID_IN_FULL = 1_000_000_000

EXACT_DECIMALS = 4
ROUNDED_DECIMALS = 2

_MAGNITUDES = (
    (Decimal(10) ** 15, "quadrillion"),
    (Decimal(10) ** 12, "trillion"),
    (Decimal(10) ** 9, "billion"),
)
_LARGEST_NAMED = Decimal(10) ** 18


def whole_words(number: int) -> str:
    """`121` as "one hundred and twenty-one", without commas: a voice would pause at them."""
    return _words(number, "spellout-cardinal-verbose")


def count_words(number: int, unit: str) -> str:
    """ "one day", "three days"."""
    return f"{whole_words(number)} {unit}{'' if number == 1 else 's'}"


def ordinal_words(number: int) -> str:
    """`22` as "twenty-second"."""
    return _words(number, "spellout-ordinal-verbose")


def year_words(year: int) -> str:
    """`2025` as "twenty twenty-five"."""
    from unicode_rbnf import FormatPurpose

    # By purpose, not by the name of the rules: those for years leave out what reads like any number (2005).
    return str(_engine().format_number(year, FormatPurpose.YEAR).text)


def number_words(number: float) -> str:
    """A finite result as a person would say it, with "about" where it had to be rounded.

    Up to four decimals are said if they are all there is; otherwise two decimals, or two
    significant digits below a tenth. From a billion on, the magnitude is named.

    Raises:
        ValueError: the number is not finite.
    """
    if isinstance(number, float) and not math.isfinite(number):
        raise ValueError("only a finite number can be said; check the result first")
    # Fifteen significant digits are what a double holds for certain; the rest is noise (0.1 + 0.2).
    exact = Decimal(number) if isinstance(number, int) else Decimal(f"{number:.15g}")
    if abs(exact) >= LARGEST_SAID_IN_FULL:
        return _large_words(exact)
    rounded = exact.quantize(Decimal(1).scaleb(-EXACT_DECIMALS), ROUND_HALF_EVEN)
    if rounded == exact:
        return _decimal_words(rounded)
    decimals = ROUNDED_DECIMALS
    if abs(exact) < Decimal("0.1"):
        decimals = 1 - exact.adjusted()
    if decimals > 6:
        return f"about {_power_of_ten_words(exact)}"
    return f"about {_decimal_words(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN))}"


def _large_words(number: Decimal) -> str:
    if abs(number) >= _LARGEST_NAMED:
        return f"about {_power_of_ten_words(number)}"
    # From 999.995 of one magnitude on, rounding reaches the next.
    for size, name in _MAGNITUDES:
        scaled = (number / size).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        if abs(scaled) >= 1:
            about = "" if scaled * size == number else "about "
            return f"{about}{_decimal_words(scaled)} {name}"
    raise AssertionError("called with a number below a billion")


def _power_of_ten_words(number: Decimal) -> str:
    exponent = number.adjusted()
    mantissa = number.scaleb(-exponent).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    if abs(mantissa) >= 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    power = f"ten to the power of {whole_words(exponent)}"
    return power if mantissa == 1 else f"{_decimal_words(mantissa)} times {power}"


def _decimal_words(number: Decimal) -> str:
    if number == number.to_integral_value():
        return whole_words(int(number))
    whole, _, fraction = f"{abs(number).normalize():f}".partition(".")
    sign = "minus " if number < 0 else ""
    digits = " ".join(whole_words(int(digit)) for digit in fraction)
    return f"{sign}{whole_words(int(whole))} point {digits}"


def _words(number: int, rules: str) -> str:
    return str(_engine().format_number(number, ruleset_names=[rules]).text).replace(",", "")


@lru_cache(maxsize=1)
def _engine() -> Any:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language("en")
