from typing import Any

import pytest

from actions.choice import ActionChoose
from actions.control import ActionRepeat, ActionSpeakLouder
from actions.fallback import ActionAskWhichReading
from actions.numbers import ActionCalculate

RANKING = {"ask_time": 0.3, "smalltalk_joke": 0.2, "greet": 0.1}


async def unclear(talk: Any, text: str = "time thing joke") -> list[dict[str, Any]]:
    talk.hear(text, "nlu_fallback", ranking=RANKING)
    return await talk.run(ActionAskWhichReading())


@pytest.mark.parametrize(
    ("answer", "intent", "taken"),
    [
        ("the first one", "choose_first", "ask_time"),
        ("the second one", "choose_second", "smalltalk_joke"),
        ("yes", "affirm", "ask_time"),
        ("yes the second one", "affirm", "smalltalk_joke"),
        ("no the second one", "deny", "smalltalk_joke"),
        ("yes the joke", "affirm", "smalltalk_joke"),
    ],
)
async def test_an_answer_goes_on_as_if_the_reading_had_been_said(
    talk: Any, answer: str, intent: str, taken: str
) -> None:
    await unclear(talk)
    talk.hear(answer, intent)

    assert await talk.run(ActionChoose()) == []
    assert talk.heard["intent"] == {"name": taken, "confidence": 1.0}
    assert talk.heard["text"] == "time thing joke"
    assert talk.heard["metadata"] == {"timezone": "Europe/Berlin"}


async def test_neither_asks_for_other_words(talk: Any) -> None:
    await unclear(talk)
    talk.hear("neither", "deny")

    assert (await talk.run(ActionChoose()))[0]["response"] == "utter_rephrase"


@pytest.mark.parametrize(
    ("intent", "response"),
    [
        ("affirm", "utter_affirmed"),
        ("deny", "utter_denied"),
        ("choose_first", "utter_nothing_to_choose"),
        ("choose_second", "utter_nothing_to_choose"),
    ],
)
async def test_without_a_question_an_answer_chooses_nothing(talk: Any, intent: str, response: str) -> None:
    talk.hear("whatever", intent)

    assert [reply["response"] for reply in await talk.run(ActionChoose())] == [response]


async def test_a_question_stays_open_while_speech_is_adjusted_repeated_or_not_heard(talk: Any) -> None:
    await unclear(talk)
    talk.hear("louder", "speak_louder")
    await talk.run(ActionSpeakLouder())
    talk.hear("what did you say", "repeat_that")
    await talk.run(ActionRepeat())
    talk.hear("uh", "unclear_speech")
    talk.hear("the first", "choose_first")

    await talk.run(ActionChoose())

    assert talk.heard["intent"]["name"] == "ask_time"


async def test_a_question_is_closed_by_another_topic(talk: Any) -> None:
    """The second of two readings from before the sum is no longer what "the second one" means."""
    await unclear(talk)
    talk.hear("seven times eight", "calculate")
    await talk.run(ActionCalculate())
    talk.hear("the second one", "choose_second")

    assert (await talk.run(ActionChoose()))[0]["response"] == "utter_nothing_to_choose"
