"""Answering from memory: what was told, here or before.

This session's own turns come first, so that an answer fits what was just said; then what is kept, by its canonical
form, and last by searching.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_turn import (
    again,
    listed,
    now_of,
    off_record,
    raw,
    speak_of,
    speak_of_memory,
    spoken_of,
    when_words,
    working_memory,
    yes_or_no,
)
from actions.person import GetServices, PersonAction, nobody
from rapport.errors import ConsentMissing
from rapport.memory.drafts import Embed
from rapport.memory.memories import Memories
from rapport.memory.questions import Asked, asked, bare, topic_of
from rapport.memory.ranking import ASK, USE
from rapport.memory.spans import Span, span_of, without_span
from rapport.memory.values import Kind, Memory
from rapport.memory.working import Said
from rapport.people import Person, utc_now
from rapport.services import get_services

SPOKEN_AT_MOST = 3
"""Things said in one answer: more can't be followed by ear."""
GROUPS = (Kind.RELATION, Kind.FACT, Kind.PREFERENCE, Kind.ROUTINE, Kind.EVENT, Kind.NOTE)
"""What is told of what is known, in this order: people, the person, tastes, habits, dates, the rest."""

_JUST = re.compile(r"\b(?:just|a moment ago|a minute ago|earlier in this|in this conversation)\b")
_TALKED = re.compile(r"\b(?:talk|talked|speak|spoke|chat|chatted|conversation)\b")

Clock = Callable[[], datetime]


class TellingAction(PersonAction, ABC):
    """Tells something that is known.

    Args:
        clock: Gives the moment, with a zone.
    """

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    def tell(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, memories: Memories, found: Sequence[Memory]
    ) -> list[EventType]:
        """Tell memories with where they come from, the first three of them."""
        told = found[:SPOKEN_AT_MOST]
        first = told[0]
        when = when_words(first.confirmed, now_of(tracker, self._clock()))
        if len(told) > 1:
            dispatcher.utter_message(response="utter_recalled_several", memories=listed([each.text for each in told]))
        else:
            response = {
                "passing": "utter_recalled_passing",
                "page": "utter_recalled_page",
                "derived": "utter_recalled_derived",
            }.get(first.provenance.source, "utter_recalled")
            dispatcher.utter_message(response=response, memory=first.text, when=when)
        if not off_record(tracker):
            memories.used(told)
        return [speak_of_memory(tracker, first)]


