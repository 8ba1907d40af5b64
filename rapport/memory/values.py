"""What a memory is. Values only; where they are kept and how they are found lives elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import numpy as np
import numpy.typing as npt

from rapport.privacy.purposes import Purpose

Vector = npt.NDArray[np.float32]
"""A unit vector of shape (384,), as `rapport.embedding` makes it."""


class Kind(str, Enum):
    """What sort of thing is remembered; how long it is kept follows from it (rapport/privacy/retention.py)."""

    FACT = "fact"
    PREFERENCE = "preference"
    EVENT = "event"
    RELATION = "relation"
    ROUTINE = "routine"
    NOTE = "note"
    SUMMARY = "summary"
    """What a session was about, written at its end."""


class Sensitivity(str, Enum):
    """How much harm it could do if it got out."""

    NORMAL = "normal"
    SENSITIVE = "sensitive"
    """Health, belief, politics, sexuality, origin, money, offences: the special categories of GDPR, articles 9 and 10,
    and what people treat alike. Kept only after a question of its own."""


@dataclass(frozen=True)
class Statement:
    """A memory in canonical form, where it has one: `my sister` · `lives in` · `oslo`.

    Attributes:
        subject: Whom or what it is about, as the person would say it, lower case: `me`, `my sister`.
        attribute: What is said of it, lower case; one subject has one value of a single-valued attribute.
        value: As the person said it.
        many: Whether the attribute takes several values beside each other (`likes`), so that a new one is added
            where it would else supersede the old one.
    """

    subject: str
    attribute: str
    value: str
    many: bool = False


@dataclass(frozen=True)
class Provenance:
    """Where a memory comes from, so that "why do you know that" has an answer.

    Attributes:
        session: The session in which it was told or derived.
        turn: The session's turn, counted from 1; None where it comes from no single one.
        words: The person's own words as they were recognised or typed; None for what was derived.
        source: How it came: `asked` (they asked to remember it), `passing` (said in passing), `page`, `derived`.
        derived_from: Ids of the memories it was derived from; it falls with any of them.
        confidence: The recogniser's confidence in the words, 0 to 1; None for typed ones.
        models: Versions of what had a part in it, by part: `recognizer`, `embedding`.
    """

    session: str
    source: str = "asked"
    turn: int | None = None
    words: str | None = None
    derived_from: tuple[str, ...] = ()
    confidence: float | None = None
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Memory:
    """One thing that is remembered about a person. All times are aware and in UTC.

    Attributes:
        id: 32 hex digits, random.
        kind: What sort of thing it is.
        text: The memory as it is told to the person, without a full stop: `your sister lives in Oslo`.
        statement: Its canonical form, where it has one.
        context: What was said around it, as far as it helps to find it; never told.
        provenance: Where it comes from.
        purpose: What it was agreed to be kept for.
        consent_version: The version of the wording that was agreed to.
        created: When it was first told.
        confirmed: When it was last told or affirmed.
        used: When it last had a part in an answer.
        expires: When it is deleted; None never.
        sensitivity: How much harm it could do.
        superseded_by: Id of the memory that took its place; kept as history until it expires.
    """

    id: str
    kind: Kind
    text: str
    provenance: Provenance
    purpose: Purpose
    consent_version: int
    created: datetime
    confirmed: datetime
    statement: Statement | None = None
    context: str | None = None
    used: datetime | None = None
    expires: datetime | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    superseded_by: str | None = None

    @property
    def indexed(self) -> str:
        """The text that is searched by words and made into the vector."""
        return self.text
