"""What goes into a person's memories and what comes of it: drafts, what may be kept of them, how much there may be.

Values and ports only; `memories` does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from rapport.memory.values import Kind, Memory, Provenance, Sensitivity, Statement, Vector


class Embed(Protocol):
    """Makes a text's vector."""

    @property
    def version(self) -> str:
        """Changes with the model: vectors of two versions don't compare."""

    def __call__(self, text: str) -> Vector:
        """A unit vector."""


class Screen(Protocol):
    """Looks at a text before it is kept."""

    def __call__(self, text: str, *, asked: bool) -> Screened:
        """Say what may be kept of it; more where the person asked for that."""


@dataclass(frozen=True)
class Screened:
    """What may be kept of a text.

    Attributes:
        text: The text, with what must not lie about masked.
        refused: It holds something that is never kept, such as a password.
        sensitivity: How much harm it could do.
        found: Categories of what was found, for the person to be told.
    """

    text: str
    refused: bool = False
    sensitivity: Sensitivity = Sensitivity.NORMAL
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quota:
    """How much may be kept of one person."""

    items: int = 10_000
    bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True)
class Draft:
    """A memory to be: what it says and where it comes from; the rest follows."""

    kind: Kind
    text: str
    provenance: Provenance
    statement: Statement | None = None
    context: str | None = None


class Outcome(str, Enum):
    """What became of a draft."""

    NEW = "new"
    CONFIRMED = "confirmed"
    """It was known already, and holds on."""
    SUPERSEDED = "superseded"
    """It took the place of what was known before."""


@dataclass(frozen=True)
class Kept:
    """What was kept.

    Attributes:
        memory: As it is kept now.
        outcome: New, known already, or in the place of another.
        before: What it took the place of.
        found: Categories of personal data that were masked.
    """

    memory: Memory
    outcome: Outcome
    before: Memory | None = None
    found: tuple[str, ...] = ()
