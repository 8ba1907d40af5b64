"""Timers, alarms and reminders by voice: set, asked about, changed, put off, cancelled, told; and what holds them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actions.greeting import ActionGreet
from actions.memory import ActionCorrect
from actions.person import PersonAction
from actions.privacy import ActionAskConsent, ActionTakeConsent
from actions.questions import UNANSWERED
from actions.timers import ActionAskTimerAnswer, ActionSetTimer, ActionTakeTime
from actions.timers_change import ActionCancelTimer, ActionChangeTimer, ActionSnooze, ActionTellTimers
from actions.timers_due import ActionEndTimers, ActionTellDue
from rapport.errors import ConsentMissing
from rapport.everyday import timers as timers_module
from rapport.everyday.timers import MOST_RINGS, RING_AGAIN, Timer, keep_timers, timers_of
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Meeting, Reply

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 26, 14, 30, tzinfo=OSLO)  # a Thursday
ACTIONS: dict[str, type[PersonAction]] = {
    "set_timer": ActionSetTimer,
    "set_alarm": ActionSetTimer,
    "set_reminder": ActionSetTimer,
    "ask_timers": ActionTellTimers,
    "change_timer": ActionChangeTimer,
    "cancel_timer": ActionCancelTimer,
    "snooze": ActionSnooze,
    "name_time": ActionTakeTime,
    "tell_due": ActionTellDue,
    "greet": ActionGreet,
}


@pytest.fixture
def reserved(meeting: Meeting) -> Meeting:
    """With somebody who agreed to nothing, in a conversation that may last half an hour more."""
    meeting.now = NOW
    return meeting


@pytest.fixture
def known(reserved: Meeting) -> Meeting:
    """With somebody who agreed to be remembered."""
    return reserved.agreed()


async def says(
    meeting: Meeting, text: str, intent: str, action: type | None = None, taken: Mapping[str, Any] | None = None
) -> Reply:
    """What is answered; `taken` is what an answer took of a message that waited."""
    meeting.hears(text, intent)
    meeting.message["metadata"] |= {"timezone": "Europe/Oslo", "session_left_s": 1800}
    meeting.message |= taken or {}
    wanted = action or ACTIONS[intent]
    return await meeting.does(wanted(lambda: meeting.services, meeting.clock))


async def asked(meeting: Meeting) -> list[str]:
    """What the form asks."""
    return (await meeting.does(ActionAskTimerAnswer())).said


async def later(meeting: Meeting, text: str, intent: str, **apart: float) -> Reply:
    """What is answered after some time."""
    assert meeting.now is not None
    meeting.now += timedelta(**apart)
    return await says(meeting, text, intent)


def held(meeting: Meeting) -> list[Timer]:
    """What the conversation holds."""
    return [Timer.from_record(each) for each in meeting.slots["session_timers"] or ()]


def dues(timers: list[Timer]) -> list[str]:
    return [each.local_due.strftime("%a %H:%M") for each in timers]


async def test_each_kind_is_set_and_said(known: Meeting) -> None:
    timer = await says(known, "set a pasta timer for ten minutes", "set_timer")
    alarm = await says(known, "wake me at half past six tomorrow", "set_alarm")
    reminder = await says(known, "remind me to call my mum every weekday at eight", "set_reminder")

    assert (timer.said, timer.values["timer"], timer.values["length"], timer.values["stay_s"]) == (
        ["utter_timer_set_named"],
        "pasta timer",
        "ten minutes",
        600,
    )
    assert (alarm.said, alarm.values["when"]) == (["utter_alarm_set"], "tomorrow at half past six in the morning")
    assert (reminder.said, reminder.values["about"], reminder.values["when"]) == (
        ["utter_reminder_set"],
        "call your mum",
        "every weekday at eight o'clock in the morning",
    )
    assert dues(timers_of(known.person)) == ["Thu 14:40", "Fri 06:30", "Fri 08:00"]


async def test_what_is_missing_is_asked_one_by_one(known: Meeting) -> None:
    """ "Remind me" lacks all: when, and then of what."""
    await says(known, "remind me", "set_reminder")
    assert (known.slots["timer_asked"], known.slots["timer_lacks"]) == (True, "time")
    assert await asked(known) == ["utter_ask_timer_time"]

    known.slots["timer_answer"] = "on friday"
    await says(known, "on friday", "name_time", ActionSetTimer)
    assert known.slots["timer_lacks"] == "time"
    known.slots["timer_answer"] = "at noon"
    await says(known, "at noon", "name_time", ActionSetTimer)
    assert known.slots["timer_lacks"] == "about"
    known.slots["timer_answer"] = "to call the dentist"
    reply = await says(known, "to call the dentist", "tell_fact", ActionSetTimer)

    assert (reply.said, reply.values["about"]) == (["utter_reminder_set"], "call the dentist")
    assert dues(timers_of(known.person)) == ["Fri 12:00"]


async def test_a_place_is_politely_refused_and_a_time_asked(known: Meeting) -> None:
    await says(known, "remind me to feed the cat when i get home", "set_reminder")
    assert await asked(known) == ["utter_timer_only_times"]

    known.slots["timer_answer"] = "at seven"
    reply = await says(known, "at seven", "name_time", ActionSetTimer)
    assert (reply.said, dues(timers_of(known.person))) == (["utter_reminder_set"], ["Thu 19:00"])


async def test_a_time_that_is_past_is_asked_anew(known: Meeting) -> None:
    await says(known, "remind me today at nine a m to call mum", "set_reminder")
    assert known.slots["timer_lacks"] == "past"
    known.slots["timer_answer"] = "at five"
    await says(known, "at five", "name_time", ActionSetTimer)
    assert dues(timers_of(known.person)) == ["Thu 17:00"]


@pytest.mark.parametrize(("text", "intent"), [("never mind", "cancel"), (UNANSWERED, "ask_time")])
async def test_a_question_can_be_left(known: Meeting, text: str, intent: str) -> None:
    await says(known, "set a timer", "set_timer")
    known.slots["timer_answer"] = text
    reply = await says(known, text, intent, ActionSetTimer)
    assert (reply.said, timers_of(known.person)) == (["utter_timer_left"], [])


async def test_a_time_alone_is_a_question(known: Meeting) -> None:
    reply = await says(known, "ten minutes", "name_time")
    assert (reply.said, reply.values["length"]) == (["utter_shall_set_timer"], "ten minutes")
    [taken] = known.slots["offers"]
    await says(known, "ten minutes", "set_timer", taken=taken["message"])
    assert dues(timers_of(known.person)) == ["Thu 14:40"]


@pytest.mark.parametrize(("text", "intent"), [("ten minutes", "name_time"), ("make it ten minutes", "change_timer")])
async def test_what_was_just_set_is_put_right(known: Meeting, text: str, intent: str) -> None:
    await says(known, "set a timer for two minutes", "set_timer")
    reply = await says(known, text, intent)
    assert (reply.said, dues(timers_of(known.person))) == (["utter_timer_changed"], ["Thu 14:40"])


async def test_no_ten_minutes_is_of_the_timer_and_not_of_what_was_told(known: Meeting) -> None:
    await says(known, "set a timer for two minutes", "set_timer")
    known.hears("no i said ten minutes", "correct_fact")
    assert (await known.does(ActionCorrect(lambda: known.services))).follow_ups == ["action_change_timer"]


async def test_what_is_left_and_what_is_set_is_told(known: Meeting) -> None:
    assert (await says(known, "what alarms do i have", "ask_timers")).said == ["utter_no_alarms"]
    await says(known, "set a pasta timer for ten minutes", "set_timer")
    left = await later(known, "how much time is left", "ask_timers", minutes=8, seconds=30)
    assert (left.said, left.values["left"]) == (["utter_timer_left_time"], "one and a half minutes")

    await says(known, "wake me at seven", "set_alarm")
    some = await says(known, "what is set", "ask_timers")
    assert (some.said, some.values["count"]) == (["utter_some_set"], "two")
    one = await says(known, "when is my alarm", "ask_timers")
    assert one.values["timer"] == "your alarm tomorrow at seven o'clock in the morning"


async def test_which_is_asked_where_two_are_meant(known: Meeting) -> None:
    await says(known, "set a pasta timer for ten minutes", "set_timer")
    await says(known, "set an egg timer for six minutes", "set_timer")
    for _ in range(3):
        await says(known, "what time is it", "greet")
    which = await says(known, "cancel the timer", "cancel_timer")
    assert which.said == ["utter_which_of_two_timers"]
    assert "egg timer" in which.values["first"]

    chosen = known.slots["offers"][1]["message"]
    reply = await says(known, "the second", "cancel_timer", taken=chosen)
    assert (reply.said, [each.about for each in timers_of(known.person)]) == (["utter_timer_cancelled"], ["egg"])


async def test_one_is_cancelled_or_all_are(known: Meeting) -> None:
    assert (await says(known, "cancel the timer", "cancel_timer")).said == ["utter_nothing_to_cancel"]
    for text in (
        "set a pasta timer for ten minutes",
        "set an egg timer for six minutes",
        "set a tea timer for an hour",
    ):
        await says(known, text, "set_timer")
    await says(known, "cancel the egg timer", "cancel_timer")
    assert [each.about for each in timers_of(known.person)] == ["pasta", "tea"]
    reply = await says(known, "cancel all timers", "cancel_timer")
    assert (reply.said, reply.values["count"], timers_of(known.person)) == (["utter_timers_cancelled"], "two", [])


async def test_five_more_minutes_are_the_timers_where_nothing_rings(known: Meeting) -> None:
    assert (await says(known, "snooze", "snooze")).said == ["utter_nothing_rings"]
    await says(known, "set a timer for ten minutes", "set_timer")
    await says(known, "five more minutes", "snooze")
    assert dues(timers_of(known.person)) == ["Thu 14:45"]


async def test_what_is_due_is_told_with_a_chime_and_can_be_put_off(known: Meeting) -> None:
    await says(known, "set a pasta timer for ten minutes", "set_timer")
    assert (await later(known, "", "tell_due", minutes=9)).said == []
    due = await later(known, "", "tell_due", minutes=1)
    assert (due.said, due.values["timer"], due.values["chime"]) == (["utter_timer_due"], "pasta timer", True)

    snoozed = await later(known, "five more minutes", "snooze", seconds=20)
    assert (snoozed.said, snoozed.values["length"]) == (["utter_snoozed"], "five minutes")
    assert dues(timers_of(known.person)) == ["Thu 14:45"]
    assert (await later(known, "", "tell_due", seconds=60)).said == []
    assert (await later(known, "", "tell_due", minutes=4)).said == ["utter_timer_due"]


async def test_it_rings_until_somebody_says_anything(known: Meeting) -> None:
    await says(known, "set a timer for ten minutes", "set_timer")
    await later(known, "", "tell_due", minutes=10)
    assert (await later(known, "", "tell_due", seconds=60)).said == ["utter_timer_due"]

    await later(known, "thank you", "greet", seconds=5)
    assert (await later(known, "", "tell_due", seconds=60)).said == []
    assert timers_of(known.person) == []


async def test_turning_off_what_rings_leaves_what_lies_ahead(known: Meeting) -> None:
    await says(known, "wake me every morning at seven", "set_alarm")
    await says(known, "wake me in ten minutes", "set_alarm")
    await later(known, "", "tell_due", minutes=10)

    reply = await later(known, "turn off the alarm", "cancel_timer", seconds=5)
    assert (reply.said, dues(timers_of(known.person))) == (["utter_stopped"], ["Fri 07:00"])
    assert (await later(known, "", "tell_due", seconds=60)).said == []

    await says(known, "turn off the alarm", "cancel_timer")
    assert timers_of(known.person) == []


async def test_it_does_not_ring_for_ever_and_is_told_as_missed_then(known: Meeting) -> None:
    await says(known, "wake me in ten minutes", "set_alarm")
    rung = 0
    known.now = NOW + timedelta(minutes=10)
    while (await says(known, "", "tell_due")).said:
        rung += 1
        known.now += RING_AGAIN
    assert rung == MOST_RINGS

    known.slots["timers_rung"], known.before = None, []  # the next conversation
    reply = await later(known, "hello", "greet", hours=1)
    assert reply.said == ["utter_greet", "utter_missed"]
    assert reply.values["things"] == "your alarm at two forty in the afternoon"
    assert timers_of(known.person) == []


async def test_what_was_missed_is_told_at_the_greeting_once(known: Meeting) -> None:
    """It was due while nobody was there, and the server too was gone."""
    await says(known, "remind me to call mum at five", "set_reminder")
    await says(known, "wake me every morning at seven", "set_alarm")
    reply = await later(known, "good morning", "greet", hours=18)

    assert reply.said == ["utter_greet", "utter_missed"]
    assert reply.values["things"] == (
        "call mum, yesterday at five o'clock in the afternoon; your alarm at seven o'clock in the morning"
    )
    assert dues(timers_of(known.person)) == ["Sat 07:00"]
    assert (await says(known, "good morning", "greet")).said == ["utter_greet"]


async def test_what_was_answered_is_let_go_of_at_the_end(known: Meeting) -> None:
    """So that the next greeting does not tell it again."""
    await says(known, "set a timer for ten minutes", "set_timer")
    await later(known, "", "tell_due", minutes=10)
    await later(known, "thanks", "greet", seconds=5)
    known.hears("", "end_session")
    await known.does(ActionEndTimers(lambda: known.services, known.clock))
    assert timers_of(known.person) == []


async def test_the_alarm_clock_is_told(known: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    """When one is due, and a minute after it rang."""
    woken: list[datetime] = []
    monkeypatch.setattr(known.services.alarm_clock, "wake_at", lambda person, moment: woken.append(moment))
    await says(known, "set a timer for ten minutes", "set_timer")
    await says(known, "add five minutes", "change_timer")
    await later(known, "", "tell_due", minutes=15)
    assert [each - NOW for each in woken] == [
        timedelta(minutes=10),
        timedelta(minutes=15),
        timedelta(minutes=15) + RING_AGAIN,
    ]


async def test_without_consent_the_conversation_holds_what_is_due_in_it(reserved: Meeting) -> None:
    reply = await says(reserved, "set a timer for ten minutes", "set_timer")
    assert (reply.said, dues(held(reserved))) == (["utter_timer_set"], ["Thu 14:40"])
    assert not reserved.person.known

    await says(reserved, "make it five minutes", "change_timer")
    assert (await says(reserved, "how long is left", "ask_timers")).values["left"] == "five minutes"
    assert (await later(reserved, "", "tell_due", minutes=5)).said == ["utter_timer_due"]
    await later(reserved, "snooze", "snooze", seconds=10)
    assert dues(held(reserved)) == ["Thu 14:40"]
    await says(reserved, "cancel the timer", "cancel_timer")
    assert held(reserved) == []
    assert not reserved.person.known


async def test_later_than_that_is_kept_after_a_consent(reserved: Meeting) -> None:
    wanted = await says(reserved, "wake me at seven", "set_alarm")
    assert wanted.follow_ups == ["action_ask_consent"]
    await reserved.does(ActionAskConsent())
    reserved.hears("yes", "affirm", consent="yes")
    agreed = await reserved.does(ActionTakeConsent(lambda: reserved.services))
    assert agreed.follow_ups == ["action_take_pending"]
    pending = reserved.slots["pending"]

    reply = await says(reserved, "yes", "set_alarm", taken=pending)
    assert (reply.said, dues(timers_of(reserved.person))) == (["utter_alarm_set"], ["Fri 07:00"])


async def test_off_the_record_nothing_is_kept(known: Meeting) -> None:
    known.slots["off_record"] = True
    assert (await says(known, "wake me at seven", "set_alarm")).said == ["utter_off_record_keeps_nothing"]
    await says(known, "set a timer for ten minutes", "set_timer")
    assert (timers_of(known.person), dues(held(known))) == ([], ["Thu 14:40"])


async def test_withdrawal_deletes_them_and_nothing_reads_them(known: Meeting) -> None:
    await says(known, "wake me at seven", "set_alarm")
    known.person.withdraw(Purpose.MEMORY, "voice")

    with pytest.raises(ConsentMissing):
        timers_of(known.person)
    with pytest.raises(ConsentMissing):
        keep_timers(known.person, [])
    assert (await says(known, "what alarms do i have", "ask_timers")).said == ["utter_no_alarms"]
    known.person.agree(Purpose.MEMORY, "voice")
    assert timers_of(known.person) == []


async def test_there_is_room_for_so_many(known: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timers_module, "MOST", 1)
    await says(known, "set a timer for ten minutes", "set_timer")
    reply = await says(known, "set a timer for six minutes", "set_timer")
    assert (reply.said, dues(timers_of(known.person))) == (["utter_timers_full"], ["Thu 14:40"])
