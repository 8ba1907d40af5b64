"""How a session went, in counts, at its end: what experiments are judged by. Nothing is said, and no word is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_session import is_wanted
from actions.memory_turn import now_of, on_record
from actions.person import PersonAction
from actions.rating import asked_and_rated
from actions.suggestions import answered
from actions.turns import ASIDES, FEEDBACK_INTENTS, RATING_INTENT, UNCLEAR_INTENT, Turn, turns
from rapport.experiments.sessions import SessionCounts, keep_session
from rapport.people import Person
from rapport.privacy.purposes import Purpose

_NOT_MET = frozenset([UNCLEAR_INTENT, "out_of_scope"])
"""What asks for something, too, though nobody can tell what, or it is not to be had."""
_ANSWERS = frozenset("affirm deny choose_first choose_second name_place name_time".split())
"""What goes on with a task that a question is open about."""
_COMPLAINTS = frozenset(["withdraw_consent", "erase_me"])
_NOT_UNDERSTOOD = frozenset(["utter_rephrase", "utter_fallback_help", "utter_place_unknown", "utter_out_of_scope"])
"""Responses that are no question, and yet leave a task open."""


class ActionCount(PersonAction):
    """Keep how the session went, where that was agreed to."""

    def name(self) -> str:
        return "action_count"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if Purpose.ANALYTICS in person.ledger().live():
            day = now_of(tracker, self._services().people.clock()).date()
            spoken = tracker.latest_message.get("metadata") or {}
            counts = counted(turns(tracker.events), day, spoken.get("first_audio_ms"), spoken.get("spoken_by"))
            if counts.turns or counts.suggested:
                keep_session(person, counts)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def counted(
    conversation: Sequence[Turn], day: date, first_audio_ms: int | None = None, spoken_by: str | None = None
) -> SessionCounts:
    """How a conversation went; what was off the record, or in another voice, is not counted.

    A task begins with what asks for something, or was not understood. It goes on while a question is open, and is
    solved by the first answer that is none, unless that is said to be wrong: then it goes on, too.
    """
    kept = [turn for _, turn in on_record(conversation) if not str(turn.message.get("text") or "").startswith("/")]
    said = _as_said(kept)
    tasks = solved = steps = rephrased = under_way = 0
    for at, each in enumerate(said):
        if each.intent in FEEDBACK_INTENTS:
            under_way += 1
        elif each.asks or (under_way and each.intent in _ANSWERS):
            tasks += not under_way
            rephrased += bool(under_way) and each.intent not in _ANSWERS
            under_way += 1
            if each.done and not (at + 1 < len(said) and said[at + 1].intent in FEEDBACK_INTENTS):
                solved += 1
                steps += under_way
                under_way = 0
    suggestions = answered(list(conversation))
    thumbs = [turn.message.get("metadata") or {} for turn in conversation if turn.intent == RATING_INTENT]
    ratings = [thumb.get("rating") for thumb in thumbs] + asked_and_rated(conversation)
    return SessionCounts(
        day,
        turns=len(said),
        tasks=tasks,
        solved=solved,
        steps=steps,
        rephrased=rephrased,
        answers=sum(each.answered for each in said),
        cut=sum(each.cut for each in said),
        corrected=sum(each.intent in FEEDBACK_INTENTS for each in said),
        suggested=len(suggestions),
        accepted=sum(answer == "yes" for _, answer in suggestions),
        good=ratings.count("up"),
        bad=ratings.count("down"),
        complaints=sum(each.intent in _COMPLAINTS for each in said),
        first_audio_ms=first_audio_ms,
        spoken_by=spoken_by,
    )


@dataclass
class _Said:
    """What somebody said, and whether it was dealt with.

    Attributes:
        intent: What it was taken for.
        asks: It asks for something, or was not understood.
        done: It was answered, and by no question.
        answered: Anything was said to it.
        cut: The answer was cut off.
    """

    intent: str
    asks: bool
    done: bool
    answered: bool
    cut: bool


def _as_said(conversation: Sequence[Turn]) -> list[_Said]:
    """The turns that somebody took, without what only steers the talk. What an answer took is part of that answer; it
    was not said, so it has no ranking of readings."""
    said: list[_Said] = []
    for turn in conversation:
        if turn.intent in ASIDES:
            continue
        asks = is_wanted(turn.intent) or turn.intent in _NOT_MET
        cut = bool(turn.slots.get("reply_unheard"))
        each = _Said(turn.intent, asks, not _asks_back(turn), bool(turn.replies), cut)
        if "intent_ranking" in turn.message or not said:
            said.append(each)
        else:
            said[-1] = replace(each, intent=said[-1].intent, asks=True)
    return said


def _asks_back(turn: Turn) -> bool:
    """Whether what was said to a turn asks for more, or says that it was not understood."""
    for reply in turn.replies:
        metadata = reply.get("metadata") or {}
        name = str(metadata.get("utter_action") or "")
        question = (metadata.get("metadata") or {}).get("expects") == "short" and not name.startswith("utter_suggest_")
        if question or name in _NOT_UNDERSTOOD:
            return True
    return False
