"""Lists by voice: filled, read, ticked off, corrected and deleted; under the consent to remember."""

from typing import Any

import pytest

from actions.lists import (
    ActionAddToList,
    ActionAskListThings,
    ActionClearList,
    ActionCorrectList,
    ActionMakeList,
    ActionTakeOffList,
    ActionTellList,
    ActionTellLists,
)
from actions.memory import ActionCorrect
from actions.privacy import ActionAskConsent, ActionTakeConsent, ActionTakePending
from actions.questions import UNANSWERED
from rapport.errors import ConsentMissing
from rapport.everyday import lists as lists_module
from rapport.everyday.lists import lists_of
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Meeting, Reply


@pytest.fixture
def meeting(meeting: Meeting) -> Meeting:
    """With somebody who agreed to be remembered."""
    return meeting.agreed()


ACTIONS = {
    "add_to_list": ActionAddToList,
    "ask_list": ActionTellList,
    "ask_lists": ActionTellLists,
    "take_off_list": ActionTakeOffList,
    "clear_list": ActionClearList,
    "make_list": ActionMakeList,
}


async def says(meeting: Meeting, text: str, intent: str, **message: Any) -> Reply:
    """What is answered."""
    meeting.hears(text, intent).message |= message
    return await meeting.does(ACTIONS.get(intent, ActionAddToList)(lambda: meeting.services))


def on(meeting: Meeting, name: str = "shopping") -> list[str]:
    """What is open on a list."""
    return [each.text for each in lists_of(meeting.person)[name].open]


async def test_things_are_added_to_the_list_that_is_named_or_meant(meeting: Meeting) -> None:
    """Without a name: the one spoken of last, else the shopping list."""
    reply = await says(meeting, "add milk and eggs", "add_to_list")
    assert (reply.said, reply.values["list"], reply.values["things"]) == (
        ["utter_added_to_list"],
        "shopping",
        "milk and eggs",
    )
    await says(meeting, "add sunscreen to my packing list", "add_to_list")
    await says(meeting, "and a hat", "add_to_list")

    assert on(meeting) == ["milk", "eggs"]
    assert on(meeting, "packing") == ["sunscreen", "hat"]


async def test_what_is_there_is_said(meeting: Meeting) -> None:
    await says(meeting, "add milk", "add_to_list")
    assert (await says(meeting, "add the milk", "add_to_list")).said == ["utter_on_list_already"]
    assert on(meeting) == ["milk"]


async def test_what_was_not_said_is_asked(meeting: Meeting) -> None:
    """And the answer goes on the list that was named before."""
    reply = await says(meeting, "add something to my packing list", "add_to_list")
    assert (reply.said, meeting.slots["list_asked"]) == ([], True)
    question = await meeting.does(ActionAskListThings())
    assert (question.said, question.values["list"]) == (["utter_what_to_add"], "packing")

    meeting.slots["list_things"] = "sunscreen and a hat"
    reply = await says(meeting, "sunscreen and a hat", "out_of_scope")
    assert on(meeting, "packing") == ["sunscreen", "hat"]
    assert meeting.slots["list_asked"] is meeting.slots["list_things"] is None


@pytest.mark.parametrize(("answer", "intent"), [("never mind", "cancel"), (UNANSWERED, "ask_time")])
async def test_a_question_can_be_left(meeting: Meeting, answer: str, intent: str) -> None:
    meeting.slots["list_things"] = answer
    meeting.hears(answer, intent)
    reply = await meeting.does(ActionAddToList(lambda: meeting.services))
    assert (reply.said, lists_of(meeting.person)) == (["utter_list_left"], {})


async def test_a_list_waits_for_the_consent_to_remember(meeting: Meeting) -> None:
    meeting.person.withdraw(Purpose.MEMORY, "voice")
    reply = await says(meeting, "add milk to my packing list", "add_to_list")
    assert (reply.said, reply.follow_ups) == ([], ["action_ask_consent"])

    await meeting.does(ActionAskConsent())
    meeting.hears("yes", "affirm", consent="yes")
    assert (await meeting.does(ActionTakeConsent(lambda: meeting.services))).follow_ups == ["action_take_pending"]
    pending = meeting.slots["pending"]
    await meeting.follows_up(ActionTakePending())
    await says(meeting, pending["text"], "add_to_list", list=pending["list"])
    assert on(meeting, "packing") == ["milk"]


