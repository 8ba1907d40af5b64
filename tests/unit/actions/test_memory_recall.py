"""Answering from memory, on a real embedded store with the real model."""

from datetime import timedelta
from typing import Any

import pytest

from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance
from rapport.privacy.purposes import Purpose
from tests.unit.actions.memory_chat import MemoryChat, responses


async def told_on_tuesday(chat: MemoryChat, *sentences: str) -> None:
    """Told in a session four days ago, and asked about in another."""
    chat.now -= timedelta(days=4)
    for sentence in sentences:
        await chat.say(sentence, "tell_fact")
    chat.now += timedelta(days=4)
    chat.begin("another", proven=True)


@pytest.mark.parametrize(
    ("told", "question", "memory"),
    [
        ("my sister lives in oslo", "where does my sister live", "your sister lives in oslo"),
        ("my favourite coffee is a flat white", "what's my favorite coffee", "your favourite coffee is a flat white"),
        ("my mum's birthday is in june", "when is my mother's birthday", "your mum's birthday is in june"),
        ("my dog is called rex", "what's the name of my dog", "your dog is called rex"),
        ("i have two cats", "how many cats do i have", "you have two cats"),
        ("i work at the post office", "where do i work", "you work at the post office"),
        ("my car is a red volvo", "what's my car", "your car is a red volvo"),
        ("i have a job interview on monday", "when is my job interview", "you have a job interview on monday"),
    ],
)  # fmt: skip
async def test_a_question_is_answered_with_when_it_was_told(
    chat: MemoryChat, told: str, question: str, memory: str
) -> None:
    await told_on_tuesday(chat, told, "i like jazz", "my brother's name is paul")

    assert await chat.say(question, "recall") == [
        {"response": "utter_recalled_passing", "memory": memory, "when": "on Tuesday"}
    ]


async def test_somebody_is_found_under_their_name_and_their_place(chat: MemoryChat) -> None:
    """ "my sister" and "anna" are one, whichever was said."""
    await told_on_tuesday(chat, "my sister's name is anna", "my sister lives in oslo", "anna works at the library")

    assert (await chat.say("where does anna live", "recall"))[0]["memory"] == "your sister lives in oslo"
    assert (await chat.say("where does my sister work", "recall"))[0]["memory"] == "anna works at the library"
    assert "your sister's name is anna" in (await chat.say("who is anna", "recall"))[0]["memories"]


