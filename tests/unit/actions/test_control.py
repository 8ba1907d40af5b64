from typing import Any

import pytest
from rasa_sdk import Action

from actions.control import (
    FASTEST,
    LOUDEST,
    QUIETEST,
    SLOWEST,
    ActionAnother,
    ActionGoOn,
    ActionRepeat,
    ActionSpeakFaster,
    ActionSpeakLouder,
    ActionSpeakNormally,
    ActionSpeakQuieter,
    ActionSpeakSlower,
)
from actions.fallback import ActionAskWhichReading
from actions.numbers import ActionCalculate


async def test_slower_gives_the_channel_the_pace(talk: Any) -> None:
    talk.hear("slower", "speak_slower")

    [reply] = await talk.run(ActionSpeakSlower())

    assert (reply["response"], reply["voice"]["pace"]) == ("utter_slower", 0.85)
    assert talk.slots["voice_wishes"] == {"pace": 0.85}


@pytest.mark.parametrize(
    ("action", "limit", "response"),
    [(ActionSpeakSlower(), SLOWEST, "utter_slowest"), (ActionSpeakFaster(), FASTEST, "utter_fastest")],
)
async def test_steps_of_the_pace_are_heard_until_the_limit_is_said(
    talk: Any, action: Action, limit: float, response: str
) -> None:
    paces = []
    for _ in range(10):
        talk.hear("more", action.name().removeprefix("action_"))
        [reply] = await talk.run(action)
        if reply["response"] == response:
            break
        paces.append(reply["voice"]["pace"])

    assert paces[-1] == limit
    assert "voice" not in reply
    assert len(set(paces)) == len(paces) > 2


@pytest.mark.parametrize(
    ("action", "limit", "response"),
    [(ActionSpeakLouder(), LOUDEST, "utter_loudest"), (ActionSpeakQuieter(), QUIETEST, "utter_quietest")],
)
async def test_steps_of_the_volume_are_heard_until_the_limit_is_reached_and_said(
    talk: Any, action: Action, limit: float, response: str
) -> None:
    values = []
    for _ in range(10):
        talk.hear("more", action.name().removeprefix("action_"))
        [reply] = await talk.run(action)
        values.append(reply["volume"])
        if reply["response"] == response:
            break

    assert values[-1] == values[-2] == limit
    assert len(set(values[:-1])) == len(values) - 1 > 2


async def test_normal_is_both_pace_and_volume_and_leaves_the_voice(talk: Any) -> None:
    talk.slots |= {"voice_wishes": {"pace": 0.6, "pitch": -2.0}, "speech_volume": 2.0}
    talk.hear("normal speed", "speak_normally")

    [reply] = await talk.run(ActionSpeakNormally())

    assert (reply["voice"]["pace"], reply["voice"]["pitch"], reply["volume"]) == (None, -2.0, 1.0)
    assert (talk.slots["voice_wishes"], talk.slots["speech_volume"]) == ({"pitch": -2.0}, 1.0)


async def test_without_a_value_yet_it_starts_from_normal(talk: Any) -> None:
    talk.slots["speech_volume"] = None
    talk.hear("louder", "speak_louder")

    assert (await talk.run(ActionSpeakLouder()))[0]["volume"] == 1.4


async def test_the_last_reply_is_repeated_past_control_and_repeats(talk: Any) -> None:
    talk.hear("seven times eight", "calculate")
    await talk.run(ActionCalculate())
    talk.hear("slower", "speak_slower")
    await talk.run(ActionSpeakSlower())
    talk.hear("repeat that", "repeat_that")
    first = await talk.run(ActionRepeat())
    talk.hear("again please", "repeat_that")

    assert await talk.run(ActionRepeat()) == first == [{"response": None, "text": "utter_result fifty-six"}]


async def test_a_whole_reply_of_several_utterances_is_repeated(talk: Any) -> None:
    talk.hear("tell me a joke", "smalltalk_joke")
    talk.events += [{"event": "bot", "text": "Knock knock.", "metadata": {}}, {"event": "bot", "text": "Who's there?"}]
    talk.hear("say that again", "repeat_that")

    assert [reply["text"] for reply in await talk.run(ActionRepeat())] == ["Knock knock.", "Who's there?"]


