"""Timers, alarms and reminders: set, asked about, changed, put off, cancelled, and told when they are due.

They are kept with what somebody agreed to have remembered. Without that, what is due while the conversation lasts is
held by the conversation itself, and goes with it; for anything later they are asked.
"""

import re
from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from tzlocal import get_localzone

from actions.datetime import Clock, own_zone, utc_now
from actions.memory_turn import again, listed, off_record, raw, turn_number, yes_or_no
from actions.person import GetServices, PersonAction, wait_for_consent
from actions.questions import LEAVING, UNANSWERED, AnswerAction, FormQuestion, intent_of
from actions.turns import DUE_INTENT, Offer, offer, said, turns
from rapport.errors import ConsentMissing, QuotaReached
from rapport.everyday.timer_phrases import (
    about_answered,
    about_said,
    change_said,
    described,
    due_words,
    left_words,
    length_words,
    means_all,
    named,
    shift_said,
    was_due_words,
)
from rapport.everyday.timers import (
    ALARM,
    MISSED,
    REMINDER,
    RING_AGAIN,
    SNOOZE,
    TIMER,
    Timer,
    due_ones,
    in_order,
    keep_timers,
    meant,
    moved,
    new_id,
    new_timer,
    shifted,
    timers_of,
    waiting,
    within_quota,
)
from rapport.everyday.when_said import When, read_when
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from rapport.services import get_services
from rapport.spoken_numbers import count_words, whole_words

KIND_OF = {"set_timer": TIMER, "set_alarm": ALARM, "set_reminder": REMINDER}
FRESH_TURNS = 2
"""Turns in which "it" is still the one that was set or changed last."""
STILL_RINGS = timedelta(minutes=15)
"""How long after it was told one can be put off."""
TOLD_AT_ONCE = 3

_WAKES = re.compile(r"\b(?:wake|get) (?:me|us)\b|\bwake[- ]?up\b")


@dataclass(frozen=True)
class _Held:
    """All that there is: what is kept, and what the conversation holds.

    Attributes:
        kept: Under the consent to remember; None without that.
        here: By the conversation.
    """

    kept: Sequence[Timer] | None
    here: Sequence[Timer]

    @classmethod
    def of(cls, person: Person, tracker: Tracker) -> "_Held":
        here = [Timer.from_record(each) for each in tracker.get_slot("session_timers") or ()]
        try:
            return cls(timers_of(person), here)
        except ConsentMissing:
            return cls(None, here)

    @property
    def all(self) -> list[Timer]:
        return in_order([*(self.kept or ()), *self.here])

    def replaced(self, person: Person, changes: Mapping[str, Sequence[Timer]]) -> list[EventType]:
        """Put others in the place of some, by id, each where that one is; keep what is kept."""
        kept, here = (_changed(each, changes) for each in (self.kept or (), self.here))
        if self.kept is not None and kept != list(self.kept):
            keep_timers(person, kept)
        return [_held_here(here)] if here != list(self.here) else []


class TimerAction(PersonAction, ABC):
    """An action about somebody's timers.

    Args:
        services: As for any action about a person.
        clock: Gives the moment, with a zone.
    """

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock

    def now(self, tracker: Tracker) -> datetime:
        """The moment, where the person is; where that is not known, where the server is."""
        return self._clock().astimezone(own_zone(tracker) or get_localzone())

    def wake_for(self, person: Person, timers: Iterable[Timer]) -> None:
        """Have the person told when these are due."""
        for timer in timers:
            self._services().alarm_clock.wake_for(person.id, timer)


