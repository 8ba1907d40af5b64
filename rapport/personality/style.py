"""How somebody likes to be answered: in few words, warmly, playfully, or with more to it.

A style chooses among the variants that a response has (`condition` on the slot `style` in `domain.yml`); it changes
no fact. Said outright it is kept as it was said; else it is learnt: who cuts answers off again and again is answered
in few words. What was said always wins, also "as usual". All of it rests on `voice_personalization`, and goes with
it. Blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from rapport.errors import ConsentMissing
from rapport.people import Person
from rapport.personality.voice import VOICE
from rapport.privacy.purposes import Purpose

RECORD = VOICE + "style"
VERSION = 1
"""Of the form that it is kept in."""

WEIGHT = 0.3
"""Of a session's answers in what is known of how patient somebody is: after four sessions three quarters are theirs."""
IMPATIENT = 0.4
"""Share of answers that are cut off, and not gone on with, from which they are too long."""
LEAST_ANSWERS = 3
"""Of a session, for it to tell anything."""


class Style(str, Enum):
    """A way to answer, by the name that variants have it by."""

    CONCISE = "concise"
    WARM = "warm"
    PLAYFUL = "playful"
    EXPERT = "expert"


_WORDS = {
    Style.CONCISE: r"short(?:er)?|brief(?:er|ly)?|concise(?:ly)?|terse",
    Style.WARM: r"friendly|friendlier|warm(?:er|ly)?|kind(?:er)?|nicer?|gentler?|caring|politer?",
    Style.PLAYFUL: r"playful|funn(?:y|ier)|fun|sill(?:y|ier)|cheeky|jok(?:es?|ing)|humou?r(?:ous)?|witty",
    Style.EXPERT: r"experts?|detail(?:s|ed)?|thorough|precise|in depth|technical|long(?:er)?|explain|more information",
}
_ANY = "|".join(_WORDS.values())
_WISHES: tuple[tuple[str, Style | None], ...] = (
    (r"(?:less|so|too) serious|(?:loosen|lighten) up", Style.PLAYFUL),
    (r"too (?:short|brief|terse)", Style.EXPERT),
    (
        r"too (?:long|much|wordy|detailed)|so much|chatty|chit ?chat|wordy|rambl\w+|few(?:er)? words|less talk\w*"
        r"|on and on|cut (?:to )?the chase|to the point",
        Style.CONCISE,
    ),
    (rf"(?:less|not|don't|stop|quit|no more)\b.*\b(?:{_ANY})", None),
    *((words, style) for style, words in _WORDS.items()),
    (r"usual(?:ly)?|normal(?:ly)?|yourself|default|no (?:special )?style|any style|like before|as before|reset", None),
)
"""What is said for which, the first that fits; None is the usual one. "Less playful" is the usual one, too."""


def style_wish(text: str) -> tuple[bool, Style | None]:
    """What way of answering a message wishes for: whether there is one, and which; None is the usual one.

    Args:
        text: Lower case.
    """
    for words, style in _WISHES:
        if re.search(rf"\b(?:{words})\b", text):
            return True, style
    return False, None


@dataclass(frozen=True)
class Manner:
    """How somebody is answered, and why.

    Attributes:
        style: The way; None is the usual one.
        said: They said so; else it was learnt.
        cut_off: Share of answers that they cut off, weighted towards the last sessions; 0 to 1.
        sessions: In how many sessions that was looked at.
    """

    style: Style | None = None
    said: bool = False
    cut_off: float = 0.0
    sessions: int = 0

    @property
    def now(self) -> Style | None:
        """The way that counts: what was said, else what was learnt."""
        if self.said:
            return self.style
        return Style.CONCISE if self.cut_off >= IMPATIENT and self.sessions > 1 else None

    def after(self, answers: int, cut_off: int) -> Manner:
        """With one more session.

        Args:
            answers: That were given in it.
            cut_off: Of those, how many were cut off, and not gone on with.
        """
        if answers < LEAST_ANSWERS:
            return self
        share = cut_off / answers
        weighted = share if not self.sessions else self.cut_off + WEIGHT * (share - self.cut_off)
        return Manner(self.style, self.said, weighted, self.sessions + 1)


def manner_of(person: Person) -> Manner:
    """How they are answered.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    kept = person.record(RECORD, Purpose.VOICE_PERSONALIZATION)
    if kept is None:
        return Manner()
    style = kept["style"]
    return Manner(Style(style) if style else None, kept["said"], kept["cut_off"], kept["sessions"])


def keep_manner(person: Person, manner: Manner) -> None:
    """Answer them like this from now on.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    record: dict[str, Any] = {
        "version": VERSION,
        "style": manner.style.value if manner.style else None,
        "said": manner.said,
        "cut_off": round(manner.cut_off, 4),
        "sessions": manner.sessions,
    }
    person.keep_record(RECORD, record, Purpose.VOICE_PERSONALIZATION)


def keep_style(person: Person, style: Style | None) -> Manner:
    """Answer them as they said from now on; None is the usual way. Gives what is kept then.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    manner = replace(manner_of(person), style=style, said=True)
    keep_manner(person, manner)
    return manner


def manner_now(person: Person) -> Manner:
    """How they are answered; as usual without a consent."""
    try:
        return manner_of(person)
    except ConsentMissing:
        return Manner()


def style_now(person: Person) -> Style | None:
    """The way in which they are answered; the usual one without a consent."""
    return manner_now(person).now
