"""Telling of what is known: what there is, where it comes from, and how sure it is."""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_recall import GROUPS, SPOKEN_AT_MOST, ActionRecall, TellingAction
from actions.memory_turn import listed, now_of, raw, speak_of_memory, spoken_of, when_words
from rapport.errors import ConsentMissing
from rapport.memory.questions import topic_of
from rapport.memory.values import Memory
from rapport.people import Person
from rapport.spoken_numbers import whole_words

SURE = 0.9
"""Confidence of the recogniser from which it heard well."""

_ME = frozenset(["me", "myself", "i", "you"])


class ActionTellWhatKnown(TellingAction):
    """Tell some of what is known, of several kinds, and how much more there is."""

    def name(self) -> str:
        return "action_tell_what_known"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        topic = topic_of(raw(tracker))
        if topic is not None and topic.lower() not in _ME:
            return ActionRecall(self._services, self._clock).act(person, dispatcher, tracker, domain)
        try:
            told = person.memories().told(kinds=GROUPS)
        except ConsentMissing:
            dispatcher.utter_message(response="utter_nothing_remembered")
            return []
        if not told:
            dispatcher.utter_message(response="utter_nothing_known")
            return []
        chosen = _some_of_each(told)
        more = len(told) - len(chosen)
        memories = listed([each.text for each in chosen])
        if more:
            dispatcher.utter_message(response="utter_known_and_more", memories=memories, more=whole_words(more))
        else:
            dispatcher.utter_message(response="utter_known", memories=memories)
        return [speak_of_memory(tracker, chosen[0])] if len(chosen) == 1 else []


class ActionTellWhyKnown(TellingAction):
    """Say where what was spoken of last comes from."""

    def name(self) -> str:
        return "action_tell_why_known"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        memory = _memory_spoken_of(person, tracker)
        if memory is None:
            return self.without_person(dispatcher, tracker, domain)
        when = when_words(memory.created, now_of(tracker, self._clock()))
        source, words = memory.provenance.source, memory.provenance.words
        if source == "derived":
            dispatcher.utter_message(response="utter_why_derived", when=when)
        elif source == "page":
            dispatcher.utter_message(response="utter_why_page", when=when)
        elif words:
            dispatcher.utter_message(response="utter_why_words", when=when, words=words)
        else:
            dispatcher.utter_message(response="utter_why_told", when=when)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        said = spoken_of(tracker) is not None
        dispatcher.utter_message(response="utter_why_said_here" if said else "utter_why_what")
        return []


class ActionTellHowSure(TellingAction):
    """Say how sure what was spoken of last is, by how it came to be known."""

    def name(self) -> str:
        return "action_tell_how_sure"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        memory = _memory_spoken_of(person, tracker)
        if memory is None:
            return self.without_person(dispatcher, tracker, domain)
        when = when_words(memory.confirmed, now_of(tracker, self._clock()))
        confidence = memory.provenance.confidence
        if memory.provenance.source == "derived":
            response = "utter_sure_derived"
        elif memory.confirmed > memory.created:
            response = "utter_sure_confirmed"
        elif confidence is None or confidence >= SURE:
            response = "utter_sure"
        else:
            response = "utter_sure_unless_misheard"
        dispatcher.utter_message(response=response, memory=memory.text, when=when)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        said = spoken_of(tracker) is not None
        dispatcher.utter_message(response="utter_sure_said_here" if said else "utter_why_what")
        return []


def _memory_spoken_of(person: Person, tracker: Tracker) -> Memory | None:
    before = spoken_of(tracker)
    if before is None or before.memory is None:
        return None
    try:
        return person.memories().get(before.memory)
    except ConsentMissing:
        return None


def _some_of_each(told: Sequence[Memory]) -> list[Memory]:
    """A few memories, of as many kinds as may be, the newest of each."""
    by_kind = [[each for each in told if each.kind is kind] for kind in GROUPS]
    first = [of[0] for of in by_kind if of][:SPOKEN_AT_MOST]
    rest = [each for of in by_kind for each in of if each not in first]
    chosen = [*first, *rest][:SPOKEN_AT_MOST]
    return sorted(chosen, key=lambda each: GROUPS.index(each.kind))
