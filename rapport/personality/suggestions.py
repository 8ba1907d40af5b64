"""What may be suggested unasked: which, when, and how yes and no change that.

Three kinds: a habit ("you often ask for the weather now"), a follow-up on what was told ("was your interview good?"),
and a reminder of what they wanted. At most `MOST_A_DAY` a day, never late, none while they are put off, each habit once
a day and each memory once; after a no that kind rests, twice as long each time. Rests on `proactive`; what a suggestion
is made from rests on its own purpose. Blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from rapport.errors import ConsentMissing
from rapport.everyday.when_said import read_when
from rapport.memory.values import Kind, Memory, Sensitivity
from rapport.people import SUGGESTIONS, Person
from rapport.personality.habits import WINDOW_DAYS, Habit, Habits
from rapport.privacy.purposes import Purpose

VERSION = 1
"""Of the form that it is kept in."""
MOST_A_DAY = 3
EARLIEST, LATEST = time(8), time(21)
"""When something may be suggested, in the person's zone."""
REST = timedelta(days=7)
"""How long a kind rests after a no; twice as long after the next."""
LONGEST_REST = timedelta(days=56)
FOLLOWED_UP = timedelta(days=7)
"""How long after an event it is asked how it went."""
RIPE, STALE = timedelta(hours=20), timedelta(days=14)
"""How old a wish is when they are reminded of it."""
KEPT_DAYS = 60
"""How long it is known what was suggested."""

_WISH = re.compile(
    r"\b(?:you|i) (?:(?:want|wanted|need|have|had|ought)(?: to)|must|should) (?P<what>(?!be\b).+)$", re.IGNORECASE
)


class Kinds(str, Enum):
    """Kinds of suggestions."""

    HABIT = "habit"
    FOLLOW_UP = "follow_up"
    WISH = "wish"


@dataclass(frozen=True)
class Suggestion:
    """Something to suggest.

    Attributes:
        kind: Which.
        what: The intent of a habit; the id of a memory.
        about: How it is spoken of: the habit's intent, `your interview`, what they noted.
        order: Of a wish, how they would ask to be reminded: `call my mother`.
        why: What fills the explanation: `days` and `time` of a habit, `told` of a memory.
        text: What tells how near it is to what they talk about.
    """

    kind: Kinds
    what: str
    about: str
    why: dict[str, str]
    text: str
    order: str = ""

    @property
    def family(self) -> str:
        """What a yes or no to it tells of: a habit's own topic, else the kind."""
        return f"{self.kind.value}/{self.what}" if self.kind is Kinds.HABIT else self.kind.value


@dataclass(frozen=True)
class Answers:
    """What was said to one family of suggestions.

    Attributes:
        yes: Times it was wanted.
        no: Times it was not.
        refused: Times it was not, since the last yes.
        last_no: The day of the last no.
    """

    yes: int = 0
    no: int = 0
    refused: int = 0
    last_no: date = date.min

    @property
    def accepted(self) -> float:
        """How likely a yes is, by what was said so far."""
        return (self.yes + 1) / (self.yes + self.no + 2)

    def rests(self, day: date) -> bool:
        """Whether it is left alone on a day."""
        if not self.refused:
            return False
        rest: timedelta = min(LONGEST_REST, REST * 2 ** (self.refused - 1))
        return day < self.last_no + rest


@dataclass(frozen=True)
class Standing:
    """What was suggested to somebody, and what they said to it.

    Attributes:
        made: What was suggested, by kind and what, and the day; the oldest first.
        answers: By family.
        until: They put suggestions off until that day.
    """

    made: tuple[tuple[str, str, date], ...] = ()
    answers: tuple[tuple[str, Answers], ...] = ()
    until: date = date.min

    def of(self, family: str) -> Answers:
        """What was said to a family."""
        return dict(self.answers).get(family, Answers())

    def with_made(self, suggestion: Suggestion, day: date) -> Standing:
        """With one made."""
        kept = [each for each in self.made if each[2] > day - timedelta(KEPT_DAYS)]
        return replace(self, made=(*kept, (suggestion.kind.value, suggestion.what, day)))

    def answered(self, family: str, *, yes: bool, day: date) -> Standing:
        """With a yes or a no."""
        was = self.of(family)
        now = (
            replace(was, yes=was.yes + 1, refused=0)
            if yes
            else replace(was, no=was.no + 1, refused=was.refused + 1, last_no=day)
        )
        return replace(self, answers=tuple({**dict(self.answers), family: now}.items()))

    def may(self, now: datetime) -> bool:
        """Whether anything may be suggested now, in the person's zone."""
        today = [each for each in self.made if each[2] == now.date()]
        awake = EARLIEST <= now.time() < LATEST
        return awake and len(today) < MOST_A_DAY and now.date() >= self.until

    def may_make(self, suggestion: Suggestion, day: date) -> bool:
        """Whether this one may be made."""
        if self.of(suggestion.family).rests(day):
            return False
        made = [on for kind, what, on in self.made if (kind, what) == (suggestion.kind.value, suggestion.what)]
        return day not in made if suggestion.kind is Kinds.HABIT else not made


