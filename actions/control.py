"""Control of the talk itself: again, on, slower, louder.

What takes no more than an acknowledgement (stop, cancel, wait) is a rule with a response.
"""

import random
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import CONTROL_INTENTS, Offer, take, turns
from actions.voices import VoiceAction, profile_now
from rapport.people import Person

# Absolute factors, 1 is normal: the range that the voice channel takes, and a step that one can hear.
PACE_STEP, SLOWEST, FASTEST = 0.15, 0.6, 1.6
VOLUME_STEP, QUIETEST, LOUDEST = 1.4, 0.25, 2.0
NORMAL = 1.0
# What "another one" can mean: something told, of which the domain has more, or something drawn by lot.
TOLD = frozenset(f"smalltalk_{kind}" for kind in ("joke", "fun_fact", "story", "secret", "sing"))
DRAWN = frozenset(["smalltalk_coin", "smalltalk_dice"])
# Two settings nearer than this are the same to the ear.
_SAME = 0.01


class AdjustPace(VoiceAction, ABC):
    """Speak a step slower or faster, and say so at the new pace; at the limit, say that."""

    changed: str
    at_limit: str

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    @abstractmethod
    def step(self, now: float) -> float:
        """The pace one step on, within the range."""

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        profile = profile_now(person, tracker)
        after = round(self.step(profile.pace), 3)
        if abs(after - profile.pace) < _SAME:
            dispatcher.utter_message(response=self.at_limit)
            return []
        return self.change(person, dispatcher, tracker, replace(profile, pace=after), self.changed)


class ActionSpeakSlower(AdjustPace):
    """Speak a step slower from now on."""

    changed, at_limit = "utter_slower", "utter_slowest"

    def name(self) -> str:
        return "action_speak_slower"

    def step(self, now: float) -> float:
        return max(now - PACE_STEP, min(SLOWEST, now))


class ActionSpeakFaster(AdjustPace):
    """Speak a step faster from now on."""

    changed, at_limit = "utter_faster", "utter_fastest"

    def name(self) -> str:
        return "action_speak_faster"

    def step(self, now: float) -> float:
        return min(now + PACE_STEP, max(FASTEST, now))


class AdjustVolume(Action, ABC):
    """Speak a step louder or quieter, and say so; at the limit, say that. The slot keeps it for the session."""

    changed: str
    at_limit: str

    @abstractmethod
    def step(self, now: float) -> float:
        """The volume one step on, within the range."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        now = tracker.get_slot("speech_volume")
        now = NORMAL if now is None else float(now)
        after = round(self.step(now), 3)
        dispatcher.utter_message(response=self.at_limit if abs(after - now) < _SAME else self.changed, volume=after)
        return [SlotSet("speech_volume", after)]


class ActionSpeakLouder(AdjustVolume):
    """Speak a step louder from now on."""

    changed, at_limit = "utter_louder", "utter_loudest"

    def name(self) -> str:
        return "action_speak_louder"

    def step(self, now: float) -> float:
        return min(now * VOLUME_STEP, LOUDEST)


class ActionSpeakQuieter(AdjustVolume):
    """Speak a step quieter from now on."""

    changed, at_limit = "utter_quieter", "utter_quietest"

    def name(self) -> str:
        return "action_speak_quieter"

    def step(self, now: float) -> float:
        return max(now / VOLUME_STEP, QUIETEST)


class ActionSpeakNormally(VoiceAction):
    """Go back to the usual pace and volume."""

    def name(self) -> str:
        return "action_speak_normally"

    def answer(self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        profile = replace(profile_now(person, tracker), pace=NORMAL)
        changes = self.change(person, dispatcher, tracker, profile, "utter_normal_speech", volume=NORMAL)
        return [*changes, SlotSet("speech_volume", NORMAL)]


class ActionRepeat(Action):
    """Say the last whole reply again, whether it was heard or cut off."""

    def name(self) -> str:
        return "action_repeat"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        for turn in reversed(turns(tracker.events)[:-1]):
            replies = [reply for reply in turn.replies if reply.get("text")]
            if replies and turn.intent not in CONTROL_INTENTS:
                for reply in replies:
                    # A question still expects its short answer.
                    expectations = (reply.get("metadata") or {}).get("metadata") or {}
                    dispatcher.utter_message(text=reply["text"], metadata=expectations)
                return []
        dispatcher.utter_message(response="utter_nothing_to_repeat")
        return []


class ActionGoOn(Action):
    """Say the rest of a reply that was cut off."""

    def name(self) -> str:
        return "action_go_on"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        rest = _unheard(tracker)
        if not rest:
            dispatcher.utter_message(response="utter_nothing_to_continue")
            return []
        dispatcher.utter_message(text=rest)
        return [SlotSet("reply_heard", None), SlotSet("reply_unheard", None)]


class ActionAnother(Action):
    """Tell another of what was told last, one that was not told yet; or draw again."""

    def name(self) -> str:
        return "action_another"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        talk = turns(tracker.events)[:-1]
        before = next((turn for turn in reversed(talk) if turn.intent not in CONTROL_INTENTS | {"another"}), None)
        if before is not None and before.intent in DRAWN:
            return take(Offer("", before.message), tracker)
        if before is None or before.intent not in TOLD:
            dispatcher.utter_message(response="utter_nothing_to_do_again")
            return []
        told = [reply.get("text") for turn in talk for reply in turn.replies]
        texts = [variation["text"] for variation in domain["responses"][f"utter_{before.intent}"]]
        untold = [text for text in texts if text not in told] or [text for text in texts if text != told[-1]]
        dispatcher.utter_message(text=random.choice(untold))  # noqa: S311 - a joke is no secret
        return []


def _unheard(tracker: Tracker) -> str:
    """The rest of the reply that was cut off; "" if there is none, or the talk has moved on since."""
    for turn in reversed(turns(tracker.events)[:-1]):
        if "reply_unheard" in turn.slots:
            return turn.slots["reply_unheard"] or ""
        if turn.intent not in CONTROL_INTENTS | {"stop"}:
            break
    return ""
