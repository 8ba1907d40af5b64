"""When each character of a text is heard in its speech. Pure.

A local voice does not tell, so the time is shared out by what each character takes to be said; the silence at the end
belongs to the last one. Starts and ends fill the sound without a gap, which is what clients rely on.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DIGIT_SHARE = 4.0
SPACE_SHARE = 0.3
MARK_SHARE = 0.2
"""Shares of time, where a letter's is 1: a digit is spoken as a word of some four letters."""


@dataclass(frozen=True)
class Alignment:
    """Characters and their times.

    Attributes:
        chars: The text, character by character.
        bounds_ms: Where each begins, and where the last ends: one more than there are characters.
    """

    chars: str
    bounds_ms: tuple[float, ...]

    @property
    def duration_ms(self) -> float:
        """From the first character's begin to the last one's end."""
        return self.bounds_ms[-1] - self.bounds_ms[0]

    def slice(self, start: int, end: int) -> Alignment:
        """Some of the characters, with times from the first of them on."""
        offset = self.bounds_ms[start]
        return Alignment(self.chars[start:end], tuple(bound - offset for bound in self.bounds_ms[start : end + 1]))

    def between(self, from_ms: float, to_ms: float) -> Alignment:
        """The characters that begin within a stretch of time, with times from its begin on, and none beyond its end."""
        begun = [index for index, start in enumerate(self.bounds_ms[:-1]) if from_ms <= start < to_ms]
        if not begun:
            return Alignment("", (0.0,))
        first, last = begun[0], begun[-1]
        bounds = [min(bound, to_ms) - from_ms for bound in self.bounds_ms[first : last + 2]]
        return Alignment(self.chars[first : last + 1], tuple(bounds))

    def as_seconds(self, offset_ms: float = 0.0) -> dict[str, Any]:
        """As the HTTP endpoints give it."""
        bounds = [round((bound + offset_ms) / 1_000, 3) for bound in self.bounds_ms]
        return {
            "characters": list(self.chars),
            "character_start_times_seconds": bounds[:-1],
            "character_end_times_seconds": bounds[1:],
        }

    def as_milliseconds(self, durations_field: str) -> dict[str, Any]:
        """As the sockets give it."""
        bounds = [round(bound) for bound in self.bounds_ms]
        return {
            "chars": list(self.chars),
            "charStartTimesMs": bounds[:-1],
            durations_field: [end - start for start, end in itertools.pairwise(bounds)],
        }


def align(text: str, *, spoken_ms: float, whole_ms: float) -> Alignment:
    """Share the time out among the characters.

    Args:
        text: What is said.
        spoken_ms: How long it is said for.
        whole_ms: The same, with the silence after it.
    """
    shares = [_share(character) for character in text]
    per_share = spoken_ms / sum(shares) if shares else 0.0
    bounds = [0.0]
    for share in shares:
        bounds.append(bounds[-1] + share * per_share)
    bounds[-1] = whole_ms if text else 0.0
    return Alignment(text, tuple(bounds))


def joined(parts: Sequence[Alignment]) -> Alignment:
    """One after the other."""
    bounds = [0.0]
    for part in parts:
        offset = bounds[-1] - part.bounds_ms[0]
        bounds.extend(bound + offset for bound in part.bounds_ms[1:])
    return Alignment("".join(part.chars for part in parts), tuple(bounds))


def _share(character: str) -> float:
    if character.isdigit():
        return DIGIT_SHARE
    if character.isspace():
        return SPACE_SHARE
    return 1.0 if character.isalpha() else MARK_SHARE
