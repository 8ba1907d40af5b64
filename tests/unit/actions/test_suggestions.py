"""Suggestions in a conversation: only where they were agreed to and fit; taken, refused, put off, explained."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.choice import ActionChoose
from actions.suggestions import (
    ActionLearnSuggestions,
    ActionPutOffSuggestions,
    ActionSuggest,
    ActionSuggestNow,
    ActionTellWhySuggested,
)
from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance, Statement
from rapport.people import SUGGESTIONS
from rapport.personality.habits import HABITS, Habits
from rapport.personality.suggestions import standing_of
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, Reply, services_in

NOW = datetime(2026, 5, 14, 9, tzinfo=timezone.utc)


@pytest.fixture
def meeting(tmp_path: Path, domain: Mapping[str, Any]) -> Meeting:
    met = Meeting(services_in(tmp_path, Channel()), domain)
    met.now = NOW
    met.services.people.clock = met.clock
    return met


def with_habit(meeting: Meeting) -> Meeting:
    """Somebody who asks for the weather at this time, and may be told so."""
    meeting.agreed(Purpose.PROACTIVE, Purpose.LEARNING)
    habits = Habits().after([("ask_weather", NOW - timedelta(days=ago)) for ago in (4, 3, 2, 1)])
    meeting.person.keep_record(HABITS, habits.as_record(), Purpose.LEARNING)
    return meeting


async def greeted(meeting: Meeting, text: str = "hello", intent: str = "greet") -> Reply:
    meeting.hears(text, intent)
    meeting.message["metadata"]["timezone"] = "UTC"
    return noted(meeting, await meeting.does(ActionSuggest(lambda: meeting.services)))


def noted(meeting: Meeting, reply: Reply) -> Reply:
    """With what the action set in the conversation, as Rasa has it."""
    meeting.before += [
        {"event": "slot", "name": name, "value": meeting.slots[name]}
        for name in ("offers", "suggested")
        if meeting.slots.get(name)
    ]
    return reply


async def ends(meeting: Meeting) -> None:
    meeting.hears("/end_session", "end_session")
    await meeting.does(ActionLearnSuggestions(lambda: meeting.services))
    meeting.before.clear()
    meeting.slots["suggested"] = None


async def test_a_habit_is_suggested_at_its_time_and_a_yes_does_it(meeting: Meeting) -> None:
    with_habit(meeting)
    assert (await greeted(meeting)).said == ["utter_suggest_ask_weather"]

    meeting.hears("yes please", "affirm")
    await meeting.does(ActionChoose())

    assert (meeting.message["intent"]["name"], meeting.message["text"]) == ("ask_weather", "what's the weather")
    await ends(meeting)
    assert standing_of(meeting.person).of("habit/ask_weather").yes == 1


@pytest.mark.parametrize("missing", [Purpose.PROACTIVE, Purpose.LEARNING])
async def test_without_a_consent_nothing_is_suggested(meeting: Meeting, missing: Purpose) -> None:
    with_habit(meeting)
    meeting.person.withdraw(missing, "voice")

    assert (await greeted(meeting)).said == []
    assert SUGGESTIONS not in meeting.person.everything()[1]


async def test_what_was_suggested_goes_with_the_consent(meeting: Meeting) -> None:
    await greeted(with_habit(meeting))
    assert SUGGESTIONS in meeting.person.everything()[1]

    meeting.person.withdraw(Purpose.PROACTIVE, "voice")

    assert SUGGESTIONS not in meeting.person.everything()[1]


async def test_once_a_conversation_not_off_the_record_and_not_to_who_is_busy(meeting: Meeting) -> None:
    with_habit(meeting).slots["off_record"] = True
    assert (await greeted(meeting)).said == []
    meeting.slots["off_record"] = False

    meeting.hears("wait", "wait")
    assert (await greeted(meeting)).said == []
    meeting.before.clear()

    assert (await greeted(meeting)).said != []
    assert (await greeted(meeting)).said == []


async def test_not_on_top_of_another_question_or_of_what_is_due(meeting: Meeting) -> None:
    with_habit(meeting).hears("hello", "greet")
    meeting.message["metadata"]["timezone"] = "UTC"
    meeting.before.append({"event": "slot", "name": "timers_rung", "value": [{"id": "t"}]})

    assert (await meeting.does(ActionSuggest(lambda: meeting.services))).said == []


async def test_nothing_late_in_the_persons_zone(meeting: Meeting) -> None:
    with_habit(meeting).hears("hello", "greet")
    meeting.message["metadata"]["timezone"] = "Asia/Tokyo"
    meeting.now = NOW + timedelta(hours=4)  # ten in the evening there

    assert (await meeting.does(ActionSuggest(lambda: meeting.services))).said == []


async def test_a_no_is_learnt_and_it_rests(meeting: Meeting) -> None:
    await greeted(with_habit(meeting))
    meeting.hears("no thanks", "deny")
    assert (await meeting.does(ActionChoose())).said == ["utter_suggestion_declined"]
    await ends(meeting)

    meeting.now = NOW + timedelta(days=1)
    assert (await greeted(meeting)).said == []
    assert standing_of(meeting.person).of("habit/ask_weather").refused == 1


@pytest.mark.parametrize(("text", "days"), [("no more suggestions today", 1), ("no suggestions this week", 7)])
async def test_they_are_put_off(meeting: Meeting, text: str, days: int) -> None:
    with_habit(meeting).hears(text, "put_off_suggestions")
    reply = await meeting.does(ActionPutOffSuggestions(lambda: meeting.services))
    assert reply.said == ["utter_suggestions_off_week" if days > 1 else "utter_suggestions_off_today"]
    meeting.before.clear()

    assert (await greeted(meeting)).said == []
    meeting.now = NOW + timedelta(days=days)
    meeting.before.clear()
    assert (await greeted(meeting)).said == ["utter_suggest_ask_weather"]


async def test_who_gets_none_anyway_is_not_asked_for_a_consent_by_putting_them_off(meeting: Meeting) -> None:
    meeting.hears("no suggestions today", "put_off_suggestions")

    reply = await meeting.does(ActionPutOffSuggestions(lambda: meeting.services))

    assert (reply.said, reply.follow_ups) == (["utter_suggestions_off_today"], [])


async def test_not_now_is_no_refusal_but_puts_off(meeting: Meeting) -> None:
    await greeted(with_habit(meeting))
    meeting.hears("not now", "not_now")
    await ends(meeting)

    standing = standing_of(meeting.person)
    assert (standing.of("habit/ask_weather").refused, standing.until) == (0, NOW.date() + timedelta(1))


async def test_why_is_told(meeting: Meeting) -> None:
    async def why() -> Reply:
        meeting.hears("why do you suggest that", "ask_why_suggested")
        return await meeting.does(ActionTellWhySuggested(lambda: meeting.services))

    assert (await why()).said == ["utter_nothing_suggested"]
    await greeted(with_habit(meeting))
    reply = await why()
    assert reply.said == ["utter_why_suggested_habit"]
    assert (reply.values["days"], reply.values["time"]) == ("4", "nine o'clock")


def tells(meeting: Meeting, kind: Kind, text: str, words: str, statement: Statement | None = None) -> None:
    meeting.now = NOW - timedelta(days=2)
    provenance = Provenance("s_0", words=words)
    meeting.person.memories().remember(Draft(kind, text, provenance, statement))
    meeting.now = NOW


async def test_it_is_asked_how_an_interview_went(meeting: Meeting) -> None:
    meeting.agreed(Purpose.PROACTIVE, Purpose.MEMORY)
    tells(
        meeting,
        Kind.EVENT,
        "you have an interview on wednesday",
        "i have an interview on wednesday",
        Statement("my interview", "when", "on wednesday"),
    )
    reply = await greeted(meeting)
    assert (reply.said, reply.values["about"]) == (["utter_suggest_follow_up"], "your interview")

    meeting.hears("yes", "affirm")
    await meeting.does(ActionChoose())
    assert meeting.message["intent"]["name"] == "tell_went_well"
    await ends(meeting)

    assert standing_of(meeting.person).of("follow_up").yes == 1
    assert (await greeted(meeting)).said == [], "it is asked once"


async def test_a_wish_becomes_a_reminder(meeting: Meeting) -> None:
    meeting.agreed(Purpose.PROACTIVE, Purpose.MEMORY)
    tells(meeting, Kind.NOTE, "you want to call your mother", "remember that i want to call my mother")
    assert (await greeted(meeting)).said == ["utter_suggest_wish"]

    meeting.hears("yes", "affirm")
    await meeting.does(ActionChoose())

    assert meeting.message["text"] == "remind me to call my mother"


async def test_who_asks_gets_one_at_any_time_or_hears_that_there_is_none(meeting: Meeting) -> None:
    async def asked() -> Reply:
        meeting.hears("any suggestions", "ask_suggestion")
        meeting.message["metadata"]["timezone"] = "UTC"
        return await meeting.does(ActionSuggestNow(lambda: meeting.services))

    assert (await asked()).follow_ups == ["action_ask_consent"]
    meeting.agreed(Purpose.PROACTIVE)
    assert (await asked()).said == ["utter_nothing_to_suggest"]
    with_habit(meeting)
    assert (await asked()).said == ["utter_suggest_ask_weather"]
