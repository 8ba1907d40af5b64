"""Being known by one's voice; and what another voice gets to hear in somebody's session."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa_sdk import Tracker

from actions.greeting import ActionGreet
from actions.lists import ActionTellList
from actions.memory_recall import ActionRecall
from actions.memory_session import _topics
from actions.memory_turn import working_memory
from actions.privacy import ActionWithdrawConsent
from actions.voice_recognition import ActionLearnVoice, ActionTellWhoSpeaks
from rapport.privacy.purposes import Purpose
from rapport.voices.voiceprint import keep_voiceprint
from tests.unit.actions.meeting import Channel, Meeting, services_in

VOICE = np.eye(1, 256, 3, dtype=np.float32)[0]


@pytest.fixture
def meeting(tmp_path: Path, domain: Mapping[str, Any]) -> Meeting:
    return Meeting(services_in(tmp_path, Channel()), domain)


def spoken(meeting: Meeting, text: str, intent: str, voice: str | None) -> Meeting:
    meeting.hears(text, intent, typed=voice == "typed")
    if voice != "typed":
        meeting.message["metadata"]["speaker"] = {"number": 1, "voice": voice}
    return meeting


async def test_a_voice_is_learnt_after_a_consent_of_its_own(meeting: Meeting) -> None:
    action = ActionLearnVoice(lambda: meeting.services)

    asked = await spoken(meeting, "learn my voice", "learn_my_voice", None).does(action)
    assert asked.follow_ups == ["action_ask_consent"]
    assert meeting.slots["consent_wanted"] == "voice_recognition"
    assert meeting.slots["pending"]["intent"]["name"] == "learn_my_voice"

    meeting.agreed(Purpose.VOICE_RECOGNITION)
    learning = await spoken(meeting, "learn my voice", "learn_my_voice", None).does(action)
    assert learning.said == ["utter_voice_learning"]
    assert learning.values["learn_voice"] is True


async def test_off_the_record_no_voice_is_learnt(meeting: Meeting) -> None:
    meeting.agreed(Purpose.VOICE_RECOGNITION).slots["off_record"] = True

    reply = await spoken(meeting, "learn my voice", "learn_my_voice", None).does(
        ActionLearnVoice(lambda: meeting.services)
    )

    assert reply.said == ["utter_off_record_keeps_nothing"]
    assert "learn_voice" not in reply.values


@pytest.mark.parametrize(
    ("agreed", "learnt", "voice", "said"),
    [
        (False, False, None, "utter_voice_unknown"),
        (True, False, None, "utter_voice_learning"),
        (True, True, "typed", "utter_voice_known"),
        (True, True, None, "utter_voice_unsure"),
        (True, True, "own", "utter_voice_is_yours"),
        (True, True, "unsure", "utter_voice_unsure"),
        (True, True, "other", "utter_voice_is_another"),
    ],
)
async def test_who_speaks_is_told(meeting: Meeting, agreed: bool, learnt: bool, voice: str | None, said: str) -> None:
    if agreed:
        meeting.agreed(Purpose.VOICE_RECOGNITION)
    if learnt:
        keep_voiceprint(meeting.person, VOICE)

    reply = await spoken(meeting, "whose voice is this", "ask_my_voice", voice).does(
        ActionTellWhoSpeaks(lambda: meeting.services)
    )

    assert reply.said == [said]


@pytest.mark.parametrize(("voice", "said"), [("other", "utter_not_your_voice"), ("unsure", "utter_voice_unsure")])
async def test_another_voice_gets_no_personal_answers(meeting: Meeting, voice: str, said: str) -> None:
    meeting.agreed(Purpose.MEMORY).told("my sister lives in oslo")
    meeting.person.update_profile(name="Anna")

    for action in (ActionRecall(lambda: meeting.services), ActionTellList(lambda: meeting.services)):
        reply = await spoken(meeting, "where does my sister live", "recall", voice).does(action)
        assert reply.said == [said]
        assert "oslo" not in str(reply.values).lower()
    greeted = await spoken(meeting, "hello", "greet", voice).does(ActionGreet(lambda: meeting.services))
    assert greeted.said == ["utter_greet"]


async def test_where_the_channel_can_t_tell_a_known_person_is_not_taken_for_granted(meeting: Meeting) -> None:
    """As in a session that opened while the people API was away; what is typed is theirs."""
    meeting.agreed(Purpose.MEMORY, Purpose.VOICE_RECOGNITION).told("my sister lives in oslo")
    recalls = ActionRecall(lambda: meeting.services)

    before = await spoken(meeting, "where does my sister live", "recall", None).does(recalls)
    keep_voiceprint(meeting.person, VOICE)
    untold = await spoken(meeting, "where does my sister live", "recall", None).does(recalls)
    typed = await meeting.hears("where does my sister live", "recall", typed=True).does(recalls)

    assert untold.said == ["utter_voice_unsure"]
    assert before.said == typed.said != untold.said


async def test_another_voice_changes_nothing(meeting: Meeting) -> None:
    meeting.agreed(Purpose.MEMORY)

    reply = await spoken(meeting, "stop remembering me", "withdraw_consent", "other").does(
        ActionWithdrawConsent(lambda: meeting.services)
    )

    assert reply.said == ["utter_not_your_voice"]
    assert Purpose.MEMORY in meeting.person.ledger().live()


def test_another_s_words_are_not_taken_for_the_person_s(meeting: Meeting) -> None:
    """Neither in this session, nor in what is kept of it."""
    events = []
    for text, intent, voice in (
        ("my brother lives in rome", "tell_fact", "other"),
        ("my sister lives in oslo", "tell_fact", "own"),
        ("what's the date", "ask_date", "other"),
        ("what time is it", "ask_time", "own"),
        ("hello", "greet", "own"),
    ):
        spoken(meeting, text, intent, voice)
        events.append({"event": "user", "text": text, "parse_data": meeting.message, "timestamp": 0})
    tracker = Tracker("s_1", {}, meeting.message, events, False, None, {}, "action_listen")

    assert [each.utterance.words for each in working_memory(tracker).all()] == ["my sister lives in oslo"]
    assert _topics(tracker, meeting.domain["responses"]) == [
        meeting.domain["responses"]["utter_reading_ask_time"][0]["text"]
    ]
