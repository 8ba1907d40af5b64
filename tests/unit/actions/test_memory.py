"""Taking in what somebody tells, on a real embedded store, with the real model and the real screening."""

from typing import Any

import pytest

from rapport.memory.values import Kind, Sensitivity
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from tests.unit.actions.memory_chat import MemoryChat, responses, services_in


async def test_what_is_asked_to_be_remembered_is_kept_with_where_it_comes_from(chat: MemoryChat) -> None:
    said = await chat.say("remember that my sister lives in oslo", "remember", heard_at=0.93)

    assert said == [{"response": "utter_remembered", "memory": "your sister lives in oslo"}]
    [memory] = chat.kept
    assert memory.kind is Kind.RELATION
    assert memory.provenance.words == "remember that my sister lives in oslo"
    assert (memory.provenance.session, memory.provenance.turn, memory.provenance.source) == ("talk", 1, "asked")
    assert memory.provenance.confidence == 0.93


async def test_what_fits_no_pattern_is_kept_as_a_note(chat: MemoryChat) -> None:
    await chat.say("remember i parked on the left side", "remember")

    assert [(memory.kind, memory.text) for memory in chat.kept] == [(Kind.NOTE, "you parked on the left side")]


async def test_what_is_known_already_is_only_confirmed(chat: MemoryChat) -> None:
    await chat.say("remember that my sister lives in oslo", "remember")

    assert responses(await chat.say("my sister lives in oslo", "tell_fact")) == ["utter_remembered_already"]
    assert len(chat.kept) == 1


async def test_what_contradicts_takes_the_place_of_what_was_known(chat: MemoryChat) -> None:
    await chat.say("remember that my sister lives in oslo", "remember")

    [reply] = await chat.say("my sister lives in bergen", "tell_fact")

    assert reply["response"] == "utter_remembered_instead"
    assert (reply["memory"], reply["before"]) == ("your sister lives in bergen", "your sister lives in oslo")
    assert [memory.text for memory in chat.kept] == ["your sister lives in bergen"]


async def test_remember_that_means_what_was_just_said(chat: MemoryChat) -> None:
    chat.mention("we had lunch at the new italian place")

    assert responses(await chat.say("remember that", "remember")) == ["utter_remembered"]
    assert [memory.text for memory in chat.kept] == ["you had lunch at the new italian place"]


async def test_remember_that_out_of_the_blue_asks_what(chat: MemoryChat) -> None:
    assert responses(await chat.say("remember that", "remember")) == ["utter_what_to_remember"]


async def test_something_sensitive_is_kept_after_a_yes(chat: MemoryChat) -> None:
    said = await chat.say("i'm allergic to nuts", "tell_fact")
    assert said[0]["response"] == "utter_ask_to_keep_sensitive"
    assert chat.kept == []

    said = await chat.say("yes", "affirm")

    assert said == [{"response": "utter_fact_remembered", "memory": "you're allergic to nuts"}]
    [memory] = chat.kept
    assert memory.sensitivity is Sensitivity.SENSITIVE
    assert memory.provenance.turn == 1


@pytest.mark.parametrize(
    ("answer", "intent"), [("no", "deny"), ("no don't keep it", "deny"), ("the first one", "choose_first")]
)
async def test_anything_but_a_yes_keeps_nothing_sensitive(chat: MemoryChat, answer: str, intent: str) -> None:
    await chat.say("remember that i'm allergic to nuts", "remember")

    assert responses(await chat.say(answer, intent)) == ["utter_not_remembered"]
    assert chat.kept == []


async def test_a_yes_that_was_hardly_heard_keeps_nothing_sensitive(chat: MemoryChat) -> None:
    await chat.say("remember that i'm allergic to nuts", "remember")

    assert responses(await chat.say("yes", "affirm", heard_at=0.4)) == ["utter_not_remembered"]
    assert chat.kept == []


async def test_a_yes_after_another_topic_keeps_nothing_sensitive(chat: MemoryChat) -> None:
    await chat.say("remember that i'm allergic to nuts", "remember")
    chat.mention("what time is it", "ask_time")

    assert responses(await chat.say("yes", "affirm")) == ["utter_affirmed"]
    assert chat.kept == []


