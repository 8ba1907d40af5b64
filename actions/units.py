"""Measures in other units, and money in other money: "ten miles in kilometres", "twenty dollars in euros"."""

import asyncio
import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.person import GetServices
from actions.turns import said
from rapport.errors import ServiceUnavailable
from rapport.everyday.currencies import ExchangeAsked, exchange_asked, money_called
from rapport.everyday.units import conversion
from rapport.services import get_services
from rapport.spoken_numbers import number_words

_log = logging.getLogger(__name__)


class ActionConvert(Action):
    """Say what something is in another unit, or currency.

    Args:
        services: Gives this process's services; called in a thread.
    """

    def __init__(self, services: GetServices = get_services) -> None:
        self._services = services

    def name(self) -> str:
        return "action_convert"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if exchange := exchange_asked(said(tracker)):
            await asyncio.to_thread(self._exchange, dispatcher, exchange)
            return []
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
                result=_rounded(asked.result),
                to=asked.to,
            )
        return []

    def _exchange(self, dispatcher: CollectingDispatcher, asked: ExchangeAsked) -> None:
        try:
            result = self._services().rates.rates().exchanged(asked)
        except ServiceUnavailable as error:
            _log.warning("%s", error)
            dispatcher.utter_message(response="utter_rates_unavailable")
            return
        unit = money_called(asked.base, asked.number)
        if result is None:
            dispatcher.utter_message(response="utter_no_rate", unit=unit, to=money_called(asked.to, 2))
            return
        dispatcher.utter_message(
            response="utter_exchanged",
            number=number_words(asked.number),
            unit=unit,
            result=_rounded(result),
            to=money_called(asked.to, round(result, 2)),
        )


def _rounded(result: float) -> str:
    return number_words(round(result, 2) if abs(result) >= 1 else result)
