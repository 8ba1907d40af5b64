"""Sums: "what is twelve percent of eighty", "plus ten"."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import said
from rapport.arithmetic import evaluate, expression
from rapport.errors import DivisionByNought, NoAnswer, NotASum, TooLarge
from rapport.spoken_numbers import number_words


class ActionCalculate(Action):
    """Work out the sum that was said, and say the result."""

    def __init__(self) -> None:
        number_words(evaluate(expression("one plus one")))  # loads the libraries now, not at the first sum

    def name(self) -> str:
        return "action_calculate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        try:
            formula = expression(said(tracker), tracker.get_slot("last_result"))
            result = evaluate(formula)
        except NotASum:
            dispatcher.utter_message(response="utter_sum_unclear")
            return []
        except DivisionByNought:
            dispatcher.utter_message(response="utter_divided_by_zero")
            return []
        except NoAnswer:
            dispatcher.utter_message(response="utter_no_real_answer")
            return []
        except TooLarge:
            dispatcher.utter_message(response="utter_number_too_large")
            return []
        dispatcher.utter_message(response="utter_result", result=number_words(result))
        return [SlotSet("last_result", result)]
