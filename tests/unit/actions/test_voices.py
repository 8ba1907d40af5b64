"""Voices by voice: chosen, changed, kept where that was agreed to, and asked about once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from actions.control import ActionSpeakNormally, ActionSpeakSlower
from actions.privacy import ActionAskConsent, ActionTakeConsent, ActionTakePending
from actions.voices import (
    UNSET,
    ActionChangeVoice,
    ActionKeepVoice,
    ActionPronounce,
    ActionResetVoice,
    ActionTellVoices,
)
from rapport.errors import StoreUnavailable
from rapport.personality.voice import CLONE, READY, pronunciations, voice_profile
from rapport.privacy.purposes import Purpose
from rapport.speech.voice_profile import CLONED, USUAL, VoiceProfile
from tests.unit.actions.meeting import Meeting

CLOUD, VOICE, MEMORY = Purpose.CLOUD_SPEECH, Purpose.VOICE_PERSONALIZATION, Purpose.MEMORY
VOICES = [
    {"name": "george", "accent": "british", "gender": "male", "about": "warm", "cloud": True},
    {"name": "joe", "accent": "american", "gender": "male", "about": "natural", "cloud": False},
    {"name": "edwin", "accent": "british", "gender": "male", "about": "clear", "cloud": False},
    {"name": "nancy", "accent": "american", "gender": "female", "about": "bright", "cloud": False},
]


@dataclass
class VoiceServer:
    """Tells its voices, and is told what to expire; away where a test says so."""

    provider: bool = True
    away: bool = False
    orders: list[str] = field(default_factory=list)

    def give(self, name: str, data: Mapping[str, Any], payload: bytes | None = None) -> dict[str, Any]:
        if self.away:
            raise StoreUnavailable("the voice server can't be reached")
        self.orders.append(name)
        there = [each for each in VOICES if self.provider or not each["cloud"]]
        return {"voices": there, "provider": self.provider}


@pytest.fixture
def server() -> VoiceServer:
    return VoiceServer()


@pytest.fixture
def meeting(meeting: Meeting, server: VoiceServer) -> Meeting:
    """Where a voice server takes orders."""
    settings = replace(meeting.services.settings, voice_key="v" * 32)
    meeting.services = replace(meeting.services, settings=settings, voice=server)  # type: ignore[arg-type]
    return meeting


def change(meeting: Meeting) -> ActionChangeVoice:
    return ActionChangeVoice(lambda: meeting.services)


async def answers(meeting: Meeting, text: str, intent: str, answer: str) -> list[str]:
    """The question for a consent is asked and answered; what follows."""
    await meeting.does(ActionAskConsent())
    meeting.hears(text, intent, consent=answer)
    return (await meeting.does(ActionTakeConsent(lambda: meeting.services))).follow_ups


async def test_a_deeper_voice_is_kept_where_that_was_agreed_to(meeting: Meeting) -> None:
    """And nothing is asked; what was wished for in the session is over."""
    meeting.agreed(VOICE).hears("a deeper voice", "change_voice", voice_wishes={"warmth": 0.4})

    reply = await meeting.does(change(meeting))

    assert (reply.said, reply.follow_ups) == (["utter_voice_like_this"], [])
    assert voice_profile(meeting.person) == VoiceProfile(pitch=-2.0, warmth=0.4)
    assert reply.values["voice"] == UNSET
    assert meeting.slots["voice_wishes"] is None


async def test_without_it_a_change_holds_for_the_session_and_keeping_it_is_asked_for_once(meeting: Meeting) -> None:
    meeting.hears("a deeper voice", "change_voice")

    reply = await meeting.does(change(meeting))

    assert (reply.said, reply.follow_ups) == (["utter_voice_like_this"], ["action_ask_consent"])
    assert reply.values["voice"] == {**UNSET, "pitch": -2.0}
    assert meeting.slots["voice_wishes"] == {"pitch": -2.0}
    assert meeting.slots["consent_wanted"] == VOICE.value
    assert not meeting.person.known

    meeting.hears("even deeper", "change_voice")
    again = await meeting.does(change(meeting))
    assert (again.values["voice"]["pitch"], again.follow_ups) == (-4.0, [])


async def test_a_yes_keeps_what_was_wished_for(meeting: Meeting) -> None:
    meeting.hears("a deeper voice", "change_voice")
    await meeting.does(change(meeting))

    assert await answers(meeting, "yes", "affirm", "yes") == ["action_keep_voice"]
    await meeting.follows_up(ActionKeepVoice(lambda: meeting.services))

    assert voice_profile(meeting.person).pitch == -2.0


async def test_a_no_keeps_nothing_and_the_voice_stays_for_now(meeting: Meeting) -> None:
    meeting.hears("a deeper voice", "change_voice")
    await meeting.does(change(meeting))

    assert await answers(meeting, "no", "deny", "no") == []

    assert meeting.slots["voice_wishes"] == {"pitch": -2.0}
    assert VOICE not in meeting.person.ledger().live()


async def test_who_took_it_back_is_not_asked_again(meeting: Meeting) -> None:
    meeting.agreed(VOICE).person.withdraw(VOICE, "voice")
    meeting.hears("a deeper voice", "change_voice")

    assert (await meeting.does(change(meeting))).follow_ups == []


@pytest.mark.parametrize("person", [None, "off the record"])
async def test_nobody_and_off_the_record_have_it_for_the_session(meeting: Meeting, person: str | None) -> None:
    if person is None:
        meeting.person_id = None
    else:
        meeting.agreed(VOICE)
        meeting.slots["off_record"] = True
    meeting.hears("a deeper voice", "change_voice")

    reply = await meeting.does(change(meeting))

    assert (reply.values["voice"]["pitch"], reply.follow_ups) == (-2.0, [])
    if person:
        assert voice_profile(meeting.person) == USUAL


async def test_a_cloud_voice_needs_the_cloud(meeting: Meeting) -> None:
    """Its consent is asked for, and a yes goes on with what was wanted."""
    meeting.agreed(VOICE).hears("use a british voice", "change_voice")

    reply = await meeting.does(change(meeting))
    assert (reply.said, reply.follow_ups) == ([], ["action_ask_consent"])
    assert meeting.slots["consent_wanted"] == CLOUD.value

    assert await answers(meeting, "yes", "affirm", "yes") == ["action_take_pending"]
    pending = meeting.slots["pending"]
    await meeting.follows_up(ActionTakePending())
    assert meeting.slots["pending"] is None
    meeting.hears(pending["text"], "change_voice").message |= pending
    reply = await meeting.does(change(meeting))

    assert reply.values["voice_name"] == "George"
    assert voice_profile(meeting.person).voice == "george"


async def test_who_refuses_the_cloud_gets_the_local_one(meeting: Meeting) -> None:
    """Or is told that there is none; the question is not repeated."""
    meeting.agreed(VOICE).hears("use a british voice", "change_voice")
    await meeting.does(change(meeting))
    assert await answers(meeting, "no", "deny", "no") == ["action_take_pending"]
    pending = meeting.slots["pending"]

    meeting.hears(pending["text"], "change_voice").message |= pending
    reply = await meeting.does(change(meeting))
    assert (reply.values["voice_name"], reply.follow_ups) == ("Edwin", [])

    meeting.hears("use george", "change_voice").message |= {"cloud_asked": True}
    assert (await meeting.does(change(meeting))).said == ["utter_voice_needs_cloud"]


async def test_what_waited_too_long_is_dropped(meeting: Meeting) -> None:
    meeting.hears("yes", "affirm", pending={"text": "use george", "intent": {}, "entities": [], "told": {"turn": -9}})
    reply = await meeting.follows_up(ActionTakePending())
    assert (reply.said, meeting.slots["pending"]) == ([], None)


async def test_without_a_provider_local_voices_are_chosen_from(meeting: Meeting, server: VoiceServer) -> None:
    server.provider = False
    meeting.agreed(VOICE)
    for text, response, chosen in (
        ("use a british voice", "utter_voice_chosen", "edwin"),
        ("a british voice", "utter_voice_already", "edwin"),
        ("a woman's voice", "utter_voice_chosen", "nancy"),
        ("another voice", "utter_voice_chosen", "joe"),
        ("an irish voice", "utter_voice_none_such", "joe"),
    ):
        meeting.hears(text, "change_voice")
        reply = await meeting.does(change(meeting))
        assert (reply.said, voice_profile(meeting.person).voice) == ([response], chosen), text


async def test_a_voice_and_how_it_speaks_at_once(meeting: Meeting) -> None:
    """Also where it is the one that speaks."""
    meeting.agreed(VOICE, CLOUD)
    for pitch in (-4.0, -6.0):
        meeting.hears("a much deeper british voice", "change_voice")
        await meeting.does(change(meeting))
        assert voice_profile(meeting.person) == VoiceProfile("george", pitch=pitch)


async def test_ones_own_voice_is_used_where_there_is_one(meeting: Meeting) -> None:
    meeting.agreed(VOICE, CLOUD).hears("use my own voice", "change_voice")
    assert (await meeting.does(change(meeting))).said == ["utter_voice_no_clone"]

    meeting.person.keep_record(CLONE, {"state": READY}, VOICE)
    assert (await meeting.does(change(meeting))).said == ["utter_voice_chosen"]
    assert voice_profile(meeting.person).voice == CLONED


async def test_ones_own_voice_needs_the_cloud(meeting: Meeting, server: VoiceServer) -> None:
    meeting.agreed(VOICE).person.keep_record(CLONE, {"state": READY}, VOICE)
    meeting.hears("use my own voice", "change_voice")
    assert (await meeting.does(change(meeting))).follow_ups == ["action_ask_consent"]
    server.provider = False
    assert (await meeting.does(change(meeting))).said == ["utter_voice_needs_cloud"]


async def test_at_the_limit_it_says_so(meeting: Meeting) -> None:
    meeting.agreed(VOICE)
    said = []
    for _ in range(5):
        meeting.hears("deeper", "change_voice")
        said += (await meeting.does(change(meeting))).said
    assert said == ["utter_voice_like_this"] * 3 + ["utter_voice_at_limit"] * 2


async def test_what_names_nothing_is_asked_about(meeting: Meeting) -> None:
    meeting.hears("do something about your voice", "change_voice")
    assert (await meeting.does(change(meeting))).said == ["utter_what_voice"]


@pytest.mark.parametrize("key", ["", "v" * 32])
async def test_without_the_voice_server_it_says_so(meeting: Meeting, server: VoiceServer, key: str) -> None:
    server.away = True
    settings = replace(meeting.services.settings, voice_key=key)
    meeting.services = replace(meeting.services, settings=settings)
    meeting.hears("a british voice", "change_voice")
    assert (await meeting.does(change(meeting))).said == ["utter_voices_unknown"]
    assert (await meeting.does(ActionTellVoices(lambda: meeting.services))).said == ["utter_voices_unknown"]


async def test_voices_are_told_and_shown(meeting: Meeting, server: VoiceServer) -> None:
    meeting.hears("which voices do you have", "ask_voices")
    reply = await meeting.does(ActionTellVoices(lambda: meeting.services))
    assert reply.said == ["utter_voices"]
    assert reply.values["voices"] == "George, Joe, Edwin, Nancy"
    assert reply.values["custom"] == {"show": "voices"}

    meeting.person_id = None
    server.provider = False
    assert (await meeting.does(ActionTellVoices(lambda: meeting.services))).values["voices"] == "Joe, Edwin, Nancy"


async def test_the_usual_voice_again(meeting: Meeting) -> None:
    """Of what is kept, and else of the session."""
    meeting.hears("your usual voice", "reset_voice", voice_wishes={"pitch": -2.0})
    reply = await meeting.does(ActionResetVoice(lambda: meeting.services))
    assert (reply.values["voice"], meeting.slots["voice_wishes"]) == (UNSET, None)

    meeting.agreed(VOICE).hears("deeper", "change_voice")
    await meeting.does(change(meeting))
    await meeting.does(ActionResetVoice(lambda: meeting.services))
    assert voice_profile(meeting.person) == USUAL


async def test_the_usual_voice_off_the_record_leaves_what_is_kept(meeting: Meeting) -> None:
    meeting.agreed(VOICE).hears("deeper", "change_voice")
    await meeting.does(change(meeting))
    meeting.slots["off_record"] = True
    reply = await meeting.does(ActionResetVoice(lambda: meeting.services))
    assert reply.values["voice"] == {**UNSET, "pitch": 0.0}
    assert voice_profile(meeting.person).pitch == -2.0


async def test_slower_is_kept_too_and_goes_on_from_there(meeting: Meeting) -> None:
    """In the next session it is as slow, and a step slower than that; nothing is asked."""
    slower = ActionSpeakSlower(lambda: meeting.services)
    meeting.agreed(VOICE).hears("slower", "speak_slower")
    assert (await meeting.does(slower)).follow_ups == []
    assert voice_profile(meeting.person).pace == 0.85

    meeting._reset()
    meeting.hears("slower", "speak_slower")
    reply = await meeting.does(slower)
    assert (reply.said, reply.values["voice"]) == (["utter_slower"], UNSET)
    assert voice_profile(meeting.person).pace == 0.7

    meeting.hears("normal speed", "speak_normally")
    await meeting.does(ActionSpeakNormally(lambda: meeting.services))
    assert voice_profile(meeting.person).pace == 1.0


async def test_a_pronunciation_is_kept(meeting: Meeting) -> None:
    meeting.agreed(MEMORY, VOICE).person.update_profile(name="Siobhan")
    for text in ("my name is pronounced shi vawn", "say nguyen like win"):
        meeting.hears(text, "pronounce_word")
        assert (await meeting.does(ActionPronounce(lambda: meeting.services))).said == ["utter_pronounced"]
    assert pronunciations(meeting.person) == {"Siobhan": "shi vawn", "nguyen": "win"}


async def test_a_pronunciation_waits_for_its_consent(meeting: Meeting) -> None:
    pronounce = ActionPronounce(lambda: meeting.services)
    meeting.hears("say nguyen like win", "pronounce_word")
    assert (await meeting.does(pronounce)).follow_ups == ["action_ask_consent"]
    assert await answers(meeting, "yes", "affirm", "yes") == ["action_take_pending"]
    pending = meeting.slots["pending"]
    meeting.hears(pending["text"], "pronounce_word").message |= pending
    assert (await meeting.does(pronounce)).values["word"] == "nguyen"


async def test_a_pronunciation_is_not_kept_after_a_no_or_off_the_record(meeting: Meeting) -> None:
    pronounce = ActionPronounce(lambda: meeting.services)
    meeting.hears("say nguyen like win", "pronounce_word")
    await meeting.does(pronounce)
    assert await answers(meeting, "no", "deny", "no") == []
    assert meeting.slots["pending"] is None

    meeting.agreed(VOICE).hears("say nguyen like win", "pronounce_word", off_record=True)
    assert (await meeting.does(pronounce)).said == ["utter_off_record_keeps_nothing"]
    assert pronunciations(meeting.person) == {}


async def test_too_many_words_are_too_many(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.voices.MOST_PRONUNCIATIONS", 1)
    meeting.agreed(VOICE)
    said = []
    for text in ("say nguyen like win", "say nguyen like new yen", "say quay like key", "you say it wrong"):
        meeting.hears(text, "pronounce_word")
        said += (await meeting.does(ActionPronounce(lambda: meeting.services))).said
    assert said == ["utter_pronounced", "utter_pronounced", "utter_pronunciations_full", "utter_how_pronounced"]
    assert pronunciations(meeting.person) == {"nguyen": "new yen"}
