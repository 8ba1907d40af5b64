"""What a person agreed to, and what becomes of what is kept: consents by voice, withdrawal, export, erasure.

Off the record is a slot that intents set and rules answer; whoever keeps something honours it.
"""

import logging
from dataclasses import asdict
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import AllSlotsReset, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import let_go, turn_number
from actions.person import PersonAction
from actions.questions import (
    LEAVING,
    UNCLEAR,
    YES,
    AnswerAction,
    FormQuestion,
    answer_to,
    intent_of,
    way_of,
)
from actions.turns import Offer, said, take
from rapport.errors import ErasurePending, NotErased
from rapport.people import Person
from rapport.privacy.purposes import Purpose, wordings
from rapport.privacy.purposes_named import purposes_named
from rapport.spoken_numbers import whole_words

EVERYTHING = "everything"
"""What the slot `deletion_wanted` holds for an erasure; else it names purposes."""
DIGITS_SAID = 4
"""How much of a receipt's number is said; the page shows it whole."""

PENDING_TURNS = 4
"""Turns in which what waited for a consent is still what the consent was asked for."""

_log = logging.getLogger(__name__)


class ActionAskConsent(FormQuestion):
    """Ask for the consent in the slot `consent_wanted`, in its exact wording."""

    form, slot = "consent_form", "consent"

    def name(self) -> str:
        return "action_ask_consent"

    def about(self, tracker: Tracker) -> str:
        return _consent_question(tracker)

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        wording = wordings()[Purpose(tracker.get_slot("consent_wanted"))].spoken
        response = "utter_ask_consent_again" if times else "utter_ask_consent"
        dispatcher.utter_message(response=response, wording=wording)


class ActionTakeConsent(AnswerAction):
    """Note a clear yes; take everything else as a no, after asking once more."""

    empties = ("consent", "consent_wanted")

    def name(self) -> str:
        return "action_take_consent"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        purpose = Purpose(tracker.get_slot("consent_wanted"))
        question = _consent_question(tracker)
        answer = answer_to(tracker, "consent", question)
        named = purposes_named(said(tracker))
        if (
            intent_of(tracker) == "give_consent" and purpose not in named
        ):  # "you may remember me", asked about the cloud
            answer = UNCLEAR
        if answer == UNCLEAR:
            return [SlotSet("consent_wanted", purpose.value)]
        answered: list[EventType] = [SlotSet("question_asked", None)]
        onboarding = tracker.get_slot("onboarding") is not None
        waits = (tracker.get_slot("pending") or {}).get("waits_for") == purpose.value
        if answer == YES:
            decision = person.agree(purpose, way_of(tracker))
            dispatcher.utter_message(
                response="utter_consent_given", json_message={"show": "consent", "receipt": decision.as_record()}
            )
            if onboarding:
                return answered
            if waits:
                return [*answered, SlotSet("name_heard", None), FollowupAction("action_take_pending")]
            if purpose is Purpose.MEMORY and tracker.get_slot("name_heard"):
                return [*answered, FollowupAction("action_take_name")]
            wished = tracker.get_slot("voice_wishes") or tracker.get_slot("style")
            if purpose is Purpose.VOICE_PERSONALIZATION and wished:
                return [*answered, FollowupAction("action_keep_voice")]
            return answered
        if not (onboarding and intent_of(tracker) in LEAVING):  # else what ends with it says so
            dispatcher.utter_message(response="utter_consent_refused" if answer == "no" else "utter_consent_unanswered")
        if purpose is Purpose.CLOUD_SPEECH and waits and not onboarding:
            return [*answered, FollowupAction("action_take_pending")]  # there may be a way without
        return [*answered, SlotSet("pending", None), SlotSet("name_heard", None)]


class ActionTakePending(Action):
    """Go on with what waited for the answer about a consent."""

    def name(self) -> str:
        return "action_take_pending"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        pending = tracker.get_slot("pending")
        done: list[EventType] = [SlotSet("pending", None)]
        if not pending or turn_number(tracker) - pending["told"]["turn"] > PENDING_TURNS:
            return done
        return [*done, *take(Offer("", pending), tracker)]


class ActionGiveConsent(AnswerAction):
    """Have a consent asked for that somebody offers; saying it first is not yet a yes to the wording."""

    empties = ("consent_wanted",)

    def name(self) -> str:
        return "action_give_consent"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        live = person.ledger().live()
        missing = [each for each in purposes_named(said(tracker)) or [Purpose.MEMORY] if each not in live]
        if not missing:
            dispatcher.utter_message(response="utter_consent_already")
            return []
        return [SlotSet("consent_wanted", missing[0].value)]


class ActionTellConsents(PersonAction):
    """Tell what was agreed to."""

    def name(self) -> str:
        return "action_tell_consents"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        live = person.ledger().live()
        if not live:
            dispatcher.utter_message(response="utter_consents_none")
            return []
        phrases = [
            str(domain["responses"][f"utter_purpose_{each.value}"][0]["text"]) for each in Purpose if each in live
        ]
        dispatcher.utter_message(response="utter_consents", purposes=_listed(phrases))
        return []


