"""When something is due, as people say it and as it is heard."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from rapport.everyday.when_said import When, length_said, read_when

TODAY = date(2026, 11, 26)  # a Thursday
TOMORROW = date(2026, 11, 27)


def minutes(count: float) -> dict[str, timedelta]:
    return {"after": timedelta(minutes=count)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in ten minutes", minutes(10)),
        ("for an hour and a half", minutes(90)),
        ("for two and a half hours", minutes(150)),
        ("one and a half minutes", minutes(1.5)),
        ("ninety seconds", minutes(1.5)),
        ("half an hour", minutes(30)),
        ("three quarters of an hour", minutes(45)),
        ("a quarter of an hour", minutes(15)),
        ("one hour twenty minutes", minutes(80)),
        ("two hours and thirty minutes", minutes(150)),
        ("an hour and fifteen minutes", minutes(75)),
        ("in a couple of hours", minutes(120)),
        ("twenty-five minutes from now", minutes(25)),
        ("5 min", minutes(5)),
        ("for for minutes", minutes(4)),
        ("in to hours", minutes(120)),
        ("in two weeks", {"after": timedelta(days=14)}),
        ("at six", {"clock": time(6)}),
        ("at half past six", {"clock": time(6, 30)}),
        ("half six", {"clock": time(6, 30)}),
        ("at quarter to seven", {"clock": time(6, 45)}),
        ("at ten to eight in the morning", {"clock": time(7, 50), "exact": True, "part": "morning"}),
        ("at twenty past nine tonight", {"clock": time(21, 20), "exact": True, "part": "night", "day": TODAY}),
        ("at six thirty p m", {"clock": time(18, 30), "exact": True}),
        ("at 6:30 p.m.", {"clock": time(18, 30), "exact": True}),
        ("seven oh five", {"clock": time(7, 5)}),
        ("at five o'clock", {"clock": time(5)}),
        ("at 18:30", {"clock": time(18, 30), "exact": True}),
        ("at noon", {"clock": time(12), "exact": True}),
        ("at midnight", {"clock": time(0), "exact": True}),
        ("at two at night", {"clock": time(2), "exact": True, "part": "night"}),
        ("tomorrow at half past six", {"day": TOMORROW, "clock": time(6, 30)}),
        ("tomorrow morning", {"day": TOMORROW, "part": "morning"}),
        ("this evening", {"day": TODAY, "part": "evening"}),
        ("on sunday", {"day": date(2026, 11, 29)}),
        ("the day after tomorrow at ten", {"day": date(2026, 11, 28), "clock": time(10)}),
        ("in two days at five", {"day": date(2026, 11, 28), "clock": time(5)}),
        ("on the third of december at noon", {"day": date(2026, 12, 3), "clock": time(12), "exact": True}),
        ("on christmas eve", {"day": date(2026, 12, 24)}),
        ("on the first", {"day": date(2026, 12, 1)}),
        ("next month", {"day": date(2026, 12, 26)}),
        ("every weekday at eight", {"every": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "clock": time(8)}),
        ("monday to friday at eight", {"every": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "clock": time(8)}),
        ("on weekends at ten", {"every": "FREQ=WEEKLY;BYDAY=SA,SU", "clock": time(10)}),
        ("mondays and thursdays at seven", {"every": "FREQ=WEEKLY;BYDAY=MO,TH", "clock": time(7)}),
        ("every morning at seven", {"every": "FREQ=DAILY", "clock": time(7), "exact": True, "part": "morning"}),
        ("every other day at nine", {"every": "FREQ=DAILY;INTERVAL=2", "clock": time(9)}),
        ("every two weeks on friday", {"every": "FREQ=WEEKLY;BYDAY=FR;INTERVAL=2", "day": TOMORROW}),
        ("every month on the first", {"every": "FREQ=MONTHLY;BYMONTHDAY=1", "day": date(2026, 12, 1)}),
        ("every thirty first of the month", {"every": "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"}),
        ("every hour", {"every": "FREQ=HOURLY"}),
        ("every twenty minutes", {"every": "FREQ=MINUTELY;INTERVAL=20"}),
        ("when i get home", {"condition": True}),
        ("later", {}),
    ],
)
def test_a_time_is_read(text: str, said: dict[str, Any]) -> None:
    assert read_when(text, TODAY)[0] == When(**said)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("remind me to call mum tomorrow at half past six", "remind me to call mum"),
        ("remind me every weekday at eight to take my pills", "remind me to take my pills"),
        ("remind me to buy two eggs at six in the evening", "remind me to buy two eggs"),
        ("remind me on the first of every month at nine to pay rent", "remind me to pay rent"),
        ("set a pasta timer for ten minutes", "set a pasta timer"),
        ("remind me to buy a christmas tree on saturday", "remind me to buy a christmas tree"),
    ],
)
def test_the_rest_has_no_time_in_it(text: str, rest: str) -> None:
    assert read_when(text, TODAY)[1] == rest


@pytest.mark.parametrize(("text", "clock"), [("seven", time(7)), ("move it to eight", time(8)), ("for six", time(6))])
def test_a_number_alone_is_an_hour_where_one_is_wanted(text: str, clock: time) -> None:
    assert read_when(text, TODAY)[0].clock is None
    assert read_when(text, TODAY, bare=True)[0].clock == clock


@pytest.mark.parametrize("text", ["two eggs", "a table for two", "sixty of them", "one", "what a day"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_when(text, TODAY)[0].nothing


def test_a_time_is_told_in_two_parts() -> None:
    """ "Remind me on Friday" … "at noon"."""
    day, noon = read_when("on friday", TODAY)[0], read_when("at noon", TODAY)[0]
    assert not day.complete
    assert noon.filled_by(day) == When(day=TOMORROW, clock=time(12), exact=True)


def test_a_length_ends_where_another_thing_begins() -> None:
    assert length_said("ten minutes and a coffee") == timedelta(minutes=10)
    assert length_said("add five minutes to the ten minute timer") == timedelta(minutes=5)
    assert length_said("seven o'clock") is None
