"""Whether a memory would do harm if it got out, and which topic makes it so.

By words (`sensitivity.yml`), and where those say nothing by the meaning of examples (`sensitivity_examples.yml`): "the
baby is due in april" has no word that tells. Numbers such as cards and telephones are `personal_data`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import yaml

from rapport.memory.values import Sensitivity

_WORDS = Path(__file__).with_name("sensitivity.yml")
_EXAMPLES = Path(__file__).with_name("sensitivity_examples.yml")
_HARMLESS = "harmless"

NEAREST = 3
"""Examples of each side that are looked at. This and the next were chosen by leaving out each example in turn."""

NEAR_ENOUGH = 0.3
"""Mean cosine from which examples say anything; below it lies small talk that is like none of them."""


class Topic(str, Enum):
    """What a memory can be sensitive for: GDPR, articles 9 and 10, and what people treat alike."""

    HEALTH = "health"
    BELIEF = "belief"
    POLITICS = "politics"
    UNION = "union"
    SEXUALITY = "sexuality"
    ORIGIN = "origin"
    MONEY = "money"
    OFFENCES = "offences"
    CHILDREN = "children"
    HOME = "home"


class Embeds(Protocol):
    """Makes unit vectors, as `rapport.embedding.SentenceEmbedder` does."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One vector a text, of shape (texts, dimensions)."""


class SensitivityJudge:
    """Tells sensitive memories from others. In doubt yes: a question too many does less harm than a secret told.

    Embeds its examples when it is made, which takes about a second; then a text costs one embedding, and none where a
    word tells. Threads may share a judge. Blocks.

    Args:
        embedder: Makes the vectors.
    """

    def __init__(self, embedder: Embeds) -> None:
        self._embedder = embedder
        read = yaml.safe_load(_EXAMPLES.read_text(encoding="utf-8"))
        self._topics = tuple(topic for topic in Topic for _ in read[topic.value])
        self._sensitive = embedder.embed([text for topic in Topic for text in read[topic.value]])
        self._harmless = embedder.embed(read[_HARMLESS])

    def topic(self, text: str) -> Topic | None:
        """What makes a text sensitive; None where nothing does."""
        told = topic_by_words(text)
        if told or not text.strip():
            return told
        vector = self._embedder.embed([text])[0]
        near, harmless = self._sensitive @ vector, self._harmless @ vector
        likeness = float(np.sort(near)[-NEAREST:].mean())
        if likeness < NEAR_ENOUGH or likeness <= float(np.sort(harmless)[-NEAREST:].mean()):
            return None
        return self._topics[int(near.argmax())]

    def sensitivity(self, text: str) -> Sensitivity:
        """Sensitive where any topic makes it so."""
        return Sensitivity.SENSITIVE if self.topic(text) else Sensitivity.NORMAL


def topic_by_words(text: str) -> Topic | None:
    """The first topic, in their order, of which a text has a word or phrase. Never raises."""
    harmless, topics = _lexicon()
    rest = harmless.sub(" ; ", text.lower().replace("’", "'"))
    return next((topic for topic, pattern in topics if pattern.search(rest)), None)


@lru_cache(maxsize=1)
def _lexicon() -> tuple[re.Pattern[str], tuple[tuple[Topic, re.Pattern[str]], ...]]:
    read = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    topics = tuple(
        (topic, _any_of([*map(_word, read[topic.value]["words"].split()), *map(_phrase, read[topic.value]["phrases"])]))
        for topic in Topic
    )
    return _any_of(map(_phrase, read[_HARMLESS])), topics


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})")


def _word(word: str) -> str:
    """`allerg*` is a stem, `heart.attack` two words or hyphened, `after.?school` also one."""
    stem = word.removesuffix("*").replace(".?", "[ -]?").replace(".", "[ -]")
    return stem if word.endswith("*") else rf"{stem}\b"


def _phrase(phrase: str) -> str:
    """A regular expression, in which a `_` by itself is any one word."""
    return rf"(?:{re.sub(r'(?<![^ ])_(?![^ ])', '[^ ]+', phrase)})(?!\w)"
