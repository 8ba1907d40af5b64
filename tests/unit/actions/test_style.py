"""The style of answers: for the session, kept once that may be, learnt, explained, and gone with the consent."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from actions.style import ActionChangeStyle, ActionLearnStyle, ActionTellStyle
from actions.voices import ActionKeepVoice
from rapport.errors import ConsentMissing
from rapport.personality.style import Manner, Style, keep_manner, manner_of, style_now
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, Reply, services_in


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
    assert style_now(meeting.person) is None

    meeting.agreed(Purpose.VOICE_PERSONALIZATION)
    await meeting.follows_up(ActionKeepVoice(lambda: meeting.services))

    assert style_now(meeting.person) is Style.CONCISE
    assert (await changed(meeting, "be warmer with me")).follow_ups == []
    assert style_now(meeting.person) is Style.WARM

    meeting.person.withdraw(Purpose.VOICE_PERSONALIZATION, "voice")
    assert style_now(meeting.person) is None
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

    meeting.agreed(Purpose.VOICE_PERSONALIZATION)
    keep_manner(meeting.person, Manner(None, False, 0.62, 5))
    reply = await told(meeting)
    assert (reply.said, reply.values["share"]) == (["utter_style_was_learnt"], "62")

    await changed(meeting, "answer as usual")
    assert (await told(meeting)).said == ["utter_style_is_usual"]

    await changed(meeting, "give me more detail")
    reply = await told(meeting)
    assert (reply.said, reply.values["how"]) == (["utter_style_was_said"], "with more detail")


def answered(meeting: Meeting, *, cut: bool = False, intent: str = "ask_weather", voice: str | None = None) -> None:
    meeting.hears("and tomorrow", intent)
    meeting.message["metadata"]["speaker"] = {"number": 1, "voice": voice}
    meeting.before += [
        {"event": "user", "text": "and tomorrow", "parse_data": meeting.message, "timestamp": 0},
        {"event": "bot", "text": "Rain, and then more of it."},
        {"event": "slot", "name": "reply_unheard", "value": "and then more of it." if cut else None},
    ]


async def ends(meeting: Meeting) -> None:
    meeting.hears("/end_session", "end_session")
    await meeting.does(ActionLearnStyle(lambda: meeting.services))
    meeting.before.clear()


async def test_patience_is_learnt_at_the_end_of_sessions(meeting: Meeting) -> None:
    meeting.agreed(Purpose.VOICE_PERSONALIZATION)
    for _ in range(2):
        for cut in (True, True, True, False):
            answered(meeting, cut=cut)
        await ends(meeting)

    assert manner_of(meeting.person) == Manner(None, False, 0.75, 2)
    assert style_now(meeting.person) is Style.CONCISE


async def test_an_answer_that_was_gone_on_with_was_not_too_long(meeting: Meeting) -> None:
    meeting.agreed(Purpose.VOICE_PERSONALIZATION)
    for _ in range(3):
        answered(meeting, cut=True)
        answered(meeting, intent="go_on")
        answered(meeting, cut=True, voice="other")
    await ends(meeting)

    assert manner_of(meeting.person) == Manner(None, False, 0.0, 1)


async def test_without_the_consent_nothing_is_learnt(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY)
    for _ in range(4):
        answered(meeting, cut=True)
    await ends(meeting)

    with pytest.raises(ConsentMissing):
        manner_of(meeting.person)
