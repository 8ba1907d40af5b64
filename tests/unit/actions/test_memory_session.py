"""A session's summary, on a real embedded store with the real model."""

import pytest

from rapport.memory.values import Kind, Memory
from tests.unit.actions.memory_chat import MemoryChat


def summaries(chat: MemoryChat) -> list[Memory]:
    return [memory for memory in chat.kept if memory.kind is Kind.SUMMARY]


async def test_a_sessions_end_keeps_what_it_was_about_and_says_nothing(chat: MemoryChat) -> None:
    await chat.say("my sister lives in oslo", "tell_fact")
    chat.mention("what time is it in oslo", "ask_time")

    assert await chat.say("/end_session", "end_session") == []

    [summary] = summaries(chat)
    assert summary.text == "you wanted to know the time, and you told me that your sister lives in oslo"
    assert (summary.provenance.source, summary.provenance.words) == ("derived", None)
    [fact] = [memory for memory in chat.kept if memory.kind is not Kind.SUMMARY]
    assert summary.provenance.derived_from == (fact.id,)


async def test_a_summary_falls_with_what_it_rests_on(chat: MemoryChat) -> None:
    await chat.say("my sister lives in oslo", "tell_fact")
    await chat.say("/end_session", "end_session")

    await chat.say("forget where my sister lives", "forget_memory")

    assert chat.person.everything()[0] == []


async def test_a_summary_answers_what_was_talked_about(chat: MemoryChat) -> None:
    await chat.say("my sister lives in oslo", "tell_fact")
    await chat.say("/end_session", "end_session")
    chat.begin("another", proven=True)

    [reply] = await chat.say("what did we talk about today", "recall")

    assert (reply["response"], reply["memory"]) == (
        "utter_recalled_derived",
        "you told me that your sister lives in oslo",
    )


async def test_what_is_sensitive_is_left_out_of_a_summary(chat: MemoryChat) -> None:
    await chat.say("i'm allergic to nuts", "tell_fact")
    await chat.say("yes", "affirm")
    await chat.say("my dog is called rex", "tell_fact")

    await chat.say("/end_session", "end_session")

    assert [summary.text for summary in summaries(chat)] == ["you told me that your dog is called rex"]


@pytest.mark.parametrize("intents", [[], ["greet", "smalltalk_joke"], ["recall"]])
async def test_a_session_about_nothing_leaves_nothing(chat: MemoryChat, intents: list[str]) -> None:
    for intent in intents:
        chat.mention("whatever", intent)

    await chat.say("/end_session", "end_session")

    assert summaries(chat) == []


async def test_without_consent_or_person_nothing_is_kept_of_a_session(reserved_chat: MemoryChat) -> None:
    reserved_chat.mention("what time is it in oslo", "ask_time")
    assert await reserved_chat.say("/end_session", "end_session") == []

    reserved_chat.begin("talk", proven=False)
    assert await reserved_chat.say("/end_session", "end_session") == []
    assert not reserved_chat.person.known


async def test_off_the_record_nothing_is_kept_of_a_session(chat: MemoryChat) -> None:
    await chat.say("my sister lives in oslo", "tell_fact")
    chat.slots["off_record"] = True

    await chat.say("/end_session", "end_session")

    assert summaries(chat) == []


async def test_what_was_wanted_off_the_record_is_left_out(chat: MemoryChat) -> None:
    for intent, value in (("go_off_record", True), ("ask_time", None), ("go_on_record", False)):
        chat.mention("whatever", intent)
        if value is not None:
            chat.set("off_record", value)
    chat.mention("what's the date", "ask_date")

    await chat.say("/end_session", "end_session")

    assert [summary.text for summary in summaries(chat)] == ["you wanted to know the date"]