async def test_a_repeated_question_still_expects_a_short_answer(talk: Any) -> None:
    talk.hear("time joke", "nlu_fallback", ranking={"ask_time": 0.3, "smalltalk_joke": 0.2})
    await talk.run(ActionAskWhichReading())
    talk.hear("what did you say", "repeat_that")

    assert (await talk.run(ActionRepeat()))[0]["metadata"] == {"expects": "short"}


async def test_before_any_reply_there_is_nothing_to_repeat(talk: Any) -> None:
    talk.hear("repeat that", "repeat_that")

    assert (await talk.run(ActionRepeat()))[0]["response"] == "utter_nothing_to_repeat"


async def test_a_cut_reply_goes_on_where_it_was_cut_and_only_once(talk: Any) -> None:
    talk.hear("what can you do", "ask_help")
    talk.cut("Sure!", "I can tell the time and date anywhere, do sums, and chat.")
    talk.hear("go on", "go_on")

    assert await talk.run(ActionGoOn()) == [
        {"response": None, "text": "I can tell the time and date anywhere, do sums, and chat."}
    ]
    talk.hear("go on", "go_on")
    assert (await talk.run(ActionGoOn()))[0]["response"] == "utter_nothing_to_continue"


async def test_a_cut_reply_goes_on_after_stop_but_not_after_another_topic(talk: Any) -> None:
    talk.hear("what can you do", "ask_help")
    talk.cut("Sure!", "I can do sums.")
    talk.hear("stop", "stop")
    talk.hear("go on", "go_on")
    assert (await talk.run(ActionGoOn()))[0]["text"] == "I can do sums."

    talk.hear("what can you do", "ask_help")
    talk.cut("Sure!", "I can do sums.")
    talk.hear("seven times eight", "calculate")
    await talk.run(ActionCalculate())
    talk.hear("go on", "go_on")
    assert (await talk.run(ActionGoOn()))[0]["response"] == "utter_nothing_to_continue"


async def test_another_one_is_one_that_was_not_told_yet(talk: Any) -> None:
    jokes = [variation["text"] for variation in talk.domain["responses"]["utter_smalltalk_joke"]]
    talk.hear("tell me a joke", "smalltalk_joke")
    talk.events.append({"event": "bot", "text": jokes[0], "metadata": {}})

    told = [jokes[0]]
    for _ in jokes[1:]:
        talk.hear("another one", "another")
        told.append((await talk.run(ActionAnother()))[0]["text"])

    assert sorted(told) == sorted(jokes)


async def test_when_all_are_told_another_is_at_least_not_the_last(talk: Any) -> None:
    jokes = [variation["text"] for variation in talk.domain["responses"]["utter_smalltalk_joke"]]
    talk.hear("tell me a joke", "smalltalk_joke")
    talk.events += [{"event": "bot", "text": joke, "metadata": {}} for joke in jokes]
    talk.hear("another one", "another")

    [reply] = await talk.run(ActionAnother())

    assert reply["text"] in jokes[:-1]


async def test_another_one_can_be_repeated(talk: Any) -> None:
    talk.hear("tell me a joke", "smalltalk_joke")
    talk.hear("another one", "another")
    [joke] = await talk.run(ActionAnother())
    talk.hear("what did you say", "repeat_that")

    assert (await talk.run(ActionRepeat()))[0]["text"] == joke["text"]


async def test_a_coin_is_flipped_again_by_the_rule_that_flips_it(talk: Any) -> None:
    talk.hear("flip a coin", "smalltalk_coin")
    talk.hear("another one", "another")

    assert await talk.run(ActionAnother()) == []
    assert talk.heard["intent"]["name"] == "smalltalk_coin"


async def test_another_of_what_has_no_other_is_said(talk: Any) -> None:
    talk.hear("who are you", "about_identity")
    talk.hear("another one", "another")

    assert (await talk.run(ActionAnother()))[0]["response"] == "utter_nothing_to_do_again"
