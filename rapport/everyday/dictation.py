"""Dictation: what is said is written down until it is ended, but for what steers it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Command(Enum):
    """What somebody who dictates may want besides that something is written."""

    END = "end"
    STRIKE = "strike"
    READ = "read"
    BEGIN_ANEW = "begin_anew"
    DISCARD = "discard"


_PLEASE = r"(?:(?:okay|ok|alright|no|and|now|please|thanks|thank you|um|uh) )*"
_IT = r"(?:it|that|this|(?:the |this |my )?(?:note|dictation)|everything)"
_ALONE = (
    (
        Command.END,
        r"that(?:'s| is| was|ll be| will be)? (?:all|it|everything)(?: for now)?|"
        r"(?:i'm |i am |we're )?(?:done|finished)|"
        rf"(?:end|stop|finish|close|save|keep)(?: of)?(?: {_IT}| dictating)?",
    ),
    (
        Command.STRIKE,
        r"(?:scratch|strike|delete|undo|remove|erase|drop|take back)(?: out)? "
        r"(?:that|the last (?:one|sentence|line|part|bit|thing)|what i just said)",
    ),
    (
        Command.READ,
        rf"(?:can you |could you )?(?:read|say|repeat) {_IT}(?: back)?(?: to me)?(?: again)?|read back|"
        r"what (?:do|have) (?:you|i|we) (?:have|got)(?: so far)?|what did i say(?: so far)?",
    ),
    (Command.BEGIN_ANEW, r"(?:start|begin)(?: all)? (?:over|again|anew)(?: again)?|from the (?:beginning|top|start)"),
    (
        Command.DISCARD,
        rf"cancel(?: {_IT})?|never ?mind|forget (?:{_IT}|about it)|don't (?:save|keep|write) {_IT}|"
        r"(?:discard|throw away|delete) (?:it|the note|everything|the dictation|all of it)",
    ),
)
_COMMANDS = tuple(
    (command, re.compile(rf"^{_PLEASE}(?:{words})(?: (?:please|now|then|thanks|thank you))*$"))
    for command, words in _ALONE
)
_ENDS_WITH = re.compile(
    r"[,.]? (?:that's all|that is all|end of (?:note|dictation)|end (?:note|dictation)|stop dictation)$"
)

_MARKS = {
    "comma": ",",
    "full stop": ".",
    "period": ".",
    "question mark": "?",
    "exclamation mark": "!",
    "exclamation point": "!",
    "colon": ":",
    "new line": "\n",
    "new paragraph": "\n",
}
_MARK = re.compile(r" ?\b(comma|full stop|question mark|exclamation (?:mark|point)|new (?:line|paragraph))\b(?: |$)")
_MARK_AT_END = re.compile(r" (period|colon)$")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.?!]\s+|\n\s*)([a-z])")
_I = re.compile(r"\bi(?=\b(?!\.))")


@dataclass(frozen=True)
class Dictated:
    """An utterance, as it is taken while somebody dictates.

    Attributes:
        text: What is to be written of it; empty where it only steers.
        command: What it wants besides.
    """

    text: str
    command: Command | None = None


def dictated(utterance: str) -> Dictated:
    """What an utterance is: a command by itself, words to write, or words and then the end."""
    words = " ".join(utterance.replace("’", "'").split())
    plain = words.lower().rstrip(".!?,")
    for command, pattern in _COMMANDS:
        if pattern.match(plain):
            return Dictated("", command)
    if ends := _ENDS_WITH.search(plain):
        return Dictated(written(words[: ends.start()]), Command.END)
    return Dictated(written(words))


def written(words: str) -> str:
    """Words as they are written: marks that were spoken, a capital at the beginning, a full stop at the end."""
    text = _MARK_AT_END.sub(lambda mark: _MARKS[mark[1].lower()], words.strip())
    text = _MARK.sub(lambda mark: f"{_MARKS[mark[1].lower()]} ", text).strip()
    text = _SENTENCE_BEGINS.sub(lambda begin: begin[0][:-1] + begin[1].upper(), _I.sub("I", text))
    text = re.sub(r" *\n *", "\n", text)
    return text if not text or text[-1] in ".?!:," else f"{text}."


def whole(parts: Sequence[str]) -> str:
    """What was written so far, as one text."""
    return " ".join(parts).replace(" \n", "\n").strip()
