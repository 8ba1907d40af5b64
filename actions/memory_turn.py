"""What the memory actions share about a turn: what was spoken of last, what was said before, and how times are told.

No action lives here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from actions.datetime import own_zone
from actions.person import in_another_voice
from actions.turns import Offer, Turn, turns
from rapport.memory.drafts import Draft
from rapport.memory.facts import Fact
from rapport.memory.values import Kind, Memory, Provenance, Statement
from rapport.memory.working import Utterance, WorkingMemory
from rapport.spoken_numbers import year_words
from rapport.spoken_time import month_and_day_words, weekday_words

CORRECTION_INTENTS = frozenset(["correct_fact"])
_NO_TELLING = frozenset(
    "greet goodbye thank ask_help affirm deny choose_first choose_second cancel stop wait go_on repeat_that another "
    "unclear_speech calculate name_place recall forget_memory forget_span".split()
)
_FEW_DAYS = 6


@dataclass(frozen=True)
class Spoken:
    """What was spoken of last.

    Attributes:
        fact: What it says.
        memory: Its id, where it is kept.
        at: The turn that it was spoken of in.
    """

    fact: Fact
    memory: str | None
    at: int

    @property
    def subject(self) -> str | None:
        """Whom it is about, canonically."""
        return self.fact.statement.subject if self.fact.statement else None


def raw(tracker: Tracker) -> str:
    """The latest message's text as it was recognised or typed."""
    return str(tracker.latest_message.get("text") or "")


def turn_number(tracker: Tracker) -> int:
    """This turn, counted from 1."""
    return len(turns(tracker.events))


def on_record(said: Sequence[Turn]) -> Iterator[tuple[int, Turn]]:
    """A conversation's turns, by their places, of which something may be kept: on the record, and in no other voice."""
    secret = False
    for at, turn in enumerate(said):
        secret = bool(turn.slots.get("off_record", secret))
        if not secret and not in_another_voice(turn.message):
            yield at, turn


def off_record(tracker: Tracker) -> bool:
    """Whether nothing may be written now."""
    return bool(tracker.get_slot("off_record"))


def now_of(tracker: Tracker, now: datetime) -> datetime:
    """The moment in the person's zone."""
    return now.astimezone(own_zone(tracker))


def speak_of(tracker: Tracker, fact: Fact, memory: Memory | None = None) -> EventType:
    """The event that makes this what "that", "she" and "no, …" mean from now on."""
    statement = fact.statement.__dict__ if fact.statement else None
    kept = {"text": fact.text, "kind": fact.kind.value, "statement": statement, "at": turn_number(tracker)}
    return SlotSet("last_memory", {**kept, "memory": memory.id if memory else None})


def speak_of_memory(tracker: Tracker, memory: Memory) -> EventType:
    """The same, of something kept."""
    return speak_of(tracker, fact_of(memory), memory)


def fact_of(memory: Memory) -> Fact:
    """What a memory says."""
    return Fact(memory.kind, memory.text, memory.statement)


def spoken_of(tracker: Tracker) -> Spoken | None:
    """What was spoken of last, if anything was."""
    kept = tracker.get_slot("last_memory")
    if not kept:
        return None
    statement = Statement(**kept["statement"]) if kept["statement"] else None
    return Spoken(Fact(Kind(kept["kind"]), kept["text"], statement), kept["memory"], kept["at"])


def draft_of(tracker: Tracker, fact: Fact, source: str) -> Draft:
    """A draft of what was told in this turn, or in the one that a question repeated."""
    told = told_in(tracker)
    provenance = Provenance(
        session=tracker.sender_id,
        source=source,
        turn=told["turn"],
        words=raw(tracker),
        confidence=told["confidence"],
        models={"recognizer": told["recognizer"]} if told.get("recognizer") else {},
    )
    return Draft(fact.kind, fact.text, provenance, fact.statement)


def told_in(tracker: Tracker) -> dict[str, Any]:
    """The turn that the latest message was said in, and how sure the recogniser was of it."""
    told = tracker.latest_message.get("told")
    if isinstance(told, dict):
        return told
    metadata = tracker.latest_message.get("metadata") or {}
    confidence = metadata.get("confidence") if metadata.get("source") == "speech" else None
    return {"turn": turn_number(tracker), "confidence": confidence, "recognizer": metadata.get("recognizer")}


def again(tracker: Tracker, intent: str, **answer: Any) -> dict[str, Any]:
    """The latest message, to be taken anew once a question was answered, with what the answer adds to it."""
    return {
        "text": raw(tracker),
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [],
        "told": told_in(tracker),
        **answer,
    }


def yes_or_no(message: Mapping[str, Any], *, no: str) -> EventType:
    """The event that leaves a question open: a yes takes the message, anything else does not."""
    return SlotSet("offers", [Offer("", message, no).as_slot()])


def working_memory(tracker: Tracker) -> WorkingMemory:
    """What was said in this session before now."""
    said: list[Utterance] = []
    for number, (turn, at) in enumerate(zip(turns(tracker.events), times_of(tracker), strict=True), 1):
        if turn.intent in _NO_TELLING or turn.intent.startswith("ask_"):
            continue
        if in_another_voice(turn.message):
            continue
        # What was asked again and confirmed is there already, as it was first said.
        if "told" not in turn.message and number < turn_number(tracker):
            said.append(Utterance(number, str(turn.message.get("text") or ""), at, turn.intent in CORRECTION_INTENTS))
    return WorkingMemory(said, let_go=tracker.get_slot("turns_let_go") or ())


def let_go(tracker: Tracker, numbers: Sequence[int]) -> EventType:
    """The event that drops turns from working memory."""
    return SlotSet("turns_let_go", sorted({*(tracker.get_slot("turns_let_go") or ()), *numbers}))


def turns_of(tracker: Tracker, memories: Sequence[Memory]) -> list[int]:
    """The turns of this session that said what memories say, or what they took the place of, kept or not."""
    said = {_says(fact_of(memory)) for memory in memories}
    return [each.utterance.turn for each in working_memory(tracker).all() if _says(each.fact) in said]


def _says(fact: Fact) -> tuple[str, ...]:
    """What a fact is about; of what can have several values, which."""
    if fact.statement is None:
        return (fact.text,)
    subject, attribute = fact.statement.subject, fact.statement.attribute
    return (subject, attribute, fact.statement.value.lower()) if fact.statement.many else (subject, attribute)


def when_words(moment: datetime, now: datetime) -> str:
    """When something was told, as it is said: "just now", "earlier today", "on Tuesday", "on November third".

    Args:
        moment: Aware.
        now: In the person's zone.
    """
    then = moment.astimezone(now.tzinfo)
    days = (now.date() - then.date()).days
    if days <= 0:
        return "just now" if (now - then).total_seconds() < 600 else "earlier today"
    if days == 1:
        return "yesterday"
    if days <= _FEW_DAYS:
        return f"on {weekday_words(then)}"
    on = f"on {month_and_day_words(then)}"
    return on if then.year == now.year else f"{on} {year_words(then.year)}"


def listed(texts: Sequence[str]) -> str:
    """Several things in one sentence: "a, b, and c"."""
    if len(texts) <= 2:
        return " and ".join(texts)
    return f"{', '.join(texts[:-1])}, and {texts[-1]}"


def times_of(tracker: Tracker) -> list[datetime]:
    """When each turn was said, in UTC."""
    stamps = [event.get("timestamp") or 0.0 for event in tracker.events if event.get("event") == "user"]
    return [datetime.fromtimestamp(stamp, timezone.utc) for stamp in stamps]
