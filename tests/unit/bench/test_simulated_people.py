"""Simulated people: they read answers as people would, and are what their seed has."""

from collections.abc import Callable

import pytest

from bench._typist import responses
from bench.simulated_people import HABITS, OTHERS, TRIES, Simulated, Wish

JOKE = Wish("smalltalk_joke", "smalltalk", "utter_smalltalk_joke")


class Scripted:
    """Answers by a script, and notes what was typed."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self._answer = answer
        self.said: list[str] = []

    @property
    def turns(self) -> int:
        return len(self.said)

    async def say(self, *texts: str) -> list[str]:
        self.said += texts
        return [self._answer(text) for text in texts]


def said(response: str, **values: str) -> str:
    return str(responses()[response][0]["text"]).format(**values)


def test_an_answer_a_question_and_a_suggestion_are_told_apart() -> None:
    assert JOKE.granted(said("utter_smalltalk_joke"))
    assert not JOKE.granted(said("utter_smalltalk_story"))
    assert JOKE.suggested("Good morning! " + said("utter_suggest_smalltalk_joke"))
    assert not JOKE.suggested(said("utter_greet"))


@pytest.mark.parametrize("response", ["utter_rephrase", "utter_fallback_help", "utter_smalltalk_story", "utter_greet"])
def test_nothing_is_taken_for_an_answer_that_is_none(response: str) -> None:
    for variant in responses()[response]:
        assert not any(wish.granted(variant["text"]) for wish in OTHERS if wish.answers != response), variant["text"]


def test_times_and_dates_are_told_as_they_are_said() -> None:
    time, date = (next(wish for wish in OTHERS if wish.intent == intent) for intent in ("ask_time", "ask_date"))

    for words in ("half past one", "three thirty-six", "noon", "eight o'clock in the evening"):
        assert time.granted(said("utter_time", time=words))
    assert date.granted(said("utter_date", weekday="Monday", date="June first"))


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("hear a joke", "know the time", "the first one"),
        ("know the time", "hear a joke", "the second one"),
        ("know the time", "hear a story", None),
    ],
)
def test_what_is_meant_is_chosen(first: str, second: str, answer: str | None) -> None:
    assert JOKE.offered(said("utter_did_you_mean", first=first, second=second)) == answer


def test_one_reading_is_taken_by_yes() -> None:
    assert JOKE.offered(said("utter_did_you_mean_one", first="hear a joke")) == "yes"


async def test_who_is_never_understood_gives_up() -> None:
    somebody, deaf = Simulated(3), Scripted(lambda text: said("utter_rephrase"))

    await somebody.talk(deaf, first=False)  # type: ignore[arg-type]

    assert somebody.gave_up == somebody.wished > 0
    assert deaf.turns >= TRIES * somebody.wished


async def test_a_suggestion_of_what_is_wanted_is_taken_and_not_asked_for_again() -> None:
    somebody = next(each for each in map(Simulated, range(1, 200)) if each.habit == JOKE)

    def answer(text: str) -> str:
        if text == "good morning":
            return said("utter_suggest_smalltalk_joke")
        return said("utter_smalltalk_joke") if text == "yes please" else said("utter_rephrase")

    took = 0
    for _ in range(10):
        chat = Scripted(answer)
        await somebody.talk(chat, first=False)  # type: ignore[arg-type]
        took += "yes please" in chat.said
    assert took == somebody.took > 0
    assert somebody.gave_up == somebody.wished - took


async def test_a_seed_is_a_person() -> None:
    chats = []
    for _ in range(2):
        somebody, chat = Simulated(7), Scripted(lambda text: said("utter_rephrase"))
        await somebody.talk(chat, first=True)  # type: ignore[arg-type]
        chats.append(chat.said)

    assert chats[0] == chats[1]
    assert {Simulated(seed).habit for seed in range(40)} == set(HABITS)
