"""Getting to know somebody: the consent to remember, the name, and what else matters now; one question at a time.

Where it goes on is told by the ledger and the profile, so that it goes on in another session where it was left.
"""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.person import PersonAction, ask_consent
from actions.questions import LEAVING, UNANSWERED, AnswerAction, FormQuestion, clear, intent_of, spoken
from rapport.errors import ConsentMissing
from rapport.people import Person
from rapport.person_names import name_in, spelled
from rapport.privacy.purposes import Purpose

BESIDES = (Purpose.CLOUD_SPEECH, Purpose.ANALYTICS)
"""What is asked about besides memory: what something is done with now. The others are asked for where they are used."""
NAME_ASKED = 6
"""How often a name is asked for or checked, until it is left."""
_NOT_A_NAME = frozenset(["wait", "go_on", "repeat_that", "unclear_speech", "smalltalk_acknowledge"])


def known_name(person: Person) -> str | None:
    """What somebody is called, where it is known and may be used. Blocks."""
    try:
        name = person.profile().get("name")
    except ConsentMissing:
        return None
    return str(name) if name else None


class ActionGetToKnow(AnswerAction):
    """Say what is asked next, or that there is nothing more to ask."""

    empties = ("onboarding",)

    def name(self) -> str:
        return "action_get_to_know"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        going_on = tracker.get_slot("onboarding") is not None and intent_of(tracker) != "get_to_know_me"
        if going_on and intent_of(tracker) in LEAVING:
            dispatcher.utter_message(response="utter_onboarding_paused")
            return [SlotSet("onboarding_passed", None)]
        passed = list(tracker.get_slot("onboarding_passed") or ()) if going_on else []
        step = _next_step(person, passed)
        if step is None:
            # Who does not want to be remembered was answered already.
            if not going_on or person.ledger().live():
                dispatcher.utter_message(response="utter_onboarding_done" if going_on else "utter_onboarding_known")
            return [SlotSet("onboarding_passed", None)]
        if not going_on:
            dispatcher.utter_message(response="utter_onboarding_resumed" if person.known else "utter_onboarding_begin")
        asks: list[EventType] = [SlotSet("onboarding_passed", [*passed, step]), SlotSet("question_asked", None)]
        if step == "name":
            return [*asks, SlotSet("onboarding", "name")]
        return [*asks, SlotSet("onboarding", "consent"), SlotSet("consent_wanted", step)]


class ActionAskNameAnswer(FormQuestion):
    """Ask for the name, or spell back the one that was heard."""

    form, slot = "name_form", "name_answer"
    most = NAME_ASKED

    def name(self) -> str:
        return "action_ask_name_answer"

    def about(self, tracker: Tracker) -> str:
        return "name"

    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        heard = tracker.get_slot("name_heard")
        if heard:
            dispatcher.utter_message(response="utter_check_name", name=heard, spelled=spelled(heard))
        else:
            dispatcher.utter_message(response="utter_ask_name_again" if times else "utter_ask_name")


class ActionTakeName(AnswerAction):
    """Keep a name that was typed, or heard and confirmed; spell back one that was heard; else ask again."""

    empties = ("name_answer", "name_wanted")

    def name(self) -> str:
        return "action_take_name"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        answer, heard, intent = tracker.get_slot("name_answer"), tracker.get_slot("name_heard"), intent_of(tracker)
        leaves = answer is not None and intent in LEAVING | {"skip_question"}
        if answer == UNANSWERED or leaves:
            if not (tracker.get_slot("onboarding") and intent in LEAVING):  # else what ends with it says so
                dispatcher.utter_message(response="utter_name_left")
            return _settled()
        if answer is not None and intent in _NOT_A_NAME:
            return [SlotSet("name_wanted", True)]
        if answer is not None and heard and intent == "affirm":
            return self._keep(person, heard, dispatcher, tracker) if clear(tracker) else [SlotSet("name_wanted", True)]
        if answer is None and heard and intent != "tell_name":
            name = heard  # told before the consent that it needed
        else:
            name = name_in(str(tracker.latest_message.get("text") or ""))
        if name is None:
            return [SlotSet("name_heard", None), SlotSet("name_wanted", True)]
        if spoken(tracker) and not tracker.get_slot("off_record"):
            if Purpose.MEMORY not in person.ledger().live():
                return [SlotSet("name_heard", name), *ask_consent(Purpose.MEMORY.value)]
            return [SlotSet("name_heard", name), SlotSet("name_wanted", True)]
        return self._keep(person, name, dispatcher, tracker)

    def _keep(self, person: Person, name: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        if tracker.get_slot("off_record"):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
            return _settled()
        try:
            person.update_profile(name=name)
        except ConsentMissing as missing:
            return [SlotSet("name_heard", name), *ask_consent(missing.purpose)]
        dispatcher.utter_message(response="utter_name_kept", name=name)
        return _settled()


class ActionTellName(PersonAction):
    """Say what somebody is called."""

    def name(self) -> str:
        return "action_tell_name"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        name = known_name(person)
        if name is None:
            dispatcher.utter_message(response="utter_name_unknown")
        else:
            dispatcher.utter_message(response="utter_your_name", name=name)
        return []


class ActionForgetName(PersonAction):
    """Delete the name."""

    def name(self) -> str:
        return "action_forget_name"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if known_name(person) is None:
            dispatcher.utter_message(response="utter_name_unknown")
            return []
        person.update_profile(name=None)
        dispatcher.utter_message(response="utter_name_forgotten")
        return []


def _settled() -> list[EventType]:
    return [SlotSet("name_heard", None), SlotSet("question_asked", None)]


def _next_step(person: Person, passed: list[str]) -> str | None:
    """`name`, a purpose by its name, or None where all is known, was passed over, or needs what was refused."""
    ledger = person.ledger()
    memory = Purpose.MEMORY.value
    if Purpose.MEMORY not in ledger.live():
        return None if memory in passed else memory
    if "name" not in passed and known_name(person) is None:
        return "name"
    decided = ledger.decided()
    return next((each.value for each in BESIDES if each not in decided and each.value not in passed), None)