class ActionSetTimer(TimerAction, AnswerAction):
    """Set one; what was not said is asked."""

    empties = ("timer_answer", "timer_asked")

    def name(self) -> str:
        return "action_set_timer"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        answer = tracker.get_slot("timer_answer")
        if answer == UNANSWERED or (answer is not None and intent_of(tracker) in LEAVING | {"skip_question", "deny"}):
            dispatcher.utter_message(response="utter_timer_left")
            return [SlotSet("timer_draft", None), SlotSet("question_asked", None)]
        now = self.now(tracker)
        draft = self._drafted(tracker, now.date(), answered=answer is not None)
        if not draft.when.complete:
            return _ask_for("condition" if draft.when.condition else "time", draft)
        if draft.kind == REMINDER and not draft.about:
            return _ask_for("about", draft)
        timer = new_timer(draft.kind, draft.about, draft.when, now, wakes=draft.wakes)
        if timer is None:
            return _ask_for("past", replace(draft, when=When()))
        done = [SlotSet("timer_draft", None), SlotSet("question_asked", None)]
        return [*done, *self._keep(person, dispatcher, tracker, draft, timer, now)]

    def _drafted(self, tracker: Tracker, today: date, *, answered: bool) -> "_Draft":
        """What was said so far, and what this message adds."""
        waited = tracker.latest_message.get("draft")  # for a consent, or for a yes
        if waited is not None:
            return _Draft.from_slot(waited)
        before = tracker.get_slot("timer_draft") if answered else None
        words = raw(tracker)
        if before is None or intent_of(tracker) in KIND_OF:
            kind = KIND_OF.get(intent_of(tracker), TIMER)
            when, rest = read_when(words, today, bare=kind == ALARM)
            draft = _Draft(kind, about_said(rest, kind), when, wakes=bool(_WAKES.search(said(tracker))))
            if before is None or (draft.when.complete and (draft.about or kind != REMINDER)):
                return draft
            kept = _Draft.from_slot(before)
            return replace(kept, about=draft.about or kept.about, when=when.filled_by(kept.when))
        kept = _Draft.from_slot(before)
        when, rest = read_when(words, today, bare=not kept.when.complete)
        if kept.when.complete and not kept.about and kept.kind == REMINDER:
            return replace(kept, about=about_answered(rest), when=when.filled_by(kept.when))
        return replace(kept, when=replace(when.filled_by(kept.when), condition=when.condition))

    def _keep(
        self,
        person: Person,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        draft: "_Draft",
        timer: Timer,
        now: datetime,
    ) -> list[EventType]:
        held = _Held.of(person, tracker)
        keeps = held.kept is not None and not off_record(tracker)
        if not keeps and not _within_conversation(timer, tracker, now):
            if off_record(tracker):
                dispatcher.utter_message(response="utter_off_record_keeps_nothing")
                return []
            waits = again(tracker, next(intent for intent, kind in KIND_OF.items() if kind == timer.kind))
            return wait_for_consent(Purpose.MEMORY.value, {**waits, "draft": draft.as_slot()})
        try:
            if keeps:
                keep_timers(person, [*(held.kept or ()), timer])
                events = []
            else:
                events = [_held_here(within_quota([*held.here, timer]))]
        except QuotaReached:
            dispatcher.utter_message(response="utter_timers_full")
            return []
        self.wake_for(person, [timer])
        _say_set(dispatcher, timer, now)
        return [*events, _noted(tracker, timer)]


class ActionAskTimerAnswer(FormQuestion):
    """Ask for what a timer, alarm or reminder still lacks."""

    form, slot = "timer_form", "timer_answer"

    def name(self) -> str:
        return "action_ask_timer_answer"

    def about(self, tracker: Tracker) -> str:
        return f"timer {tracker.get_slot('timer_lacks')}"

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        kind = _Draft.from_slot(tracker.get_slot("timer_draft") or _Draft(TIMER, "", When()).as_slot()).kind
        what = tracker.get_slot("timer_lacks")
        if what == "condition" and not times:
            dispatcher.utter_message(response="utter_timer_only_times")
        elif what == "past" and not times:
            dispatcher.utter_message(response="utter_timer_is_past")
        elif what == "about":
            dispatcher.utter_message(response="utter_ask_reminder_about_again" if times else "utter_ask_reminder_about")
        else:
            asked = "utter_ask_timer_length" if kind == TIMER else "utter_ask_timer_time"
            dispatcher.utter_message(response=f"{asked}_again" if times else asked)


class ActionTakeTime(TimerAction):
    """A time that was said alone: it puts right what was just set, else it is asked what it is for."""

    def name(self) -> str:
        return "action_take_time"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if _last(_Held.of(person, tracker).all, tracker, within=1) is not None:
            return _change(self, person, dispatcher, tracker)
        now = self.now(tracker)
        when, _ = read_when(raw(tracker), now.date(), bare=True)
        kind = TIMER if when.after is not None else ALARM
        timer = new_timer(kind, "", when, now) if when.complete else None
        if timer is None:
            dispatcher.utter_message(response="utter_rephrase")
            return []
        if kind == TIMER:
            dispatcher.utter_message(response="utter_shall_set_timer", length=length_words(_length(timer)))
        else:
            dispatcher.utter_message(response="utter_shall_set_alarm", when=due_words(timer, now))
        intent = "set_timer" if kind == TIMER else "set_alarm"
        return [yes_or_no(again(tracker, intent, draft=_Draft(kind, "", when).as_slot()), no="utter_timer_left")]


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
        ahead = waiting(_Held.of(person, tracker).all)
        some = meant(ahead, asked, _about_any(rest), when)
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
            return [_noted(tracker, one)]
        told = [described(each, now) for each in some[:TOLD_AT_ONCE]]
        response = "utter_some_set" if len(some) == len(told) else "utter_first_set"
        dispatcher.utter_message(response=response, count=whole_words(len(some)), timers="; ".join(told))
        return []


