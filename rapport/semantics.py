"""The semantic payload: what one message means, as a typed, versioned value that leaves understanding with every turn.

It is part of Rasa's user event (`parse_data.semantics`), so whatever event broker is configured gets it, one a turn.
`docs/schemas/semantics-1.json` is its JSON schema. Knows nothing of Rasa; `components/semantic_payload.py` makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

EXAMPLES_FILE = "examples.npz"
"""In a trained model: `texts`, `intents` and `vectors` of the training examples, and the `names` of lookup tables."""

VERSION = 1
"""Raised when a field changes its meaning or goes; new fields may come without."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for a reading: the training example of its intent that is nearest in meaning.

    Attributes:
        example: As it stands in `data/nlu`.
        similarity: Cosine of the sentence vectors, -1 to 1.
    """

    example: str
    similarity: float


@dataclass(frozen=True)
class IntentReading:
    """One reading of a message.

    Attributes:
        name: The intent.
        confidence: The probability that it is right, 0 to 1.
        evidence: What speaks for it; None where no example was trained on.
    """

    name: str
    confidence: float
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Slot:
    """A thing that a message names.

    Attributes:
        name: Of the entity: `place`.
        type: Of the value; `text`.
        text: The words that name it, as they were said.
        value: What they stand for: the same, or what a synonym maps them to.
        start: Where they begin in the text, in characters.
        end: Where they end.
        confidence: The extractor's, 0 to 1; None where it gives none.
        heard: The recogniser's, of the least sure of the words; None where it was typed.
        start_ms: When the first word begins, in milliseconds of the session's audio; None where it was typed.
        end_ms: When the last word ends.
        extractor: What found it.
    """

    name: str
    type: str
    text: str
    value: Any
    start: int
    end: int
    confidence: float | None
    heard: float | None
    start_ms: int | None
    end_ms: int | None
    extractor: str


@dataclass(frozen=True)
class Semantics:
    """What a message means.

    Attributes:
        intent: The reading that is taken.
        understood: False where it is to be asked back, since the reading is too unsure or another is near.
        alternatives: Other readings, likeliest first.
        slots: What is named, in the order in which it was said.
        source: `speech`, `text`, or what else the channel says; empty where it says nothing.
        heard: The recogniser's confidence in all of it, 0 to 1; None where it was typed.
        version: Of this form.
    """

    intent: IntentReading
    understood: bool
    alternatives: tuple[IntentReading, ...]
    slots: tuple[Slot, ...]
    source: str
    heard: float | None
    version: int = VERSION

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, as the schema has it."""
        plain = asdict(self)
        return {**plain, "alternatives": list(plain["alternatives"]), "slots": list(plain["slots"])}


def slot_of(entity: Mapping[str, Any], text: str, words: Sequence[Mapping[str, Any]]) -> Slot:
    """A slot of an entity as Rasa has it, with how its words were heard.

    Args:
        entity: With `entity`, `value`, `start`, `end`, and maybe `extractor` and `confidence_entity`.
        text: The message's.
        words: As the voice channel gives them, in the text's order; empty where it was typed.
    """
    start, end = int(entity["start"]), int(entity["end"])
    heard = list(_words_between(words, text, start, end))
    return Slot(
        name=str(entity["entity"]),
        type="text" if isinstance(entity["value"], str) else "any",
        text=text[start:end],
        value=entity["value"],
        start=start,
        end=end,
        confidence=_rounded(entity.get("confidence_entity")),
        heard=_rounded(min((word["confidence"] for word in heard), default=None)),
        start_ms=heard[0]["start_ms"] if heard else None,
        end_ms=heard[-1]["end_ms"] if heard else None,
        extractor=str(entity.get("extractor") or ""),
    )


def _words_between(words: Sequence[Mapping[str, Any]], text: str, start: int, end: int) -> Iterable[Mapping[str, Any]]:
    at = 0
    for word in words:
        at = text.find(word["word"], at)
        if at < 0:
            return
        if start <= at < end:
            yield word
        at += len(word["word"])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
