"""Working memory: what was said in this session, as far as the conversation itself holds it.

Made anew from the session's turns at each question, and kept nowhere: with the session it is gone. Looked at before
what is kept for long, so that an answer fits what was just said, with or without a consent to remember.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapport.memory.corrections import correction
from rapport.memory.drafts import Embed
from rapport.memory.facts import Fact, asked_to_remember, fact, note
from rapport.memory.phrasing import told_back
from rapport.memory.questions import Asked

NEAR = 0.4
"""Cosine of a topic and a sentence from which the sentence is about it: with MiniLM, "the heating" and "my boiler broke
down" have 0.40, "my holiday" and "tell me a joke" 0.19 (a handful of pairs, read off by hand)."""

LONGEST = 50
"""Turns that are looked at, the latest: a new one costs a run of the model, 5 ms."""

_QUESTION = re.compile(
    r"^(?:and |so |but )?(?:what|where|when|who|why|how|which|whose|do|does|did|is|are|was|were|can|could|will|would|"
    r"tell|show|play|set|repeat|forget|delete|remind)\b",
    re.IGNORECASE,
)
_STOP = frozenset(
    "the a an my your our this that these those is are was were be to of in on at for and or with about it i you we me "
    "do did have has just so".split()
)


@dataclass(frozen=True)
class Utterance:
    """What the person said in a turn.

    Attributes:
        turn: The session's turn, counted from 1.
        words: As recognised or typed.
        at: When.
        corrects: Whether it was taken for a correction of what was told last.
    """

    turn: int
    words: str
    at: datetime
    corrects: bool = False


@dataclass(frozen=True)
class Said:
    """An utterance that told something, and what it told."""

    utterance: Utterance
    fact: Fact


class WorkingMemory:
    """A session's turns, as something to ask.

    Args:
        utterances: Of the session, oldest first.
        let_go: Turns that the person had forgotten.
    """

    def __init__(self, utterances: Iterable[Utterance], *, let_go: Collection[int] = ()) -> None:
        said: list[Said] = []
        last: Fact | None = None
        for each in list(utterances)[-LONGEST:]:
            if each.turn in let_go or _QUESTION.match(each.words):
                continue
            told = _told(each, last)
            if told is not None:
                said.append(Said(each, told))
                last = told
        self._said = said

    def all(self) -> Sequence[Said]:
        """What was told, oldest first."""
        return self._said

    def about(self, asked: Asked) -> list[Said]:
        """What answers a question in canonical form, latest first; what was corrected since is left out."""
        found: list[Said] = []
        for each in reversed(self._said):
            statement = each.fact.statement
            if statement is None or statement.subject != asked.subject:
                continue
            if asked.attributes and statement.attribute not in asked.attributes:
                continue
            if asked.value is not None and asked.value.lower() not in statement.value.lower():
                continue
            known = {one.fact.statement.attribute for one in found if one.fact.statement and not statement.many}
            if statement.attribute not in known:
                found.append(each)
        return found

    def near(self, topic: str, embed: Embed | None = None) -> list[Said]:
        """What was said about a topic, latest first: by its words, and by meaning where there is a model for it."""
        wanted = _content(topic)
        vector = embed(topic) if embed else None
        return [
            each
            for each in reversed(self._said)
            if wanted & _content(each.utterance.words)
            or (embed and vector is not None and float(embed(each.utterance.words) @ vector) >= NEAR)
        ]


def _told(utterance: Utterance, last: Fact | None) -> Fact | None:
    referent = last.statement.subject if last and last.statement else None
    if utterance.corrects and last is not None:
        return correction(utterance.words, text=last.text, kind=last.kind, statement=last.statement)
    rest = asked_to_remember(utterance.words)
    if not rest:
        return None
    return fact(rest, referent=referent) or note(rest)


def _content(words: str) -> set[str]:
    plain = re.sub(r"[^\w ]+", " ", told_back(words).lower()).split()
    return {word.removesuffix("s") for word in plain if word not in _STOP}
