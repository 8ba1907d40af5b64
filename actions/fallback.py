"""What to do when it is not clear what was meant: offer two readings, then hand over."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.free_answers import goes_on_freely
from actions.memory_turn import now_of
from actions.person import PersonAction
from actions.turns import UNCLEAR_INTENT, Offer, offer, open_offers, said, take, turn_before
from rapport.choosing import choose
from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece
from rapport.people import Person
from rapport.personality.signals import Counted, Signal, Signals, signals_now

# Confidences are probabilities. Below these, a reading is a guess that would only puzzle.
LEAST_FOR_FIRST = 0.12
LEAST_FOR_SECOND = 0.08
MUCH_LIKELIER = 2.0
"""How much likelier what somebody asks for most is to be meant than what they never asked for."""
LEAST_RETURNS = 3.0
"""Sessions in which the most frequent topic came up, from which that tells anything."""


class ActionAskWhichReading(PersonAction):
    """Ask which of the two likeliest readings was meant; the second time in a row, say what would work.

    What the person asks for more often is likelier, and who leaves such questions unanswered is asked about one reading
    only, each as far as that was learnt.

    A reading is worded by the domain's response `utter_reading_<intent>`; an intent without one is not
    offered. The domain must therefore be sent with the call.
    """

    anybody = True

    def name(self) -> str:
        return "action_ask_which_reading"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        day = now_of(tracker, self._services().people.clock()).date()
        try:
            signals = signals_now(person)
        except (KeyUnavailable, StoreUnavailable):
            signals = Signals()  # what was meant can be asked all the same
        usual = _readings(tracker.latest_message, domain.get("responses") or {})
        theirs = _readings(tracker.latest_message, domain.get("responses") or {}, _returns(signals, day))
        theirs = theirs[:1] if signals.holds(Signal.UNANSWERED, day) else theirs
        personal = theirs != usual and gets(person, Piece.READINGS, day)
        return self._ask(dispatcher, tracker, theirs if personal else usual)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self._ask(dispatcher, tracker, _readings(tracker.latest_message, domain.get("responses") or {}))

    def _ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, readings: list[Offer]) -> list[EventType]:
        # What wants a clear yes is not taken by a guess.
        open_before = [each for each in open_offers(tracker) if not each.no]
        # An answer of one odd word ("maine") is unclear by itself, and clear as an answer.
        chosen = choose(said(tracker), [each.says for each in open_before]) if open_before else None
        if chosen is not None:
            return take(open_before[chosen], tracker)
        if goes_on_freely(tracker, readings) and self._services().settings.answers is not None:
            return [SlotSet("offers", None), FollowupAction("action_answer_freely")]
        if _failed_before(tracker):
            dispatcher.utter_message(response="utter_fallback_help")
            return [SlotSet("offers", None)]
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
    uttered = before.responses
    return "utter_rephrase" in uttered or (before.intent == UNCLEAR_INTENT and "utter_fallback_help" not in uttered)


def _returns(signals: Signals, day: date) -> dict[str, float]:
    """How much likelier each topic is with this person, by intent, as a factor from 1 to `MUCH_LIKELIER`."""
    counts = signals.count(Counted.TOPICS, day)
    most = max(counts.values(), default=0.0)
    return {topic: MUCH_LIKELIER ** (times / most) for topic, times in counts.items()} if most >= LEAST_RETURNS else {}


_NO_RETURNS: Mapping[str, float] = MappingProxyType({})


def _readings(
    message: Mapping[str, Any], responses: Mapping[str, Any], returns: Mapping[str, float] = _NO_RETURNS
) -> list[Offer]:
    """The two likeliest readings that can be offered; fewer, or none, where they are too unlikely."""
    readings: list[Offer] = []
    ranking = [
        (each["confidence"] * returns.get(each["name"], 1.0), each["name"])
        for each in message.get("intent_ranking") or ()
    ]
    for sure, name in sorted(ranking, key=lambda each: -each[0]):
        reading = reading_offer(message, name, responses)
        if reading is None:
            continue
        if len(readings) == 2 or sure < (LEAST_FOR_SECOND if readings else LEAST_FOR_FIRST):
            break
        readings.append(reading)
    return readings
