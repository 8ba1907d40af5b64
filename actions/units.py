"""Measures in other units: "ten miles in kilometres"."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import said
from rapport.everyday.units import conversion
from rapport.spoken_numbers import number_words


class ActionConvert(Action):
    """Say what something is in another unit."""

    def name(self) -> str:
        return "action_convert"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        asked = conversion(said(tracker))
        if asked is None:
            dispatcher.utter_message(response="utter_convert_what")
        elif asked.result is None:
            dispatcher.utter_message(response="utter_cannot_convert", unit=asked.unit, to=asked.to)
        else:
            dispatcher.utter_message(
                response="utter_converted",
                number=number_words(asked.number),
                unit=asked.unit,
                result=number_words(round(asked.result, 2) if abs(asked.result) >= 1 else asked.result),
                to=asked.to,
            )
        return []
