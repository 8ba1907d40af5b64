"""Taking in what somebody tells: asked to remember, said in passing, corrected. Recalling and forgetting are in
`memory_recall` and `memory_forget`.
"""

from abc import ABC, abstractmethod
from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.lists import corrects_list
from actions.memory_turn import (
    again,
    draft_of,
    off_record,
    raw,
    speak_of,
    speak_of_memory,
    spoken_of,
    told_in,
    yes_or_no,
)
from actions.person import PersonAction, wait_for_consent
from actions.timers_change import corrects_timer
from actions.turns import ASIDES, turns
from rapport.errors import ConfirmationNeeded, ConsentMissing, NotKept, QuotaReached
from rapport.memory.corrections import correction
from rapport.memory.drafts import Kept, Outcome
from rapport.memory.facts import Fact, asked_to_remember, fact, note
from rapport.memory.memories import Memories
from rapport.memory.values import Kind, Memory
from rapport.people import Person
from rapport.privacy.purposes import Purpose

NOTED = "you noted: "
"""How a dictated note begins."""


class KeepAction(PersonAction, ABC):
    """Keeps something, and asks first where that needs an answer: a consent, a yes to something sensitive, or room."""

    intent: str
    source: str

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    def keep(
        self,
        person: Person,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        told: Fact,
        *,
        instead_of: str | None = None,
    ) -> list[EventType]:
        """Keep what was told, maybe in the place of a memory.

        Raises:
            KeyUnavailable, StoreUnavailable: It can't be kept now.
        """
        spoken = speak_of(tracker, told)
        if off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return [spoken]
        answered = tracker.latest_message
        memories = person.memories()
        try:
            if answered.get("let_go"):
                memories.forget(answered["let_go"])
            kept = self._kept(memories, tracker, told, instead_of, confirmed=answered.get("confirmed") is True)
        except ConsentMissing as missing:
            return [spoken, *wait_for_consent(missing.purpose, again(tracker, self.intent))]
        except ConfirmationNeeded:
            dispatcher.utter_message(response="utter_ask_to_keep_sensitive", memory=told.text)
            confirmed = again(tracker, self.intent, confirmed=True, let_go=answered.get("let_go"))
            return [spoken, yes_or_no(confirmed, no="utter_not_remembered")]
        except NotKept:
            dispatcher.utter_message(response="utter_never_kept")
            return [spoken]
        except QuotaReached:
            return [spoken, *self._ask_for_room(memories, dispatcher, tracker)]
        self.acknowledge(dispatcher, told, kept)
        return [speak_of_memory(tracker, kept.memory)]

    def acknowledge(self, dispatcher: CollectingDispatcher, told: Fact, kept: Kept) -> None:
        """Say what was kept of what was told."""
        memory = kept.memory.text
        if kept.outcome is Outcome.CONFIRMED:
            dispatcher.utter_message(response="utter_remembered_already", memory=memory)
        elif memory != told.text:
            dispatcher.utter_message(response="utter_remembered_masked", memory=memory)
        elif kept.before is not None and kept.before.text != memory:
            dispatcher.utter_message(response="utter_remembered_instead", memory=memory, before=kept.before.text)
        else:
            dispatcher.utter_message(response="utter_remembered", memory=memory)

    def _kept(
        self, memories: Memories, tracker: Tracker, told: Fact, instead_of: str | None, *, confirmed: bool
    ) -> Kept:
        draft = draft_of(tracker, told, self.source)
        if instead_of is not None and memories.get(instead_of) is not None:
            return memories.correct(instead_of, draft, confirmed=confirmed)
        return memories.remember(draft, confirmed=confirmed)

    def _ask_for_room(self, memories: Memories, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        spare = _longest_unused(memories)
        if spare is None:
            dispatcher.utter_message(response="utter_memory_full")
            return []
        dispatcher.utter_message(response="utter_ask_to_let_go", memory=spare.text)
        answer = again(tracker, self.intent, let_go=[spare.id], confirmed=tracker.latest_message.get("confirmed"))
        return [yes_or_no(answer, no="utter_not_remembered")]


class ActionRemember(KeepAction):
    """Keep what somebody asks to be remembered; "remember that" means what was just said."""

    intent, source = "remember", "asked"

    def name(self) -> str:
        return "action_remember"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        before = spoken_of(tracker)
        rest = asked_to_remember(raw(tracker))
        if isinstance(dictated := tracker.latest_message.get("dictated"), str):
            told = Fact(Kind.NOTE, f"{NOTED}{dictated.rstrip('.')}")
        elif rest:
            told = fact(rest, referent=before.subject if before else None) or note(rest)
        elif before is not None:
            told = before.fact
        elif words := _said_before(tracker):
            told = fact(words) or note(words)
        else:
            dispatcher.utter_message(response="utter_what_to_remember")
            return []
        return self.keep(person, dispatcher, tracker, told)


class ActionTakeFact(KeepAction):
    """React to what is said in passing: keep it where that was agreed to, else offer once to remember it."""

    intent, source = "tell_fact", "passing"

    def name(self) -> str:
        return "action_take_fact"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        told = self._told(tracker)
        if told is None or off_record(tracker):
            return self.without_person(dispatcher, tracker, domain)
        if Purpose.MEMORY in person.ledger().live():
            return self.keep(person, dispatcher, tracker, told)
        spoken = speak_of(tracker, told)
        if tracker.get_slot("memory_offered"):
            dispatcher.utter_message(response="utter_fact_heard")
            return [spoken]
        dispatcher.utter_message(response="utter_offer_to_remember")
        wanted = yes_or_no(again(tracker, "remember"), no="utter_fact_not_remembered")
        return [spoken, wanted, SlotSet("memory_offered", True)]

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        told = self._told(tracker)
        dispatcher.utter_message(response="utter_fact_heard")
        return [speak_of(tracker, told)] if told else []

    def acknowledge(self, dispatcher: CollectingDispatcher, told: Fact, kept: Kept) -> None:
        if kept.outcome is Outcome.NEW and kept.memory.text == told.text:
            dispatcher.utter_message(response="utter_fact_remembered", memory=told.text)
        else:
            super().acknowledge(dispatcher, told, kept)

    def _told(self, tracker: Tracker) -> Fact | None:
        before = spoken_of(tracker)
        return fact(raw(tracker), referent=before.subject if before else None)


class ActionCorrect(KeepAction):
    """Put what is true in the place of what was spoken of last, or of what is known."""

    intent, source = "correct_fact", "asked"

    def name(self) -> str:
        return "action_correct"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if corrects_list(tracker):
            return [FollowupAction("action_correct_list")]
        if corrects_timer(tracker):
            return [FollowupAction("action_change_timer")]
        told, replaced = self._corrected(tracker)
        if told is None:
            dispatcher.utter_message(response="utter_what_is_right" if spoken_of(tracker) else "utter_rephrase")
            return []
        return self.keep(person, dispatcher, tracker, told, instead_of=replaced)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        told, _ = self._corrected(tracker)
        if told is None:
            dispatcher.utter_message(response="utter_rephrase")
            return []
        dispatcher.utter_message(response="utter_fact_heard")
        return [speak_of(tracker, told)]

    def _corrected(self, tracker: Tracker) -> tuple[Fact | None, str | None]:
        """What is true, and the memory in whose place it goes: none, where it says something of somebody else."""
        before = spoken_of(tracker)
        if before is None:
            return correction(raw(tracker), text="", kind=Kind.FACT, statement=None), None
        last = before.fact
        told = correction(raw(tracker), text=last.text, kind=last.kind, statement=last.statement)
        if told is None or told.statement is None or last.statement is None:
            return told, before.memory if told is not None and told.kind is last.kind else None
        same = (told.statement.subject, told.statement.attribute) == (last.statement.subject, last.statement.attribute)
        return told, before.memory if same else None


def _said_before(tracker: Tracker) -> str | None:
    """What somebody said in the turn before, if that says something."""
    told = told_in(tracker)["turn"]
    for turn in reversed(turns(tracker.events)[: told - 1]):
        if turn.intent in ASIDES:
            continue
        words = str(turn.message.get("text") or "")
        return words if fact(words) or turn.intent == "out_of_scope" else None
    return None


def _longest_unused(memories: Memories) -> Memory | None:
    """Which memory can be let go most easily: a note or summary before anything else, the longest unused first."""
    spare = memories.told(kinds=[Kind.NOTE, Kind.SUMMARY]) or memories.told()
    never = datetime.min.replace(tzinfo=timezone.utc)
    return min(spare, key=lambda each: max(each.used or never, each.confirmed), default=None)
