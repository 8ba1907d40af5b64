"""What is learnt of somebody from how they talk: signals, each a share that fades, and what follows from it.

A signal compares how often something happened with how often it could have: answers that were cut off, of those that
were given. From `THRESHOLDS` on something follows, once there was enough to see. What is said outright always beats
what is learnt; each signal can be seen, and switched off, which forgets it. All of it rests on `learning`. Blocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Any

from rapport.errors import ConsentMissing
from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece
from rapport.people import LEARNT, Person
from rapport.privacy.purposes import Purpose

RECORD = LEARNT + "signals"
VERSION = 1
"""Of the form that they are kept in."""

STAYS = 0.75
"""What was seen before counts this much beside a session that shows the same again: the last four sessions make two
thirds of a share."""
HALF_LIFE_DAYS = 60
"""After so many days without anything new, what was seen counts half, and so soon too little to tell anything."""
MOST_COUNTED = 40
"""Topics, and names, that are counted; the rarest go first."""


class Signal(str, Enum):
    """What is looked at, by the name that it is kept and shown by."""

    CUTS = "cuts"
    """Answers that were cut off and not gone on with, of those given: then they are concise."""
    MORE = "more"
    """Answers that more was asked about, of those given: then they go into detail."""
    COURTESY = "courtesy"
    """Turns with a please or a thank you, of all: then answers are warm."""
    FORMALITY = "formality"
    """Turns in formal words, of those in words that are either formal or casual: then answers are formal."""
    HUMOUR = "humour"
    """Turns with a joke asked for, or laughter, of all: then answers are playful."""
    REPEATS = "repeats"
    """Answers that were asked for again, of those given: then speech is slower."""
    HURRY = "hurry"
    """Turns that were spoken fast, of those long enough to tell: then speech is quicker."""
    UNANSWERED = "unanswered"
    """Questions back that were not answered, of those asked: then fewer readings are offered."""
    FAHRENHEIT = "fahrenheit"
    """Degrees that were asked for in Fahrenheit, of those with a scale: then that scale, or Celsius, is used."""


class Counted(str, Enum):
    """What is counted by name."""

    TOPICS = "topics"
    """Sessions in which something was asked for, by intent: likelier readings are offered first."""
    NAMES = "names"
    """Places and the like that were named, twice where they were put right: they are listened for."""
    DEPTH = "depth"
    """Answers that more was asked about, by what they were about: those go into detail, in no other style's place."""


THRESHOLDS: Mapping[Signal, tuple[float, float]] = {
    Signal.CUTS: (0.4, 6),
    Signal.MORE: (0.3, 6),
    Signal.COURTESY: (0.35, 10),
    Signal.FORMALITY: (0.75, 8),
    Signal.HUMOUR: (0.15, 10),
    Signal.REPEATS: (0.2, 8),
    Signal.HURRY: (0.6, 8),
    Signal.UNANSWERED: (0.6, 3),
    Signal.FAHRENHEIT: (0.6, 2),
}
"""The share from which something follows, and how much must have been seen."""


@dataclass(frozen=True)
class Share:
    """How often something happened, of how often it could have; both fade.

    Attributes:
        hits: Times it happened.
        of: Times it could have.
        day: When that was so.
    """

    hits: float = 0.0
    of: float = 0.0
    day: date = date.min

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.hits / self.of if self.of else 0.0

    def on(self, day: date) -> Share:
        """As it is on a later day."""
        left = _left(self.day, day)
        return Share(self.hits * left, self.of * left, max(day, self.day))

    def after(self, hits: float, of: float, day: date) -> Share:
        """With what one more session showed; one that showed nothing changes nothing."""
        if not of:
            return self
        before = self.on(day)
        return Share(before.hits * STAYS + hits, before.of * STAYS + of, before.day)


