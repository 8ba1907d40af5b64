"""Forgetting by voice, on a real embedded store with the real model."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.actions.memory_chat import MemoryChat, responses


async def told(chat: MemoryChat, *sentences: str) -> None:
    for sentence in sentences:
        await chat.say(sentence, "tell_fact")


def texts(chat: MemoryChat) -> set[str]:
    return {memory.text for memory in chat.kept}


async def test_forget_that_means_what_was_spoken_of_last(chat: MemoryChat) -> None:
    await told(chat, "i like jazz", "my sister lives in oslo")

    assert await chat.say("forget that", "forget_memory") == [
        {"response": "utter_forgotten", "memory": "your sister lives in oslo"}
    ]
    assert texts(chat) == {"you like jazz"}


async def test_what_was_forgotten_is_gone_from_this_session_too(chat: MemoryChat) -> None:
    await told(chat, "my sister lives in oslo")
    await chat.say("forget that", "forget_memory")

    assert responses(await chat.say("where does my sister live", "recall")) == ["utter_not_known"]


async def test_what_was_said_before_it_was_kept_is_gone_too(chat: MemoryChat) -> None:
    """Off the record and in passing it was not kept; with its later, kept telling this session lets go of it."""
    chat.slots["off_record"] = True
    await told(chat, "my sister lives in oslo")
    chat.slots["off_record"] = False
    await chat.say("remember that my sister lives in bergen", "remember")

    await chat.say("forget where my sister lives", "forget_memory")

    assert responses(await chat.say("where does my sister live", "recall")) == ["utter_not_known"]


async def test_forget_that_long_after_asks_first(chat: MemoryChat) -> None:
    await told(chat, "my sister lives in oslo")
    for _ in range(5):
        chat.mention("tell me a joke", "smalltalk_joke")

    assert responses(await chat.say("forget that", "forget_memory")) == ["utter_ask_to_forget"]
    assert responses(await chat.say("no", "deny")) == ["utter_not_forgotten"]
    assert texts(chat) == {"your sister lives in oslo"}


async def test_forget_that_about_nothing_is_a_never_mind(chat: MemoryChat) -> None:
    assert responses(await chat.say("forget that", "forget_memory")) == ["utter_cancelled"]


@pytest.mark.parametrize(
    "words",
    ["forget where my sister lives", "forget that my sister lives in oslo", "please forget my sister's address"],
)
async def test_what_is_named_exactly_is_forgotten_at_once(chat: MemoryChat, words: str) -> None:
    await told(chat, "my sister lives in oslo", "my sister works at the library", "i like jazz")

    assert responses(await chat.say(words, "forget_memory")) == ["utter_forgotten"]
    assert texts(chat) == {"your sister works at the library", "you like jazz"}


async def test_of_two_it_asks_which(chat: MemoryChat) -> None:
    await told(chat, "my sister lives in oslo", "my sister works at the library")
    [asked] = await chat.say("forget my sister", "forget_memory")
    assert asked["response"] == "utter_ask_which_to_forget"
    assert (asked["first"], asked["second"]) == ("your sister works at the library", "your sister lives in oslo")

    assert responses(await chat.say("the second one", "choose_second")) == ["utter_forgotten"]
    assert texts(chat) == {"your sister works at the library"}


async def test_of_two_a_bare_yes_forgets_none(chat: MemoryChat) -> None:
    await told(chat, "my sister lives in oslo", "my sister works at the library")
    await chat.say("forget my sister", "forget_memory")

    assert responses(await chat.say("yes", "affirm")) == ["utter_which_of_these"]
    assert len(texts(chat)) == 2
    assert responses(await chat.say("the library", "affirm")) == ["utter_forgotten"]
    assert texts(chat) == {"your sister lives in oslo"}


async def test_of_many_it_says_how_many_and_waits_for_a_yes(chat: MemoryChat) -> None:
    await told(
        chat, "my sister lives in oslo", "my sister works at the library", "my sister's name is anna", "i like jazz"
    )
    [asked] = await chat.say("forget everything about my sister", "forget_memory")
    assert (asked["response"], asked["count"]) == ("utter_ask_to_forget_all", "three")

    assert responses(await chat.say("yes", "affirm")) == ["utter_forgotten_several"]
    assert texts(chat) == {"you like jazz"}


async def test_what_is_only_likely_meant_is_asked_about(chat: MemoryChat) -> None:
    await told(chat, "my boat is called aurora", "i like jazz", "my car is a red volvo")

    assert responses(await chat.say("forget the aurora thing", "forget_memory")) == ["utter_ask_to_forget"]
    assert responses(await chat.say("yes", "affirm")) == ["utter_forgotten"]
    assert "your boat is called aurora" not in texts(chat)


async def test_what_is_not_there_cannot_be_forgotten(chat: MemoryChat) -> None:
    await told(chat, "i like jazz")

    assert responses(await chat.say("forget my phone number", "forget_memory")) == ["utter_nothing_to_forget"]


async def test_without_consent_this_sessions_words_are_let_go_of(reserved_chat: MemoryChat) -> None:
    await reserved_chat.say("my sister lives in oslo", "tell_fact")
    await reserved_chat.say("no", "deny")

    assert responses(await reserved_chat.say("forget that", "forget_memory")) == ["utter_forgotten"]
    assert responses(await reserved_chat.say("where does my sister live", "recall")) == ["utter_nothing_remembered"]


async def test_a_span_is_counted_asked_about_and_forgotten(chat: MemoryChat) -> None:
    chat.now -= timedelta(days=1)
    await told(chat, "i like jazz")
    chat.now += timedelta(days=1)
    await told(chat, "my sister lives in oslo", "my dog is called rex")

    [asked] = await chat.say("forget what i said today", "forget_span")
    assert asked == {
        "response": "utter_ask_to_forget_span",
        "span": "today",
        "count": "two",
        "memory": "your dog is called rex",
        "metadata": {"expects": "short"},
    }
    assert len(texts(chat)) == 3

    assert responses(await chat.say("yes", "affirm")) == ["utter_forgotten_span"]
    assert texts(chat) == {"you like jazz"}
    assert responses(await chat.say("what's my dog called", "recall")) == ["utter_not_known"]


async def test_a_span_takes_what_was_replaced_within_it(chat: MemoryChat) -> None:
    await told(chat, "my sister lives in oslo")
    await chat.say("no she moved to bergen", "correct_fact")
    await chat.say("forget what i said today", "forget_span")
    await chat.say("yes", "affirm")

    assert chat.person.everything()[0] == []


@pytest.mark.parametrize(("answer", "intent"), [("no", "deny"), ("the first", "choose_first")])
async def test_a_span_stays_without_a_yes(chat: MemoryChat, answer: str, intent: str) -> None:
    await told(chat, "i like jazz")
    await chat.say("forget what i said today", "forget_span")

    assert responses(await chat.say(answer, intent)) == ["utter_not_forgotten"]
    assert texts(chat) == {"you like jazz"}


async def test_an_empty_span_is_said(chat: MemoryChat) -> None:
    await told(chat, "i like jazz")

    assert responses(await chat.say("forget what i told you last week", "forget_span")) == ["utter_nothing_told_then"]


async def test_a_span_that_was_not_named_is_asked_for(chat: MemoryChat) -> None:
    assert responses(await chat.say("forget what i told you", "forget_span")) == ["utter_ask_since_when"]


async def test_ids_that_are_said_and_not_offered_delete_nothing(chat: MemoryChat, talk: Any) -> None:
    await told(chat, "i like jazz")
    talk.metadata = {**talk.metadata, "ids": [chat.kept[0].id]}

    await chat.say("forget my phone number", "forget_memory")

    assert texts(chat) == {"you like jazz"}
