"""Suggestions: from what, how often, and how a yes or a no changes that."""

from datetime import date, datetime, timedelta, timezone

import pytest

from rapport.memory.facts import fact, note
from rapport.memory.values import Memory, Provenance, Sensitivity
from rapport.personality.habits import Habits
from rapport.personality.suggestions import Kinds, Standing, Suggestion, candidates, ranked
from rapport.privacy.purposes import Purpose
from rapport.spoken_time import clock_words

NOW = datetime(2026, 5, 14, 9, tzinfo=timezone.utc)
"""A Thursday."""
HABIT = Suggestion(Kinds.HABIT, "ask_weather", "ask_weather", {}, "weather")
WISH = Suggestion(Kinds.WISH, "m1", "you want to call the dentist", {}, "dentist")


def told(words: str, *, ago: timedelta, sensitivity: Sensitivity = Sensitivity.NORMAL) -> Memory:
    said = fact(words) or note(words)
    at = NOW - ago
    return Memory(
        "m" * 32,
        said.kind,
        said.text,
        Provenance("s_1", words=words),
        Purpose.MEMORY,
        1,
        at,
        at,
        said.statement,
        sensitivity=sensitivity,
    )


def found(*memories: Memory, habits: Habits | None = None, now: datetime = NOW) -> list[Suggestion]:
    return list(candidates(habits or Habits(), memories, now, clock_words))


@pytest.mark.parametrize(
    ("words", "days_ago", "about"),
    [
        ("i have an interview on wednesday", 3, "your interview"),
        ("my exam is tomorrow", 2, "your exam"),
        ("i have a flight in two days", 5, "your flight"),
    ],
)
def test_it_is_asked_how_something_went_once_it_is_over(words: str, days_ago: int, about: str) -> None:
    [suggestion] = found(told(words, ago=timedelta(days=days_ago)))

    assert (suggestion.kind, suggestion.about) == (Kinds.FOLLOW_UP, about)


@pytest.mark.parametrize(
    ("words", "days_ago"),
    [
        ("i have an interview on friday", 2),  # it is tomorrow
        ("i have an interview on wednesday", 30),  # long over
        ("my sister lives in oslo", 2),
    ],
)
def test_of_what_is_to_come_or_long_over_nothing_is_asked(words: str, days_ago: int) -> None:
    assert found(told(words, ago=timedelta(days=days_ago))) == []


def test_a_wish_is_come_back_to_in_their_words() -> None:
    [wish] = found(told("i want to call my mother", ago=timedelta(days=2)))

    assert (wish.kind, wish.about, wish.order) == (Kinds.WISH, "you want to call your mother", "call my mother")
    assert found(told("i want to call my mother", ago=timedelta(hours=2))) == [], "it was just said"
    assert found(told("the key is under the mat", ago=timedelta(days=2))) == []


def test_what_is_sensitive_is_not_brought_up() -> None:
    memory = told("i have an appointment on wednesday", ago=timedelta(days=3), sensitivity=Sensitivity.SENSITIVE)

    assert found(memory) == []


def test_a_habit_is_suggested_unless_it_was_just_done() -> None:
    habits = Habits().after([("ask_weather", NOW - timedelta(days=ago)) for ago in (3, 2, 1)])
    [suggestion] = found(habits=habits)
    assert (suggestion.what, suggestion.why["days"]) == ("ask_weather", "3")

    assert found(habits=habits.after([("ask_weather", NOW - timedelta(minutes=20))])) == []


def test_not_late_not_often_and_not_while_put_off() -> None:
    standing = Standing()
    assert standing.may(NOW)
    assert not standing.may(NOW.replace(hour=21, minute=30))
    assert not standing.may(NOW.replace(hour=6))

    for _ in range(3):
        standing = standing.with_made(HABIT, NOW.date())
    assert not standing.may(NOW)
    assert standing.may(NOW + timedelta(days=1))

    assert not Standing(until=date(2026, 5, 15)).may(NOW)
    assert Standing(until=date(2026, 5, 15)).may(NOW + timedelta(days=1))


def test_a_habit_once_a_day_and_a_memory_once() -> None:
    standing = Standing().with_made(HABIT, NOW.date()).with_made(WISH, NOW.date())

    tomorrow = NOW.date() + timedelta(1)
    assert [standing.may_make(each, NOW.date()) for each in (HABIT, WISH)] == [False, False]
    assert [standing.may_make(each, tomorrow) for each in (HABIT, WISH)] == [True, False]


def test_a_no_has_it_rest_and_the_next_one_longer() -> None:
    standing, day = Standing(), NOW.date()
    rests = []
    for _ in range(5):
        standing = standing.answered(HABIT.family, yes=False, day=day)
        rests.append(next(days for days in range(100) if standing.may_make(HABIT, day + timedelta(days))))
        day += timedelta(rests[-1])

    assert rests == [7, 14, 28, 56, 56]
    assert standing.may_make(WISH, NOW.date()), "another kind does not rest"
    assert (
        standing.answered(HABIT.family, yes=True, day=day)
        .answered(HABIT.family, yes=False, day=day)
        .of(HABIT.family)
        .refused
        == 1
    )


def test_what_was_wanted_and_what_lies_near_comes_first() -> None:
    other = Suggestion(Kinds.HABIT, "smalltalk_joke", "smalltalk_joke", {}, "joke")
    standing = Standing().answered(other.family, yes=True, day=NOW.date())

    assert ranked([HABIT, other], standing, NOW.date(), lambda _: 0.0)[0] is other
    assert ranked([HABIT, other], standing, NOW.date(), lambda text: float(text == "weather"))[0] is HABIT
    for _ in range(2):
        standing = standing.answered(other.family, yes=False, day=NOW.date() - timedelta(60))
    assert ranked([HABIT, other], standing, NOW.date(), lambda _: 0.0)[0] is HABIT
