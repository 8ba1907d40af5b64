"""Questions that stay open until they are answered: Rasa's forms, how often each was asked, and what counts as a yes.

Which intents answer a form's question, and how, is said by its slot's mappings in the domain. Whatever else is said is
answered by its own rule, after which the form asks again. No action is registered from here.
"""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.person import PersonAction
from actions.turns import ASIDES

CLEAR = 0.7
"""Confidence, of the intent and of the recogniser, from which a yes is a clear one; as for the voice channel's
`WHOLE_CONFIDENCE`, from which words count as a whole answer."""
ONCE_MORE = 2
"""How often a question is asked that silence, or another topic, answers with no."""
YES, NO, UNCLEAR = "yes", "no", "unclear"
UNANSWERED = "unanswered"
"""Set where a question was asked often enough."""
LEAVING = frozenset(["cancel", "stop", "not_now"])
"""Intents that leave all of what is being asked, not just this question."""
_UNCOUNTED = ASIDES - {"unclear_speech"}


class FormQuestion(Action, ABC):
    """Asks what a form asks, up to `most` times; after that the form ends with `UNANSWERED`.

    Called as a follow-up, it opens the form, which then calls it.
    """

    form: str
    slot: str
    most: int = ONCE_MORE

    @abstractmethod
    def name(self) -> str:
        """`action_ask_` and the slot, by which Rasa finds it."""

    @abstractmethod
    def about(self, tracker: Tracker) -> str:
        """What the question is about; another one is counted anew."""

    @abstractmethod
    def ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, times: int) -> None:
        """Ask it, after it was asked `times` times."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.latest_action_name != self.form:
            return [FollowupAction(self.form)]
        about = self.about(tracker)
        times = times_asked(tracker, about)
        intent = intent_of(tracker)
        if times and intent == "wait":
            dispatcher.utter_message(response="utter_waiting")
            return []
        counted = not times or intent not in _UNCOUNTED
        if counted and times >= self.most:
            return [SlotSet(self.slot, UNANSWERED), SlotSet("requested_slot", None)]
        self.ask(dispatcher, tracker, times)
        return [asked(about, times + counted)]


class AnswerAction(PersonAction, ABC):
    """An action about a person that takes an answer, or decides whether there is something to ask.

    The slots that it names are empty afterwards, unless it sets them: also where it could not do what it should.
    """

    empties: tuple[str, ...]

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        events = await super().run(dispatcher, tracker, domain)
        return [*(SlotSet(slot, None) for slot in self.empties), *events]


def asked(about: str, times: int) -> EventType:
    """The event that notes how often a question was asked."""
    return SlotSet("question_asked", {"about": about, "times": times})


def times_asked(tracker: Tracker, about: str) -> int:
    """How often this question was asked, since one was answered."""
    noted = tracker.get_slot("question_asked") or {}
    return int(noted["times"]) if noted.get("about") == about else 0


def answer_to(tracker: Tracker, slot: str, about: str) -> str:
    """What was answered: `YES` where it is clear and the question was asked, `NO`, `UNCLEAR` or `UNANSWERED`.

    From the second time on, what is unclear is unanswered.
    """
    answer = str(tracker.get_slot(slot) or UNCLEAR)
    times = times_asked(tracker, about)
    if answer == YES and not (times and clear(tracker)):
        answer = UNCLEAR
    settles = times >= ONCE_MORE and intent_of(tracker) not in _UNCOUNTED
    return UNANSWERED if answer == UNCLEAR and settles else answer


def clear(tracker: Tracker) -> bool:
    """Whether the latest message was understood well enough to count as a yes."""
    intent = (tracker.latest_message.get("intent") or {}).get("confidence") or 0.0
    heard = (tracker.latest_message.get("metadata") or {}).get("confidence")
    return intent >= CLEAR and (heard is None or heard >= CLEAR)


def intent_of(tracker: Tracker) -> str:
    """The latest message's intent, or ""."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def spoken(tracker: Tracker) -> bool:
    """Whether the latest message was spoken, not typed."""
    return (tracker.latest_message.get("metadata") or {}).get("source") == "speech"


def way_of(tracker: Tracker) -> str:
    """Through what the latest message came, as receipts and the audit trail have it."""
    return "voice" if spoken(tracker) else "text"