async def test_she_is_whom_was_spoken_of_last(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my sister lives in oslo", "my sister works at the library")
    await chat.say("where does my sister live", "recall")

    assert (await chat.say("and where does she work", "recall"))[0]["memory"] == "your sister works at the library"


async def test_what_is_asked_about_freely_is_searched_for(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "i like jazz", "my car is a red volvo", "my dog is called rex")

    [reply] = await chat.say("what did i tell you about the dog", "recall")

    assert reply["memory"] == "your dog is called rex"


async def test_where_it_is_unsure_it_asks_and_takes_yes(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my boat is called aurora", "i like jazz", "my car is a red volvo")
    [asked] = await chat.say("what did i tell you about the aurora", "recall")
    assert (asked["response"], asked["memory"]) == ("utter_ask_whether_meant", "your boat is called aurora")

    [reply] = await chat.say("yes", "affirm")

    assert (reply["response"], reply["memory"]) == ("utter_recalled_passing", "your boat is called aurora")


async def test_where_it_is_unsure_a_no_means_not_known(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my boat is called aurora", "i like jazz", "my car is a red volvo")
    await chat.say("what did i tell you about the aurora", "recall")

    assert responses(await chat.say("no", "deny")) == ["utter_not_known"]


async def test_what_was_never_told_is_not_known(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "i like jazz", "my car is a red volvo")

    assert responses(await chat.say("what's my shoe size", "recall")) == ["utter_not_known"]


async def test_what_was_said_in_this_session_comes_first(reserved_chat: MemoryChat) -> None:
    """Also without a consent: a conversation holds itself together."""
    await reserved_chat.say("my sister lives in oslo", "tell_fact")

    assert await reserved_chat.say("where does my sister live", "recall") == [
        {"response": "utter_recalled_now", "memories": "your sister lives in oslo"}
    ]


async def test_what_was_just_said_about_a_topic_is_found_by_meaning(chat: MemoryChat) -> None:
    chat.mention("i need a holiday")
    chat.mention("tell me a joke", "smalltalk_joke")

    [reply] = await chat.say("what did i just say about my vacation", "recall")

    assert reply == {"response": "utter_recalled_now", "memories": "you need a holiday"}


async def test_in_the_same_session_the_latest_word_counts(chat: MemoryChat) -> None:
    await chat.say("my sister lives in oslo", "tell_fact")
    await chat.say("no she moved to bergen", "correct_fact")

    assert (await chat.say("where does my sister live", "recall"))[0]["memory"] == "your sister moved to bergen"


async def test_a_new_session_knows_nothing_of_the_talk_before_without_consent(reserved_chat: MemoryChat) -> None:
    await reserved_chat.say("my sister lives in oslo", "tell_fact")
    reserved_chat.begin("another", proven=True)

    assert responses(await reserved_chat.say("where does my sister live", "recall")) == ["utter_nothing_remembered"]


async def test_after_a_withdrawal_nothing_is_known(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my sister lives in oslo")
    chat.person.withdraw(Purpose.MEMORY, "voice")

    assert responses(await chat.say("where does my sister live", "recall")) == ["utter_nothing_remembered"]


async def test_a_day_is_asked_for(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my sister lives in oslo", "i like jazz")
    await chat.say("my dog is called rex", "tell_fact")

    [reply] = await chat.say("what did i tell you on tuesday", "recall")
    assert reply["memories"] == "you like jazz and your sister lives in oslo"

    [reply] = await chat.say("what did i tell you yesterday", "recall")
    assert reply == {"response": "utter_nothing_told_then", "span": "yesterday"}


@pytest.mark.parametrize("question", ["where does my sister live", "what do you know about me"])
async def test_nobodys_questions_are_not_answered(chat: MemoryChat, question: str) -> None:
    await told_on_tuesday(chat, "my sister lives in oslo")
    chat.begin("talk", proven=False)

    intent = "recall" if "sister" in question else "ask_what_known"
    assert responses(await chat.say(question, intent)) == ["utter_no_person"]


async def test_what_is_known_is_told_by_kind_and_briefly(chat: MemoryChat) -> None:
    await told_on_tuesday(
        chat,
        "i like jazz",
        "i like rock",
        "my sister lives in oslo",
        "i work at the post office",
        "my dog is called rex",
    )

    [reply] = await chat.say("what do you know about me", "ask_what_known")

    assert reply == {
        "response": "utter_known_and_more",
        "memories": "your dog is called rex, you work at the post office, and you like rock",
        "more": "two",
    }


async def test_what_is_known_of_somebody_is_told_of_them_only(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "i like jazz", "my sister lives in oslo", "my sister works at the library")

    [reply] = await chat.say("what do you know about my sister", "ask_what_known")

    assert reply["memories"] == "your sister works at the library and your sister lives in oslo"


async def test_nothing_known_is_said(chat: MemoryChat) -> None:
    assert responses(await chat.say("what do you know about me", "ask_what_known")) == ["utter_nothing_known"]


async def test_why_is_answered_with_the_words_and_the_day(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my sister lives in oslo")
    await chat.say("where does my sister live", "recall")

    assert await chat.say("why do you know that", "ask_why_known") == [
        {"response": "utter_why_words", "when": "on Tuesday", "words": "my sister lives in oslo"}
    ]


async def test_why_of_nothing_in_particular_asks_what(chat: MemoryChat) -> None:
    assert responses(await chat.say("why do you know that", "ask_why_known")) == ["utter_why_what"]


@pytest.mark.parametrize(
    ("heard_at", "response"), [(None, "utter_sure"), (0.97, "utter_sure"), (0.6, "utter_sure_unless_misheard")]
)
async def test_how_sure_it_is_follows_from_how_it_was_heard(chat: MemoryChat, heard_at: Any, response: str) -> None:
    await chat.say("my sister lives in oslo", "tell_fact", heard_at=heard_at)

    assert responses(await chat.say("are you sure", "ask_how_sure")) == [response]


async def test_what_was_told_twice_is_surer(chat: MemoryChat) -> None:
    await chat.say("my sister lives in oslo", "tell_fact", heard_at=0.6)
    await chat.say("remember that my sister lives in oslo", "remember", heard_at=0.6)

    assert responses(await chat.say("are you sure", "ask_how_sure")) == ["utter_sure_confirmed"]


@pytest.mark.parametrize(("source", "response"), [("page", "utter_why_page"), ("derived", "utter_why_derived")])
async def test_why_tells_other_sources_apart(chat: MemoryChat, source: str, response: str) -> None:
    chat.person.memories().remember(Draft(Kind.NOTE, "you like the sea", Provenance("page", source=source)))
    await chat.say("what did i tell you about the sea", "recall")

    assert responses(await chat.say("how do you know that", "ask_why_known")) == [response]


async def test_off_the_record_an_answer_leaves_no_trace_in_what_is_kept(chat: MemoryChat) -> None:
    await told_on_tuesday(chat, "my sister lives in oslo")
    chat.slots["off_record"] = True

    await chat.say("where does my sister live", "recall")

    assert [memory.used for memory in chat.kept] == [None]
