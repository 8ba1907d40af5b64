"""In which scale degrees are told: said once, it holds."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import off_record
from actions.person import PersonAction
from actions.turns import said
from rapport.people import Person
from rapport.personality.scales import keep_scale, scale_named


class ActionSetScale(PersonAction):
    """Keep the scale that somebody wants; it needs the consent to remember."""

    def name(self) -> str:
        return "action_set_scale"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        scale = scale_named(said(tracker))
        if scale is None:
            dispatcher.utter_message(response="utter_which_scale")
        elif off_record(tracker):
            dispatcher.utter_message(response="utter_off_record_keeps_nothing")
        else:
            keep_scale(person, scale)
            dispatcher.utter_message(response="utter_scale_set", scale=scale.capitalize())
        return []
