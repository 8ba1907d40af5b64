"""Habits: what somebody asks for at which time of day. Pure functions over what was asked when.

Something is a habit around a time where it was asked for within an hour of it on at least `LEAST_DAYS` of the last
`WINDOW_DAYS` days, and on half of those days on which anything was asked for around that time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from rapport.people import LEARNT

HABITS = LEARNT + "habits"
VERSION = 1
"""Of the form that they are kept in."""
WINDOW_DAYS = 28
LEAST_DAYS = 3
AROUND = timedelta(hours=1)
MOST = 400
"""Askings that are kept; the oldest go first."""

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Habit:
    """Something that is usually asked for at a time.

    Attributes:
        topic: The intent.
        days: On how many of the last days it was asked for around that time.
        around: The middle of the times at which it was.
    """

    topic: str
    days: int
    around: time


@dataclass(frozen=True)
class Habits:
    """What was asked for, by intent, and when, as local time without a zone; the oldest first."""

    asked: tuple[tuple[str, datetime], ...] = ()

    def after(self, asked: Sequence[tuple[str, datetime]]) -> Habits:
        """With what was asked for in one more session; that must not be empty."""
        every = [*self.asked, *((topic, at.replace(tzinfo=None, microsecond=0)) for topic, at in asked)]
        newest = max(at for _, at in every)
        return Habits(tuple(each for each in every if each[1] > newest - timedelta(WINDOW_DAYS))[-MOST:])

    def around(self, now: datetime) -> list[Habit]:
        """What is usually asked for around now, in the person's zone; the most usual first."""
        local = now.replace(tzinfo=None)
        near = [
            (topic, at)
            for topic, at in self.asked
            if local - timedelta(WINDOW_DAYS) < at <= local and _apart(at, local) <= AROUND
        ]
        all_days = {at.date() for _, at in near}
        found = []
        for topic in dict.fromkeys(topic for topic, _ in near):
            times = sorted(at for each, at in near if each == topic)
            days = {at.date() for at in times}
            if len(days) >= LEAST_DAYS and 2 * len(days) >= len(all_days):
                found.append(Habit(topic, len(days), _middle(times, local)))
        return sorted(found, key=lambda each: (-each.days, each.topic))

    def all(self, now: datetime) -> list[Habit]:
        """Every habit, each once, at the hour at which it is strongest."""
        hours = (now.replace(hour=hour, minute=30, second=0) - timedelta(hour > now.hour) for hour in range(24))
        best: dict[str, Habit] = {}
        for habit in (each for hour in hours for each in self.around(hour)):
            if habit.topic not in best or habit.days > best[habit.topic].days:
                best[habit.topic] = habit
        return sorted(best.values(), key=lambda each: (-each.days, each.topic))

    def as_record(self) -> dict[str, Any]:
        """Plain JSON, as the store keeps it."""
        return {"version": VERSION, "asked": [[topic, at.isoformat()] for topic, at in self.asked]}

    @classmethod
    def from_record(cls, record: Mapping[str, Any] | None) -> Habits:
        """What `as_record` made."""
        kept = record["asked"] if record else ()
        return cls(tuple((topic, datetime.fromisoformat(at)) for topic, at in kept))


def _minutes(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _apart(one: datetime, other: datetime) -> timedelta:
    """How far two times of day are from each other, over midnight where that is nearer."""
    apart = abs(_minutes(one) - _minutes(other))
    return timedelta(minutes=min(apart, _DAY_MINUTES - apart))


def _middle(times: Sequence[datetime], near: datetime) -> time:
    """The mean time of day of times that are all near one."""
    half = _DAY_MINUTES // 2
    base = _minutes(near)
    mean = sum((_minutes(at) - base + half) % _DAY_MINUTES - half for at in times) / len(times)
    return time(*divmod(round(base + mean) % _DAY_MINUTES, 60))
