"""What is said about lists: which list, and which things. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.everyday.lists import LONGEST_NAME

SHOPPING, TO_DO = "shopping", "to-do"

LONG_PAUSE_MS = 220
"""Between two words of a spoken enumeration: the comma that no recogniser writes."""

NAME_WORDS = 3
"""A list's name is at most so long."""

_NAMES = {
    r"(?:grocer(?:y|ies)|shop|store|supermarket|food)": SHOPPING,
    r"(?:to do|todo|to-do|tasks?|chores?|jobs?)": TO_DO,
}
_WHOSE = frozenset("my the our a that this her his their new same whole entire any".split())
_WHERE = frozenset("to on onto in into from off of for with at".split())
_NO_NAME = (
    _WHOSE
    | _WHERE
    | frozenset(
        "add put write note take remove delete clear empty make create start begin read tell show give me what's what "
        "is are there check open another all please you can could would have do i up down out it and".split()
    )
)
_DOING = frozenset("do read watch see buy try visit call pack".split())
"""After "to", a part of a name: a to-do list, books to read."""

_CALLED = re.compile(r"\blists? (?:called|named|for|of|with) (?:the |my |our )?(?P<name>[a-z' -]+)")
_POLITE = re.compile(
    r"^(?:(?:please|hey|hi|ok|okay|so|and|also|then|well|um|uh|no|yes|can you|could you|would you|will you|you can|"
    r"i want you to|i'd like you to|i want to|i'd like to|let's|go ahead and)(?:,? |$))+"
)
_END = re.compile(r"(?: (?:please|too|as well|again|now|thanks|thank you|for me))+$")
_NEED = (
    r"(?:i|we)(?:'ll| will| also)? (?:need|want|have to get|must get|should get|should buy|ran out of|run out of)"
    r"(?: to (?:buy|get))?|(?:we're|we are|i'm|i am) (?:(?:running )?(?:out of|low on))|there's no(?: more)?"
)
_ADD = re.compile(
    rf"^(?:add|put|write(?: down)?|note(?: down)?|place|include|stick|throw|get|buy|{_NEED})"
    r"(?: (?:on|to|in|down))?(?: |$)"
)
_TAKE = re.compile(
    r"^(?:remove|delete|take|cross|tick|check|scratch|strike|drop|erase|mark|forget|"
    r"(?:i|we)(?:'ve| have)? (?:already )?(?:got|bought|did|done|finished|have)|(?:(?:i|we) )?don't need)"
    r"(?: (?:off|out|away))?(?: |$)"
)
_AFTER = re.compile(r" (?:off|out|away|as done|done|already|any ?more|is done|are done)$")
_PAIRS = ("mac and cheese", "fish and chips", "half and half", "gin and tonic", "salt and vinegar")
_JOINED = re.compile(r" *[,;]+ *(?:and |plus )?| (?:and(?: also| then)?|plus|as well as) ")
_LEADING = re.compile(r"^(?:(?:also|and|some|the|a|an) )+")
_NOTHING = frozenset("something anything it that this things stuff everything and".split())
_CORRECTION = re.compile(
    r"^(?:(?:i (?:said|meant|mean)|make (?:that|it)|that's|it's|that should be|it should be|should be|rather) )?"
    r"(?P<right>.+?)(?: (?:not|instead of|rather than) (?P<wrong>.+))?$"
)
_NO = re.compile(r"^(?:(?:no|nope|sorry|wait|actually|not that)(?:,? |$))+")


@dataclass(frozen=True)
class _Mention:
    """A list in a message: its words from one place to another, and its name where it has one."""

    start: int
    end: int
    name: str


def list_named(text: str) -> str | None:
    """The list that a message names: "shopping", "to-do", or any other; None where it says just "the list", or none."""
    said = _plain(text)
    if called := _CALLED.search(said):
        return _known(called["name"])
    return next((_known(each.name) for each in _mentions(said.split()) if each.name), None)


def things_added(text: str, words: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """The things that a message puts on a list, or that answer "What shall I add?".

    Args:
        text: As it was recognised or typed.
        words: Its words, where it was spoken, with when each was said; see the protocol's `final`.
    """
    return _things(_ADD.sub("", _core(_with_pauses(text, words))))


def things_taken(text: str) -> list[str]:
    """The things that a message takes off a list, or ticks off."""
    return _things(_AFTER.sub("", _TAKE.sub("", _core(text))))


def thing_corrected(text: str) -> tuple[str, str | None] | None:
    """What is right, and what it takes the place of where that was said: "no, oat milk", "i said oats not goats"."""
    found = _CORRECTION.match(_NO.sub("", _END.sub("", _plain(text))))
    things = _things(_core(found["right"])) if found is not None else []
    return (" and ".join(things), found["wrong"]) if found is not None and things else None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w',;\- ]+", " ", text.lower()).split())


def _mentions(words: Sequence[str]) -> list[_Mention]:
    found = []
    for end, word in enumerate(words):
        if word.strip(",;") not in ("list", "lists"):
            continue
        start = end
        while (
            start
            and end - start < NAME_WORDS
            and (
                words[start - 1] not in _NO_NAME
                or (words[start - 1] in _DOING and start > 1 and words[start - 2] == "to")
                or (words[start - 1] == "to" and start < end and words[start] in _DOING)
            )
        ):
            start -= 1
        name = " ".join(words[start:end])
        while start and words[start - 1] in _WHOSE:
            start -= 1
        if start and words[start - 1] in _WHERE:
            start -= 1
        found.append(_Mention(start, end + 1, name))
    return found


def _core(text: str) -> str:
    """A message without its politeness and its list."""
    said = _CALLED.sub("list", _POLITE.sub("", _END.sub("", _plain(text))))
    words = said.split()
    for mention in reversed(_mentions(words)):
        del words[mention.start : mention.end]
    return _END.sub("", _POLITE.sub("", " ".join(words))).strip(" ,")


def _things(said: str) -> list[str]:
    for number, pair in enumerate(_PAIRS):
        said = said.replace(pair, f"\0{number}")
    parts = [" ".join(part.split()) for part in _JOINED.split(said)]
    for number, pair in enumerate(_PAIRS):
        parts = [part.replace(f"\0{number}", pair) for part in parts]
    found = [_LEADING.sub("", part).strip() for part in parts]
    return [part for part in found if part and part not in _NOTHING]


def _with_pauses(text: str, words: Sequence[Mapping[str, Any]]) -> str:
    """The text, with a comma where the speaker paused, if it is what these words say."""
    if [str(each.get("word")) for each in words] != text.split():
        return text
    said = ""
    for word, following in zip(words, [*words[1:], None], strict=True):
        said += str(word["word"])
        if following is not None:
            said += ", " if following["start_ms"] - word["end_ms"] >= LONG_PAUSE_MS else " "
    return said


def _known(name: str) -> str:
    known = next((known for words, known in _NAMES.items() if re.fullmatch(words, name)), name)
    return textwrap.shorten(known, LONGEST_NAME, placeholder="")
