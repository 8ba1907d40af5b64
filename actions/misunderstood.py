"""What a session's end keeps of sentences that were not understood, where that was agreed to. Nothing is said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import Clock, own_zone, utc_now
from actions.memory_turn import on_record
from actions.person import GetServices, PersonAction
from actions.turns import ASIDES, FEEDBACK_INTENTS, UNCLEAR_INTENT, Turn, turns
from rapport.experiments.misunderstood import Misunderstood, Why, keep_misunderstood
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from rapport.services import get_services

UNSURE_CONFIDENCE = 0.6
"""Intent confidence under which a reading that was taken may have been wrong; the fallback is at 0.5."""
LIKELY = 3


class ActionKeepMisunderstood(PersonAction):
    """Keep what was asked back, was hardly sure, or was said to be wrong."""

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock

    def name(self) -> str:
        return "action_keep_misunderstood"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if Purpose.UNDERSTANDING in person.ledger().live():
            found = misunderstood(turns(tracker.events), self._clock().astimezone(own_zone(tracker)))
            keep_misunderstood(person, found, self._services().people.screen)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def misunderstood(said: Sequence[Turn], now: datetime) -> list[Misunderstood]:
    """What of a conversation was not understood, by the turns that followed it."""
    found: list[Misunderstood] = []
    for at, turn in on_record(said):
        text = str(turn.message.get("text") or "")
        if not text or text.startswith("/") or "intent_ranking" not in turn.message:
            continue
        why = _why(turn, said[at + 1] if at + 1 < len(said) else None)
        if why is not None and not turn.slots.get("requested_slot"):
            found.append(Misunderstood(text, why, _likely(turn), _meant(text, said[at + 1 :]), now.date()))
    return found


def _why(turn: Turn, after: Turn | None) -> Why | None:
    if turn.intent == UNCLEAR_INTENT:
        return Why.UNCLEAR
    if turn.intent in ASIDES:
        return None
    if after is not None and after.intent in FEEDBACK_INTENTS:
        return Why.CORRECTED
    confidence = (turn.message.get("intent") or {}).get("confidence") or 1.0
    return Why.UNSURE if confidence < UNSURE_CONFIDENCE else None


def _likely(turn: Turn) -> tuple[str, ...]:
    ranking: Sequence[Mapping[str, Any]] = turn.message.get("intent_ranking") or ()
    return tuple(str(each["name"]) for each in ranking if each["name"] != UNCLEAR_INTENT)[:LIKELY]


def _meant(text: str, after: Sequence[Turn]) -> str | None:
    """The reading that was chosen: taken as if it had been said, which NLU has no ranking of."""
    return next(
        (turn.intent for turn in after if turn.message.get("text") == text and "intent_ranking" not in turn.message),
        None,
    )