async def test_that_it_was_confirmed_cannot_be_said_only_asked(chat: MemoryChat, talk: Any) -> None:
    """What a message claims of itself in entities or metadata does not count."""
    talk.metadata = {**talk.metadata, "confirmed": True}

    said = await chat.say("remember that i'm allergic to nuts", "remember")

    assert responses(said) == ["utter_ask_to_keep_sensitive"]


async def test_a_secret_is_not_kept(chat: MemoryChat) -> None:
    said = await chat.say("remember that the wifi password is hunter two", "remember")

    assert responses(said) == ["utter_never_kept"]
    assert chat.kept == []


async def test_in_passing_a_secret_number_is_masked_and_said_so(chat: MemoryChat) -> None:
    said = await chat.say("my phone number is 555 123 4567", "tell_fact")

    assert responses(said) == ["utter_remembered_masked"]
    assert "555" not in repr(chat.kept)


async def test_without_consent_it_is_asked_for_and_then_the_very_thing_is_kept(reserved_chat: MemoryChat) -> None:
    chat = reserved_chat
    assert await chat.say("remember that my sister lives in oslo", "remember") == []
    assert chat.slots["consent_wanted"] == "memory"
    chat.mention("yes", "affirm")
    chat.person.agree(Purpose.MEMORY, "voice")

    said = await chat.say("", "consent_given")

    assert said == [{"response": "utter_remembered", "memory": "your sister lives in oslo"}]
    assert chat.slots["pending"] is None
    assert [memory.provenance.turn for memory in chat.kept] == [1]


async def test_what_waited_too_long_for_a_consent_is_let_go(reserved_chat: MemoryChat) -> None:
    chat = reserved_chat
    await chat.say("remember that my sister lives in oslo", "remember")
    for _ in range(6):
        chat.mention("what time is it", "ask_time")
    chat.person.agree(Purpose.MEMORY, "voice")

    assert await chat.say("", "consent_given") == []
    assert chat.kept == []


async def test_in_passing_without_consent_nothing_is_kept_and_it_is_offered_once(reserved_chat: MemoryChat) -> None:
    chat = reserved_chat

    assert responses(await chat.say("my sister lives in oslo", "tell_fact")) == ["utter_offer_to_remember"]
    assert responses(await chat.say("no", "deny")) == ["utter_fact_not_remembered"]
    assert responses(await chat.say("my dog is called rex", "tell_fact")) == ["utter_fact_heard"]
    assert not chat.person.known


async def test_a_yes_to_the_offer_asks_for_the_consent(reserved_chat: MemoryChat) -> None:
    chat = reserved_chat
    await chat.say("my sister lives in oslo", "tell_fact")

    assert await chat.say("yes please", "affirm") == []
    assert chat.slots["consent_wanted"] == "memory"
    assert chat.slots["pending"]["text"] == "my sister lives in oslo"


async def test_in_passing_what_is_of_the_moment_is_not_kept(chat: MemoryChat) -> None:
    assert responses(await chat.say("i'm a bit tired", "tell_fact")) == ["utter_fact_heard"]
    assert chat.kept == []


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("remember that my sister lives in oslo", "remember", "utter_off_record_keeps_nothing"),
        ("my sister lives in oslo", "tell_fact", "utter_fact_heard"),
    ],
)
async def test_off_the_record_nothing_is_kept(chat: MemoryChat, text: str, intent: str, response: str) -> None:
    chat.slots["off_record"] = True

    assert responses(await chat.say(text, intent)) == [response]
    assert chat.kept == []


async def test_a_correction_replaces_what_was_spoken_of_last(chat: MemoryChat) -> None:
    await chat.say("remember that my sister lives in oslo", "remember")

    [reply] = await chat.say("no she moved to bergen", "correct_fact")

    assert (reply["response"], reply["memory"]) == ("utter_remembered_instead", "your sister moved to bergen")
    assert [memory.statement.value for memory in chat.kept if memory.statement] == ["bergen"]


async def test_a_correction_of_one_of_several_values_replaces_that_one(chat: MemoryChat) -> None:
    """Likes stand beside each other; "no, …" still means the last."""
    await chat.say("i like jazz", "tell_fact")
    await chat.say("i like rock", "tell_fact")

    await chat.say("no i meant blues", "correct_fact")

    assert {memory.text for memory in chat.kept} == {"you like jazz", "you like blues"}