@dataclass(frozen=True)
class Seen:
    """What a session showed.

    Attributes:
        shares: How often something happened, and could have, by signal.
        counts: Names, and how often they counted, by what is counted.
    """

    shares: Mapping[Signal, tuple[int, int]] = field(default_factory=dict)
    counts: Mapping[Counted, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Signals:
    """All that is known of somebody this way.

    Attributes:
        shares: By signal.
        counts: How often, by what is counted and by name, as of `day`.
        off: What they switched off: nothing of it is kept.
        day: When the counts were so.
    """

    shares: Mapping[Signal, Share] = field(default_factory=dict)
    counts: Mapping[Counted, Mapping[str, float]] = field(default_factory=dict)
    off: frozenset[Signal | Counted] = frozenset()
    day: date = date.min

    def shows(self, signal: Signal, day: date) -> float | None:
        """The share, where there is enough to tell; else None."""
        share = self.shares.get(signal, Share()).on(day)
        return share.value if share.of >= THRESHOLDS[signal][1] else None

    def strength(self, signal: Signal, day: date) -> float:
        """How far the share is above its threshold, as a multiple of that: from 1 on, what it is for follows."""
        return (self.shows(signal, day) or 0.0) / THRESHOLDS[signal][0]

    def holds(self, signal: Signal, day: date) -> bool:
        """Whether what it is for follows."""
        return self.strength(signal, day) >= 1

    def count(self, counted: Counted, day: date) -> dict[str, float]:
        """How often, as it counts on a day, the most first."""
        left = _left(self.day, day)
        kept = {name: times * left for name, times in self.counts.get(counted, {}).items()}
        return dict(sorted(kept.items(), key=lambda each: (-each[1], each[0])))

    def after(self, seen: Seen, day: date) -> Signals:
        """With what one more session showed, but for what is switched off."""
        shares = {
            signal: self.shares.get(signal, Share()).after(*seen.shares.get(signal, (0, 0)), day)
            for signal in Signal
            if signal not in self.off
        }
        counts = {
            counted: dict(
                (Counter(self.count(counted, day)) + Counter(seen.counts.get(counted, {}))).most_common(MOST_COUNTED)
            )
            for counted in Counted
            if counted not in self.off
        }
        return replace(self, shares={name: each for name, each in shares.items() if each.of}, counts=counts, day=day)

    def switched(self, which: Signal | Counted, *, on: bool) -> Signals:
        """With one of them looked at, or not: then what was seen is forgotten."""
        if on:
            return replace(self, off=self.off - {which})
        return replace(
            self,
            off=self.off | {which},
            shares={name: each for name, each in self.shares.items() if name is not which},
            counts={name: each for name, each in self.counts.items() if name is not which},
        )


def signals_of(person: Person) -> Signals:
    """What is kept.

    Raises:
        ConsentMissing: They did not agree to have anything learnt.
    """
    kept = person.record(RECORD, Purpose.LEARNING)
    if kept is None:
        return Signals()
    return Signals(
        {Signal(name): Share(hits, of, date.fromisoformat(day)) for name, (hits, of, day) in kept["shares"].items()},
        {Counted(name): counts for name, counts in kept["counts"].items()},
        frozenset(_which(name) for name in kept["off"]),
        date.fromisoformat(kept["day"]),
    )


def keep_signals(person: Person, signals: Signals) -> None:
    """Keep them in place of what was there.

    Raises:
        ConsentMissing: They did not agree to have anything learnt.
    """
    record: dict[str, Any] = {
        "version": VERSION,
        "shares": {
            signal.value: [round(share.hits, 4), round(share.of, 4), share.day.isoformat()]
            for signal, share in signals.shares.items()
        },
        "counts": {
            counted.value: {name: round(times, 4) for name, times in counts.items()}
            for counted, counts in signals.counts.items()
        },
        "off": sorted(each.value for each in signals.off),
        "day": signals.day.isoformat(),
    }
    person.keep_record(RECORD, record, Purpose.LEARNING)


def signals_now(person: Person | None) -> Signals:
    """What is known of somebody; nothing without a consent."""
    try:
        return signals_of(person) if person is not None else Signals()
    except ConsentMissing:
        return Signals()


def names_used(person: Person, day: date, least: float = 2.0) -> Sequence[str]:
    """What they named again and again, the most first; nothing without a consent."""
    names = [name for name, times in signals_now(person).count(Counted.NAMES, day).items() if times >= least]
    return names if names and gets(person, Piece.NAMES, day) else []


def deep_topics(person: Person, day: date, least: float = 2.0) -> list[str]:
    """What they ask more about again and again, by intent, the most first; nothing without a consent."""
    topics = [name for name, times in signals_now(person).count(Counted.DEPTH, day).items() if times >= least]
    return topics if topics and gets(person, Piece.STYLE, day) else []


def _left(since: date, day: date) -> float:
    halves: float = max(0, (day - since).days) / HALF_LIFE_DAYS
    return float(0.5**halves)


def _which(name: str) -> Signal | Counted:
    return Counted(name) if name in set(Counted) else Signal(name)
