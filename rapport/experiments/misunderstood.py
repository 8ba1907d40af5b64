"""Sentences that were not understood, from which understanding can be taught. Blocks.

Kept under the consent to `understanding`: the person's own names are struck out, and what holds personal data, or
touches what is sensitive, is left out. Nothing says who else was there, when exactly, or what was answered. Designers
see them by `make review`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

from rapport.errors import ConsentMissing
from rapport.memory.drafts import Screen
from rapport.people import MISUNDERSTOOD, Person
from rapport.personality.own_words import own_names
from rapport.privacy.purposes import Purpose

VERSION = 1
"""Of the form that they are kept in."""
MOST = 200
"""Sentences a person; the oldest go first."""
LONGEST = 200
"""Characters; what is longer is a story, and teaches little."""
STRUCK = "[name]"


class Why(str, Enum):
    """What was wrong with it."""

    UNCLEAR = "unclear"
    """It was asked back."""
    UNSURE = "unsure"
    """It was answered, and might have meant something else."""
    CORRECTED = "corrected"
    """The person said that the answer was wrong."""


@dataclass(frozen=True)
class Misunderstood:
    """One sentence.

    Attributes:
        text: As it was heard or typed.
        why: What was wrong.
        likely: Intents that it may have had, the likeliest first.
        meant: The intent that the person chose when they were asked back; None where they were not, or did not.
        day: When it was said.
    """

    text: str
    why: Why
    likely: tuple[str, ...]
    meant: str | None
    day: date

    def as_record(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "why": self.why.value, "day": self.day.isoformat()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Misunderstood:
        """What `as_record` made."""
        return cls(
            str(record["text"]),
            Why(record["why"]),
            tuple(map(str, record["likely"])),
            record["meant"],
            date.fromisoformat(record["day"]),
        )


def misunderstood_of(person: Person) -> list[Misunderstood]:
    """What is kept, the oldest first.

    Raises:
        ConsentMissing: They did not agree that it is kept.
    """
    kept = person.record(MISUNDERSTOOD, Purpose.UNDERSTANDING) or {}
    return [Misunderstood.from_record(each) for each in kept.get("sentences", ())]


def keep_misunderstood(person: Person, sentences: Iterable[Misunderstood], screen: Screen) -> int:
    """Keep those of which nothing says who they are about; how many.

    Raises:
        ConsentMissing: They did not agree that it is kept.
    """
    before = misunderstood_of(person)
    strike = striking(own_names(person))
    harmless = []
    for each in sentences:
        screened = screen(strike(each.text), asked=False)
        if len(each.text) <= LONGEST and not screened.found:
            harmless.append(replace(each, text=screened.text))
    if harmless:
        kept = [each.as_record() for each in [*before, *harmless][-MOST:]]
        record = {"version": VERSION, "sentences": kept}
        person.keep_record(MISUNDERSTOOD, record, Purpose.UNDERSTANDING)
    return len(harmless)


def gathered(people: Iterable[Person]) -> list[tuple[str, Misunderstood]]:
    """What everybody agreed to have looked at: whose, as a number that stands for nobody, and each sentence."""
    return [(str(number), each) for number, person in enumerate(people) for each in _agreed(person)]


def _agreed(person: Person) -> list[Misunderstood]:
    try:
        return misunderstood_of(person)
    except ConsentMissing:
        return []


def striking(names: Sequence[str]) -> Callable[[str], str]:
    """Puts `STRUCK` in place of each of these names in a text."""
    if not names:
        return lambda text: text
    any_of = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\b", re.IGNORECASE)
    return lambda text: any_of.sub(STRUCK, text)
