"""Asking whether it helped: seldom, of who agreed to be counted, and only after thanks. What is answered is counted at
the session's end (`counting`).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import now_of, off_record, yes_or_no
from actions.person import PersonAction
from actions.turns import ASIDES, Turn
from rapport.experiments.ratings import may_ask, note_asked
from rapport.people import Person

QUESTION = "utter_ask_rating"
WELL = "rated_well"
"""Nobody's word: what a yes to the question is taken for."""
_RATES = {"affirm": "up", "deny": "down"}


class ActionAskRating(PersonAction):
    """Ask whether it helped, where that was agreed to and was not asked for long; else do nothing."""

    def name(self) -> str:
        return "action_ask_rating"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        day = now_of(tracker, self._services().people.clock()).date()
        if off_record(tracker) or not may_ask(person, day):
            return []
        note_asked(person, day)
        dispatcher.utter_message(response=QUESTION)
        message = {"text": "", "intent": {"name": WELL, "confidence": 1.0}, "entities": []}
        return [yes_or_no(message, no="utter_rated_badly")]

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def asked_and_rated(conversation: Sequence[Turn]) -> list[str]:
    """How the question was answered, `up` or `down`, as thumbs are; nothing where it was not."""
    turns = [turn for turn in conversation if turn.intent not in ASIDES]
    answers = [_RATES.get(after.intent) for turn, after in pairwise(turns) if QUESTION in turn.responses]
    return [answer for answer in answers if answer is not None]
