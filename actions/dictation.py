"""Dictated notes: written as they are said, read back, kept as a memory; and the notes there are."""

import re
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory import NOTED
from actions.memory_recall import SPOKEN_AT_MOST, TellingAction
from actions.memory_turn import again, now_of, off_record, raw, speak_of_memory, when_words
from actions.person import PersonAction, wait_for_consent
from actions.questions import UNANSWERED, AnswerAction, FormQuestion
from actions.turns import Offer, take
from rapport.errors import ConsentMissing
from rapport.everyday.dictation import Command, dictated, whole
from rapport.memory.values import Kind
from rapport.people import Person
from rapport.privacy.purposes import Purpose

LONGEST = 2_000
"""Characters of a note: some minutes of speech, and as much as is still found again by its meaning."""
UNHEARD = 20
"""Times that nothing was understood in a row, until a dictation is ended."""

_ONE = re.compile(r"\b(?:note|not)\b")


class ActionDictate(PersonAction):
    """Begin a dictation, where it may be kept."""

    def name(self) -> str:
        return "action_dictate"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return [SlotSet("dictating", None)]
        if Purpose.MEMORY not in person.ledger().live():
            return [SlotSet("dictating", None), *wait_for_consent(Purpose.MEMORY.value, again(tracker, "dictate"))]
        return [SlotSet("dictating", True), SlotSet("dictation", []), SlotSet("question_asked", None)]


class ActionAskDictated(FormQuestion):
    """Have somebody begin; between their sentences, what was done with the last one is answer enough."""

    form, slot = "dictation_form", "dictated"
    most = UNHEARD

    def name(self) -> str:
        return "action_ask_dictated"

    def about(self, tracker: Tracker) -> str:
        return f"dictation after {len(tracker.get_slot('dictation') or ())} sentences"

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        if not times and not tracker.get_slot("dictation"):
            dispatcher.utter_message(response="utter_ask_dictation")


class ActionTakeDictated(AnswerAction):
    """Write a sentence, or do what it asks for."""

    empties = ("dictated", "dictating")

    def name(self) -> str:
        return "action_take_dictated"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        parts: list[str] = list(tracker.get_slot("dictation") or ())
        answer = str(tracker.get_slot("dictated") or "")
        heard = dictated("that's all" if answer == UNANSWERED else answer)
        if heard.text:
            parts.append(heard.text)
        if heard.command is Command.END or len(whole(parts)) > LONGEST:
            return _ended(dispatcher, tracker, parts)
        if heard.command is Command.DISCARD:
            dispatcher.utter_message(response="utter_dictation_discarded")
            return [SlotSet("dictation", None)]
        if heard.command is Command.STRIKE and parts:
            parts.pop()
            dispatcher.utter_message(response="utter_dictation_struck")
        elif heard.command is Command.BEGIN_ANEW:
            parts.clear()
            dispatcher.utter_message(response="utter_dictation_anew")
        elif not parts:
            dispatcher.utter_message(response="utter_dictation_empty")
        elif heard.command is Command.READ:
            dispatcher.utter_message(response="utter_dictation_so_far", text=whole(parts))
        else:
            dispatcher.utter_message(response="utter_dictated")
        return [SlotSet("dictating", True), SlotSet("dictation", parts)]


class ActionTellNotes(TellingAction):
    """Read the latest notes."""

    def name(self) -> str:
        return "action_tell_notes"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        memories = person.memories()
        try:
            notes = memories.told(kinds=(Kind.NOTE,))
        except ConsentMissing:
            notes = []
        if not notes:
            dispatcher.utter_message(response="utter_no_notes")
            return []
        one = len(notes) == 1 or _ONE.search(raw(tracker).lower()) is not None
        told = notes[: 1 if one else SPOKEN_AT_MOST]
        when = when_words(told[0].confirmed, now_of(tracker, self._clock()))
        response = "utter_note" if len(told) == 1 else "utter_notes"
        dispatcher.utter_message(response=response, notes=_sentences([each.text for each in told]), when=when)
        if not off_record(tracker):
            memories.used(told)
        return [speak_of_memory(tracker, told[0])]


def _ended(dispatcher: CollectingDispatcher, tracker: Tracker, parts: Sequence[str]) -> list[EventType]:
    over = SlotSet("dictation", None)
    if not parts:
        dispatcher.utter_message(response="utter_dictation_discarded")
        return [over]
    note = Offer("", again(tracker, "remember", text=whole(parts), dictated=whole(parts)))
    return [over, *take(note, tracker)]


def _sentences(texts: Sequence[str]) -> str:
    texts = [text.removeprefix(NOTED) for text in texts]
    return " ".join(
        text if text[-1] in ".?!" else f"{text}." for text in (f"{text[0].upper()}{text[1:]}" for text in texts)
    )
