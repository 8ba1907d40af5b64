"""What somebody is called, as they say it: "call me sam", "no, samuel", "it's spelled s a m".

Reads a name out of words that were recognised or typed, and spells it back. Whether it may be kept is not decided here.
"""

from __future__ import annotations

import re

LONGEST = 40
"""Characters; more is a sentence, not what somebody wants to be called."""
MOST_WORDS = 4

_INTRODUCED = re.compile(
    r"\b(?:(?:call|calls|calling|called|named) (?:me )?|(?:names?|spelled|spelt) (?:is |as |was )|(?:the |my )names? "
    r"|name's |spell(?:ed|t)? (?:it )?|(?:i am|i'm|im|it is|it's|its|that's|that is|this is|i said|i meant|i mean) "
    r"|go by (?:the name of )?|to |as )"
)
_WRONG = re.compile(r"\b(?:not|isn't|is not|instead of|don't call me) (?P<name>[^\W\d_][\w'-]*)")
_LETTERS = re.compile(r"(?<![\w'])(?:[a-z](?:[ .-]+|$)){2,}(?![\w'])")
_BEFORE = frozenset(
    "no nope nah not yes yeah well uh um er oh so but and please sorry hi hello hey hm actually just rather really "
    "only simply better is it's its my name name's me you can should may".split()
)
_AFTER = frozenset(
    "please now instead thanks thank you actually then okay ok by the way and that's it but from on".split()
)
_NO_NAMES = frozenset(
    "a an the tell answer know give want i me you he she it we they this that these those there here what who how "
    "why when where which nothing nobody anything something someone anybody name names right wrong correct again "
    "later skip none whatever better never mind called is was are be do don't doesn't have has say said it's its "
    "i'm that's one fine good okay ok yes no anymore not my your of for to with about as in on up question next "
    "pass stop cancel wait what's spelled spelt letters busy tired sure".split()
)


def name_in(text: str) -> str | None:
    """The name that somebody gives themselves, with capitals; None where the words hold none.

    What was typed with a capital keeps its capitals. Letters that were spelled out win over the word before them.

    Args:
        text: The message, as recognised or typed.
    """
    words = " ".join(re.sub(r"[^\w' .-]", " ", text.replace("’", "'")).split())
    lower = words.lower()
    if spelled := _spelled_out(lower):
        return spelled
    introduced = list(_INTRODUCED.finditer(lower))
    beginnings = [found.end() for found in reversed(introduced)] + [0]
    for beginning in beginnings:
        name = _name(words[beginning:])
        if name is not None:
            return name
    return None


def spelled(name: str) -> str:
    """A name letter by letter, for the ear: `S, A, M`; a short pause between its words."""
    return ". ".join(", ".join(letter.upper() for letter in word if letter.isalpha()) for word in name.split())


def _spelled_out(lower: str) -> str | None:
    runs = [re.findall(r"[a-z]", run.group()) for run in _LETTERS.finditer(lower)]
    letters = max(runs, key=len, default=[])
    # "i" and "a" are words too.
    if len(letters) < 2 or set(letters) <= {"a", "i"}:
        return None
    return "".join(letters).capitalize()


def _name(words: str) -> str | None:
    for wrong in reversed(list(_WRONG.finditer(words.lower()))):
        words = f"{words[: wrong.start()]} {words[wrong.end() :]}"
    kept = [word.strip(".'-") for word in words.split()]
    kept = [word for word in kept if word]
    while kept and kept[0].lower() in _BEFORE:
        kept.pop(0)
    while kept and kept[-1].lower() in _AFTER:
        kept.pop()
    if not 1 <= len(kept) <= MOST_WORDS or any(word.lower() in _NO_NAMES for word in kept):
        return None
    if not all(re.fullmatch(r"[^\W\d_]+(?:['-][^\W\d_]+)*", word) for word in kept):
        return None
    name = " ".join(word if word != word.lower() else _capital(word) for word in kept)
    return name if len(name) <= LONGEST else None


def _capital(word: str) -> str:
    return re.sub(r"(?:^|(?<=['-]))[^\W\d_]", lambda first: first.group().upper(), word)
