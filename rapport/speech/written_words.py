"""Words as recognisers that write for readers have them ("25", "O'Clock,"), as Vosk has them: as they are said."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import numpy as np

from rapport.speech.recognizer import Word
from rapport.speech.spoken_text import SpokenText

_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_SPOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def as_said(written: str, start_s: float, end_s: float, confidence: float, writing: SpokenText) -> Iterator[Word]:
    """What was written as one word, as the words that are said, one after the other.

    Args:
        written: With its punctuation, and numbers in digits.
        start_s: When it begins, in seconds.
        end_s: When it ends.
        confidence: In it, 0 to 1.
        writing: Writes out what is no plain word.
    """
    plain = written.strip().strip('.,!?;:"').lower().replace("’", "'")
    words = [plain] if _PLAIN.fullmatch(plain) else _SPOKEN.findall(writing.written_out(written.strip()).lower())
    edges = [round(edge_ms) for edge_ms in np.linspace(start_s * 1_000, end_s * 1_000, len(words) + 1)]
    for word, (begin, end) in zip(words, itertools.pairwise(edges), strict=True):
        yield Word(word, begin, end, confidence)
