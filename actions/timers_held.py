"""What the actions about timers share: what there is, whoever holds it, and which was spoken of last.

No action lives here.
"""

from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from tzlocal import get_localzone

from actions.datetime import Clock, own_zone, utc_now
from actions.memory_turn import off_record, turn_number
from actions.person import GetServices, PersonAction
from rapport.errors import ConsentMissing
from rapport.everyday.timer_phrases import (
    about_said,
    named,
)
from rapport.everyday.timers import (
    REMINDER,
    TIMER,
    Timer,
    in_order,
    keep_timers,
    timers_of,
    within_quota,
)
from rapport.people import Person
from rapport.services import get_services

TOLD_AT_ONCE = 3
"""How many are named aloud at a time."""


@dataclass(frozen=True)
class Held:
    """All that there is: what is kept, and what the conversation holds.

    Attributes:
        kept: Under the consent to remember; None without that.
        here: By the conversation.
    """

    kept: Sequence[Timer] | None
    here: Sequence[Timer]

    @classmethod
    def of(cls, person: Person, tracker: Tracker) -> "Held":
        here = [Timer.from_record(each) for each in tracker.get_slot("session_timers") or ()]
        try:
            return cls(timers_of(person), here)
        except ConsentMissing:
            return cls(None, here)

    @property
    def all(self) -> list[Timer]:
        return in_order([*(self.kept or ()), *self.here])

    def keeps_new(self, tracker: Tracker) -> bool:
        """Whether what is set now is kept, and not just held by the conversation."""
        return self.kept is not None and not off_record(tracker)

    def replaced(
        self, person: Person, changes: Mapping[str, Sequence[Timer]], new: Sequence[Timer] = (), *, keep: bool = False
    ) -> list[EventType]:
        """Put others in the place of some, by id, each where that one is; and new ones where they belong.

        Raises:
            QuotaReached: There are too many.
        """
        kept, here = (_changed(each, changes) for each in (self.kept or (), self.here))
        if keep:
            kept += new
        else:
            here = within_quota([*here, *new])
        if self.kept is not None and kept != list(self.kept):
            keep_timers(person, kept)
        return [_held_here(here)] if here != list(self.here) else []


class TimerAction(PersonAction, ABC):
    """An action about somebody's timers.

    Args:
        services: As for any action about a person.
        clock: Gives the moment, with a zone.
    """

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock

    def now(self, tracker: Tracker) -> datetime:
        """The moment, where the person is; where that is not known, where the server is."""
        return self._clock().astimezone(own_zone(tracker) or get_localzone())

    def wake_for(self, person: Person, timers: Iterable[Timer]) -> None:
        """Have the person told when these are due."""
        for timer in timers:
            self._services().alarm_clock.wake_for(person.id, timer)


def _changed(timers: Sequence[Timer], changes: Mapping[str, Sequence[Timer]]) -> list[Timer]:
    return [after for each in timers for after in changes.get(each.id, (each,))]


def _held_here(timers: Sequence[Timer]) -> EventType:
    """The event that has the conversation hold these, and no others."""
    return SlotSet("session_timers", [each.as_record() for each in timers] or None)


def note_timer(tracker: Tracker, timer: Timer) -> EventType:
    """The event that makes this the one that "it" means."""
    return SlotSet("timer_noted", {"id": timer.id, "turn": turn_number(tracker)})


def last_timer(timers: Sequence[Timer], tracker: Tracker, *, within: int) -> Timer | None:
    """The one that was spoken of in one of the last turns."""
    noted = tracker.get_slot("timer_noted")
    if not spoke_of_timer(tracker, within=within):
        return None
    return next((each for each in timers if each.id == noted["id"]), None)


def spoke_of_timer(tracker: Tracker, *, within: int) -> bool:
    """Whether one was spoken of in one of the last turns."""
    noted = tracker.get_slot("timer_noted")
    return noted is not None and turn_number(tracker) - noted["turn"] <= within


def about_any(rest: str) -> str:
    """What a message says that one is for, whichever kind it is."""
    return about_said(rest, REMINDER) or about_said(rest, TIMER)


def called(timer: Timer) -> str:
    """What one is called, whatever its kind: "your pasta timer", "the reminder to call mum"."""
    if timer.kind == REMINDER:
        return f"your reminder, {timer.about},"
    return f"your {named(timer)}"


def stays_for(timer: Timer, now: datetime) -> dict[str, Any]:
    """What asks the channel not to hang up before it is due."""
    return {"stay_s": max(0, round((timer.due - now).total_seconds()))}
