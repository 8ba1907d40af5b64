from typing import Any

import pytest

from actions.choice import ActionChoose
from actions.control import ActionRepeat
from actions.fallback import ActionAskWhichReading
from actions.numbers import ActionCalculate

RANKING = {"ask_time": 0.3, "smalltalk_joke": 0.2, "greet": 0.1}


async def unclear(talk: Any, text: str = "blah", ranking: dict[str, float] = RANKING) -> list[dict[str, Any]]:
    talk.hear(text, "nlu_fallback", ranking=ranking)
    return await talk.run(ActionAskWhichReading())


async def test_the_two_likeliest_readings_are_offered_in_the_designers_words(talk: Any) -> None:
    assert await unclear(talk) == [
        {
            "response": "utter_did_you_mean",
            "first": "know the time",
            "second": "hear a joke",
            "metadata": {"expects": "short"},
        }
    ]


async def test_an_unlikely_second_reading_is_left_out(talk: Any) -> None:
    [question] = await unclear(talk, ranking={"ask_time": 0.35, "smalltalk_joke": 0.02})

    assert (question["response"], question["first"]) == ("utter_did_you_mean_one", "know the time")


async def test_what_is_never_offered_is_passed_over(talk: Any) -> None:
    """Neither a bare yes nor what is out of scope is worth a question; the readings after them may be."""
    ranking = {"out_of_scope": 0.3, "ask_time": 0.25, "affirm": 0.2, "smalltalk_joke": 0.1}

    [question] = await unclear(talk, ranking=ranking)

    assert (question["first"], question["second"]) == ("know the time", "hear a joke")


@pytest.mark.parametrize(
    "ranking",
    [
        pytest.param({"ask_time": 0.05, "greet": 0.04}, id="nothing-is-likely"),
        pytest.param({"out_of_scope": 0.4, "speak_quieter": 0.1}, id="the-likeliest-is-never-offered"),
        pytest.param({}, id="no-ranking"),
    ],
)
async def test_without_a_likely_reading_other_words_are_asked_for(talk: Any, ranking: dict[str, float]) -> None:
    assert [reply["response"] for reply in await unclear(talk, ranking=ranking)] == ["utter_rephrase"]


async def test_the_second_time_help_is_given_and_the_third_asks_again(talk: Any) -> None:
    first, second, third = await unclear(talk), await unclear(talk), await unclear(talk)

    assert [reply[0]["response"] for reply in (first, second, third)] == [
        "utter_did_you_mean",
        "utter_fallback_help",
        "utter_did_you_mean",
    ]


async def test_unclear_after_neither_gives_help_too(talk: Any) -> None:
    await unclear(talk)
    talk.hear("neither", "deny")
    await talk.run(ActionChoose())

    assert (await unclear(talk))[0]["response"] == "utter_fallback_help"


async def test_unclear_words_that_name_a_reading_choose_it(talk: Any) -> None:
    """ "uh joke thing" is unclear by itself, and clear as an answer."""
    await unclear(talk, "time thing")

    assert await unclear(talk, "uh joke thing", {"greet": 0.2}) == []
    assert talk.heard["intent"]["name"] == "smalltalk_joke"


async def test_a_repeated_question_is_not_a_second_failure_but_still_the_first(talk: Any) -> None:
    await unclear(talk)
    talk.hear("pardon", "repeat_that")
    await talk.run(ActionRepeat())

    assert (await unclear(talk))[0]["response"] == "utter_fallback_help"


async def test_a_clear_turn_between_starts_over(talk: Any) -> None:
    await unclear(talk)
    talk.hear("seven times eight", "calculate")
    await talk.run(ActionCalculate())

    assert (await unclear(talk))[0]["response"] == "utter_did_you_mean"


async def test_entities_of_the_unclear_message_are_kept(talk: Any) -> None:
    talk.hear("time thing tokyo joke", "nlu_fallback", place="tokyo", ranking=RANKING)
    await talk.run(ActionAskWhichReading())
    talk.hear("the first", "choose_first")
    await talk.run(ActionChoose())

    assert talk.heard["entities"] == [{"entity": "place", "value": "tokyo"}]
