"""When each word of a clause is heard, from how far a voice had come at which time. Pure.

A voice says a clause as it is written out ("fourteen thirty"), and a person reads it as it is shown ("14:30"), so
places are told by their share of the letters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class WordTime:
    """A word as it is shown, and when it sounds.

    Attributes:
        text: The word, with its marks.
        start_ms: From the beginning of its clause's sound.
        end_ms: Likewise; not before `start_ms`.
    """

    text: str
    start_ms: int
    end_ms: int


def word_times(text: str, reached: Sequence[tuple[float, float]], whole_ms: float) -> tuple[WordTime, ...]:
    """The words' times.

    Args:
        text: The clause as it is shown.
        reached: Which share of what is spoken (0 to 1) was reached at which time (ms), both rising. Without any, words
            take as long as they have letters.
        whole_ms: The length of the speech, without the pause after it.
    """
    words = text.split()
    lengths = [max(sum(map(str.isalnum, word)), 1) for word in words]
    in_all = sum(lengths)
    marks = [(0.0, 0.0), *((share, min(ms, whole_ms)) for share, ms in reached if 0 < share < 1), (1.0, whole_ms)]
    times = []
    before = 0
    for word, length in zip(words, lengths, strict=True):
        start_ms, end_ms = _at(marks, before / in_all), _at(marks, (before + length) / in_all)
        times.append(WordTime(word, round(start_ms), round(max(start_ms, end_ms))))
        before += length
    return tuple(times)


def heard_by(times: Sequence[WordTime], ms: float) -> str:
    """The words that were heard by a time; one of which most was heard counts."""
    return " ".join(word.text for word in times if ms >= (word.start_ms + 2 * word.end_ms) / 3 and ms > 0)


def _at(marks: Sequence[tuple[float, float]], share: float) -> float:
    """The time at which a share was reached, linear between the marks."""
    number = bisect_left([mark[0] for mark in marks], share)
    if number == 0:
        return marks[0][1]
    (share_before, ms_before), (share_after, ms_after) = marks[number - 1 : number + 1]
    if share_after <= share_before:
        return ms_after
    return ms_before + (ms_after - ms_before) * (share - share_before) / (share_after - share_before)
