"""Dictated notes: written, steered, kept under consent, and read."""

import pytest

from actions.dictation import ActionAskDictated, ActionDictate, ActionTakeDictated, ActionTellNotes
from actions.memory import ActionRemember
from actions.questions import UNANSWERED
from rapport.memory.values import Kind
from tests.unit.actions.meeting import Meeting, Reply


@pytest.fixture
def dictating(meeting: Meeting) -> Meeting:
    """With somebody who agreed to be remembered, and began a dictation."""
    return meeting.agreed()


async def begins(meeting: Meeting) -> Reply:
    await meeting.hears("take a note", "dictate").does(ActionDictate(lambda: meeting.services))
    return await meeting.does(ActionAskDictated())


async def says(meeting: Meeting, text: str) -> Reply:
    """The form fills its slot with whatever is said."""
    meeting.hears(text, "nlu_fallback", dictated=text)
    return await meeting.follows_up(ActionTakeDictated(lambda: meeting.services))


def notes(meeting: Meeting) -> list[str]:
    return [each.text for each in meeting.person.memories().told(kinds=(Kind.NOTE,))]


async def test_a_note_is_written_until_it_is_ended(dictating: Meeting) -> None:
    assert (await begins(dictating)).said == ["utter_ask_dictation"]
    assert (await says(dictating, "call the bank")).said == ["utter_dictated"]
    assert (await dictating.does(ActionAskDictated())).said == []
    await says(dictating, "the card was swallowed")
    assert dictating.slots["dictating"]

    over = await says(dictating, "that's all")

    assert over.said == []
    assert dictating.slots["dictating"] is None
    assert dictating.slots["dictation"] is None
    reply = await dictating.does(ActionRemember(lambda: dictating.services))
    assert reply.said == ["utter_remembered"]
    assert notes(dictating) == ["you noted: Call the bank. The card was swallowed"]


async def test_it_is_struck_read_back_and_begun_anew(dictating: Meeting) -> None:
    await begins(dictating)
    assert (await says(dictating, "read it back")).said == ["utter_dictation_empty"]
    await says(dictating, "buy a card")
    await says(dictating, "and some flour")
    assert (await says(dictating, "scratch that")).said == ["utter_dictation_struck"]
    await says(dictating, "and some flowers")

    assert (await says(dictating, "read it back")).values["text"] == "Buy a card. And some flowers."
    assert (await says(dictating, "start over")).said == ["utter_dictation_anew"]
    assert dictating.slots["dictation"] == []


@pytest.mark.parametrize("words", ["never mind", "cancel"])
async def test_a_note_that_is_thrown_away_is_not_kept(dictating: Meeting, words: str) -> None:
    await begins(dictating)
    await says(dictating, "buy a card")

    assert (await says(dictating, words)).said == ["utter_dictation_discarded"]
    assert dictating.slots["dictating"] is None
    assert notes(dictating) == []


async def test_an_empty_note_is_none(dictating: Meeting) -> None:
    await begins(dictating)

    assert (await says(dictating, "that's all")).said == ["utter_dictation_discarded"]


async def test_a_note_that_nobody_goes_on_with_is_kept(dictating: Meeting) -> None:
    await begins(dictating)
    await says(dictating, "buy a card")

    await says(dictating, UNANSWERED)

    assert dictating.message["dictated"] == "Buy a card."


async def test_a_consent_comes_first_and_then_it_begins(meeting: Meeting) -> None:
    reply = await meeting.hears("take a note", "dictate").does(ActionDictate(lambda: meeting.services))
    assert reply.follow_ups == ["action_ask_consent"]
    assert meeting.slots["dictating"] is None
    assert meeting.slots["pending"]["intent"]["name"] == "dictate"


async def test_off_the_record_nothing_is_written(dictating: Meeting) -> None:
    dictating.slots["off_record"] = True

    reply = await dictating.hears("take a note", "dictate").does(ActionDictate(lambda: dictating.services))

    assert reply.said == ["utter_off_record_keeps_nothing"]
    assert dictating.slots["dictating"] is None


async def test_the_notes_are_read_the_latest_first(dictating: Meeting) -> None:
    for text in ("buy a card", "call the bank"):
        await begins(dictating)
        await says(dictating, f"{text} that's all")
        await dictating.does(ActionRemember(lambda: dictating.services))

    reply = await dictating.hears("read my notes", "ask_notes").does(ActionTellNotes(lambda: dictating.services))
    assert (reply.said, reply.values["notes"]) == (["utter_notes"], "Call the bank. Buy a card.")
    reply = await dictating.hears("read my last note", "ask_notes").does(ActionTellNotes(lambda: dictating.services))
    assert (reply.said, reply.values["notes"]) == (["utter_note"], "Call the bank.")


async def test_without_notes_or_a_consent_there_is_nothing_to_read(meeting: Meeting) -> None:
    action = ActionTellNotes(lambda: meeting.services)
    assert (await meeting.hears("read my notes", "ask_notes").does(action)).said == ["utter_no_notes"]
    meeting.agreed()
    assert (await meeting.hears("read my notes", "ask_notes").does(action)).said == ["utter_no_notes"]
