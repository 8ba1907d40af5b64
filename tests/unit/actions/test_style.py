"""The style of answers: for the session, kept once that may be, explained, and gone with the consent."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from actions.style import ActionChangeStyle, ActionTellStyle
from actions.voices import ActionKeepVoice
from rapport.people import Person
from rapport.personality.signals import Seen, Signal, Signals, keep_signals
from rapport.personality.style import Style, manner_now
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, Reply, letters_as_vector, services_in


def style_of(person: Person) -> Style | None:
    return manner_now(person, letters_as_vector, date(2026, 5, 4)).style


@pytest.fixture
def meeting(tmp_path: Path, domain: Mapping[str, Any]) -> Meeting:
    return Meeting(services_in(tmp_path, Channel()), domain)


async def changed(meeting: Meeting, text: str) -> Reply:
    return await meeting.hears(text, "change_style").does(ActionChangeStyle(lambda: meeting.services))


async def told(meeting: Meeting) -> Reply:
    return await meeting.hears("why do you answer like that", "ask_style").does(
        ActionTellStyle(lambda: meeting.services)
    )


async def test_it_holds_for_the_session_and_is_kept_after_a_yes(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY)
    reply = await changed(meeting, "keep it short")
    assert reply.said == ["utter_style_concise"]
    assert reply.follow_ups == ["action_ask_consent"]
    assert meeting.slots["style"] == "concise"
    assert style_of(meeting.person) is None

    meeting.agreed(Purpose.VOICE_PERSONALIZATION)
    await meeting.follows_up(ActionKeepVoice(lambda: meeting.services))

    assert style_of(meeting.person) is Style.CONCISE
    assert (await changed(meeting, "be warmer with me")).follow_ups == []
    assert style_of(meeting.person) is Style.WARM

    meeting.person.withdraw(Purpose.VOICE_PERSONALIZATION, "voice")
    assert style_of(meeting.person) is None
    assert not any("style" in name for name in meeting.person.everything()[1])


async def test_nobody_known_has_one_too_for_the_session(meeting: Meeting) -> None:
    meeting.person_id = None

    reply = await changed(meeting, "be more playful")

    assert (reply.said, reply.follow_ups) == (["utter_style_playful"], [])
    assert meeting.slots["style"] == "playful"


async def test_which_is_asked_where_none_was_named(meeting: Meeting) -> None:
    assert (await changed(meeting, "change how you answer")).said == ["utter_which_style"]
    assert meeting.slots["style"] is None


async def test_why_is_told_as_it_is(meeting: Meeting) -> None:
    assert (await told(meeting)).said == ["utter_style_is_usual"]

    meeting.agreed(Purpose.VOICE_PERSONALIZATION, Purpose.LEARNING)
    today = meeting.services.people.clock().date()
    keep_signals(meeting.person, Signals().after(Seen({Signal.CUTS: (31, 50)}), today))
    reply = await told(meeting)
    assert (reply.said, reply.values["share"]) == (["utter_style_was_learnt_concise"], "62")

    await changed(meeting, "answer as usual")
    assert (await told(meeting)).said == ["utter_style_is_usual"]

    await changed(meeting, "give me more detail")
    reply = await told(meeting)
    assert (reply.said, reply.values["how"]) == (["utter_style_was_said"], "with more detail")
