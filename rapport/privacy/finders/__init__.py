"""Finders: each reads written text (`dictated`) and yields what it takes for personal data of its kind.

A module holds what is told in a like way: by what is said of it (`passwords`), by digits with a length and a check
(`accounts`), by form and context (`contacts`, `addresses`). What could run away on long text is bounded.
"""

from typing import NamedTuple


class Match(NamedTuple):
    """A stretch of written text.

    Attributes:
        start: Where it begins.
        end: One past its last character.
        confidence: As `personal_data.Finding` has it.
        ending: Last digits that may be shown.
    """

    start: int
    end: int
    confidence: float
    ending: str = ""


def digits_of(text: str) -> str:
    """Its digits alone."""
    return "".join(character for character in text if character.isdecimal())


def ending_of(text: str) -> str:
    """The last four digits, where they are half of them or less."""
    digits = digits_of(text)
    return digits[-4:] if len(digits) >= 8 else ""
