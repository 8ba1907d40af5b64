"""What is kept of a session when it is over: a short summary, under the consent to remember. Nothing is said."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import listed, off_record, on_record
from actions.person import PersonAction
from actions.turns import ASIDES, UNCLEAR_INTENT, turns
from rapport.errors import ConfirmationNeeded, ConsentMissing, NotKept, QuotaReached
from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Memory, Provenance, Sensitivity
from rapport.people import Person

TOLD_AT_MOST, TOPICS_AT_MOST = 5, 3
"""What a summary holds of what was told, and of what was wanted: the first of each."""

_NO_TOPIC = frozenset(
    "remember tell_fact recall correct_fact forget_memory forget_span ask_what_known ask_why_known ask_how_sure "
    "end_session name_time give_consent withdraw_consent ask_consents go_off_record go_on_record "
    "ask_off_record export_data erase_me not_now skip_question get_to_know_me tell_name ask_name forget_name greet "
    "goodbye thank affirm deny cancel stop another choose_first choose_second out_of_scope ask_help name_place "
    "feedback_wrong feedback_misheard change_style ask_style ask_learnt ask_suggestion ask_why_suggested "
    "put_off_suggestions tell_went_well tell_went_badly rated_well".split()
)
"""Intents about the talk or about memory itself."""
_NOT_SUMMED = _NO_TOPIC | ASIDES | {UNCLEAR_INTENT}
"""What a session is not about."""
_WANTED = frozenset(
    "smalltalk_joke smalltalk_fun_fact smalltalk_story smalltalk_sing smalltalk_coin smalltalk_dice".split()
)
_log = logging.getLogger(__name__)


class ActionEndSession(PersonAction):
    """Keep what the session was about, where that was agreed to and it was not off the record."""

    def name(self) -> str:
        return "action_end_session"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if off_record(tracker):
            return []
        memories = person.memories()
        try:
            told = memories.told(session=tracker.sender_id)
        except ConsentMissing:
            return []
        harmless = [
            each for each in reversed(told) if each.kind is not Kind.SUMMARY and each.sensitivity is Sensitivity.NORMAL
        ]
        text = _summary(harmless[:TOLD_AT_MOST], _topics(tracker, domain.get("responses") or {}))
        if text is None:
            return []
        provenance = Provenance(
            session=tracker.sender_id, source="derived", derived_from=tuple(each.id for each in harmless[:TOLD_AT_MOST])
        )
        try:
            memories.remember(Draft(Kind.SUMMARY, text, provenance))
        except (ConfirmationNeeded, NotKept, QuotaReached) as reason:
            # Nobody is there to be asked.
            _log.info("a session's summary was not kept: %s", type(reason).__name__)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def is_topic(intent: str) -> bool:
    """Whether an intent asks for something, other than small talk, and what is about the talk or about memory."""
    return bool(intent) and intent not in _NOT_SUMMED and not intent.startswith("smalltalk_")


def is_wanted(intent: str) -> bool:
    """Whether an intent asks for something, also for small talk such as a joke."""
    return is_topic(intent) or intent in _WANTED


def _summary(told: Sequence[Memory], topics: Sequence[str]) -> str | None:
    """What a session was about, in the second person; None where it was about nothing."""
    parts = []
    if topics:
        parts.append(f"you wanted to {listed(topics)}")
    if told:
        parts.append(f"you told me that {listed([each.text for each in told])}")
    return ", and ".join(parts) or None


def _topics(tracker: Tracker, responses: Mapping[str, Any]) -> list[str]:
    """What was wanted on the record, in the words in which the domain offers a reading: "know the date"."""
    topics: list[str] = []
    for _, turn in on_record(turns(tracker.events)):
        if not is_topic(turn.intent):
            continue
        wordings = responses.get(f"utter_reading_{turn.intent}")
        if wordings and wordings[0]["text"] not in topics:
            topics.append(str(wordings[0]["text"]))
    return topics[:TOPICS_AT_MOST]
