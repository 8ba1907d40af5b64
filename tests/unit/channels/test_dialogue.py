"""What Rasa's messages become on their way to a session. The agent itself is covered by tests/integration."""

from typing import Any

import pytest

from channels.dialogue import RasaDialogue, Said, VoiceOutput, forgetful
from rapport.errors import SettingsError
from rapport.speech.recognizer import Transcript, Word


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


async def test_an_action_names_the_style_that_is_wished_for() -> None:
    assert await say(text="Gladly.", style="warm") == [Said("Gladly.", style="warm")]


async def test_what_was_said_part_by_part_is_not_said_again() -> None:
    said: list[Said] = []
    output = VoiceOutput(said.append, lambda shown: None)
    await output.send_response("s_1", {"text": "Because it is so.", "said": True})
    assert said == []
    assert output.spoke, "and yet the turn had an answer"


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


class Processor:
    """Reads texts as a test wrote; notes what it was told with them."""

    def __init__(self, readings: dict[str, tuple[str, float]]) -> None:
        self.readings = readings
        self.told: list[Any] = []

    async def parse_message(self, message: Any) -> dict[str, Any]:
        self.told.append(message.metadata)
        name, sure = self.readings[message.text]
        intent = {"name": name, "confidence": sure}
        fallback = {"name": "nlu_fallback", "confidence": 0.5}
        return {"text": message.text, "intent": intent if sure >= 0.5 else fallback, "intent_ranking": [intent]}


def dialogue(**readings: tuple[str, float]) -> tuple[RasaDialogue, Processor]:
    """A dialogue that understands as written; underscores are spaces."""
    processor = Processor({text.replace("_", " "): reading for text, reading in readings.items()})

    class Agent:
        pass

    agent = Agent()
    agent.processor = processor  # type: ignore[attr-defined]

    async def nobody(message: Any) -> None:
        raise AssertionError("nothing is answered here")

    return RasaDialogue(lambda: agent, nobody), processor  # type: ignore[arg-type, return-value]


def heard(*texts: str) -> Transcript:
    """The first way to hear it, and others."""
    first, *others = (Transcript.of(Word(word, 0, 100, 0.8) for word in text.split()) for text in texts)
    return Transcript(first.text, first.words, first.confidence, tuple(others))


async def test_of_several_ways_to_hear_it_the_one_that_makes_most_sense_is_taken() -> None:
    talk, _ = dialogue(which_state=("smalltalk_home", 0.3), which_date=("ask_date", 0.9), witch_day=("ask_day", 0.6))

    reading = await talk.understand(heard("which state", "which date", "witch day"))

    assert reading.heard.text == reading.parse["text"] == "which date"
    assert reading.whole


async def test_a_little_more_sense_is_not_enough() -> None:
    talk, _ = dialogue(stop=("stop", 0.80), stop_it=("stop", 0.81))

    assert (await talk.understand(heard("stop", "stop it"))).heard.text == "stop"


async def test_what_is_out_of_scope_makes_no_sense() -> None:
    talk, _ = dialogue(play_jazz=("out_of_scope", 0.95), play_chess=("smalltalk_hobbies", 0.4))

    assert (await talk.understand(heard("play jazz", "play chess"))).heard.text == "play chess"


async def test_understanding_is_told_how_sure_each_word_is() -> None:
    talk, processor = dialogue(stop=("stop", 0.9))

    await talk.understand(heard("stop"))

    [told] = processor.told
    assert told == {
        "source": "speech",
        "confidence": 0.8,
        "words": [{"word": "stop", "start_ms": 0, "end_ms": 100, "confidence": 0.8}],
    }


async def test_what_is_likely_next_comes_with_a_reply() -> None:
    assert await say(text="Milk and eggs.", likely=["milk", "eggs"]) == [
        Said("Milk and eggs.", likely=("milk", "eggs"))
    ]
