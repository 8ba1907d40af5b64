"""What Rasa's messages become on their way to a session. The agent itself is covered by tests/integration."""

from typing import Any

import pytest

from channels.dialogue import Said, VoiceOutput, forgetful
from rapport.errors import SettingsError


async def say(**message: Any) -> list[Said]:
    said: list[Said] = []
    output = VoiceOutput(said.append, lambda shown: None)
    await output.send_response("s_1", message)
    assert output.spoke is bool(said)
    return said


async def test_text_is_said() -> None:
    assert await say(text=" Hello. ", utter_action="utter_greet") == [Said("Hello.")]


async def test_buttons_become_alternatives() -> None:
    """A voice has no buttons; their titles are offered in words."""
    buttons = [{"title": "tea", "payload": "/tea"}, {"title": "coffee", "payload": "/coffee"}]

    assert await say(text="What would you like:", buttons=buttons) == [Said("What would you like: tea, or coffee?")]


async def test_an_action_sets_pace_and_volume() -> None:
    wishes = {"pace": 0.8, "pitch": None}
    assert await say(text="Slower.", voice=wishes, volume=1.5) == [Said("Slower.", wishes, volume=1.5)]


@pytest.mark.parametrize("wishes", [{"pace": 9.0}, {"pace": "slow"}, {"tempo": 1.0}, "slow"])
async def test_a_voice_that_cannot_be_is_left_and_the_words_are_said(wishes: object) -> None:
    assert await say(text="Slower.", voice=wishes) == [Said("Slower.")]


async def test_a_designer_marks_what_can_wait() -> None:
    assert await say(text="Once upon a time.", metadata={"can_wait": True}) == [
        Said("Once upon a time.", can_wait=True)
    ]


async def test_what_is_said_unasked_has_one_chime() -> None:
    """A designer marks it; of several, the action takes it from all but the first."""
    assert await say(text="Time's up.", metadata={"chime": True}) == [Said("Time's up.", chime=True)]
    assert await say(text="Time's up.", metadata={"chime": True}, chime=False) == [Said("Time's up.")]


async def test_an_action_says_how_long_the_session_is_wanted() -> None:
    assert await say(text="Ten minutes, starting now.", stay_s=600) == [Said("Ten minutes, starting now.", stay_s=600)]


async def test_a_designer_marks_a_question_with_a_short_answer() -> None:
    assert await say(text="Which one?", metadata={"expects": "short"}) == [
        Said("Which one?", expects_short_answer=True)
    ]


@pytest.mark.parametrize("message", [{"image": "x.png"}, {"custom": {"a": 1}}, {"text": "  "}, {"text": None}])
async def test_what_cannot_be_said_is_left_out_and_logged(
    message: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert await say(**message) == []
    assert "nothing that can be said" in caplog.text


async def test_what_is_to_be_shown_needs_no_words() -> None:
    said: list[Said] = []
    shown: list[Any] = []
    output = VoiceOutput(said.append, shown.append)

    await output.send_response("s_1", {"text": None, "custom": {"show": "receipt"}})

    assert (said, shown) == ([], [{"show": "receipt"}])


def test_a_tracker_store_that_cannot_forget_is_refused() -> None:
    """Rasa's wrappers are looked behind."""

    class Wrapper:
        def __init__(self, store: Any) -> None:
            self._tracker_store = store

    class Forgetful:
        def forget(self, sender_id: str) -> None:
            pass

    store = Forgetful()

    assert forgetful(Wrapper(Wrapper(store))) is store
    with pytest.raises(SettingsError, match="forget"):
        forgetful(Wrapper(object()))
