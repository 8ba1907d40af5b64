"""What is learnt of somebody from how they talk: taken in at a session's end, told, and what each follows from."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import WEATHER
from actions.memory_session import is_topic, is_wanted
from actions.memory_turn import listed, now_of, on_record, times_of
from actions.person import PersonAction
from actions.turns import ASIDES, Turn, turns
from rapport.errors import ConsentMissing
from rapport.memory.values import Kind, Sensitivity
from rapport.people import Person
from rapport.personality.learnt import Session, habits_of, take_in
from rapport.personality.signals import Counted, Seen, Signal, signals_of
from rapport.privacy.purposes import Purpose
from rapport.spoken_time import clock_words

TOLD_AT_MOST = 3
"""Things that are told at once; the page shows all."""

HURRIED = 3.8
"""Words a second from which somebody speaks fast: read speech has about 2.7 (LibriSpeech), talk among friends 3.3."""
LEAST_WORDS = 4
"""Of a turn whose pace tells anything."""

_ANSWERS = frozenset("affirm deny choose_first choose_second name_place".split())
_ASKED_BACK = frozenset(["utter_did_you_mean", "utter_did_you_mean_one"])
_JOKES = frozenset(["smalltalk_joke", "smalltalk_laugh"])
_POLITE = re.compile(r"\b(?:please|thanks?|thank you|cheers|kindly|would you mind)\b")
_FORMAL = re.compile(
    r"\b(?:(?:could|would|will) you (?:please|kindly|be so)|would you mind|(?:may|might|shall) i|i (?:would|should) "
    r"like|good (?:morning|afternoon|evening|day)|i beg|kindly|certainly|very well)\b"
)
_CASUAL = re.compile(
    r"^(?:hi|hey|yo|sup)\b|\b(?:gonna|wanna|gimme|gotta|lemme|kinda|yeah|yep|yup|nope|cool|dude|buddy|mate|guys"
    r"|what's up|whats up|awesome|no worries|can you just)\b"
)
_MORE = re.compile(
    r"\b(?:tell me more|more details?|in (?:more )?detail|explain|what does that mean|why is that|how (?:come|so)"
    r"|how does that work|what else|go deeper|exactly)\b"
)
_SCALE = re.compile(r"\b(?:(fahrenheit)|celsius|centigrade)\b")
_PUT_RIGHT = re.compile(r"^(?:no|not|i (?:said|meant)|actually)\b")


class ActionLearn(PersonAction):
    """Take in what a session showed, where that was agreed to. Nothing is said."""

    def name(self) -> str:
        return "action_learn"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if Purpose.LEARNING in person.ledger().live():
            people = self._services().people
            end = now_of(tracker, people.clock())
            take_in(person, _session(person, tracker, domain, end), people.embed, people.screen)
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


class ActionTellLearnt(PersonAction):
    """Tell what was learnt: how they talk, and what they ask for when."""

    def name(self) -> str:
        return "action_tell_learnt"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        now = now_of(tracker, self._services().people.clock())
        signals, habits = signals_of(person), habits_of(person)
        responses = domain.get("responses") or {}
        things = [
            _wording(responses, f"utter_learnt_{signal.value}")
            for signal in sorted(Signal, key=lambda each: -signals.strength(each, now.date()))
            if signals.holds(signal, now.date())
        ]
        for habit in habits.all(now):
            if wanted := _wording(responses, f"utter_reading_{habit.topic}"):
                around = clock_words(now.replace(hour=habit.around.hour, minute=habit.around.minute))
                things.append(_wording(responses, "utter_learnt_habit").format(wanted=wanted, time=around))
        things = [each for each in things if each][:TOLD_AT_MOST]
        if things:
            dispatcher.utter_message(response="utter_learnt", things=listed(things))
        else:
            dispatcher.utter_message(response="utter_nothing_learnt")
        return []


def seen_in(said: Sequence[Turn]) -> Seen:
    """What a conversation shows; what was off the record, or in another voice, shows nothing."""
    kept = [(at, turn) for at, turn in on_record(said) if not str(turn.message.get("text") or "").startswith("/")]
    shares: dict[Signal, list[int]] = {signal: [0, 0] for signal in Signal}

    def count(signal: Signal, happened: bool) -> None:
        shares[signal][0] += happened
        shares[signal][1] += 1

    topics, names, depth = set[str](), Counter[str](), Counter[str]()
    for at, turn in kept:
        after = next((each for each in said[at + 1 : at + 2]), None)
        text = str(turn.message.get("text") or "").lower()
        if turn.intent not in ASIDES:
            if _was_said(turn):
                count(Signal.COURTESY, turn.intent == "thank" or _POLITE.search(text) is not None)
                count(Signal.HUMOUR, turn.intent in _JOKES)
                if (formal := _FORMAL.search(text) is not None) or _CASUAL.search(text):
                    count(Signal.FORMALITY, formal)
                names.update(_named(turn, 2 if _PUT_RIGHT.search(text) else 1))
                if (rate := _words_a_second(turn)) is not None:
                    count(Signal.HURRY, rate >= HURRIED)
            if is_wanted(turn.intent):
                topics.add(turn.intent)
            if turn.replies:
                # The channel notes as the next turn begins what was not heard.
                cut = turn.slots.get("reply_unheard") and (after is None or after.intent != "go_on")
                count(Signal.CUTS, bool(cut))
                more = after is not None and _MORE.search(str(after.message.get("text") or "").lower()) is not None
                count(Signal.MORE, more)
                if more and is_wanted(turn.intent):
                    depth[turn.intent] += 1
                count(Signal.REPEATS, after is not None and after.intent == "repeat_that")
        if turn.intent == WEATHER and (scale := _SCALE.search(text)):
            count(Signal.FAHRENHEIT, scale[1] is not None)
        if not _ASKED_BACK.isdisjoint(turn.responses):
            count(Signal.UNANSWERED, after is None or (_was_said(after) and after.intent not in _ANSWERS))
    return Seen(
        {signal: (hits, of) for signal, (hits, of) in shares.items() if of},
        {Counted.TOPICS: dict.fromkeys(topics, 1.0), Counted.NAMES: dict(names), Counted.DEPTH: dict(depth)},
    )


def _session(person: Person, tracker: Tracker, domain: Mapping[str, Any], end: datetime) -> Session:
    """What the session showed; of what was asked for, only what there is a wording to suggest it by."""
    said, responses = turns(tracker.events), domain.get("responses") or {}
    times = times_of(tracker)
    asked, texts = [], []
    for at, turn in on_record(said):
        if f"utter_suggest_{turn.intent}" in responses:
            asked.append((turn.intent, times[at].astimezone(end.tzinfo)))
        if is_topic(turn.intent) or turn.intent.startswith("smalltalk_"):
            texts.append(str(turn.message.get("text") or ""))
    with suppress(ConsentMissing):
        told = person.memories().told(session=tracker.sender_id)
        texts += [
            memory.text
            for memory in told
            if memory.sensitivity is Sensitivity.NORMAL and memory.kind is not Kind.SUMMARY
        ]
    return Session(seen_in(said), asked, [text for text in texts if text], end)


def _was_said(turn: Turn) -> bool:
    """Whether it was said in these words; what an answer to a question took has no ranking of readings."""
    return "intent_ranking" in turn.message


def _words_a_second(turn: Turn) -> float | None:
    """How fast it was spoken; None of what was typed, or is too short to tell."""
    metadata = turn.message.get("metadata") or {}
    words: Sequence[Mapping[str, Any]] = metadata.get("words") or () if metadata.get("source") == "speech" else ()
    if len(words) < LEAST_WORDS:
        return None
    ms = words[-1]["end_ms"] - words[0]["start_ms"]
    return len(words) * 1_000 / ms if ms > 0 else None


def _named(turn: Turn, times: int) -> dict[str, int]:
    entities: Sequence[Mapping[str, Any]] = turn.message.get("entities") or ()
    return {str(each["value"]).lower(): times for each in entities if each.get("entity") == "place"}


def _wording(responses: Mapping[str, Any], name: str) -> str:
    wordings = responses.get(name)
    return str(wordings[0]["text"]) if wordings else ""