async def test_off_the_record_nothing_is_written(meeting: Meeting) -> None:
    meeting.slots["off_record"] = True
    assert (await says(meeting, "add milk", "add_to_list")).said == ["utter_off_record_keeps_nothing"]
    assert (await says(meeting, "make a packing list", "make_list")).said == ["utter_off_record_keeps_nothing"]
    assert lists_of(meeting.person) == {}


async def test_a_withdrawal_deletes_them(meeting: Meeting) -> None:
    await says(meeting, "add milk", "add_to_list")
    meeting.person.withdraw(Purpose.MEMORY, "voice")
    with pytest.raises(ConsentMissing):
        lists_of(meeting.person)
    for intent, response in (("ask_list", "utter_no_such_list"), ("ask_lists", "utter_no_lists")):
        assert (await says(meeting, "my list", intent)).said == [response]
    meeting.agreed()
    assert lists_of(meeting.person) == {}


async def test_a_list_is_read_in_parts(meeting: Meeting) -> None:
    await says(meeting, "add milk, eggs, bread, cheese, apples, pears, and rice", "add_to_list")
    reply = await says(meeting, "what's on my shopping list", "ask_list")
    assert reply.said == ["utter_list_begin"]
    assert reply.values["things"] == "milk, eggs, bread, cheese, and apples"
    offered = meeting.slots["offers"][0]["message"]
    assert (offered["start"], offered["list"]) == (5, "shopping")

    reply = await says(meeting, offered["text"], "ask_list", start=5, list="shopping")
    assert (reply.said, reply.values["things"]) == (["utter_list_rest"], "pears and rice")


async def test_short_and_empty_lists(meeting: Meeting) -> None:
    assert (await says(meeting, "what's on my list", "ask_list")).said == ["utter_no_such_list"]
    await says(meeting, "make a packing list", "make_list")
    assert (await says(meeting, "what's on my packing list", "ask_list")).said == ["utter_list_empty"]
    await says(meeting, "add a hat", "add_to_list")
    assert (await says(meeting, "what's on my list", "ask_list")).said == ["utter_list_one"]
    await says(meeting, "add socks", "add_to_list")
    assert (await says(meeting, "read it", "ask_list")).said == ["utter_list"]


@pytest.mark.parametrize(
    ("asked", "response"),
    [("is there any milk on my shopping list", "utter_is_on_list"), ("is bread on the list", "utter_not_on_list")],
)
async def test_whether_something_is_on_it(meeting: Meeting, asked: str, response: str) -> None:
    await says(meeting, "add oat milk", "add_to_list")
    assert (await says(meeting, asked, "ask_list")).said == [response]


async def test_lists_are_told(meeting: Meeting) -> None:
    await says(meeting, "add milk", "add_to_list")
    assert (await says(meeting, "which lists", "ask_lists")).said == ["utter_lists_one"]
    await says(meeting, "make a packing list", "make_list")
    reply = await says(meeting, "which lists do i have", "ask_lists")
    assert (reply.said, reply.values["lists"]) == (["utter_lists"], "shopping, with one thing; packing, with nothing")


@pytest.mark.parametrize(
    ("text", "response", "left"),
    [
        ("take milk off my shopping list", "utter_taken_off", ["eggs", "brown bread"]),
        ("i bought the bread", "utter_ticked_off", ["milk", "eggs"]),
        ("cross off milk and eggs", "utter_ticked_off", ["brown bread"]),
        ("remove cheese", "utter_not_on_list", ["milk", "eggs", "brown bread"]),
        ("take that off again", "utter_taken_off", ["milk", "eggs"]),
        ("take off", "utter_taken_off", ["milk", "eggs"]),
    ],
)
async def test_things_are_taken_off(meeting: Meeting, text: str, response: str, left: list[str]) -> None:
    await says(meeting, "add milk and eggs", "add_to_list")
    await says(meeting, "add brown bread", "add_to_list")
    assert (await says(meeting, text, "take_off_list")).said == [response]
    assert on(meeting) == left


