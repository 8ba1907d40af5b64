"""What somebody thinks of an answer: said ("that was wrong", "you misheard me"), or by a thumb on the page."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.fallback import reading_offer
from actions.memory_turn import off_record
from actions.person import PersonAction
from actions.questions import intent_of, way_of
from actions.turns import Offer, Turn, offer, turn_before, turns
from rapport.errors import ConsentMissing
from rapport.experiments.outcomes import Label, Outcome, keep_outcome
from rapport.people import Person

LEAST_FOR_ANOTHER = 0.05
"""Confidence from which the next likeliest reading is offered, once the likeliest was wrong."""
LABELS = {"feedback_wrong": Label.WRONG, "feedback_misheard": Label.MISHEARD}
THUMBS = {"up": Label.GOOD, "down": Label.WRONG}


class JudgementAction(PersonAction, ABC):
    """Notes what somebody thinks of an answer."""

    anybody = True

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    def outcome(self, judged: Turn, label: Label, way: str, tracker: Tracker) -> Outcome:
        """The turn that was judged, without a word of it."""
        intent = judged.message.get("intent") or {}
        metadata = judged.message.get("metadata") or {}
        return Outcome(
            at=self._services().people.clock(),
            session=tracker.sender_id,
            turn=_number(judged) or 0,
            label=label,
            way=way,
            intent=judged.intent,
            confidence=round(float(intent.get("confidence") or 0.0), 3),
            heard=metadata.get("confidence"),
            responses=judged.responses,
        )


class ActionTakeFeedback(JudgementAction):
    """Say sorry and help to get it right; note what went wrong, where that was agreed to."""

    def name(self) -> str:
        return "action_take_feedback"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        events = self._answer(dispatcher, tracker, domain)
        judged = turn_before(tracker)
        if judged is not None and not off_record(tracker):
            label = LABELS.get(intent_of(tracker), Label.WRONG)
            # Who complains is helped, and not asked for a consent.
            with suppress(ConsentMissing):
                keep_outcome(person, self.outcome(judged, label, way_of(tracker), tracker))
        return events

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self._answer(dispatcher, tracker, domain)

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]) -> list[EventType]:
        """Say sorry, with what was heard, or with the reading that was likely besides; that is offered then."""
        judged = turn_before(tracker)
        if judged is None:
            dispatcher.utter_message(response="utter_feedback_of_what")
        elif intent_of(tracker) == "feedback_misheard" and judged.message.get("text"):
            dispatcher.utter_message(response="utter_feedback_misheard", heard=judged.message["text"])
        elif another := _another_reading(judged, domain.get("responses") or {}):
            dispatcher.utter_message(response="utter_feedback_other", other=another.says)
            return [offer([another])]
        else:
            dispatcher.utter_message(response="utter_feedback_wrong")
        return []


class ActionTakeRating(JudgementAction):
    """Note a thumb, and tell the page whether it is kept. Nothing is said."""

    def name(self) -> str:
        return "action_take_rating"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        metadata = tracker.latest_message.get("metadata") or {}
        number, label = metadata.get("rated_turn"), THUMBS.get(str(metadata.get("rating")))
        judged = next((turn for turn in turns(tracker.events) if _number(turn) == number), None)
        kept = False
        if judged is not None and label is not None and not off_record(tracker):
            with suppress(ConsentMissing):
                keep_outcome(person, self.outcome(judged, label, "page", tracker))
                kept = True
        dispatcher.utter_message(
            json_message={"show": "rating", "rated": number, "rating": metadata.get("rating"), "kept": kept}
        )
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def _number(turn: Turn) -> int | None:
    number = (turn.message.get("metadata") or {}).get("turn")
    return number if isinstance(number, int) else None


def _another_reading(judged: Turn, responses: Mapping[str, Any]) -> Offer | None:
    """The likeliest other reading of what was said, where there is a wording for it and it is likely enough."""
    for each in judged.message.get("intent_ranking") or ():
        another = reading_offer(judged.message, each["name"], responses)
        if another is not None and each["name"] != judged.intent:
            return another if each["confidence"] >= LEAST_FOR_ANOTHER else None
    return None
