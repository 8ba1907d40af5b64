"""How a word is to be said, from somebody's words: "my name is pronounced shi vawn", "say nguyen like win"."""

from __future__ import annotations

import re

LONGEST = 60
"""Characters of a word, and of how it is said."""

_HOW = r"(?:like|as|so|with)"
_SHAPES = (
    r"(?:you |please )*(?:say|pronounce|read) (?P<word>.+?) " + _HOW + r" (?P<spoken>.+)",
    r"(?P<word>.+?) (?:is|it's|its|gets|should be|must be) (?:said|pronounced|spoken|read)(?: "
    + _HOW
    + r")? (?P<spoken>.+)",
    r"(?P<word>.+?) (?:sounds|rhymes)(?: " + _HOW + r")? (?P<spoken>.+)",
    r"(?:you |i |we |they )*(?:say|pronounce|call) (?P<word>my name) (?P<spoken>.+)",
)
_LEAD = re.compile(
    r"^(?:(?:no|okay|ok|please|and|actually|well|hey|by the way|it's|can you|could you|would you|will you|you can|"
    r"you should|you have to|you need to|from now on|the (?:name|word)|name|word) )+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"(?: (?:please|from now on|instead|then|okay|thanks|thank you))+$", re.IGNORECASE)
_OWN = re.compile(r"^(?:my|our)(?: (?:first|own))? name$|^(?:me|it|that)$")
"""Who says no word means their name, of which it is said most often."""
_NO_SOUND = re.compile(
    r"^(?:(?:all|so|very|always|still) )*(?:wrong|strong|right|correct\w*|bad\w*|again|differently)$"
)


def pronunciation(text: str, own_name: str | None) -> tuple[str, str] | None:
    """The word, and how it is said; None where a message does not say both.

    Args:
        text: As it was recognised or typed.
        own_name: What "my name" stands for, where that is known.
    """
    said = " ".join(re.sub(r"[^\w'\- ]+", " ", text).split())
    said = _TAIL.sub("", _LEAD.sub("", said))
    for shape in _SHAPES:
        if found := re.fullmatch(shape, said, re.IGNORECASE):
            word, spoken = found["word"].strip(), found["spoken"].strip()
            if _OWN.match(word.lower()):
                word = own_name or ""
            if _NO_SOUND.match(spoken.lower()):
                return None
            if word and spoken and max(len(word), len(spoken)) <= LONGEST and word.lower() != spoken.lower():
                return word, spoken
            return None
    return None
