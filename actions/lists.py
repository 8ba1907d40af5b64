"""Lists: shopping, to-do, and any that somebody names. Kept with what they agreed to have remembered."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import again, listed, off_record, raw, turn_number, yes_or_no
from actions.person import PersonAction, wait_for_consent
from actions.questions import LEAVING, UNANSWERED, AnswerAction, FormQuestion, intent_of
from actions.turns import Offer, offer, said
from rapport.errors import ConsentMissing, QuotaReached
from rapport.everyday.list_phrases import SHOPPING, list_named, thing_corrected, things_added, things_taken
from rapport.everyday.lists import Item, NamedList, keep_lists, lists_of
from rapport.people import Person
from rapport.spoken_numbers import count_words, whole_words

READ_AT_ONCE = 5
"""How many things are read before it is asked whether to go on."""
FRESH_TURNS = 3
"""Turns in which "that" is still what was added last."""

_TICK = re.compile(r"\b(?:tick|check|cross|strike|scratch|mark|got|bought|done|did|finished|have)\b")
_ALL = re.compile(r"\b(?:everything|all|whole|the entire)\b")
_WHETHER = re.compile(
    r"^(?:is there|are there|is|are|do i (?:still )?have|did i (?:put|add)|have i (?:put|added))(?: any)? "
)


class ActionAddToList(AnswerAction):
    """Put things on a list; what was not said is asked."""

    empties = ("list_things", "list_asked")

    def name(self) -> str:
        return "action_add_to_list"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        answer = tracker.get_slot("list_things")
        if answer == UNANSWERED or (answer is not None and intent_of(tracker) in LEAVING | {"skip_question"}):
            dispatcher.utter_message(response="utter_list_left")
            return [SlotSet("question_asked", None)]
        if off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return []
        name = list_named(raw(tracker)) or _list_before(tracker) or SHOPPING
        things = things_added(raw(tracker), (tracker.latest_message.get("metadata") or {}).get("words") or ())
        if not things:
            return [SlotSet("list_asked", True), SlotSet("last_list", name)]
        answered = SlotSet("question_asked", None)
        try:
            return [answered, *_add(person, dispatcher, tracker, name, things)]
        except ConsentMissing as missing:
            return [answered, *wait_for_consent(missing.purpose, again(tracker, "add_to_list", list=name))]


class ActionAskListThings(FormQuestion):
    """Ask what is to be put on the list."""

    form, slot = "list_form", "list_things"

    def name(self) -> str:
        return "action_ask_list_things"

    def about(self, tracker: Tracker) -> str:
        return f"list {tracker.get_slot('last_list')}"

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        name = str(tracker.get_slot("last_list") or SHOPPING)
        dispatcher.utter_message(response="utter_what_to_add_again" if times else "utter_what_to_add", list=name)


class ActionTellList(PersonAction):
    """Read a list, some at a time, or say whether something is on it."""

    def name(self) -> str:
        return "action_tell_list"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        lists = _lists(person)
        named = _which(lists, tracker)
        if named is None or not named.open:
            _say_that_nothing_is_there(dispatcher, named, tracker)
            return []
        noted = SlotSet("last_list", named.name)
        if whether := _WHETHER.match(said(tracker)):
            _say_whether(dispatcher, named, said(tracker)[whether.end() :])
            return [noted]
        start = int(tracker.latest_message.get("start") or 0)
        part = named.open[start : start + READ_AT_ONCE]
        left = len(named.open) - start - len(part)
        things = listed([each.text for each in part])
        values: dict[str, Any] = {"list": named.name, "things": things, "count": whole_words(len(named.open))}
        values["likely"] = [each.text for each in named.open]
        if start:
            dispatcher.utter_message(response="utter_list_rest", **values)
        elif len(named.open) == 1:
            dispatcher.utter_message(response="utter_list_one", **values)
        else:
            dispatcher.utter_message(response="utter_list_begin" if left else "utter_list", **values)
        if not left:
            return [noted]
        following = again(tracker, "ask_list", start=start + len(part), list=named.name)
        return [noted, yes_or_no(following, no="utter_list_enough")]


class ActionTellLists(PersonAction):
    """Say which lists there are."""

    def name(self) -> str:
        return "action_tell_lists"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        lists = _lists(person)
        if not lists:
            dispatcher.utter_message(response="utter_no_lists")
            return []
        described = [f"{each.name}, with {_amount(len(each.open))}" for each in list(lists.values())[:READ_AT_ONCE]]
        response = "utter_lists" if len(described) > 1 else "utter_lists_one"
        dispatcher.utter_message(response=response, lists="; ".join(described), count=whole_words(len(lists)))
        return []


class ActionTakeOffList(PersonAction):
    """Take things off a list, or tick them off; ask which, where several are called so."""

    def name(self) -> str:
        return "action_take_off_list"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        lists = _lists(person)
        wanted = things_taken(raw(tracker))
        added = _added(tracker, within=FRESH_TURNS)
        if not wanted and _ALL.search(said(tracker)):
            return _ask_to_clear(lists, dispatcher, tracker)
        if not wanted and added is not None:
            wanted = list(added["things"])
        named = _holding(lists, wanted, tracker) or _which(lists, tracker)
        if named is None or not named.open:
            _say_that_nothing_is_there(dispatcher, named, tracker)
            return []
        if not wanted:
            dispatcher.utter_message(response="utter_what_to_take", list=named.name)
            return []
        found: list[Item] = []
        for thing in wanted:
            same = named.found(thing)
            if len(same) == 2 and len(wanted) == 1:
                return _ask_which(dispatcher, tracker, named, same)
            if len(same) > 1:
                called = listed([each.text for each in same[:READ_AT_ONCE]])
                dispatcher.utter_message(response="utter_which_things", things=called)
                return []
            found += same
        if not found:
            dispatcher.utter_message(response="utter_not_on_list", thing=listed(wanted[:3]), list=named.name)
            return []
        tick = bool(_TICK.search(said(tracker)))
        left = named.ticked(found) if tick else named.without(found)
        keep_lists(person, {**lists, left.name: left}.values())
        response = "utter_ticked_off" if tick else "utter_taken_off"
        dispatcher.utter_message(
            response=response if left.open else "utter_list_finished",
            things=listed([each.text for each in found]),
            list=named.name,
            left=_amount(len(left.open)),
        )
        return [SlotSet("last_list", named.name), SlotSet("list_added", None)]


class ActionClearList(PersonAction):
    """Delete a list with all that is on it, after a yes."""

    def name(self) -> str:
        return "action_clear_list"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        lists = _lists(person)
        if tracker.latest_message.get("confirmed") is not True:
            return _ask_to_clear(lists, dispatcher, tracker)
        name = str(tracker.latest_message.get("list"))
        if name not in lists:
            dispatcher.utter_message(response="utter_no_such_list", list=name)
            return []
        keep_lists(person, [each for each in lists.values() if each.name != name])
        dispatcher.utter_message(response="utter_list_cleared", list=name)
        return [SlotSet("last_list", None), SlotSet("list_added", None)]


class ActionMakeList(PersonAction):
    """Begin a list, and ask what goes on it."""

    def name(self) -> str:
        return "action_make_list"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        name = list_named(raw(tracker))
        if name is None:
            dispatcher.utter_message(response="utter_name_the_list")
            return []
        if off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return []
        try:
            lists = lists_of(person)
        except ConsentMissing as missing:
            return wait_for_consent(missing.purpose, again(tracker, "make_list"))
        if name in lists:
            dispatcher.utter_message(response="utter_list_there", list=name, count=_amount(len(lists[name].open)))
            return [SlotSet("last_list", name)]
        try:
            keep_lists(person, [*lists.values(), NamedList(name)])
        except QuotaReached:
            dispatcher.utter_message(response="utter_lists_full")
            return []
        dispatcher.utter_message(response="utter_list_made", list=name)
        return [SlotSet("last_list", name)]


class ActionCorrectList(PersonAction):
    """Put what is right in the place of what was just added: "no, oat milk"."""

    def name(self) -> str:
        return "action_correct_list"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        added, corrected = _added(tracker, within=1), thing_corrected(raw(tracker))
        if added is None or corrected is None:
            dispatcher.utter_message(response="utter_rephrase")
            return []
        right, wrong = corrected
        lists = _lists(person)
        named = lists.get(added["list"], NamedList(added["list"]))
        mine = NamedList(named.name, tuple(each for each in named.open if each.text in added["things"]))
        instead = mine.alike(wrong or right) or (mine.open[-1] if mine.open else None)
        if instead is None:
            dispatcher.utter_message(response="utter_rephrase")
            return []
        left, _, _ = named.without([instead]).with_added([right])
        keep_lists(person, {**lists, left.name: left}.values())
        dispatcher.utter_message(response="utter_list_corrected", thing=right, before=instead.text, list=named.name)
        things = [right if each == instead.text else each for each in added["things"]]
        return [_note_added(tracker, named.name, things)]


def corrects_list(tracker: Tracker) -> bool:
    """Whether a correction is of what was just put on a list."""
    return _added(tracker, within=1) is not None


def _add(
    person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, name: str, things: Sequence[str]
) -> list[EventType]:
    lists = lists_of(person)
    try:
        grown, added, known = lists.get(name, NamedList(name)).with_added(things)
        keep_lists(person, {**lists, name: grown}.values())
    except QuotaReached:
        dispatcher.utter_message(response="utter_lists_full")
        return []
    if added:
        dispatcher.utter_message(response="utter_added_to_list", things=listed(added), list=name)
    else:
        response = "utter_on_list_already" if len(known) == 1 else "utter_on_list_already_all"
        dispatcher.utter_message(response=response, things=listed(known), list=name)
    return [SlotSet("last_list", name), _note_added(tracker, name, added)]


def _note_added(tracker: Tracker, name: str, things: Sequence[str]) -> EventType:
    noted = {"list": name, "things": list(things), "turn": turn_number(tracker)}
    return SlotSet("list_added", noted if things else None)


def _added(tracker: Tracker, *, within: int) -> Mapping[str, Any] | None:
    """What was added in one of the last turns."""
    noted: Mapping[str, Any] | None = tracker.get_slot("list_added")
    return noted if noted is not None and turn_number(tracker) - noted["turn"] <= within else None


def _lists(person: Person) -> dict[str, NamedList]:
    try:
        return lists_of(person)
    except ConsentMissing:
        return {}


def _list_before(tracker: Tracker) -> str | None:
    return str(tracker.latest_message.get("list") or tracker.get_slot("last_list") or "") or None


def _which(lists: Mapping[str, NamedList], tracker: Tracker) -> NamedList | None:
    """The list that is meant: named, spoken of before, the only one, or the shopping list."""
    named = list_named(raw(tracker))
    if named is not None:
        return lists.get(named)
    before = _list_before(tracker)
    if before in lists:
        return lists[str(before)]
    return next(iter(lists.values())) if len(lists) == 1 else lists.get(SHOPPING)


def _holding(lists: Mapping[str, NamedList], wanted: Sequence[str], tracker: Tracker) -> NamedList | None:
    """Where no list is named: the one that holds what is wanted, the one spoken of before first."""
    if list_named(raw(tracker)) is not None:
        return None
    order = sorted(lists.values(), key=lambda each: each.name != _list_before(tracker))
    return next((each for each in order if any(each.found(thing) for thing in wanted)), None)


def _say_that_nothing_is_there(dispatcher: CollectingDispatcher, named: NamedList | None, tracker: Tracker) -> None:
    name = named.name if named else list_named(raw(tracker)) or SHOPPING
    dispatcher.utter_message(response="utter_list_empty" if named else "utter_no_such_list", list=name)


def _say_whether(dispatcher: CollectingDispatcher, named: NamedList, asked: str) -> None:
    things = things_added(asked)
    found = [each.text for thing in things for each in named.found(thing)]
    response = "utter_is_on_list" if found else "utter_not_on_list"
    dispatcher.utter_message(
        response=response, things=listed(found), thing=listed(things[:3]) or "that", list=named.name
    )


def _ask_which(
    dispatcher: CollectingDispatcher, tracker: Tracker, named: NamedList, same: Sequence[Item]
) -> list[EventType]:
    verb = "tick off" if _TICK.search(said(tracker)) else "remove"
    first, second = (each.text for each in same)
    dispatcher.utter_message(response="utter_which_of_two_things", first=first, second=second)
    return [
        offer(
            [
                Offer(text, {**again(tracker, "take_off_list", list=named.name), "text": f"{verb} {text}"})
                for text in (first, second)
            ]
        )
    ]


def _ask_to_clear(
    lists: Mapping[str, NamedList], dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[EventType]:
    named = _which(lists, tracker)
    if named is None:
        _say_that_nothing_is_there(dispatcher, None, tracker)
        return []
    dispatcher.utter_message(response="utter_ask_to_clear", list=named.name, count=_amount(len(named.open)))
    return [yes_or_no(again(tracker, "clear_list", confirmed=True, list=named.name), no="utter_list_kept")]


def _amount(count: int) -> str:
    return count_words(count, "thing") if count else "nothing"
