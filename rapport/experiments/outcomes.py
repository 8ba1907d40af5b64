"""Outcomes: what somebody thought of an answer, as a label on the turn that it answered. Blocks.

Kept under the consent to `analytics`, whose wording says that what was said is no part of it: an outcome holds what the
turn was taken for and how sure that was, never words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from rapport.people import OUTCOMES, Person
from rapport.privacy.purposes import Purpose

VERSION = 1
"""Of the form that outcomes are kept in."""
MOST = 500
"""Outcomes a person; the oldest go first."""


class Label(str, Enum):
    """What was thought of an answer."""

    GOOD = "good"
    WRONG = "wrong"
    MISHEARD = "misheard"


@dataclass(frozen=True)
class Outcome:
    """An answer, and what was thought of it.

    Attributes:
        at: When it was judged, in UTC.
        session: The session it was given in.
        turn: Which turn of it, counted from 1.
        label: The judgement.
        way: Through what: `voice`, `text`, `page`.
        intent: What the turn was taken for.
        confidence: Of that, 0 to 1.
        heard: The recogniser's confidence, 0 to 1; None where it was typed.
        responses: The responses that answered it, by their names in the domain.
    """

    at: datetime
    session: str
    turn: int
    label: Label
    way: str
    intent: str
    confidence: float
    heard: float | None
    responses: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "at": self.at.isoformat(), "label": self.label.value, "responses": list(self.responses)}


def outcomes_of(person: Person) -> list[dict[str, Any]]:
    """What is kept, the oldest first.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    kept = person.record(OUTCOMES, Purpose.ANALYTICS) or {}
    return list(kept.get("outcomes", ()))


def keep_outcome(person: Person, outcome: Outcome) -> None:
    """Keep one; another judgement of the same answer takes the place of the one before.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    others = [
        each for each in outcomes_of(person) if (each["session"], each["turn"]) != (outcome.session, outcome.turn)
    ]
    kept: Sequence[dict[str, Any]] = [*others, outcome.as_record()][-MOST:]
    person.keep_record(OUTCOMES, {"version": VERSION, "outcomes": list(kept)}, Purpose.ANALYTICS)
