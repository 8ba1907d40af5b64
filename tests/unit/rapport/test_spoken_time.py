from datetime import date, datetime, timedelta

import pytest

from rapport.spoken_time import (
    clock_and_part_words,
    clock_words,
    date_words,
    days_ahead,
    difference_words,
    part_of_day_words,
    weekday_words,
)

pytest.importorskip("unicode_rbnf", reason="times are worded in the services environment")

SATURDAY = date(2025, 11, 22)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 11, 22, hour, minute)  # noqa: DTZ001  the zone does not matter to words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at(0), "midnight"),
        (at(12), "noon"),
        (at(3), "three o'clock"),
        (at(15, 15), "quarter past three"),
        (at(15, 30), "half past three"),
        (at(12, 45), "quarter to one"),
        (at(23, 45), "quarter to twelve"),
        (at(9, 5), "nine oh five"),
        (at(0, 20), "twelve twenty"),
        (at(18, 42), "six forty-two"),
    ],
)
def test_a_clock_is_read_as_people_say_it(moment: datetime, words: str) -> None:
    assert clock_words(moment) == words


@pytest.mark.parametrize(
    ("hour", "part"),
    [
        (0, "at night"),
        (3, "in the morning"),
        (11, "in the morning"),
        (12, "in the afternoon"),
        (17, "in the afternoon"),
        (18, "in the evening"),
        (22, "at night"),
    ],
)
def test_each_hour_belongs_to_a_part_of_the_day(hour: int, part: str) -> None:
    assert part_of_day_words(at(hour)) == part


def test_noon_and_midnight_need_no_part_of_the_day() -> None:
    assert clock_and_part_words(at(12)) == "noon"
    assert clock_and_part_words(at(0)) == "midnight"
    assert clock_and_part_words(at(15, 30)) == "half past three in the afternoon"


def test_a_date_is_said_with_its_ordinal_and_year() -> None:
    assert date_words(SATURDAY) == "November twenty-second twenty twenty-five"
    assert weekday_words(SATURDAY) == "Saturday"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "one hour"),
        (-480, "eight hours"),
        (330, "five and a half hours"),
        (345, "five and three quarters hours"),
        (525, "eight and three quarters hours"),
        (45, "forty-five minutes"),
        (-80, "one hour and twenty minutes"),
    ],
)
def test_a_difference_is_said_without_its_sign(minutes: int, words: str) -> None:
    assert difference_words(timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("what's the date", 0),
        ("what's the date today", 0),
        ("what day is tomorrow", 1),
        ("what day was yesterday", -1),
        ("what is the day after tomorrow", 2),
        ("the day before yesterday", -2),
        ("what day is it in three days", 3),
        ("what was the date a week ago", -7),
        ("what date is it two weeks from now", 14),
        ("what's the date in a week", 7),
        ("what's the date on monday", 2),
        ("what's the date next saturday", 7),
        ("what's the date in nine hundred thousand days", 0),
        ("how was your day", 0),
    ],
)
def test_the_day_that_is_asked_for(said: str, days: int) -> None:
    """A weekday is the coming one; a distance beyond ten years was more likely misheard."""
    assert days_ahead(said, SATURDAY) == days
