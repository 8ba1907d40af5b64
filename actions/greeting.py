"""Greets back and says goodbye, by name where it is known and may be used, and tells what was missed."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.onboarding import known_name
from actions.person import PersonAction
from actions.timers_due import tell_due
from actions.timers_held import TimerAction
from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.people import Person


class ActionGreet(TimerAction):
    """Greet back; where it can't be told who it is, or read what is kept, as anybody."""

    anybody = True

    def name(self) -> str:
        return "action_greet"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        _say_by_name("utter_greet", person, dispatcher)
        try:
            return tell_due(self, person, dispatcher, tracker)
        except (KeyUnavailable, StoreUnavailable):
            return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        dispatcher.utter_message(response="utter_greet")
        return []


class ActionGoodbye(PersonAction):
    """Say goodbye; where it can't be told who it is, or read what is kept, as to anybody."""

    anybody = True

    def name(self) -> str:
        return "action_goodbye"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        _say_by_name("utter_goodbye", person, dispatcher)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        dispatcher.utter_message(response="utter_goodbye")
        return []


def _say_by_name(response: str, person: Person, dispatcher: CollectingDispatcher) -> None:
    try:
        name = known_name(person)
    except (KeyUnavailable, StoreUnavailable):
        name = None  # this is no place to tell; what needs the store says so
    if name is None:
        dispatcher.utter_message(response=response)
    else:
        dispatcher.utter_message(response=f"{response}_by_name", name=name)
