"""How somebody likes to be answered: in few words, warmly, playfully, formally, or with more to it.

A style chooses among the variants that a response has (`condition` on the slot `style` in `domain.yml`); it changes
no fact. Said outright it is kept as it was said, under `voice_personalization`; else it follows from what was learnt of
how they talk (`signals`). What was said always wins, also "as usual". Blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from rapport.errors import ConsentMissing
from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece
from rapport.memory.drafts import Embed
from rapport.people import Person
from rapport.personality.learnt import nearness
from rapport.personality.signals import Signal, Signals, signals_of
from rapport.personality.voice import VOICE
from rapport.privacy.purposes import Purpose

RECORD = VOICE + "style"
VERSION = 2
"""Of the form that it is kept in."""


class Style(str, Enum):
    """A way to answer, by the name that variants have it by."""

    CONCISE = "concise"
    WARM = "warm"
    PLAYFUL = "playful"
    EXPERT = "expert"
    FORMAL = "formal"


FOLLOWS = {
    Style.CONCISE: Signal.CUTS,
    Style.EXPERT: Signal.MORE,
    Style.WARM: Signal.COURTESY,
    Style.PLAYFUL: Signal.HUMOUR,
    Style.FORMAL: Signal.FORMALITY,
}
"""Which signal each follows from."""
_ABOUT = {
    Style.CONCISE: "be quick, only what I need, the short answer",
    Style.EXPERT: "explain how that works, the details and the numbers, why is that",
    Style.WARM: "how do you feel, my family and friends, thank you, that is kind",
    Style.PLAYFUL: "tell me a joke, something funny and silly, a game",
    Style.FORMAL: "an appointment, a meeting at work, a letter to the office",
}
"""What those talk about whom it suits."""

_WORDS = {
    Style.CONCISE: r"short(?:er)?|brief(?:er|ly)?|concise(?:ly)?|terse",
    Style.WARM: r"friendly|friendlier|warm(?:er|ly)?|kind(?:er)?|nicer?|gentler?|caring|politer?",
    Style.PLAYFUL: r"playful|funn(?:y|ier)|fun|sill(?:y|ier)|cheeky|jok(?:es?|ing)|humou?r(?:ous)?|witty",
    Style.FORMAL: r"formal(?:ly)?|proper(?:ly)?|distinguished|businesslike",
    Style.EXPERT: r"experts?|detail(?:s|ed)?|thorough|precise|in depth|technical|long(?:er)?|explain|more information",
}
_ANY = "|".join(_WORDS.values())
_WISHES: tuple[tuple[str, Style | None], ...] = (
    (r"(?:less|so|too) serious|(?:loosen|lighten) up", Style.PLAYFUL),
    (r"too (?:casual|informal)|less casual", Style.FORMAL),
    (r"(?:too|so|less) (?:formal|stiff)|informal(?:ly)?|casual(?:ly)?", None),
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
        share: Of what was learnt: how often they did what it follows from, 0 to 1.
    """

    style: Style | None = None
    said: bool = False
    share: float = 0.0


def learnt_manner(signals: Signals, day: date, near: Callable[[Style], float] = lambda _: 0.0) -> Manner:
    """The way that follows from how somebody talks: of those whose signal is strong enough, the strongest.

    Args:
        signals: What is known of it.
        day: The day.
        near: How near a style is to what they talk about, -1 to 1: it decides between signals that are about as strong.
    """
    strengths = {style: signals.strength(signal, day) for style, signal in FOLLOWS.items()}
    fitting = [style for style, strength in strengths.items() if strength >= 1]
    if not fitting:
        return Manner()
    style = max(fitting, key=lambda each: strengths[each] + near(each))
    return Manner(style, share=signals.shows(FOLLOWS[style], day) or 0.0)


def said_style(person: Person) -> Manner | None:
    """How they said that they want to be answered; None where they didn't.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    kept = person.record(RECORD, Purpose.VOICE_PERSONALIZATION)
    if kept is None:
        return None
    return Manner(Style(kept["style"]) if kept["style"] else None, said=True)


def keep_style(person: Person, style: Style | None) -> None:
    """Answer them as they said from now on; None is the usual way.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    record: dict[str, Any] = {"version": VERSION, "style": style.value if style else None}
    person.keep_record(RECORD, record, Purpose.VOICE_PERSONALIZATION)


def forget_style(person: Person) -> None:
    """Forget what they said; what was learnt counts then.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    person.keep_record(RECORD, None, Purpose.VOICE_PERSONALIZATION)


def manner_now(person: Person, embed: Embed, day: date) -> Manner:
    """How they are answered: as they said, else as was learnt, each where they agreed to that; else as usual.

    Args:
        person: Who.
        embed: Makes vectors.
        day: The day.
    """
    with suppress(ConsentMissing):
        if said := said_style(person):
            return said
    with suppress(ConsentMissing):
        near = nearness(person, embed, day)
        learnt = learnt_manner(signals_of(person), day, lambda style: near(_ABOUT[style]))
        if learnt.style is not None and gets(person, Piece.STYLE, day):
            return learnt
    return Manner()