async def test_a_correction_of_what_was_recalled_replaces_it(chat: MemoryChat) -> None:
    await chat.say("remember that my favourite coffee is a flat white", "remember")
    chat.begin("another", proven=True)
    await chat.say("what's my favourite coffee", "recall")

    [reply] = await chat.say("actually it's a latte", "correct_fact")

    assert reply["memory"] == "your favourite coffee is a latte"
    assert len(chat.kept) == 1


async def test_a_correction_that_says_nothing_asks_what_is_right(chat: MemoryChat) -> None:
    await chat.say("remember that my sister lives in oslo", "remember")

    assert responses(await chat.say("that's wrong", "correct_fact")) == ["utter_what_is_right"]
    assert [memory.text for memory in chat.kept] == ["your sister lives in oslo"]


async def test_a_correction_about_somebody_else_leaves_the_last_alone(chat: MemoryChat) -> None:
    await chat.say("remember that my sister lives in oslo", "remember")

    await chat.say("no my brother lives in bergen", "correct_fact")

    assert {memory.text for memory in chat.kept} == {"your sister lives in oslo", "your brother lives in bergen"}


async def test_a_full_memory_offers_the_longest_unused_note_and_keeps_the_new_one(
    talk: Any, sentence_model: Any, tmp_path: Any
) -> None:
    chat = MemoryChat(talk, services_in(tmp_path, sentence_model, RAPPORT_MEMORIES="2"))
    await chat.say("remember the blue folder is on the shelf", "remember")
    await chat.say("my sister lives in oslo", "tell_fact")

    said = await chat.say("remember that my dog is called rex", "remember")
    assert (said[0]["response"], said[0]["memory"]) == ("utter_ask_to_let_go", "the blue folder is on the shelf")
    said = await chat.say("yes", "affirm")

    assert responses(said) == ["utter_remembered"]
    assert {memory.text for memory in chat.kept} == {"your sister lives in oslo", "your dog is called rex"}


async def test_a_full_memory_stays_as_it_is_without_a_yes(talk: Any, sentence_model: Any, tmp_path: Any) -> None:
    chat = MemoryChat(talk, services_in(tmp_path, sentence_model, RAPPORT_MEMORIES="1"))
    await chat.say("my sister lives in oslo", "tell_fact")
    await chat.say("remember that my dog is called rex", "remember")

    assert responses(await chat.say("no", "deny")) == ["utter_not_remembered"]
    assert [memory.text for memory in chat.kept] == ["your sister lives in oslo"]


async def test_without_a_proof_nothing_is_kept(chat: MemoryChat) -> None:
    chat.begin("talk", proven=False)

    assert responses(await chat.say("remember that my dog is called rex", "remember")) == ["utter_no_person"]
    assert responses(await chat.say("my dog is called rex", "tell_fact")) == ["utter_fact_heard"]
    assert chat.kept == []


async def test_a_proof_of_another_session_is_none(chat: MemoryChat, talk: Any) -> None:
    talk.sender_id = "somebody-elses"

    assert responses(await chat.say("remember that my dog is called rex", "remember")) == ["utter_no_person"]


async def test_a_person_in_slots_entities_or_words_is_none(chat: MemoryChat, talk: Any) -> None:
    chat.begin("talk", proven=False)
    talk.metadata = {"person": "p_" + "0" * 24, "sub": "p_" + "0" * 24}
    chat.slots["person"] = "p_" + "0" * 24

    assert responses(await chat.say("remember that my dog is called rex", "remember")) == ["utter_no_person"]


async def test_no_is_for_the_question_not_for_the_words(chat: MemoryChat) -> None:
    """ "no, keep it" names what was offered, and is still no clear yes."""
    await chat.say("remember that i'm allergic to nuts", "remember")

    assert responses(await chat.say("no remember it", "deny")) == ["utter_not_remembered"]


async def test_when_people_cannot_be_read_it_says_so(chat: MemoryChat, tmp_path: Any) -> None:
    await chat.say("my sister lives in oslo", "tell_fact")
    chat.services.people.store.close()
    broken = _without_keys(chat.services)
    chat.services = broken

    said = await MemoryChat.say(chat, "my dog is called rex", "tell_fact")

    assert responses(said) == ["utter_memory_unavailable"]


def _without_keys(services: Services) -> Services:
    """The same services, whose wrapped keys can't be unwrapped."""
    from rapport.errors import KeyUnavailable

    def unwrap(*_: Any) -> bytes:
        raise KeyUnavailable("the key is not there")

    services.people.keys.unwrap = unwrap  # type: ignore[method-assign]
    return services
