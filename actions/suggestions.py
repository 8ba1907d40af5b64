"""Suggestions: made where a designer has `action_suggest` follow, explained, put off, and learnt from.

What may be suggested, and when, is decided in `rapport.personality.suggestions`. A habit is suggested where the domain
has a response `utter_suggest_<intent>`; its metadata `says` is what a yes to it asks for.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import now_of, off_record, yes_or_no
from actions.person import PersonAction
from actions.turns import ASIDES, Turn, said, turns
from rapport.errors import ConsentMissing
from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece
from rapport.people import Person
from rapport.personality.learnt import habits_now, nearness
from rapport.personality.suggestions import (
    Kinds,
    Standing,
    Suggestion,
    candidates,
    keep_standing,
    ranked,
    standing_of,
    told_lately,
)
from rapport.privacy.purposes import Purpose
from rapport.spoken_time import clock_words

SLOT = "suggested"
"""What was suggested last in this conversation."""

_BUSY = frozenset(["wait", "stop", "cancel", "not_now"])
_BUSY_TURNS = 3
"""Turns that tell whether somebody is busy."""
_GOOD_NEWS = "tell_went_well"


class SuggestingAction(PersonAction, ABC):
    """An action about suggestions."""

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    def now(self, tracker: Tracker) -> datetime:
        """The moment in the person's zone."""
        return now_of(tracker, self._services().people.clock())

    def best(self, person: Person, standing: Standing, domain: Mapping[str, Any], now: datetime) -> Suggestion | None:
        """What is best suggested now, of what there is a wording for."""
        near = nearness(person, self._services().people.embed, now.date())
        responses = domain.get("responses") or {}
        found = [
            each
            for each in candidates(habits_now(person), told_lately(person, now), now, clock_words)
            if _response(each) in responses
        ]
        return next(iter(ranked(found, standing, now.date(), near)), None)

    def make(
        self,
        person: Person,
        standing: Standing,
        suggestion: Suggestion,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
    ) -> list[EventType]:
        """Say it, and leave the question open."""
        keep_standing(person, standing.with_made(suggestion, self.now(tracker).date()))
        response = _response(suggestion)
        dispatcher.utter_message(response=response, about=suggestion.about, **suggestion.why)
        taken = {"text": _says(suggestion, domain), "intent": {"name": _wanted(suggestion), "confidence": 1.0}}
        no = "utter_went_badly" if suggestion.kind is Kinds.FOLLOW_UP else "utter_suggestion_declined"
        return [
            yes_or_no({**taken, "entities": []}, no=no),
            SlotSet(SLOT, {**asdict(suggestion), "kind": suggestion.kind.value, "family": suggestion.family}),
        ]


class ActionSuggest(SuggestingAction):
    """Suggest something unasked, where that was agreed to, fits, and is not too much; else do nothing."""

    def name(self) -> str:
        return "action_suggest"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if tracker.get_slot(SLOT) or off_record(tracker) or Purpose.PROACTIVE not in person.ledger().live():
            return []
        now, standing = self.now(tracker), standing_of(person)
        if _busy(turns(tracker.events)) or not standing.may(now):
            return []
        suggestion = self.best(person, standing, domain, now)
        if suggestion is None or not gets(person, Piece.SUGGESTIONS, now.date()):
            return []
        return self.make(person, standing, suggestion, dispatcher, tracker, domain)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


class ActionSuggestNow(SuggestingAction):
    """Suggest something because it was asked for; no limit holds then."""

    def name(self) -> str:
        return "action_suggest_now"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        standing = standing_of(person)
        suggestion = self.best(person, standing, domain, self.now(tracker))
        if suggestion is None:
            dispatcher.utter_message(response="utter_nothing_to_suggest")
            return []
        return self.make(person, standing, suggestion, dispatcher, tracker, domain)


