"""How somebody's sessions went, in counts: what experiments are judged by. No word of them is kept.

Rests on `analytics`, and goes with it. Blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from rapport.errors import ConsentMissing, RapportError
from rapport.privacy.purposes import Purpose

if TYPE_CHECKING:
    from rapport.people import People, Person

RECORD = "sessions"
VERSION = 1
"""Of the form that they are kept in."""
MOST = 400
"""Sessions a person; the oldest go first."""
LEAST_PEOPLE = 20
"""Of fewer no sum is told: it is too few for the theory, and too near to single persons."""

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class SessionCounts:
    """How a session went.

    Attributes:
        day: Its day, in the person's zone.
        turns: What they said, but for thanks, greetings, and what steers the talk.
        tasks: What they wanted.
        solved: Of these, what was answered and not put right.
        steps: Turns that the solved ones took, one for each that was got at once.
        rephrased: Turns that said anew what was not understood or was taken wrongly.
        answers: What Rapport said.
        cut: Of these, what was cut off.
        corrected: Of these, what was said to be wrong or misheard.
        suggested: Suggestions that were made.
        accepted: Of these, what was wanted.
        good: Thumbs up, and yeses to the question whether it helped.
        bad: Thumbs down, and noes.
        complaints: Consents that were taken back, and wishes to be forgotten.
        first_audio_ms: From the end of a turn to the first sound of its answer, in the median; None where nothing was
            spoken.
        spoken_by: What spoke most of it: a rung of the voice server's, or clip; None where nothing was spoken.
    """

    day: date
    turns: int = 0
    tasks: int = 0
    solved: int = 0
    steps: int = 0
    rephrased: int = 0
    answers: int = 0
    cut: int = 0
    corrected: int = 0
    suggested: int = 0
    accepted: int = 0
    good: int = 0
    bad: int = 0
    complaints: int = 0
    first_audio_ms: int | None = None
    spoken_by: str | None = None

    def as_record(self) -> dict[str, Any]:
        """Plain JSON; what is 0 is left out."""
        counts = {name: value for name, value in asdict(self).items() if value}
        return {**counts, "day": self.day.isoformat()}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> SessionCounts:
        """What `as_record` made."""
        return cls(**{**record, "day": date.fromisoformat(record["day"])})


def sessions_of(person: Person) -> list[SessionCounts]:
    """What is kept, the oldest first.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    kept = person.record(RECORD, Purpose.ANALYTICS) or {}
    return [SessionCounts.from_record(each) for each in kept.get("sessions", ())]


def of_everybody(people: People, read: Callable[[Person], _Read | None]) -> tuple[list[_Read], int]:
    """What there is of everybody who agreed to be counted, and how many people could not be read.

    Args:
        people: All of them.
        read: Reads it of one; None where there is nothing.
    """
    found, unread = [], 0
    for name in people.store.people():
        try:
            of_one = read(people.person(name))
        except ConsentMissing:
            continue
        except RapportError:
            unread += 1
            continue
        if of_one is not None:
            found.append(of_one)
    return found, unread


def keep_session(person: Person, counts: SessionCounts) -> None:
    """Keep one more.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    kept = [*(each.as_record() for each in sessions_of(person)), counts.as_record()][-MOST:]
    person.keep_record(RECORD, {"version": VERSION, "sessions": kept}, Purpose.ANALYTICS)
