"""Text as it would be written down, with the way back to what was said: "oh seven double five" as `0755`.

Digits, number words and dashes in all their forms become plain ones, so that one set of patterns reads speech and
typing alike. What the patterns look for lives in `personal_data` and `addresses`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPAQUE = "\ue000"
"""Stands in written text for what was redacted; of Unicode's private use, so no pattern takes it for a letter."""

LABEL = re.compile(rf"(?:\[(?:[a-z -]{{2,24}}(?: ending [0-9]{{4}})?|[a-z -]{{2,24}}:[a-p]{{16}})\]|{OPAQUE})+")
"""What `redaction` leaves in the place of a finding; such labels are never looked into again."""

_TOKEN = re.compile(rf"{LABEL.pattern}|[^\W\d_]+(?:['’][^\W\d_]+)*|.", re.DOTALL)
_REPEATS = {"double": 2, "triple": 3, "treble": 3}
_NOUGHTS = frozenset({"oh", "o", "nought", "naught"})
_GAP = frozenset(" \t-")


@dataclass(frozen=True)
class Written:
    """Written text, and where each of its characters comes from.

    Attributes:
        text: As it would be written, in the case of the source.
        starts: For each character, where its source begins.
        ends: For each character, where its source ends.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to `end`, at least one, come from."""
        return self.starts[start], self.ends[end - 1]


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    word: bool


def as_written(text: str) -> Written:
    """Never raises; takes time in proportion to the text's length."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for written, start, end in _pieces(_tokens(text)):
        characters.append(written)
        starts.extend([start] * len(written))
        ends.extend([end] * len(written))
    return Written("".join(characters), tuple(starts), tuple(ends))


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        token = found.group()
        if LABEL.fullmatch(token):
            tokens.append(_Token(OPAQUE, found.start(), found.end(), word=False))
        elif len(token) > 1 or token.isalpha():
            tokens.append(_Token(token, found.start(), found.end(), word=True))
        else:
            tokens.append(_Token(_plain(token), found.start(), found.end(), word=False))
    return tokens


def _plain(character: str) -> str:
    """One character in its plainest form; nothing for those without width."""
    if character in "\n\t" or character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    kind = unicodedata.category(character)
    return {"Cf": "", "Pd": "-", "Zs": " "}.get(kind, "'" if character == "’" else character)


def _pieces(tokens: Sequence[_Token]) -> Iterator[tuple[str, int, int]]:
    """Written text with its source's start and end, piece by piece."""
    at = 0
    while at < len(tokens):
        if not tokens[at].word:
            yield tokens[at].text, tokens[at].start, tokens[at].end
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and (tokens[end].word or tokens[end].text in _GAP):
            end += 1
        yield from _phrase(tokens[at:end])
        at = end


def _phrase(tokens: Sequence[_Token]) -> Iterator[tuple[str, int, int]]:
    """A stretch of words: its numbers as digits, those that follow each other as one."""
    words = [index for index, token in enumerate(tokens) if token.word]
    numbers = _numbers([tokens[index] for index in words])
    after_digits = False
    gap: list[_Token] = []
    position = 0
    while position < len(words):
        number, count = numbers.get(position, ("", 1))
        first, last = tokens[words[position]], tokens[words[position + count - 1]]
        if not (after_digits and number.isdecimal()):
            yield from ((token.text, token.start, token.end) for token in gap)
        yield number or first.text.replace("’", "'"), first.start, last.end
        after_digits = number.isdecimal()
        following = words[position + count] if position + count < len(words) else len(tokens)
        gap = list(tokens[words[position + count - 1] + 1 : following])
        position += count
    yield from ((token.text, token.start, token.end) for token in gap)


def _numbers(words: Sequence[_Token]) -> dict[int, tuple[str, int]]:
    """Digits and how many words they took, by the first word's place."""
    from text_to_num import find_numbers  # only where people's words are looked through

    lower = [word.text.lower() for word in words]
    found = {
        one.start: (one.text.replace(",", ""), one.end - one.start)
        for one in find_numbers([_Spoken(word) for word in lower], "en", 0)
    }
    for place, word in enumerate(lower[:-1]):
        digits, count = found.get(place + 1, ("", 0))
        if word in _REPEATS and lower[place + 1] in _NOUGHTS and not digits:
            found[place] = ("0" * _REPEATS[word], 2)
        elif word in _REPEATS and len(digits) == count == 1:
            found[place] = (digits * _REPEATS[word], 2)
            del found[place + 1]
    taken = {index for start, (_, count) in found.items() for index in range(start, start + count)}
    for place, word in enumerate(lower):
        if word in _NOUGHTS and place not in taken and (place - 1 in taken or place + 1 in taken):
            found[place] = ("0", 1)
            taken.add(place)
    return found


class _Spoken:
    """A word as text2num asks for it."""

    def __init__(self, word: str) -> None:
        self._word = word

    def text(self) -> str:
        return self._word

    def text_lowercase(self) -> str:
        return self._word

    def nt_separated(self, _previous: _Spoken) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False
