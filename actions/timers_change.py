"""Timers, alarms and reminders that are there: asked about, changed, put off, cancelled."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import utc_now
from actions.memory_turn import again, raw
from actions.timers_held import (
    TOLD_AT_ONCE,
    Held,
    TimerAction,
    about_any,
    called,
    last_timer,
    note_timer,
    spoke_of_timer,
    stays_for,
)
from actions.turns import Offer, offer, said
from rapport.errors import QuotaReached
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
    RING_AGAIN,
    SNOOZE,
    TIMER,
    Timer,
    kinds_said,
    meant,
    moved,
    new_id,
    new_timer,
    shifted,
    waiting,
)
from rapport.everyday.when_said import When, read_when
from rapport.people import Person
from rapport.spoken_numbers import whole_words

FRESH_TURNS = 2
"""Turns in which "it" is still the one that was set or changed last."""
STILL_RINGS = timedelta(minutes=15)
"""How long after it was told one can be put off."""


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
            kinds = kinds_said(words)
            dispatcher.utter_message(response=f"utter_no_{kinds[0]}s" if kinds else "utter_nothing_set")
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
        words = said(tracker)
        when, rest = read_when(words, now.date())
        chosen = tracker.latest_message.get("timer")
        if not chosen and (ringing := _ringing(held, words, about_any(rest), when, now)):
            dispatcher.utter_message(response="utter_stopped")
            return [*held.replaced(person, {each.id: () for each in ringing}), SlotSet("timer_noted", None)]
        some = (
            [each for each in held.all if each.id == chosen]
            if chosen
            else meant(waiting(held.all), words, about_any(rest), when)
        )
        last = last_timer(some, tracker, within=FRESH_TURNS)
        if last is not None and not means_all(words):
            some = [last]
        if not some:
            dispatcher.utter_message(response="utter_nothing_to_cancel")
            return []
        if len(some) > 1 and not means_all(words):
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
        until = when.after is None and when.complete
        if until:
            anew = new_timer(ALARM, "", when, now)
            due = anew.due if anew is not None else due
        later = [replace(each, id=new_id(), due=due, rang=None, rings=0) for each in rung]
        try:
            events = held.replaced(person, {each.id: () for each in rung}, later, keep=held.keeps_new(tracker))
        except QuotaReached:
            dispatcher.utter_message(response="utter_timers_full")
            return []
        self.wake_for(person, later)
        if until:
            dispatcher.utter_message(
                response="utter_snoozed_until", when=due_words(later[0], now), **stays_for(later[0], now)
            )
        else:
            dispatcher.utter_message(response="utter_snoozed", length=length_words(by), **stays_for(later[0], now))
        return [*events, SlotSet("timers_rung", None), note_timer(tracker, later[0])]


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


def _ringing(held: Held, words: str, about: str, when: When, now: datetime) -> list[Timer]:
    """What rings at this moment, where words can mean that: "turn off the alarm", and no other by its time."""
    if not when.nothing or means_all(words):
        return []
    rings = [each for each in held.all if each.rang is not None and now - each.rang < RING_AGAIN]
    return meant(rings, words, about, when)


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
    return spoke_of_timer(tracker, within=1) and not read_when(raw(tracker), utc_now().date(), bare=True)[0].nothing
