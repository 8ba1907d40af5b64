"""Answers to a question that offered something: yes, no, the first, the second."""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.questions import clear
from actions.turns import offer, open_offers, said, take
from rapport.choosing import choose

_WRONG = re.compile(r"\b(?:wrong|incorrect|false|not (?:right|true|it|what i))\b")
_WITHOUT_OFFER = {"affirm": "utter_affirmed", "deny": "utter_denied"}


class ActionChoose(Action):
    """Go on with the reading that was chosen, as if it had been said."""

    def name(self) -> str:
        return "action_choose"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        intent = (tracker.latest_message.get("intent") or {}).get("name", "")
        offers = open_offers(tracker)
        if not offers and intent == "deny" and _WRONG.search(said(tracker)):
            return [FollowupAction("action_take_feedback")]
        if not offers:
            dispatcher.utter_message(response=_WITHOUT_OFFER.get(intent, "utter_nothing_to_choose"))
            return []
        if offers[0].no:
            if intent == "affirm" and clear(tracker):
                return take(offers[0], tracker)
            dispatcher.utter_message(response=offers[0].no)
            return [SlotSet("offers", None)]
        # "yes, the second one" and "no, the second one" name what they want besides.
        named = choose(said(tracker), [each.says for each in offers])
        if named is not None:
            return take(offers[named], tracker)
        if offers[0].named and intent == "affirm":
            dispatcher.utter_message(response="utter_which_of_these")
            return [offer(offers)]
        if intent == "deny" or (intent == "choose_second" and len(offers) == 1):
            dispatcher.utter_message(response="utter_rephrase")
            return [SlotSet("offers", None)]
        return take(offers[1 if intent == "choose_second" else 0], tracker)