class ActionCancelTimer(TimerAction):
    """Cancel one, or all of them; ask which, where several are meant."""

    def name(self) -> str:
        return "action_cancel_timer"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        now = self.now(tracker)
        held = _Held.of(person, tracker)
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
            dispatcher.utter_message(response="utter_timer_cancelled", timer=_called(one))
        else:
            dispatcher.utter_message(response="utter_timers_cancelled", count=whole_words(len(some)))
        return [*events, SlotSet("timer_noted", None)]


class ActionChangeTimer(TimerAction):
    """Have one due at another time, or later, or earlier."""

    def name(self) -> str:
        return "action_change_timer"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return _change(self, person, dispatcher, tracker)


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
                _Held.of(person, tracker).all
            ):
                return _change(self, person, dispatcher, tracker)
            dispatcher.utter_message(response="utter_nothing_rings")
            return []
        held = _Held.of(person, tracker)
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
            left = [_held_here([*(each for each in held.here if each.id not in gone), *later])]
        self.wake_for(person, later)
        if when.after is None and when.complete:
            dispatcher.utter_message(
                response="utter_snoozed_until", when=due_words(later[0], now), **_stay(later[0], now)
            )
        else:
            dispatcher.utter_message(response="utter_snoozed", length=length_words(by), **_stay(later[0], now))
        return [*left, SlotSet("timers_rung", None), _noted(tracker, later[0])]


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
        held = _Held.of(person, tracker)
        return held.replaced(person, {each.id: () for each in _answered(held, tracker)})

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


@dataclass(frozen=True)
class _Draft:
    """One that is being asked about.

    Attributes:
        kind: What it is to be.
        about: What for, as far as that was said.
        when: Likewise.
        wakes: Somebody wants to be woken.
    """

    kind: str
    about: str
    when: When
    wakes: bool = False

    def as_slot(self) -> dict[str, Any]:
        """Plain JSON."""
        when = self.when
        return {
            **asdict(self),
            "when": {
                **asdict(when),
                "after": when.after.total_seconds() if when.after is not None else None,
                "day": when.day.isoformat() if when.day is not None else None,
                "clock": when.clock.isoformat() if when.clock is not None else None,
            },
        }

    @classmethod
    def from_slot(cls, slot: Mapping[str, Any]) -> "_Draft":
        """From what `as_slot` gave."""
        when = dict(slot["when"])
        when["after"] = timedelta(seconds=when["after"]) if when["after"] is not None else None
        when["day"] = date.fromisoformat(when["day"]) if when["day"] else None
        when["clock"] = time.fromisoformat(when["clock"]) if when["clock"] else None
        return cls(**{**slot, "when": When(**when)})


def tell_due(
    action: TimerAction, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker
) -> list[EventType]:
    """Tell what is due now and what was missed; what was told, and answered, is let go of."""
    now = action.now(tracker)
    held = _Held.of(person, tracker)
    rung_here = {each["id"] for each in tracker.get_slot("timers_rung") or ()}
    answered = _answered(held, tracker)
    unsaid = [each for each in held.all if each not in answered]
    missed = [each for each in unsaid if each.due <= now - MISSED and each.id not in rung_here]
    due = [each for each in due_ones(unsaid, now) if each not in missed]
    changes: dict[str, Sequence[Timer]] = {each.id: () for each in answered}
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


def corrects_timer(tracker: Tracker) -> bool:
    """Whether a correction is of the time of what was just set."""
    noted = tracker.get_slot("timer_noted")
    if noted is None or turn_number(tracker) - noted["turn"] > 1:
        return False
    return not read_when(raw(tracker), date.min, bare=True)[0].nothing


def _ask_for(what: str, draft: _Draft) -> list[EventType]:
    """The events that open the form: `time`, `about`, or a time in place of a `condition` or of what is `past`."""
    return [SlotSet("timer_draft", draft.as_slot()), SlotSet("timer_lacks", what), SlotSet("timer_asked", True)]


