"""In which scale somebody is told degrees: as they said, else as they usually ask. Blocks."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from rapport.errors import ConsentMissing
from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece
from rapport.people import Person
from rapport.personality.signals import THRESHOLDS, Signal, signals_now

SCALE = "scale"
"""Its place in the profile."""
CELSIUS, FAHRENHEIT = "celsius", "fahrenheit"

_SAID = re.compile(r"\b(?:(fahrenheit|american)|celsius|centigrade|metric)\b")
_NOT = re.compile(r"\b(?:not|no|don't|never|stop|instead of|rather than)\b[^,]*\b(fahrenheit|celsius)\b")


def scale_named(text: str) -> str | None:
    """The scale that a message wishes for; None where it names none.

    Args:
        text: Lower case.
    """
    wanted = _SAID.search(_NOT.sub("", text))
    if wanted:
        return FAHRENHEIT if wanted[1] else CELSIUS
    unwanted = _NOT.search(text)
    if unwanted:
        return CELSIUS if unwanted[1] == FAHRENHEIT else FAHRENHEIT
    return None


def keep_scale(person: Person, scale: str) -> None:
    """Tell them degrees in this scale from now on.

    Raises:
        ConsentMissing: They did not agree to be remembered.
    """
    person.update_profile(**{SCALE: scale})


def scale_of(person: Person | None, day: date) -> str | None:
    """Their scale; None where nothing tells. What they agreed to is looked at here."""
    if person is None:
        return None
    with suppress(ConsentMissing):
        if said := person.profile().get(SCALE):
            return str(said)
    share = signals_now(person).shows(Signal.FAHRENHEIT, day)
    least = THRESHOLDS[Signal.FAHRENHEIT][0]
    if share is None or 1 - least < share < least:
        return None
    if not gets(person, Piece.SCALE, day):
        return None
    return FAHRENHEIT if share >= least else CELSIUS
