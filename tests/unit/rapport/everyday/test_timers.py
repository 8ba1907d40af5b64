"""Timers, alarms and reminders: when they are due, whatever clocks do, which is meant, and how they are spoken of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from rapport.everyday.timer_phrases import (
    about_answered,
    about_said,
    change_said,
    described,
    due_words,
    left_words,
    length_words,
    named,
    shift_said,
    was_due_words,
)
from rapport.everyday.timers import (
    ALARM,
    MOST_RINGS,
    REMINDER,
    RING_AGAIN,
    TIMER,
    Timer,
    due_ones,
    meant,
    moved,
    new_timer,
    next_due,
    shifted,
)
from rapport.everyday.when_said import read_when

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 26, 14, 30, tzinfo=OSLO)  # a Thursday


def made(kind: str, text: str, now: datetime = NOW) -> Timer:
    """As it would be set by these words."""
    when, rest = read_when(text, now.date(), bare=kind == ALARM)
    timer = new_timer(kind, about_said(rest, kind), when, now, wakes="wake" in text)
    assert timer is not None
    return timer


def local(timer: Timer) -> str:
    """When it is due where it was set."""
    return timer.local_due.strftime("%a %d %H:%M")


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        (TIMER, "set a timer for ten minutes", "Thu 26 14:40"),
        (ALARM, "set an alarm for three", "Thu 26 15:00"),
        (ALARM, "set an alarm for seven", "Thu 26 19:00"),
        (ALARM, "wake me at seven", "Fri 27 07:00"),
        (ALARM, "wake me at half past six tomorrow", "Fri 27 06:30"),
        (ALARM, "set an alarm for six every morning", "Fri 27 06:00"),
        (ALARM, "set an alarm for eight on saturday", "Sat 28 08:00"),
        (ALARM, "set an alarm for two at night", "Fri 27 02:00"),
        (REMINDER, "remind me at three to call", "Thu 26 15:00"),
        (REMINDER, "remind me at nine to call", "Thu 26 21:00"),
        (REMINDER, "remind me at two to call", "Fri 27 14:00"),
        (REMINDER, "remind me tomorrow at five to call", "Fri 27 17:00"),
        (REMINDER, "remind me tomorrow at ten to call", "Fri 27 10:00"),
        (REMINDER, "remind me tomorrow morning to call", "Fri 27 09:00"),
        (REMINDER, "remind me this evening to call", "Thu 26 19:00"),
        (REMINDER, "remind me at midnight to call", "Fri 27 00:00"),
        (REMINDER, "remind me every weekday at two to call", "Fri 27 14:00"),
        (REMINDER, "remind me every monday at eight to call", "Mon 30 08:00"),
        (REMINDER, "remind me every month on the first at nine to pay", "Tue 01 09:00"),
        (REMINDER, "remind me every hour to stretch", "Thu 26 15:30"),
    ],
)
def test_the_half_of_the_day_that_was_not_said_is_the_likely_one(kind: str, text: str, due: str) -> None:
    assert local(made(kind, text)) == due


def test_what_is_past_can_not_be_set() -> None:
    when, _ = read_when("today at nine a m", NOW.date())
    assert new_timer(REMINDER, "call", when, NOW) is None


def test_a_clock_time_stays_when_clocks_change() -> None:
    """Eight in the morning is eight in the morning before and after the last Sunday of October."""
    before = datetime(2026, 10, 24, 7, 0, tzinfo=OSLO)
    alarm = made(ALARM, "set an alarm for eight every morning", before)
    dues = [alarm.due]
    for _ in range(2):
        dues.append(next_due(alarm, dues[-1]))

    assert [each.astimezone(OSLO).hour for each in dues] == [8, 8, 8]
    assert [later - earlier for earlier, later in zip(dues, dues[1:], strict=False)] == [
        timedelta(hours=25),
        timedelta(hours=24),
    ]


def test_a_time_that_clocks_skip_comes_as_much_later_and_one_that_comes_twice_counts_once() -> None:
    spring = made(ALARM, "alarm for two thirty at night every day", datetime(2027, 3, 27, 12, 0, tzinfo=OSLO))
    assert local(spring) == "Sun 28 03:30"
    assert local(replace(spring, due=next_due(spring, spring.due))) == "Mon 29 02:30"

    autumn = made(ALARM, "alarm for two thirty at night every day", datetime(2026, 10, 24, 12, 0, tzinfo=OSLO))
    assert local(autumn) == "Sun 25 02:30"
    assert local(replace(autumn, due=next_due(autumn, autumn.due))) == "Mon 26 02:30"


def test_a_timer_runs_as_long_as_it_is_whatever_clocks_do() -> None:
    night = datetime(2026, 10, 25, 2, 30, tzinfo=OSLO)  # and it is half past two again in an hour
    assert made(TIMER, "set a timer for two hours", night).due - night == timedelta(hours=2)


@pytest.mark.parametrize(
    ("first", "change", "due"),
    [
        ("set a timer for ten minutes", "make it twelve minutes", "Thu 26 14:42"),
        ("set an alarm for seven", "make it eight", "Thu 26 20:00"),
        ("set an alarm for seven", "in the morning", "Fri 27 07:00"),
        ("wake me at seven tomorrow", "move my alarm to quarter to seven", "Fri 27 06:45"),
        ("wake me at seven tomorrow", "make it saturday", "Sat 28 07:00"),
        ("wake me at seven tomorrow", "move my seven o'clock alarm to eight", "Fri 27 08:00"),
        ("wake me every weekday at seven", "change it to half past six", "Fri 27 06:30"),
        ("remind me to call mum at six", "no tomorrow at noon", "Fri 27 12:00"),
        ("remind me to call mum at six", "change it to five", "Thu 26 17:00"),
    ],
)
def test_what_a_change_leaves_open_stays_as_it_was(first: str, change: str, due: str) -> None:
    kind = TIMER if "timer" in first else REMINDER if "remind" in first else ALARM
    before = made(kind, first)
    after = moved(before, change_said(change, NOW.date())[0], NOW + timedelta(seconds=20))

    assert after is not None
    assert local(after) == due
    assert (after.id, after.every) == (before.id, before.every)


def test_a_timer_is_lengthened_and_shortened() -> None:
    timer = made(TIMER, "set a timer for ten minutes")
    longer = shifted(timer, timedelta(minutes=5), NOW)
    assert longer is not None
    assert (longer.length_s, local(longer)) == (900, "Thu 26 14:45")
    assert shifted(timer, timedelta(minutes=-10), NOW) is None


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("add five minutes", 5),
        ("five more minutes", 5),
        ("two minutes less", -2),
        ("take a minute off the timer", -1),
        ("an hour later", 60),
        ("make it ten minutes", None),
        ("add milk", None),
    ],
)
def test_a_shift_is_read(text: str, by: int | None) -> None:
    assert shift_said(text) == (timedelta(minutes=by) if by is not None else None)


def test_it_is_told_again_until_it_was_told_often_enough() -> None:
    timer = made(TIMER, "set a timer for one minute")
    now = timer.due
    told = 0
    while due_ones([timer], now):
        [timer] = timer.told(now)
        assert due_ones([timer], now + RING_AGAIN / 2) == []
        now, told = now + RING_AGAIN, told + 1
    assert told == MOST_RINGS


def test_what_repeats_goes_on_after_it_was_told() -> None:
    alarm = made(ALARM, "wake me every morning at seven")
    rung, following = alarm.told(alarm.due)

    assert (rung.every, rung.rang, rung.id == alarm.id) == ("", alarm.due, False)
    assert (following.id, following.rang, local(following)) == (alarm.id, None, "Sat 28 07:00")


def test_they_are_kept_as_plain_values() -> None:
    for timer in (
        made(ALARM, "wake me every morning at seven"),
        made(TIMER, "set a timer for one minute").told(NOW)[0],
    ):
        assert Timer.from_record(timer.as_record()) == timer


SOME = {
    "pasta": made(TIMER, "set a pasta timer for ten minutes"),
    "ten": made(TIMER, "set a timer for fifteen minutes"),
    "gym": made(ALARM, "set an alarm called gym for five p m"),
    "seven": made(ALARM, "wake me at seven"),
    "mum": made(REMINDER, "remind me to call mum at six"),
}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cancel the pasta timer", ["pasta"]),
        ("cancel the fifteen minute timer", ["ten"]),
        ("cancel the timer", ["pasta", "ten"]),
        ("turn off my seven o'clock alarm", ["seven"]),
        ("turn off the gym alarm", ["gym"]),
        ("cancel the alarm for tomorrow", ["seven"]),
        ("cancel my reminder to call mum", ["mum"]),
        ("cancel all alarms", ["gym", "seven"]),
        ("what is set", list(SOME)),
    ],
)
def test_the_one_that_is_meant(text: str, names: Sequence[str]) -> None:
    when, rest = read_when(text, NOW.date())
    about = about_said(rest, REMINDER) or about_said(rest, TIMER)
    assert meant(list(SOME.values()), text, about, when) == [SOME[name] for name in names]


@pytest.mark.parametrize(
    ("kind", "text", "about"),
    [
        (TIMER, "set a timer", ""),
        (TIMER, "set another timer", ""),
        (TIMER, "set a timer for the eggs", "eggs"),
        (TIMER, "start the sourdough bread timer please", "sourdough bread"),
        (TIMER, "start a timer called laundry", "laundry"),
        (ALARM, "set an alarm", ""),
        (ALARM, "wake me up for work", "work"),
        (REMINDER, "can you remind me to call my mother please", "call your mother"),
        (REMINDER, "remind me about the meeting", "the meeting"),
        (REMINDER, "don't let me forget to lock the door", "lock the door"),
        (REMINDER, "set a reminder to pay the bills", "pay the bills"),
        (REMINDER, "remind me", ""),
    ],
)
def test_what_one_is_for(kind: str, text: str, about: str) -> None:
    assert about_said(text, kind) == about


def test_what_one_is_for_as_an_answer() -> None:
    assert about_answered("to call my dentist") == "call your dentist"
    assert about_answered("the cake in the oven please") == "the cake in the oven"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "thirty seconds"),
        (60, "one minute"),
        (90, "one and a half minutes"),
        (5_400, "an hour and a half"),
        (4_800, "one hour twenty minutes"),
        (9_000, "two and a half hours"),
        (86_400, "one day"),
        (0, "no time"),
    ],
)
def test_a_length_is_said(seconds: int, words: str) -> None:
    assert length_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(599, "ten minutes"), (3_590, "one hour"), (133, "two minutes ten seconds"), (61, "one minute one second")],
)
def test_what_is_left_is_said_no_finer_than_it_matters(seconds: int, words: str) -> None:
    assert left_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (ALARM, "alarm for half past six tonight", "at half past six in the evening"),
        (ALARM, "wake me at seven", "tomorrow at seven o'clock in the morning"),
        (REMINDER, "remind me on saturday at noon to rest", "on Saturday at noon"),
        (REMINDER, "remind me on the tenth of december at noon to rest", "on December tenth at noon"),
        (ALARM, "wake me every weekday at seven", "every weekday at seven o'clock in the morning"),
        (ALARM, "alarm for ten a m every weekend", "every weekend day at ten o'clock in the morning"),
        (REMINDER, "remind me every monday and friday at noon to rest", "every Monday and Friday at noon"),
        (REMINDER, "remind me every other day at noon to rest", "every other day at noon"),
        (REMINDER, "remind me every three weeks at noon to rest", "every three weeks at noon"),
        (REMINDER, "remind me every month on the first at noon to rest", "every month on the first at noon"),
        (REMINDER, "remind me every twenty minutes to rest", "every twenty minutes"),
    ],
)
def test_when_one_is_due_is_said(kind: str, text: str, words: str) -> None:
    assert due_words(made(kind, text), NOW) == words


def test_what_one_is_called() -> None:
    assert [named(each) for each in SOME.values()] == [
        "pasta timer",
        "fifteen minute timer",
        "gym alarm",
        "alarm",
        "reminder",
    ]
    assert described(SOME["pasta"], NOW) == "your pasta timer, with ten minutes left"
    assert described(SOME["mum"], NOW) == "call mum, at six o'clock in the evening"
    assert was_due_words(SOME["seven"], NOW + timedelta(days=2)) == "yesterday at seven o'clock in the morning"


def test_the_zone_is_that_of_the_person() -> None:
    timer = made(ALARM, "alarm for noon", NOW.astimezone(ZoneInfo("Asia/Tokyo")))
    assert (timer.zone, timer.due) == ("Asia/Tokyo", datetime(2026, 11, 27, 3, 0, tzinfo=timezone.utc))