class ActionRecall(TellingAction):
    """Answer a question about what was told."""

    def name(self) -> str:
        return "action_recall"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        memories = person.memories()
        meant = tracker.latest_message.get("memory")
        try:
            if isinstance(meant, str):
                memory = memories.get(meant)
                return self.tell(dispatcher, tracker, memories, [memory]) if memory else _unknown(dispatcher)
            return self._answer(memories, dispatcher, tracker)
        except ConsentMissing:
            said = self._said_here(tracker, None)
            if said:
                return _tell_said(dispatcher, tracker, said)
            dispatcher.utter_message(response="utter_nothing_remembered")
            return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        said = self._said_here(tracker, None)
        if said:
            return _tell_said(dispatcher, tracker, said)
        return nobody(dispatcher)

    def _answer(self, memories: Memories, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        question, now = raw(tracker), now_of(tracker, self._clock())
        span = span_of(question, now)
        wanted = _asked(tracker)
        topic = topic_of(without_span(question, now))
        said = [] if span else self._said_here(tracker, self._services().people.embed)
        known = _known(memories, wanted) if wanted else []
        if said and not any(each.confirmed >= said[0].utterance.at for each in known):
            return _tell_said(dispatcher, tracker, said)
        if known:
            return self.tell(dispatcher, tracker, memories, known)
        if span and not topic and wanted is None:
            return self._tell_span(memories, dispatcher, tracker, span)
        since, until = (span.since, span.until) if span else (None, None)
        kinds = None if _TALKED.search(question.lower()) else GROUPS  # a summary repeats what it was made of
        ranked = memories.recall(topic or bare(without_span(question, now)), kinds=kinds, since=since, until=until)
        sure = [each.memory for each in ranked if each.confidence >= USE]
        if sure:
            return self.tell(dispatcher, tracker, memories, sure)
        if ranked and ranked[0].confidence >= ASK:
            dispatcher.utter_message(response="utter_ask_whether_meant", memory=ranked[0].memory.text)
            return [yes_or_no(again(tracker, "recall", memory=ranked[0].memory.id), no="utter_not_known")]
        return _unknown(dispatcher)

    def _said_here(self, tracker: Tracker, embed: Embed | None) -> list[Said]:
        working = working_memory(tracker)
        wanted = _asked(tracker)
        if wanted is not None and (found := working.about(wanted)):
            return found
        topic = topic_of(raw(tracker))
        if topic is not None:
            return working.near(topic, embed)
        return list(reversed(working.all()))[:1] if _JUST.search(raw(tracker).lower()) else []

    def _tell_span(
        self, memories: Memories, dispatcher: CollectingDispatcher, tracker: Tracker, span: Span
    ) -> list[EventType]:
        told = memories.told(since=span.since, until=span.until)
        summaries = [each for each in told if each.kind is Kind.SUMMARY]
        facts = [each for each in told if each.kind is not Kind.SUMMARY]
        if summaries and (_TALKED.search(raw(tracker).lower()) or not facts):
            return self.tell(dispatcher, tracker, memories, summaries[:1])
        if not facts:
            dispatcher.utter_message(response="utter_nothing_told_then", span=span.words)
            return []
        return self.tell(dispatcher, tracker, memories, facts)


def find(memories: Memories, wanted: Asked) -> list[Memory]:
    """What is known of a subject, under all its names: "anna" is "my sister" where she was said to be called so.

    Raises:
        ConsentMissing: They did not agree to be remembered.
    """
    found: dict[str, Memory] = {}
    for subject in (wanted.subject, *_other_names(memories, wanted.subject)):
        if not wanted.attributes:
            found.update((each.id, each) for each in memories.about(subject))
        for attribute in wanted.attributes:
            known = [each for each in memories.about(subject, attribute) if _says(each, wanted.value)]
            found.update((each.id, each) for each in known)
            if found:  # the first attribute that is known answers
                return list(found.values())
    return list(found.values())


def _known(memories: Memories, wanted: Asked) -> list[Memory]:
    known = find(memories, wanted)
    if wanted.subject == "me" and not wanted.attributes:
        return []
    if not wanted.attributes and " " not in wanted.subject:
        # "who is anna": whose name it is comes before what is said of her.
        named = [each for each in memories.told(kinds=[Kind.RELATION, Kind.FACT]) if _names(each, wanted.subject)]
        return [*named, *(each for each in known if each.id not in {one.id for one in named})]
    return known


def _other_names(memories: Memories, subject: str) -> list[str]:
    if subject == "me":
        return []
    if subject.startswith("my "):
        return [each.statement.value.lower() for each in memories.about(subject, "name") if each.statement]
    told = memories.told(kinds=[Kind.RELATION])
    return [each.statement.subject for each in told if each.statement and _names(each, subject)]


def _names(memory: Memory, name: str) -> bool:
    said = memory.statement
    return said is not None and said.attribute == "name" and said.value.lower() == name


def _says(memory: Memory, value: str | None) -> bool:
    return value is None or (memory.statement is not None and value.lower() in memory.statement.value.lower())


def _asked(tracker: Tracker) -> Asked | None:
    before = spoken_of(tracker)
    return asked(raw(tracker), referent=before.subject if before else None)


def _tell_said(dispatcher: CollectingDispatcher, tracker: Tracker, said: Sequence[Said]) -> list[EventType]:
    told = said[:SPOKEN_AT_MOST]
    dispatcher.utter_message(response="utter_recalled_now", memories=listed([each.fact.text for each in told]))
    return [speak_of(tracker, told[0].fact)]


def _unknown(dispatcher: CollectingDispatcher) -> list[EventType]:
    dispatcher.utter_message(response="utter_not_known")
    return []