def candidates(
    habits: Habits, memories: Sequence[Memory], now: datetime, clock_words: Callable[[datetime], str]
) -> Iterator[Suggestion]:
    """What could be suggested now, in the person's zone."""
    lately = {topic for topic, at in habits.asked if at > now.replace(tzinfo=None) - timedelta(hours=2)}
    for habit in habits.around(now):
        if habit.topic not in lately:
            yield _of_habit(habit, now, clock_words)
    for memory in memories:
        if memory.sensitivity is Sensitivity.NORMAL:
            yield from _of_memory(memory, now)


def ranked(
    found: Sequence[Suggestion], standing: Standing, day: date, nearness: Callable[[str], float]
) -> list[Suggestion]:
    """Those that may be made, best first: by how likely a yes is, and how near they are to what the person talks about.

    Args:
        found: What could be suggested.
        standing: What was, and the answers.
        day: The day.
        nearness: Of a text to what they talk about, -1 to 1.
    """
    fitting = [each for each in found if standing.may_make(each, day)]
    return sorted(fitting, key=lambda each: -(standing.of(each.family).accepted + nearness(each.text)))


def standing_of(person: Person) -> Standing:
    """What was suggested to them.

    Raises:
        ConsentMissing: They did not agree to suggestions.
    """
    kept = person.record(SUGGESTIONS, Purpose.PROACTIVE)
    if kept is None:
        return Standing()
    return Standing(
        tuple((kind, what, date.fromisoformat(day)) for kind, what, day in kept["made"]),
        tuple(
            (family, Answers(yes, no, refused, date.fromisoformat(last)))
            for family, (yes, no, refused, last) in kept["answers"].items()
        ),
        date.fromisoformat(kept["until"]),
    )


def keep_standing(person: Person, standing: Standing) -> None:
    """Keep it in place of what was there.

    Raises:
        ConsentMissing: They did not agree to suggestions.
    """
    record: dict[str, Any] = {
        "version": VERSION,
        "made": [[kind, what, day.isoformat()] for kind, what, day in standing.made],
        "answers": {
            family: [each.yes, each.no, each.refused, each.last_no.isoformat()] for family, each in standing.answers
        },
        "until": standing.until.isoformat(),
    }
    person.keep_record(SUGGESTIONS, record, Purpose.PROACTIVE)


def told_lately(person: Person, now: datetime) -> list[Memory]:
    """Events and notes that something may be suggested of; nothing without a consent to remember."""
    try:
        return person.memories().told(since=now - timedelta(days=120), kinds=[Kind.EVENT, Kind.NOTE])
    except ConsentMissing:
        return []


def _of_habit(habit: Habit, now: datetime, clock_words: Callable[[datetime], str]) -> Suggestion:
    around = now.replace(hour=habit.around.hour, minute=habit.around.minute)
    why = {"days": str(habit.days), "time": clock_words(around), "window": str(WINDOW_DAYS)}
    return Suggestion(Kinds.HABIT, habit.topic, habit.topic, why, habit.topic.replace("_", " "))


def _of_memory(memory: Memory, now: datetime) -> Iterator[Suggestion]:
    told = memory.created.astimezone(now.tzinfo)
    why = {"told": memory.text}
    said = memory.statement
    if memory.kind is Kind.EVENT and said is not None and said.attribute == "when" and said.subject.startswith("my "):
        when = read_when(said.value.lower(), told.date())[0]
        day = when.day or (told.date() + when.after if when.after else None)
        if day is not None and day < now.date() <= day + FOLLOWED_UP:
            yield Suggestion(Kinds.FOLLOW_UP, memory.id, said.subject.replace("my ", "your ", 1), why, memory.text)
    elif memory.kind is Kind.NOTE and RIPE <= now - told <= STALE and _WISH.search(memory.text):
        wish = _WISH.search(memory.provenance.words or "") or _WISH.search(memory.text)
        if wish is not None:
            yield Suggestion(Kinds.WISH, memory.id, memory.text, why, memory.text, wish["what"])