class ActionTellWhySuggested(SuggestingAction):
    """Say what the last suggestion was made from."""

    def name(self) -> str:
        return "action_tell_why_suggested"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        suggested = tracker.get_slot(SLOT)
        if not suggested:
            dispatcher.utter_message(response="utter_nothing_suggested")
            return []
        from_habit = suggested["kind"] == Kinds.HABIT.value
        dispatcher.utter_message(
            response="utter_why_suggested_habit" if from_habit else "utter_why_suggested_told", **suggested["why"]
        )
        return []


class ActionPutOffSuggestions(SuggestingAction):
    """Suggest nothing for the rest of the day, or for a week."""

    def name(self) -> str:
        return "action_put_off_suggestions"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        days = 7 if "week" in said(tracker) else 1
        with suppress(ConsentMissing):  # else there are none anyway
            keep_standing(person, _put_off(standing_of(person), self.now(tracker), days))
        dispatcher.utter_message(response="utter_suggestions_off_week" if days > 1 else "utter_suggestions_off_today")
        return [SlotSet("offers", None)]


class ActionLearnSuggestions(SuggestingAction):
    """At a session's end: note what was said to its suggestion. Nothing is said."""

    def name(self) -> str:
        return "action_learn_suggestions"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        now = self.now(tracker)
        if Purpose.PROACTIVE in person.ledger().live():
            before = standing = standing_of(person)
            for suggested, answer in answered(turns(tracker.events)):
                if answer == "not_now":
                    standing = _put_off(standing, now, 1)
                elif answer:
                    standing = standing.answered(suggested["family"], yes=answer == "yes", day=now.date())
            if standing != before:
                keep_standing(person, standing)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def answered(conversation: list[Turn]) -> list[tuple[Mapping[str, Any], str]]:
    """The suggestions of a conversation, each with `yes`, `no`, `not_now`, or "" where nothing was said to it."""
    found = []
    for at, turn in enumerate(conversation):
        suggested = turn.slots.get(SLOT)
        if suggested:
            after = next((each for each in conversation[at + 1 :] if each.intent not in ASIDES), None)
            found.append((suggested, _answer(suggested, after)))
    return found


def _answer(suggested: Mapping[str, Any], after: Turn | None) -> str:
    if after is None:
        return ""
    if suggested["kind"] == Kinds.FOLLOW_UP.value and after.intent in ("affirm", "deny", _GOOD_NEWS, "tell_went_badly"):
        return "yes"  # whichever it was, it was told
    if after.intent == "affirm":
        return "yes"
    if after.intent == "not_now":
        return "not_now"
    return "no" if after.intent in ("deny", "withdraw_consent") else ""


def _busy(conversation: list[Turn]) -> bool:
    """Whether they want little said: something is being asked or told already, or they put the assistant off."""
    latest = conversation[-1] if conversation else None
    if latest is not None and (latest.slots.get("offers") or latest.slots.get("timers_rung")):
        return True
    recent = conversation[-_BUSY_TURNS:]
    return any(turn.intent in _BUSY or turn.slots.get("reply_unheard") for turn in recent)


def _put_off(standing: Standing, now: datetime, days: int) -> Standing:
    return replace(standing, until=now.date() + timedelta(days))


def _response(suggestion: Suggestion) -> str:
    return f"utter_suggest_{suggestion.what if suggestion.kind is Kinds.HABIT else suggestion.kind.value}"


def _wanted(suggestion: Suggestion) -> str:
    return {Kinds.HABIT: suggestion.what, Kinds.FOLLOW_UP: _GOOD_NEWS, Kinds.WISH: "set_reminder"}[suggestion.kind]


def _says(suggestion: Suggestion, domain: Mapping[str, Any]) -> str:
    """What somebody would have said who wants it."""
    if suggestion.kind is Kinds.WISH:
        return f"remind me to {suggestion.order}"
    variants = (domain.get("responses") or {})[_response(suggestion)]
    return str((variants[0].get("metadata") or {}).get("says") or "yes")