async def test_the_last_thing_finishes_a_list_and_is_found_on_whichever_it_is(meeting: Meeting) -> None:
    await says(meeting, "add a hat to my packing list", "add_to_list")
    await says(meeting, "add milk to my shopping list", "add_to_list")
    reply = await says(meeting, "i've got the hat", "take_off_list")
    assert (reply.said, reply.values["list"]) == (["utter_list_finished"], "packing")


async def test_of_two_it_is_asked_which(meeting: Meeting) -> None:
    await says(meeting, "add oat milk and whole milk and eggs", "add_to_list")
    assert (await says(meeting, "take milk off", "take_off_list")).said == ["utter_which_of_two_things"]
    second = meeting.slots["offers"][1]["message"]
    await says(meeting, second["text"], "take_off_list", list=second["list"])
    assert on(meeting) == ["oat milk", "eggs"]


async def test_of_several_they_are_named(meeting: Meeting) -> None:
    await says(meeting, "add oat milk and whole milk and rice milk", "add_to_list")
    assert (await says(meeting, "take milk off", "take_off_list")).said == ["utter_which_things"]
    assert len(on(meeting)) == 3


async def test_a_list_is_deleted_after_a_yes_alone(meeting: Meeting) -> None:
    await says(meeting, "add milk", "add_to_list")
    for text, intent in (("clear my list", "clear_list"), ("take everything off the list", "take_off_list")):
        reply = await says(meeting, text, intent)
        assert (reply.said, reply.values["count"]) == (["utter_ask_to_clear"], "one thing")
        assert on(meeting) == ["milk"]
    offered = meeting.slots["offers"][0]
    assert offered["no"] == "utter_list_kept"

    reply = await says(meeting, "clear my list", "clear_list", confirmed=True, list=offered["message"]["list"])
    assert (reply.said, lists_of(meeting.person)) == (["utter_list_cleared"], {})
    assert (await says(meeting, "clear it", "clear_list", confirmed=True, list="gone")).said == ["utter_no_such_list"]
    assert (await says(meeting, "clear my list", "clear_list")).said == ["utter_no_such_list"]


async def test_lists_are_made_once(meeting: Meeting) -> None:
    said = [
        (await says(meeting, text, "make_list")).said[0]
        for text in ("make a list called presents", "make a list called presents", "make a new list")
    ]
    assert said == ["utter_list_made", "utter_list_there", "utter_name_the_list"]


async def test_there_is_room_for_so_many(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists_module, "MOST_LISTS", 1)
    await says(meeting, "add milk", "add_to_list")
    assert (await says(meeting, "make a packing list", "make_list")).said == ["utter_lists_full"]
    assert (await says(meeting, "add a hat to my packing list", "add_to_list")).said == ["utter_lists_full"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no, oat milk", ["oat milk", "eggs"]),
        ("no i said oats not eggs", ["milk", "oats"]),
        ("no, bread", ["milk", "bread"]),
    ],
)
async def test_what_was_added_is_corrected(meeting: Meeting, text: str, left: list[str]) -> None:
    """What is most alike, else the last; the correction of a fact leads here."""
    await says(meeting, "add milk and eggs", "add_to_list")
    meeting.hears(text, "correct_fact")
    reply = await meeting.does(ActionCorrect(lambda: meeting.services))
    assert reply.follow_ups == ["action_correct_list"]
    reply = await meeting.follows_up(ActionCorrectList(lambda: meeting.services))
    assert reply.said == ["utter_list_corrected"]
    assert sorted(on(meeting)) == sorted(left)


async def test_later_a_correction_is_of_something_else(meeting: Meeting) -> None:
    await says(meeting, "add milk", "add_to_list")
    meeting.slots["list_added"] = {**meeting.slots["list_added"], "turn": -5}
    meeting.hears("no, oat milk", "correct_fact")
    reply = await meeting.does(ActionCorrect(lambda: meeting.services))
    assert "action_correct_list" not in reply.follow_ups
    assert (await meeting.follows_up(ActionCorrectList(lambda: meeting.services))).said == ["utter_rephrase"]
