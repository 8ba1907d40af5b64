"""A conversation as turns: what was said, what was answered, what was offered.

Read from the tracker's events, of which the action server gets all. No action lives here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, EventType, SlotSet, UserUttered

# Intents that steer the talk and leave open what it was about.
CONTROL_INTENTS = frozenset(
    "repeat_that speak_slower speak_faster speak_normally speak_louder speak_quieter wait go_on unclear_speech".split()
)
DUE_INTENT = "tell_due"
"""Nobody's word: something is due, and the voice channel has it told."""
RATING_INTENT = "rate_reply"
"""Nobody's word either: a thumb on the page."""
ASIDES = CONTROL_INTENTS | {DUE_INTENT, RATING_INTENT}
"""What comes between a question and its answer, and changes neither."""
UNCLEAR_INTENT = "nlu_fallback"
FEEDBACK_INTENTS = frozenset(["feedback_wrong", "feedback_misheard"])
"""That the answer before was wrong, or to something else than was said."""


@dataclass
class Turn:
    """What one side said, and what the other answered.

    Attributes:
        message: The user's message as Rasa parsed it: text, intent, entities, metadata.
        replies: The bot's utterances, as events.
        slots: What was set meanwhile, by slot.
    """

    message: Mapping[str, Any]
    replies: list[Mapping[str, Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)

    @property
    def intent(self) -> str:
        """The message's intent, or ""."""
        return str((self.message.get("intent") or {}).get("name") or "")

    @property
    def responses(self) -> tuple[str, ...]:
        """Names of the responses that answered it, in order; what has none is left out."""
        named = ((reply.get("metadata") or {}).get("utter_action") for reply in self.replies)
        return tuple(str(name) for name in named if name)


@dataclass(frozen=True)
class Offer:
    """One reading of what was said, that a question offered.

    Attributes:
        says: How the question worded it.
        message: The message as it is taken if this is chosen: text, intent, entities, and what only a question can add
            to it, such as `confirmed` (what NLU reads from a text holds no such key).
        no: Of a question that wants a yes: the response to a no. Nothing but a yes takes such an offer.
        named: Of several that can't be taken back: only an answer that says which takes one, no bare yes.
    """

    says: str
    message: Mapping[str, Any]
    no: str | None = None
    named: bool = False

    def as_slot(self) -> dict[str, Any]:
        """As the slot keeps it: plain JSON."""
        return {**self.__dict__, "message": dict(self.message)}


def turns(events: Iterable[Mapping[str, Any]]) -> list[Turn]:
    """The turns of a conversation, oldest first; what comes before the first message is left out."""
    found: list[Turn] = []
    for event in events:
        kind = event.get("event")
        if kind == "user":
            found.append(Turn(event.get("parse_data") or {}))
        elif found and kind == "bot":
            found[-1].replies.append(event)
        elif found and kind == "slot":
            found[-1].slots[event["name"]] = event.get("value")
    return found


def turn_before(tracker: Tracker) -> Turn | None:
    """The last turn before this one that was about something; control and its acknowledgement are passed over."""
    for turn in reversed(turns(tracker.events)[:-1]):
        if turn.intent not in ASIDES:
            return turn
    return None


def open_offers(tracker: Tracker) -> list[Offer]:
    """What the question offered that is still to be answered, if any."""
    before = turn_before(tracker)
    offered = before.slots.get("offers") if before else None
    return [Offer(**each) for each in offered or ()]


def offer(offers: Sequence[Offer]) -> EventType:
    """The event that leaves these readings open for the next turn."""
    return SlotSet("offers", [each.as_slot() for each in offers])


def take(chosen: Offer, tracker: Tracker) -> list[EventType]:
    """The events that go on as if the chosen reading had been said, in this turn's circumstances."""
    message = {**chosen.message, "metadata": tracker.latest_message.get("metadata") or {}}
    return [
        SlotSet("offers", None),
        ActionExecuted("action_listen"),
        UserUttered(text=message.get("text"), parse_data=message, input_channel=tracker.get_latest_input_channel()),
    ]


def said(tracker: Tracker) -> str:
    """The latest message's text, lower case; empty for a message without text."""
    return str(tracker.latest_message.get("text") or "").lower()
