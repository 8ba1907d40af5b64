"""A sentence that somebody has to say now, so that a recording of before won't do; and whether they said it.

Six common words and two digits, drawn anew each time. The recogniser hears with a list of all words that can be drawn,
so it cannot be led to the ones that were asked for. Which voice said them is compared elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rapport.speech.recognizer import RecognizerModel

WORDS = (
    "river window paper garden silver orange morning winter summer kitchen mountain letter table music father sister "
    "water yellow market doctor village basket button candle forest finger dinner picture pocket number island hundred "
    "chicken engine flower hammer ladder mirror monkey office pencil pepper planet rabbit rocket shadow spider sugar "
    "ticket tiger turtle valley"
).split()
DIGITS = "one two three four five six seven eight nine".split()

DRAWN_WORDS = 6
DRAWN_DIGITS = 2

MOST_WRONG = 2
"""Of the eight words; docs/voices.md has what this lets through and what it refuses."""

LASTS = timedelta(minutes=3)
ANSWERS = 3
"""Tries before another sentence is asked for."""

PIECE_BYTES = 3_200


@dataclass(frozen=True)
class Challenge:
    """A sentence that was asked for.

    Attributes:
        id: 16 hex digits.
        words: The sentence's.
        until: When it does not count any more.
        left: How many tries are left.
    """

    id: str
    words: tuple[str, ...]
    until: datetime
    left: int = ANSWERS

    @classmethod
    def fresh(cls, now: datetime) -> Challenge:
        """Another one."""
        draw = secrets.SystemRandom()
        words = draw.sample(WORDS, DRAWN_WORDS) + draw.sample(DIGITS, DRAWN_DIGITS)
        draw.shuffle(words)
        return cls(secrets.token_hex(8), tuple(words), now + LASTS)

    def open(self, now: datetime) -> bool:
        """Whether it may still be answered."""
        return self.left > 0 and now < self.until

    def missed(self) -> Challenge:
        """The same with a try less."""
        return replace(self, left=self.left - 1)

    def as_record(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"id": self.id, "words": list(self.words), "until": self.until.isoformat(), "left": self.left}

    @classmethod
    def from_record(cls, kept: Mapping[str, Any]) -> Challenge:
        """What `as_record` made."""
        return cls(kept["id"], tuple(kept["words"]), datetime.fromisoformat(kept["until"]), kept["left"])


def words_wrong(asked: Sequence[str], heard: Sequence[str]) -> int:
    """How many words would have to be changed, added or left out to make one of the other: the edit distance."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(asked, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def heard_words(pcm: bytes, model: RecognizerModel, words: Sequence[str] = (*WORDS, *DIGITS)) -> list[str]:
    """The words of the list that are in some speech, in their order. Blocks.

    Args:
        pcm: 16 kHz, 16 bit.
        model: Hears.
        words: The list.
    """
    recognizer = model.recognizer(words)
    for at in range(0, len(pcm), PIECE_BYTES):
        recognizer.accept(pcm[at : at + PIECE_BYTES], at // 32)
    return [word.text for word in recognizer.finish().words if word.text != "[unk]"]
