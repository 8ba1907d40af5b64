"""Timers, alarms and reminders that are there: asked about, changed, put off, cancelled."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import again, off_record, raw, turn_number
from actions.timers_held import Held, TimerAction, about_any, called, held_here, last_timer, note_timer, stays_for
from actions.turns import Offer, offer, said
from rapport.everyday.timer_phrases import (
    change_said,
    described,
    due_words,
    left_words,
    length_words,
    means_all,
    named,
    shift_said,
)
from rapport.everyday.timers import (
    ALARM,
    REMINDER,
    RING_AGAIN,
    SNOOZE,
    TIMER,
    Timer,
    keep_timers,
    meant,
    moved,
    new_id,
    new_timer,
    shifted,
    timers_of,
    waiting,
)
from rapport.everyday.when_said import When, read_when
from rapport.people import Person
from rapport.spoken_numbers import whole_words

FRESH_TURNS = 2
"""Turns in which "it" is still the one that was set or changed last."""
STILL_RINGS = timedelta(minutes=15)
"""How long after it was told one can be put off."""
TOLD_AT_ONCE = 3


class ActionTellTimers(TimerAction):
    """Tell how long is left, or what is set."""

    def name(self) -> str:
        return "action_tell_timers"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        now = self.now(tracker)
        words = said(tracker)
        when, rest = read_when(words, now.date())
        asked = re.sub(r"\btime\b", "", words)
        ahead = waiting(Held.of(person, tracker).all)
        some = meant(ahead, asked, about_any(rest), when)
        if not some:
            kind = next((each for each in (TIMER, ALARM, REMINDER) if re.search(rf"\b{each}s?\b", words)), None)
            dispatcher.utter_message(response=f"utter_no_{kind}s" if kind else "utter_nothing_set")
            return []
        if len(some) == 1:
            [one] = some
            if one.kind == TIMER:
                dispatcher.utter_message(
                    response="utter_timer_left_time", timer=named(one), left=left_words(one.due - now)
                )
            else:
                dispatcher.utter_message(response="utter_one_set", timer=described(one, now))
            return [note_timer(tracker, one)]
        told = [described(each, now) for each in some[:TOLD_AT_ONCE]]
        response = "utter_some_set" if len(some) == len(told) else "utter_first_set"
        dispatcher.utter_message(response=response, count=whole_words(len(some)), timers="; ".join(told))
        return []


class ActionChangeTimer(TimerAction):
    """Have one due at another time, or later, or earlier."""

    def name(self) -> str:
        return "action_change_timer"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return change(self, person, dispatcher, tracker)


class ActionCancelTimer(TimerAction):
    """Cancel one, or all of them; ask which, where several are meant."""

    def name(self) -> str:
        return "action_cancel_timer"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        now = self.now(tracker)
        held = Held.of(person, tracker)
        chosen = tracker.latest_message.get("timer")
        if not chosen and (ringing := _ringing(held, tracker, now)):
            dispatcher.utter_message(response="utter_stopped")
            return [*held.replaced(person, {each.id: () for each in ringing}), SlotSet("timer_noted", None)]
        some = [each for each in held.all if each.id == chosen] if chosen else _meant(held, tracker, now)
        if not some:
            dispatcher.utter_message(response="utter_nothing_to_cancel")
            return []
        if len(some) > 1 and not means_all(said(tracker)):
            return _ask_which(dispatcher, tracker, some, now, "cancel_timer")
        events = held.replaced(person, {each.id: () for each in some})
        if len(some) == 1:
            [one] = some
            dispatcher.utter_message(response="utter_timer_cancelled", timer=called(one))
        else:
            dispatcher.utter_message(response="utter_timers_cancelled", count=whole_words(len(some)))
        return [*events, SlotSet("timer_noted", None)]


class ActionSnooze(TimerAction):
    """Have what was just told told again in a while."""

    def name(self) -> str:
        return "action_snooze"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        now = self.now(tracker)
        rung = [Timer.from_record(each) for each in tracker.get_slot("timers_rung") or ()]
        rung = [each for each in rung if each.rang is not None and now - each.rang <= STILL_RINGS]
        if not rung:
            if (shift_said(said(tracker)) or read_when(said(tracker), now.date())[0].after) and waiting(
                Held.of(person, tracker).all
            ):
                return change(self, person, dispatcher, tracker)
            dispatcher.utter_message(response="utter_nothing_rings")
            return []
        held = Held.of(person, tracker)
        when, _ = read_when(said(tracker), now.date(), bare=True)
        by = when.after or SNOOZE
        due = now + by
        if when.after is None and when.complete:
            anew = new_timer(ALARM, "", when, now)
            due = anew.due if anew is not None else due
        later = [replace(each, id=new_id(), due=due, rang=None, rings=0) for each in rung]
        left = held.replaced(person, {each.id: () for each in rung})
        if held.kept is not None and not off_record(tracker):
            keep_timers(person, [*timers_of(person), *later])
        else:
            gone = {each.id for each in rung}
            left = [held_here([*(each for each in held.here if each.id not in gone), *later])]
        self.wake_for(person, later)
        if when.after is None and when.complete:
            dispatcher.utter_message(
                response="utter_snoozed_until", when=due_words(later[0], now), **stays_for(later[0], now)
            )
        else:
            dispatcher.utter_message(response="utter_snoozed", length=length_words(by), **stays_for(later[0], now))
        return [*left, SlotSet("timers_rung", None), note_timer(tracker, later[0])]


def change(action: TimerAction, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Have the one that is meant due at another time, or ask which, or what time."""
    now = action.now(tracker)
    words = said(tracker)
    held = Held.of(person, tracker)
    shift = shift_said(words)
    when, before = (When(), words) if shift is not None else change_said(words, now.date())
    chosen = tracker.latest_message.get("timer")
    ahead = waiting(held.all)
    last = last_timer(ahead, tracker, within=FRESH_TURNS)
    selected, rest = read_when(before, now.date())
    some = (
        [each for each in ahead if each.id == chosen]
        if chosen
        else meant(ahead, words, about_any(rest), When() if shift is not None else selected)
    )
    if not chosen and last is not None and last in some:
        some = [last]
    if len(some) > 1 and shift is not None:
        some = [each for each in some if each.kind == TIMER] or some
    if not some:
        dispatcher.utter_message(response="utter_nothing_to_change" if ahead else "utter_nothing_set")
        return []
    if len(some) > 1:
        return _ask_which(dispatcher, tracker, some, now, "change_timer")
    [one] = some
    if shift is None and when.nothing:
        dispatcher.utter_message(response="utter_change_to_what", timer=called(one))
        return [note_timer(tracker, one)]
    after = shifted(one, shift, now) if shift is not None else moved(one, when, now)
    if after is None:
        dispatcher.utter_message(response="utter_change_is_past", timer=called(one))
        return [note_timer(tracker, one)]
    events = held.replaced(person, {one.id: [after]})
    action.wake_for(person, [after])
    if after.kind == TIMER:
        left = left_words(after.due - now)
        dispatcher.utter_message(response="utter_timer_changed", timer=named(after), left=left, **stays_for(after, now))
    else:
        dispatcher.utter_message(
            response="utter_due_changed", timer=called(after), when=due_words(after, now), **stays_for(after, now)
        )
    return [*events, note_timer(tracker, after)]


