"""What is told because it is due, or was missed; and what is let go of once it was answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.timers_held import TOLD_AT_ONCE, Held, TimerAction
from actions.turns import DUE_INTENT, turns
from rapport.everyday.timer_phrases import (
    named,
    was_due_words,
)
from rapport.everyday.timers import (
    ALARM,
    MISSED,
    REMINDER,
    TIMER,
    Timer,
    due_ones,
)
from rapport.people import Person
from rapport.spoken_numbers import count_words


def tell_due(
    action: TimerAction, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[EventType]:
    """Tell what is due now and what was missed; what was told, and answered, is let go of."""
    now = action.now(tracker)
    held = Held.of(person, tracker)
    rung_here = _rung_here(tracker)
    let_go = _answered(held, tracker)
    unsaid = [each for each in held.all if each not in let_go]
    missed = [each for each in unsaid if each.due <= now - MISSED and each.id not in rung_here]
    due = [each for each in due_ones(unsaid, now) if each not in missed]
    changes: dict[str, Sequence[Timer]] = {each.id: () for each in let_go}
    changes |= {each.id: [left for left in each.told(now) if left.rang is None] for each in missed}
    changes |= {each.id: each.told(now) for each in due}
    events = held.replaced(person, changes)
    _say_missed(dispatcher, missed, now)
    for number, each in enumerate(due):
        _say_due(dispatcher, each, now, chime=not number)
    rung = [left for each in due for left in changes[each.id] if left.rang is not None]
    action.wake_for(person, (left for each in [*missed, *due] for left in changes[each.id]))
    if not missed and not due:
        return events
    told = rung if due else [replace(each, rang=now) for each in missed]
    return [*events, SlotSet("timers_rung", [each.as_record() for each in told])]


class ActionTellDue(TimerAction):
    """Tell what is due, and what was due while nobody was there; nothing where there is nothing."""

    def name(self) -> str:
        return "action_tell_due"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return tell_due(self, person, dispatcher, tracker)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


class ActionEndTimers(TimerAction):
    """At the end of a conversation, let go of what was told in it and answered. Nothing is said."""

    def name(self) -> str:
        return "action_end_timers"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        held = Held.of(person, tracker)
        return held.replaced(person, {each.id: () for each in _answered(held, tracker)})

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def _rung_here(tracker: Tracker) -> set[str]:
    """What was told last in this conversation, by id."""
    return {each["id"] for each in tracker.get_slot("timers_rung") or ()}


def _answered(held: Held, tracker: Tracker) -> list[Timer]:
    """What was told in this conversation, and somebody said something since."""
    rung = _rung_here(tracker)
    return [
        each for each in held.all if each.rang is not None and each.id in rung and _spoken_since(each.rang, tracker)
    ]


def _spoken_since(moment: datetime, tracker: Tracker) -> bool:
    """Whether anybody said anything since then; an order to tell what is due is nobody's word."""
    times = [event["timestamp"] for event in tracker.events if event.get("event") == "user" and event.get("timestamp")]
    intents = [turn.intent for turn in turns(tracker.events)]
    if len(times) != len(intents):
        return False
    return any(at > moment.timestamp() for at, intent in zip(times, intents, strict=True) if intent != DUE_INTENT)


def _say_missed(dispatcher: CollectingDispatcher, missed: Sequence[Timer], now: datetime) -> None:
    if not missed:
        return
    things = [
        f"{each.about}, {was_due_words(each, now)}"
        if each.kind == REMINDER
        else f"your {named(each)} {was_due_words(each, now)}"
        for each in missed[:TOLD_AT_ONCE]
    ]
    if len(missed) > TOLD_AT_ONCE:
        things.append(count_words(len(missed) - TOLD_AT_ONCE, "other thing"))
    dispatcher.utter_message(response="utter_missed", things="; ".join(things))


def _say_due(dispatcher: CollectingDispatcher, timer: Timer, now: datetime, *, chime: bool) -> None:
    if timer.kind == TIMER:
        dispatcher.utter_message(response="utter_timer_due", timer=named(timer), chime=chime)
    elif timer.kind == ALARM:
        when = was_due_words(timer, now)
        dispatcher.utter_message(response="utter_alarm_due", alarm=named(timer), when=when, chime=chime)
    else:
        dispatcher.utter_message(response="utter_reminder_due", about=timer.about, chime=chime)
