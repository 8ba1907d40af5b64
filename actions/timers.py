"""Timers, alarms and reminders are set; what was not said is asked.

They are kept with what somebody agreed to have remembered. Without that, what is due while the conversation lasts is
held by the conversation itself, and goes with it; for anything later they are asked.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import WEATHER, ActionTellDate, ActionTellDay, ask_again, question_before
from actions.memory_turn import again, off_record, raw, yes_or_no
from actions.person import nobody, wait_for_consent
from actions.questions import LEAVING, UNANSWERED, AnswerAction, FormQuestion, intent_of
from actions.timers_change import change
from actions.timers_held import Held, TimerAction, last_timer, note_timer, stays_for
from actions.turns import said
from rapport.errors import QuotaReached
from rapport.everyday.timer_phrases import (
    about_answered,
    about_said,
    due_words,
    length_words,
    named,
)
from rapport.everyday.timers import (
    ALARM,
    REMINDER,
    TIMER,
    Timer,
    new_timer,
)
from rapport.everyday.when_said import When, read_when
from rapport.people import Person
from rapport.privacy.purposes import Purpose

KIND_OF = {"set_timer": TIMER, "set_alarm": ALARM, "set_reminder": REMINDER}

_OF_A_DAY = frozenset([WEATHER, ActionTellDate.question, ActionTellDay.question])
"""Questions that are asked again of another time: "and tomorrow"."""
_WAKES = re.compile(r"\b(?:wake|get) (?:me|us)\b|\bwake[- ]?up\b")


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
        held = Held.of(person, tracker)
        keeps = held.keeps_new(tracker)
        if not keeps and not _within_conversation(timer, tracker, now):
            if off_record(tracker):
                dispatcher.utter_message(response="utter_off_record_keeps_nothing")
                return []
            waits = again(tracker, next(intent for intent, kind in KIND_OF.items() if kind == timer.kind))
            return wait_for_consent(Purpose.MEMORY.value, {**waits, "draft": draft.as_slot()})
        try:
            events = held.replaced(person, {}, [timer], keep=keeps)
        except QuotaReached:
            dispatcher.utter_message(response="utter_timers_full")
            return []
        self.wake_for(person, [timer])
        _say_set(dispatcher, timer, now)
        return [*events, note_timer(tracker, timer)]


class ActionAskTimerAnswer(FormQuestion):
    """Ask for what a timer, alarm or reminder still lacks."""

    form, slot = "timer_form", "timer_answer"

    def name(self) -> str:
        return "action_ask_timer_answer"

    def about(self, tracker: Tracker) -> str:
        return f"timer {tracker.get_slot('timer_lacks')}"

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        kind = (tracker.get_slot("timer_draft") or {}).get("kind", TIMER)
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
    """A time that was said alone: it puts right what was just set, or goes on with a question ("and tomorrow"); else it
    is asked what it is for."""

    def name(self) -> str:
        return "action_take_time"

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return _gone_on_with(tracker) or nobody(dispatcher)

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if last_timer(Held.of(person, tracker).all, tracker, within=1) is not None:
            return change(self, person, dispatcher, tracker)
        if gone_on_with := _gone_on_with(tracker):
            return gone_on_with
        now = self.now(tracker)
        when, _ = read_when(raw(tracker), now.date(), bare=True)
        kind = TIMER if when.after is not None else ALARM
        timer = new_timer(kind, "", when, now) if when.complete else None
        if timer is None:
            dispatcher.utter_message(response="utter_rephrase")
            return []
        if kind == TIMER:
            dispatcher.utter_message(response="utter_shall_set_timer", length=length_words(timer.length))
        else:
            dispatcher.utter_message(response="utter_shall_set_alarm", when=due_words(timer, now))
        intent = "set_timer" if kind == TIMER else "set_alarm"
        return [yes_or_no(again(tracker, intent, draft=_Draft(kind, "", when).as_slot()), no="utter_timer_left")]


def _gone_on_with(tracker: Tracker) -> list[EventType]:
    question = question_before(tracker)
    return ask_again(tracker, question) if question in _OF_A_DAY else []


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


def _ask_for(what: str, draft: _Draft) -> list[EventType]:
    """The events that open the form: `time`, `about`, or a time in place of a `condition` or of what is `past`."""
    return [SlotSet("timer_draft", draft.as_slot()), SlotSet("timer_lacks", what), SlotSet("timer_asked", True)]


def _within_conversation(timer: Timer, tracker: Tracker, now: datetime) -> bool:
    """Whether it is due while the conversation may still last."""
    left_s = (tracker.latest_message.get("metadata") or {}).get("session_left_s")
    return isinstance(left_s, (int, float)) and not timer.every and timer.due <= now + timedelta(seconds=left_s)


def _say_set(dispatcher: CollectingDispatcher, timer: Timer, now: datetime) -> None:
    stay = stays_for(timer, now)
    if timer.kind == TIMER:
        response = "utter_timer_set_named" if timer.about else "utter_timer_set"
        length = length_words(timer.length)
        dispatcher.utter_message(response=response, timer=named(timer), length=length, **stay)
    elif timer.kind == ALARM:
        dispatcher.utter_message(response="utter_alarm_set", alarm=named(timer), when=due_words(timer, now), **stay)
    else:
        dispatcher.utter_message(response="utter_reminder_set", about=timer.about, when=due_words(timer, now), **stay)