def _meant(held: Held, tracker: Tracker, now: datetime) -> list[Timer]:
    """Those that lie ahead and that the message speaks of."""
    words = said(tracker)
    when, rest = read_when(words, now.date())
    some = meant(waiting(held.all), words, about_any(rest), when)
    last = last_timer(some, tracker, within=FRESH_TURNS)
    return [last] if last is not None and not means_all(words) else some


def _ringing(held: Held, tracker: Tracker, now: datetime) -> list[Timer]:
    """What rings at this moment, where the message can mean that: "turn off the alarm", and no other by its time."""
    words = said(tracker)
    when, rest = read_when(words, now.date())
    rings = [each for each in held.all if each.rang is not None and now - each.rang < RING_AGAIN]
    if not when.nothing or means_all(words):
        return []
    return meant(rings, words, about_any(rest), when)


def _ask_which(
    dispatcher: CollectingDispatcher, tracker: Tracker, some: Sequence[Timer], now: datetime, intent: str
) -> list[EventType]:
    told = [described(each, now) for each in some[:TOLD_AT_ONCE]]
    if len(some) > 2:
        dispatcher.utter_message(response="utter_which_timers", timers="; ".join(told))
        return []
    dispatcher.utter_message(response="utter_which_of_two_timers", first=told[0], second=told[1])
    return [
        offer(
            [
                Offer(words, again(tracker, intent, timer=each.id), named=True)
                for words, each in zip(told, some, strict=True)
            ]
        )
    ]


def corrects_timer(tracker: Tracker) -> bool:
    """Whether a correction is of the time of what was just set."""
    noted = tracker.get_slot("timer_noted")
    if noted is None or turn_number(tracker) - noted["turn"] > 1:
        return False
    return not read_when(raw(tracker), date.min, bare=True)[0].nothing
