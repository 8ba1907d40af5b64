"""What to do when it is not clear what was meant: offer two readings, then hand over."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import UNCLEAR_INTENT, Offer, offer, open_offers, said, take, turn_before
from rapport.choosing import choose

# Confidences are probabilities. Below these, a reading is a guess that would only puzzle.
LEAST_FOR_FIRST = 0.12
LEAST_FOR_SECOND = 0.08


class ActionAskWhichReading(Action):
    """Ask which of the two likeliest readings was meant; the second time in a row, say what would work.

    A reading is worded by the domain's response `utter_reading_<intent>`; an intent without one is not
    offered. The domain must therefore be sent with the call.
    """

    def name(self) -> str:
        return "action_ask_which_reading"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        # What wants a clear yes is not taken by a guess.
        open_before = [each for each in open_offers(tracker) if not each.no]
        # An answer of one odd word ("maine") is unclear by itself, and clear as an answer.
        chosen = choose(said(tracker), [each.says for each in open_before]) if open_before else None
        if chosen is not None:
            return take(open_before[chosen], tracker)
        if _failed_before(tracker):
            dispatcher.utter_message(response="utter_fallback_help")
            return [SlotSet("offers", None)]
        readings = _readings(tracker.latest_message, domain.get("responses") or {})
        if not readings:
            dispatcher.utter_message(response="utter_rephrase")
            return [SlotSet("offers", None)]
        if len(readings) == 1:
            dispatcher.utter_message(response="utter_did_you_mean_one", first=readings[0].says)
        else:
            dispatcher.utter_message(response="utter_did_you_mean", first=readings[0].says, second=readings[1].says)
        return [offer(readings)]


def reading_offer(message: Mapping[str, Any], intent: str, responses: Mapping[str, Any]) -> Offer | None:
    """A message, offered as read as an intent; None where there is no wording for that."""
    wordings = responses.get(f"utter_reading_{intent}")
    if intent == UNCLEAR_INTENT or not wordings:
        return None
    entities = list(message.get("entities") or ())
    taken = {"text": message.get("text"), "intent": {"name": intent, "confidence": 1.0}, "entities": entities}
    return Offer(str(wordings[0]["text"]), taken)


def _failed_before(tracker: Tracker) -> bool:
    """Whether the turn before was unclear too and is not settled, so that asking again would not help."""
    before = turn_before(tracker)
    if before is None:
        return False
    uttered = {(reply.get("metadata") or {}).get("utter_action") for reply in before.replies}
    return "utter_rephrase" in uttered or (before.intent == UNCLEAR_INTENT and "utter_fallback_help" not in uttered)


def _readings(message: Mapping[str, Any], responses: Mapping[str, Any]) -> list[Offer]:
    """The two likeliest readings that can be offered; fewer, or none, where they are too unlikely."""
    readings: list[Offer] = []
    for each in message.get("intent_ranking") or ():
        reading = reading_offer(message, each["name"], responses)
        if reading is None:
            continue
        if len(readings) == 2 or each["confidence"] < (LEAST_FOR_SECOND if readings else LEAST_FOR_FIRST):
            break
        readings.append(reading)
    return readings
