"""Forgetting what somebody names: one memory, all about somebody, or what was told within a span of time.

Erasing a person altogether is the matter of `privacy`.
"""

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.memory_recall import TellingAction, find
from actions.memory_turn import (
    again,
    let_go,
    now_of,
    raw,
    spoken_of,
    turn_number,
    turns_of,
    working_memory,
    yes_or_no,
)
from actions.turns import Offer, offer
from rapport.errors import ConsentMissing
from rapport.memory.memories import Memories
from rapport.memory.phrasing import subject_of
from rapport.memory.questions import Asked, to_forget
from rapport.memory.ranking import ASK, USE
from rapport.memory.spans import span_of
from rapport.memory.values import Kind, Memory
from rapport.memory.working import Said
from rapport.people import Person
from rapport.spoken_numbers import whole_words

OFFERED_AT_MOST = 2
"""Memories that can be told apart by "the first" and "the second"; of more, all are offered together."""
RECENT_TURNS = 2
"""Turns in which "that" is surely what was spoken of; later it is asked."""


class ActionForget(TellingAction):
    """Forget one thing: what was spoken of last, or what is named; where that may be several, ask which."""

    def name(self) -> str:
        return "action_forget"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        memories = person.memories()
        chosen = tracker.latest_message.get("ids")
        try:
            if isinstance(chosen, list):
                there = [each for each in map(memories.get, chosen) if each is not None]
                return self._forget(memories, dispatcher, tracker, there)
            return self._named(memories, dispatcher, tracker)
        except ConsentMissing:
            return self.without_person(dispatcher, tracker, domain)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Where nothing is kept, this session's own turns can still be let go of."""
        before = spoken_of(tracker)
        wanted = to_forget(raw(tracker), referent=before.subject if before else None)
        said = _said_of(tracker, wanted)
        if not said:
            dispatcher.utter_message(response="utter_cancelled" if wanted is None else "utter_nothing_to_forget")
            return []
        dispatcher.utter_message(response="utter_forgotten", memory=said[0].fact.text)
        return [let_go(tracker, [each.utterance.turn for each in said]), SlotSet("last_memory", None)]

    def _named(self, memories: Memories, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        before = spoken_of(tracker)
        wanted = to_forget(raw(tracker), referent=before.subject if before else None)
        if wanted is None:
            kept = memories.get(before.memory) if before and before.memory else None
            if before is None or kept is None:
                return self.without_person(dispatcher, tracker, {})
            if turn_number(tracker) - before.at <= RECENT_TURNS:
                return self._forget(memories, dispatcher, tracker, [kept])
            return self._ask(dispatcher, tracker, [kept])
        found = find(memories, wanted) if isinstance(wanted, Asked) else find(memories, Asked(subject_of(wanted)))
        if len(found) == 1:
            return self._forget(memories, dispatcher, tracker, found)
        if found:
            return self._ask_which(dispatcher, tracker, found)
        ranked = memories.recall(wanted if isinstance(wanted, str) else _words(wanted, raw(tracker)))
        likely = [each.memory for each in ranked if each.confidence >= ASK]
        sure = [each.memory for each in ranked if each.confidence >= USE]
        if len(sure) == 1 or len(likely) == 1:
            return self._ask(dispatcher, tracker, (sure or likely)[:1])
        if likely:
            return self._ask_which(dispatcher, tracker, likely[:OFFERED_AT_MOST])
        if _said_of(tracker, wanted):
            return self.without_person(dispatcher, tracker, {})
        dispatcher.utter_message(response="utter_nothing_to_forget")
        return []

    def _ask(self, dispatcher: CollectingDispatcher, tracker: Tracker, found: Sequence[Memory]) -> list[EventType]:
        dispatcher.utter_message(response="utter_ask_to_forget", memory=found[0].text)
        answer = again(tracker, "forget_memory", ids=[each.id for each in found])
        return [yes_or_no(answer, no="utter_not_forgotten")]

    def _ask_which(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, found: Sequence[Memory]
    ) -> list[EventType]:
        if len(found) > OFFERED_AT_MOST:
            dispatcher.utter_message(response="utter_ask_to_forget_all", count=whole_words(len(found)))
            answer = again(tracker, "forget_memory", ids=[each.id for each in found])
            return [yes_or_no(answer, no="utter_not_forgotten")]
        dispatcher.utter_message(
            response="utter_ask_which_to_forget",
            first=found[0].text,
            second=found[1].text,
        )
        each_alone = [Offer(each.text, again(tracker, "forget_memory", ids=[each.id]), named=True) for each in found]
        return [offer(each_alone)]

    def _forget(
        self, memories: Memories, dispatcher: CollectingDispatcher, tracker: Tracker, found: Sequence[Memory]
    ) -> list[EventType]:
        turns = turns_of(tracker, found)
        memories.forget([each.id for each in found])
        if len(found) == 1:
            dispatcher.utter_message(response="utter_forgotten", memory=found[0].text)
        elif found:
            dispatcher.utter_message(response="utter_forgotten_several", count=whole_words(len(found)))
        else:
            dispatcher.utter_message(response="utter_nothing_to_forget")
        return [let_go(tracker, turns), SlotSet("last_memory", None)]


class ActionForgetSpan(TellingAction):
    """Forget what was told within a span of time, after saying how much that is."""

    def name(self) -> str:
        return "action_forget_span"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        memories = person.memories()
        chosen = tracker.latest_message.get("ids")
        if isinstance(chosen, list):
            memories.forget(chosen)
            dispatcher.utter_message(response="utter_forgotten_span", span=tracker.latest_message["span"])
            return [let_go(tracker, tracker.latest_message["turns"]), SlotSet("last_memory", None)]
        span = span_of(raw(tracker), now_of(tracker, self._clock()))
        if span is None:
            dispatcher.utter_message(response="utter_ask_since_when")
            return []
        try:
            told = memories.told(since=span.since, until=span.until, history=True)
        except ConsentMissing:
            told = []
        # What was replaced, and summaries, go with the rest; the person told neither.
        now_known = [each for each in told if each.superseded_by is None and each.kind is not Kind.SUMMARY]
        said = [each.utterance.turn for each in working_memory(tracker).all() if _within(each, span.since, span.until)]
        if not told:
            dispatcher.utter_message(
                response="utter_forgotten_here" if said else "utter_nothing_told_then", span=span.words
            )
            return [let_go(tracker, said), SlotSet("last_memory", None)] if said else []
        response = "utter_ask_to_forget_span_one" if len(now_known) == 1 else "utter_ask_to_forget_span"
        dispatcher.utter_message(
            response=response,
            span=span.words,
            count=whole_words(len(now_known or told)),
            memory=now_known[0].text if now_known else "",
        )
        answer = again(tracker, "forget_span", ids=[each.id for each in told], turns=said, span=span.words)
        return [yes_or_no(answer, no="utter_not_forgotten")]

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        said = [each.utterance.turn for each in working_memory(tracker).all()]
        dispatcher.utter_message(response="utter_forgotten_here")
        return [let_go(tracker, said), SlotSet("last_memory", None)]


def _said_of(tracker: Tracker, wanted: Asked | str | None) -> list[Said]:
    """What of this session is meant: where nothing is named, what was said last, if it is what was spoken of."""
    working = working_memory(tracker)
    before = spoken_of(tracker)
    if isinstance(wanted, Asked):
        return working.about(wanted)
    if isinstance(wanted, str):
        return working.near(wanted)
    if before is None or turn_number(tracker) - before.at > RECENT_TURNS:
        return []
    return [each for each in working.all() if each.fact.text == before.fact.text]


def _words(wanted: Asked, said: str) -> str:
    return f"{wanted.subject} {wanted.attributes[0]}" if wanted.attributes else wanted.subject or said


def _within(said: Said, since: Any, until: Any) -> bool:
    return bool(since <= said.utterance.at < until)
