"""A person's timers, alarms and reminders: what they are, when each is due, and which one is meant.

Kept with what somebody agreed to have remembered; without that, and for what is due within the conversation, the
conversation holds them (`actions/timers_held.py`). Who wakes up when one is due is `alarm_clock`. Values are pure; what
reads or keeps them blocks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from dateutil.tz import resolve_imaginary
from Stemmer import Stemmer

from rapport.errors import QuotaReached
from rapport.everyday.when_said import PARTS, When
from rapport.people import TIMERS, Person
from rapport.privacy.purposes import Purpose

TIMER, ALARM, REMINDER = "timer", "alarm", "reminder"
KINDS = (TIMER, ALARM, REMINDER)

VERSION = 1
"""Of the form that they are kept in."""

MOST, LONGEST = 50, 120
"""How many a person may have at once, and how many characters what it is about."""

RING_AGAIN = timedelta(seconds=60)
MOST_RINGS = 3
"""It is told again after so long, so often, until somebody says anything."""
MISSED = timedelta(minutes=2)
"""What was due longer ago was missed: it is told as that."""
SNOOZE = timedelta(minutes=5)
EARLIEST, LATEST = 6, 22
"""Hours in which a reminder is meant whose half of the day was not said."""


@dataclass(frozen=True)
class Timer:
    """One of them.

    Attributes:
        id: Random.
        kind: Of `KINDS`.
        about: What it is for: "pasta", "call mum"; may be empty.
        due: When it is due next.
        length_s: Of a timer, how long it runs; else 0.
        zone: Where clock times are meant, as in the IANA's database.
        every: How it repeats, as RFC 5545 has it; empty where it does not.
        starts: Of what repeats, the clock time and day that it counts from, in its zone.
        rang: When it was told last; None while that lies ahead.
        rings: How often it was told.
    """

    id: str
    kind: str
    about: str
    due: datetime
    length_s: int = 0
    zone: str = "UTC"
    every: str = ""
    starts: str = ""
    rang: datetime | None = None
    rings: int = 0

    @property
    def length(self) -> timedelta:
        """How long a timer runs."""
        return timedelta(seconds=self.length_s)

    @property
    def local_due(self) -> datetime:
        """When it is due, where it was set."""
        return self.due.astimezone(ZoneInfo(self.zone))

    def told(self, now: datetime) -> list[Timer]:
        """What is left of it once it was told: itself, until somebody answers, and the next one if it repeats."""
        rung = replace(self, rang=now, rings=self.rings + 1, every="", starts="")
        if not self.every:
            return [rung]
        return [replace(rung, id=new_id()), replace(self, due=next_due(self, now))]

    def as_record(self) -> dict[str, Any]:
        """Plain JSON."""
        times = {"due": self.due.isoformat(), "rang": self.rang.isoformat() if self.rang else None}
        return {**asdict(self), **times}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Timer:
        """From what `as_record` gave."""
        rang = record.get("rang")
        times = {
            "due": datetime.fromisoformat(record["due"]),
            "rang": datetime.fromisoformat(rang) if rang else None,
        }
        return cls(**{**record, **times})


def new_id() -> str:
    """For a new one."""
    return secrets.token_hex(6)


def timers_of(person: Person) -> list[Timer]:
    """All that are kept, in the order in which they are due.

    Raises:
        ConsentMissing: They did not agree to be remembered.
    """
    kept = person.record(TIMERS, Purpose.MEMORY) or {}
    return in_order(Timer.from_record(each) for each in kept.get("timers", ()))


def keep_timers(person: Person, timers: Iterable[Timer]) -> None:
    """Keep these in place of what was there.

    Raises:
        ConsentMissing: They did not agree to be remembered.
        QuotaReached: There are too many.
    """
    kept = within_quota(timers)
    record = {"version": VERSION, "timers": [each.as_record() for each in kept]} if kept else None
    person.keep_record(TIMERS, record, Purpose.MEMORY)


def in_order(timers: Iterable[Timer]) -> list[Timer]:
    """The one that is due first, first."""
    return sorted(timers, key=lambda each: each.due)


def within_quota(timers: Iterable[Timer]) -> list[Timer]:
    """All of them.

    Raises:
        QuotaReached: There are too many.
    """
    some = list(timers)
    if len(some) > MOST:
        raise QuotaReached(f"there is room for {MOST} timers, alarms and reminders")
    return some


def due_ones(timers: Iterable[Timer], now: datetime) -> list[Timer]:
    """What has to be told now: what is due, and what was told and not answered for a while."""
    return [
        each
        for each in timers
        if each.due <= now and (each.rang is None or (each.rings < MOST_RINGS and now >= each.rang + RING_AGAIN))
    ]


def waiting(timers: Iterable[Timer]) -> list[Timer]:
    """Those that still lie ahead."""
    return [each for each in timers if each.rang is None]


def new_timer(kind: str, about: str, when: When, now: datetime, *, wakes: bool = False) -> Timer | None:
    """One that is due as was said; None where that lies in the past.

    Args:
        kind: Of `KINDS`.
        about: What it is for.
        when: A complete one.
        now: In the person's zone.
        wakes: Somebody wants to be woken: in the morning, where that was not said.
    """
    zone = _zone_of(now)
    made = Timer(new_id(), kind, about[:LONGEST], now.astimezone(timezone.utc), zone=zone)
    if when.after is not None:
        length_s = round(when.after.total_seconds()) if kind == TIMER else 0
        return replace(made, due=made.due + when.after, length_s=length_s)
    if when.within_days:
        made = replace(made, every=when.every, starts=now.replace(tzinfo=None, microsecond=0).isoformat())
        return replace(made, due=next_due(made, now))
    clock = when.clock or PARTS[when.part or "morning"]
    exact = when.exact or when.clock is None
    if when.every:
        clock = clock if exact else _likely(clock, kind, wakes=wakes)
        starts = datetime.combine(when.day or now.date(), clock)
        made = replace(made, every=when.every, starts=starts.isoformat())
        return replace(made, due=next_due(made, now))
    days = [when.day] if when.day else [now.date(), now.date() + timedelta(1)]
    moments = [on_clock(day, each, zone) for day in days for each in _readings(clock, exact=exact)]
    ahead = [each for each in moments if each > now]
    if not ahead:
        return None
    if len(ahead) > 1 and not exact:
        ahead = _preferred(ahead, kind, wakes=wakes, today=when.day in (None, now.date())) or ahead
    return replace(made, due=ahead[0].astimezone(timezone.utc))


def moved(timer: Timer, when: When, now: datetime) -> Timer | None:
    """The same, due as was said, what was not said being as it was; None where that lies in the past."""
    if timer.kind == TIMER and when.after is not None:
        began = timer.due - timer.length
        length_s = round(when.after.total_seconds())
        due = began + when.after
        return replace(timer, due=due, length_s=length_s) if due > now else None
    before = timer.local_due
    if when.after is None:
        if when.clock is None and not when.part:
            when = replace(when, clock=before.time(), exact=True)
        elif when.clock is None:
            clock = before.time().replace(hour=before.hour % 12)
            pm = when.part in ("afternoon", "evening") or (when.part == "night" and clock.hour > 5)
            when = replace(when, clock=clock.replace(hour=clock.hour + 12) if pm else clock, exact=True)
        if when.day is None and not when.every and not timer.every and when.clock is not None:
            same_day = [on_clock(before.date(), each, timer.zone) for each in _readings(when.clock, exact=when.exact)]
            same_half = [each for each in same_day if each > now and (each.hour < 12) == (before.hour < 12)]
            if same_half:
                return replace(timer, due=same_half[0].astimezone(timezone.utc))
            if any(each > now for each in same_day):
                when = replace(when, day=before.date())
        if timer.every and not when.every and when.day is None:
            when = replace(when, every=timer.every)
            if when.clock is not None and not when.exact and before.hour >= 12:
                when = replace(when, clock=when.clock.replace(hour=when.clock.hour % 12 + 12), exact=True)
    anew = new_timer(timer.kind, timer.about, when, now, wakes=timer.kind == ALARM and before.hour < 12)
    return replace(anew, id=timer.id) if anew is not None else None


def shifted(timer: Timer, by: timedelta, now: datetime) -> Timer | None:
    """The same, later or earlier; None where that lies in the past."""
    due = timer.due + by
    if due <= now:
        return None
    length_s = max(0, timer.length_s + round(by.total_seconds())) if timer.kind == TIMER else 0
    if not timer.every:
        return replace(timer, due=due, length_s=length_s)
    starts = datetime.fromisoformat(timer.starts) + by
    made = replace(timer, starts=starts.isoformat())
    return replace(made, due=next_due(made, now))


def next_due(timer: Timer, after: datetime) -> datetime:
    """When what repeats is due next after a moment. Clock times are those of its zone, whatever its clocks do: a time
    that they skip comes as much later, one that comes twice counts once."""
    zone = ZoneInfo(timer.zone)
    rule = rrulestr(timer.every, dtstart=datetime.fromisoformat(timer.starts))
    moment = after.astimezone(zone).replace(tzinfo=None) - timedelta(hours=2)
    while True:
        moment = rule.after(moment)
        due: datetime = resolve_imaginary(moment.replace(tzinfo=zone)).astimezone(timezone.utc)
        if due > after:
            return due


def on_clock(day: date, clock: time, zone: str) -> datetime:
    """A clock time on a day; one that is skipped there is as much later."""
    moment: datetime = resolve_imaginary(datetime.combine(day, clock, ZoneInfo(zone)))
    return moment


def kinds_said(said: str) -> list[str]:
    """Of which kinds words speak."""
    return [kind for kind in KINDS if re.search(rf"\b{kind}s?\b", said)]


def meant(timers: Sequence[Timer], said: str, about: str, when: When) -> list[Timer]:
    """Those that words can mean: of the kind that was said, with its name, or due then.

    Args:
        timers: To choose from.
        said: The words, lower case.
        about: What they say that it is for; may be empty.
        when: The time that they tell.
    """
    kinds = kinds_said(said)
    some = [each for each in timers if not kinds or each.kind in kinds]
    wanted = _words(about)
    if wanted and any(_words(each.about) & wanted for each in some):
        most = max(len(_words(each.about) & wanted) for each in some)
        return [each for each in some if len(_words(each.about) & wanted) == most]
    timed = [each for each in some if _is_due(each, when)]
    return timed or some


def _is_due(timer: Timer, when: When) -> bool:
    """Whether a timer is the one of that time, day, or length."""
    if when.after is not None:
        return timer.length_s == round(when.after.total_seconds())
    local = timer.local_due
    if when.day is not None and local.date() != when.day:
        return False
    if when.clock is not None:
        return local.time().replace(second=0, microsecond=0) in _readings(when.clock, exact=when.exact)
    return when.day is not None


def _readings(clock: time, *, exact: bool) -> list[time]:
    """What a time on a clock of twelve hours can mean."""
    if exact:
        return [clock]
    hour = clock.hour % 12
    return [clock.replace(hour=hour), clock.replace(hour=hour + 12)]


def _likely(clock: time, kind: str, *, wakes: bool) -> time:
    """Which half of the day is meant of something that repeats."""
    early, late = _readings(clock, exact=False)
    if wakes or kind == ALARM:
        return early if early.hour >= 4 else late
    return early if early.hour >= EARLIEST else late


def _preferred(ahead: Sequence[datetime], kind: str, *, wakes: bool, today: bool) -> list[datetime]:
    """Those that are likelier meant."""
    if wakes or (kind == ALARM and not today):
        return [each for each in ahead if 4 <= each.hour < 12]
    if kind == ALARM:
        return list(ahead)
    return [each for each in ahead if EARLIEST <= each.hour <= LATEST]


def _zone_of(now: datetime) -> str:
    key = getattr(now.tzinfo, "key", None)
    return str(key) if key else "UTC"


def _words(text: str) -> frozenset[str]:
    """The words that tell one from another, by their stems."""
    words = re.findall(r"[a-z']+", text.lower())
    return frozenset(_stemmer.stemWords([word for word in words if word not in _SMALL]))


_SMALL = frozenset("a an the my our to for of about and that is it i".split())
_stemmer = Stemmer("english")