def _change(action: TimerAction, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    now = action.now(tracker)
    words = said(tracker)
    held = _Held.of(person, tracker)
    shift = shift_said(words)
    when, before = (When(), words) if shift is not None else change_said(words, now.date())
    chosen = tracker.latest_message.get("timer")
    ahead = waiting(held.all)
    last = _last(ahead, tracker, within=FRESH_TURNS)
    selected, rest = read_when(before, now.date())
    some = (
        [each for each in ahead if each.id == chosen]
        if chosen
        else meant(ahead, words, _about_any(rest), When() if shift is not None else selected)
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
        dispatcher.utter_message(response="utter_change_to_what", timer=_called(one))
        return [_noted(tracker, one)]
    after = shifted(one, shift, now) if shift is not None else moved(one, when, now)
    if after is None:
        dispatcher.utter_message(response="utter_change_is_past", timer=_called(one))
        return [_noted(tracker, one)]
    events = held.replaced(person, {one.id: [after]})
    action.wake_for(person, [after])
    if after.kind == TIMER:
        left = left_words(after.due - now)
        dispatcher.utter_message(response="utter_timer_changed", timer=named(after), left=left, **_stay(after, now))
    else:
        dispatcher.utter_message(
            response="utter_due_changed", timer=_called(after), when=due_words(after, now), **_stay(after, now)
        )
    return [*events, _noted(tracker, after)]


def _changed(timers: Sequence[Timer], changes: Mapping[str, Sequence[Timer]]) -> list[Timer]:
    return [after for each in timers for after in changes.get(each.id, (each,))]


def _held_here(timers: Sequence[Timer]) -> EventType:
    return SlotSet("session_timers", [each.as_record() for each in timers] or None)


def _noted(tracker: Tracker, timer: Timer) -> EventType:
    return SlotSet("timer_noted", {"id": timer.id, "turn": turn_number(tracker)})


def _last(timers: Sequence[Timer], tracker: Tracker, *, within: int) -> Timer | None:
    """The one that was spoken of in one of the last turns."""
    noted = tracker.get_slot("timer_noted")
    if noted is None or turn_number(tracker) - noted["turn"] > within:
        return None
    return next((each for each in timers if each.id == noted["id"]), None)


def _meant(held: _Held, tracker: Tracker, now: datetime) -> list[Timer]:
    """Those that lie ahead and that the message speaks of."""
    words = said(tracker)
    when, rest = read_when(words, now.date())
    some = meant(waiting(held.all), words, _about_any(rest), when)
    last = _last(some, tracker, within=FRESH_TURNS)
    return [last] if last is not None and not means_all(words) else some


def _ringing(held: _Held, tracker: Tracker, now: datetime) -> list[Timer]:
    """What rings at this moment, where the message can mean that: "turn off the alarm", and no other by its time."""
    words = said(tracker)
    when, rest = read_when(words, now.date())
    rings = [each for each in held.all if each.rang is not None and now - each.rang < RING_AGAIN]
    if not when.nothing or means_all(words):
        return []
    return meant(rings, words, _about_any(rest), when)


def _about_any(rest: str) -> str:
    """What a message says that one is for, whichever kind it is."""
    return about_said(rest, REMINDER) or about_said(rest, TIMER)


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


def _within_conversation(timer: Timer, tracker: Tracker, now: datetime) -> bool:
    """Whether it is due while the conversation may still last."""
    left_s = (tracker.latest_message.get("metadata") or {}).get("session_left_s")
    return isinstance(left_s, (int, float)) and not timer.every and timer.due <= now + timedelta(seconds=left_s)


def _answered(held: _Held, tracker: Tracker) -> list[Timer]:
    """What was told in this conversation, and somebody said something since."""
    rung = {each["id"] for each in tracker.get_slot("timers_rung") or ()}
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


def _length(timer: Timer) -> timedelta:
    return timedelta(seconds=timer.length_s)


def _called(timer: Timer) -> str:
    """What one is called, whatever its kind: "your pasta timer", "the reminder to call mum"."""
    if timer.kind == REMINDER:
        return f"your reminder, {timer.about},"
    return f"your {named(timer)}"


def _stay(timer: Timer, now: datetime) -> dict[str, Any]:
    """What asks the channel not to hang up before it is due."""
    return {"stay_s": max(0, round((timer.due - now).total_seconds()))}


def _say_set(dispatcher: CollectingDispatcher, timer: Timer, now: datetime) -> None:
    stay = _stay(timer, now)
    if timer.kind == TIMER:
        response = "utter_timer_set_named" if timer.about else "utter_timer_set"
        length = length_words(_length(timer))
        dispatcher.utter_message(response=response, timer=named(timer), length=length, **stay)
    elif timer.kind == ALARM:
        dispatcher.utter_message(response="utter_alarm_set", alarm=named(timer), when=due_words(timer, now), **stay)
    else:
        dispatcher.utter_message(response="utter_reminder_set", about=timer.about, when=due_words(timer, now), **stay)


def _say_due(dispatcher: CollectingDispatcher, timer: Timer, now: datetime, *, chime: bool) -> None:
    if timer.kind == TIMER:
        dispatcher.utter_message(response="utter_timer_due", timer=named(timer), chime=chime)
    elif timer.kind == ALARM:
        when = was_due_words(timer, now)
        dispatcher.utter_message(response="utter_alarm_due", alarm=named(timer), when=when, chime=chime)
    else:
        dispatcher.utter_message(response="utter_reminder_due", about=timer.about, chime=chime)


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
        things.append(f"{count_words(len(missed) - TOLD_AT_ONCE, 'other thing')}")
    dispatcher.utter_message(response="utter_missed", things="; ".join(things) if len(things) > 1 else listed(things))