class ActionWithdrawConsent(AnswerAction):
    """Take consents back: at once where nothing goes with them, else after asking."""

    empties = ("deletion_wanted",)

    def name(self) -> str:
        return "action_withdraw_consent"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        live = person.ledger().live()
        wanted = [each for each in purposes_named(said(tracker)) or Purpose if each in live]
        if not wanted:
            dispatcher.utter_message(response="utter_consent_not_given")
            return []
        if Purpose.MEMORY in wanted and (person.memories().usage().items or person.profile()):
            return [
                SlotSet("deletion_wanted", " ".join(each.value for each in wanted)),
                SlotSet("question_asked", None),
            ]
        for purpose in wanted:
            person.withdraw(purpose, way_of(tracker))
        dispatcher.utter_message(response="utter_withdrawn")
        return _let_go(tracker) if Purpose.MEMORY in wanted else []


class ActionWantErasure(AnswerAction):
    """Have it asked whether all that is kept is to be erased, where there is something."""

    empties = ("deletion_wanted",)

    def name(self) -> str:
        return "action_want_erasure"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if not person.known:
            dispatcher.utter_message(response="utter_nothing_to_erase")
            return []
        return [SlotSet("deletion_wanted", EVERYTHING), SlotSet("question_asked", None)]


class ActionAskDeletionAnswer(FormQuestion):
    """Say what would be deleted, and ask whether that is wanted."""

    form, slot = "deletion_form", "deletion_answer"

    def name(self) -> str:
        return "action_ask_deletion_answer"

    def about(self, tracker: Tracker) -> str:
        return _deletion_question(tracker)

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        first = "utter_ask_erasure" if tracker.get_slot("deletion_wanted") == EVERYTHING else "utter_ask_withdrawal"
        dispatcher.utter_message(response="utter_ask_deletion_again" if times else first)


class ActionDelete(AnswerAction):
    """After a clear yes, erase the person, or take back consents with all that rested on them."""

    empties = ("deletion_answer", "deletion_wanted")

    def name(self) -> str:
        return "action_delete"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        wanted = str(tracker.get_slot("deletion_wanted"))
        answer = answer_to(tracker, "deletion_answer", _deletion_question(tracker))
        if answer == UNCLEAR:
            return [SlotSet("deletion_wanted", wanted)]
        answered: list[EventType] = [SlotSet("question_asked", None)]
        if answer != YES:
            dispatcher.utter_message(response="utter_not_deleted")
            return answered
        if wanted == EVERYTHING:
            return _erase(person, dispatcher, way_of(tracker))
        live = person.ledger().live()
        purposes = [each for each in Purpose if each.value in wanted.split() and each in live]
        _tell_withdrawn(dispatcher, sum(person.withdraw(each, way_of(tracker)).erased for each in purposes))
        return [*answered, *_let_go(tracker)] if Purpose.MEMORY in purposes else answered


class ActionExport(PersonAction):
    """Have the page show a link to all that is kept, which works once."""

    def name(self) -> str:
        return "action_export"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if not person.known:
            dispatcher.utter_message(response="utter_nothing_to_export")
            return []
        ticket = self._services().proofs.export(person.id)
        dispatcher.utter_message(response="utter_export", json_message={"show": "export", "ticket": ticket})
        return []


def _erase(person: Person, dispatcher: CollectingDispatcher, way: str) -> list[EventType]:
    try:
        receipt = person.erase(way)
    except (ErasurePending, NotErased) as error:
        _log.error("an erasure is not finished: %s", error)  # our errors name nobody
        dispatcher.utter_message(response="utter_erasure_pending")
        return [AllSlotsReset()]
    number = ", ".join(
        whole_words(int(sign)) if sign.isdecimal() else sign.upper() for sign in receipt.id[:DIGITS_SAID]
    )
    dispatcher.utter_message(
        response="utter_erased", number=number, json_message={"show": "receipt", "receipt": asdict(receipt)}
    )
    return [AllSlotsReset()]


def _let_go(tracker: Tracker) -> list[EventType]:
    """The events after which this session no longer knows what was said in it."""
    said_so_far = let_go(tracker, range(1, turn_number(tracker) + 1))
    return [said_so_far, *(SlotSet(slot, None) for slot in ("last_memory", "pending", "name_heard"))]


def _tell_withdrawn(dispatcher: CollectingDispatcher, erased: int) -> None:
    if erased > 1:
        dispatcher.utter_message(response="utter_withdrawn_many", count=whole_words(erased))
    else:
        dispatcher.utter_message(response="utter_withdrawn_one" if erased else "utter_withdrawn")


def _consent_question(tracker: Tracker) -> str:
    return f"consent {tracker.get_slot('consent_wanted')}"


def _deletion_question(tracker: Tracker) -> str:
    return f"deletion {tracker.get_slot('deletion_wanted')}"


def _listed(phrases: list[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return ", ".join(phrases[:-1]) + f", and {phrases[-1]}"
