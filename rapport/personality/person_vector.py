"""The person vector: what somebody's talks are about, as one point among the sentence model's vectors. Pure functions.

After each session it moves towards what the session was about, the mean of its sentences' vectors and of what was told
in it, by `MOVES`; without sessions it shrinks, and halves in `HALF_LIFE_DAYS`. So its length, at most 1, says how much
is known, and two things may be compared by how near to it they lie: memories, suggestions, styles.

    v ← (1 - MOVES) · 2^(-days / HALF_LIFE_DAYS) · v + MOVES · mean
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from rapport.memory.values import Vector

MOVES = 0.3
"""How much of the way to a session's mean it goes: after four like it, three quarters."""
HALF_LIFE_DAYS = 90
DIMENSIONS = 384
VERSION = 1
"""Of the form that it is kept in."""


@dataclass(frozen=True)
class PersonVector:
    """Where somebody is.

    Attributes:
        vector: Shape (384,), of a length from 0 to 1.
        day: When it was there.
        model: The sentence model that it is of; others' vectors can't be compared with it.
    """

    vector: Vector
    day: date
    model: str

    def on(self, day: date) -> PersonVector:
        """As it is on a later day."""
        left = 0.5 ** (max(0, (day - self.day).days) / HALF_LIFE_DAYS)
        return PersonVector((self.vector * left).astype(np.float32), max(day, self.day), self.model)

    def nearness(self, vector: Vector) -> float:
        """How near something is to what they talk about, -1 to 1; nearer 0 the less is known of them."""
        return float(self.vector @ vector)

    def as_record(self) -> dict[str, Any]:
        """Plain JSON, as the store keeps it."""
        numbers = [round(float(each), 5) for each in self.vector]
        return {"version": VERSION, "vector": numbers, "day": self.day.isoformat(), "model": self.model}

    @classmethod
    def from_record(cls, record: Mapping[str, Any] | None, model: str) -> PersonVector | None:
        """What `as_record` made; None where there is none, or of another model."""
        if record is None or record["model"] != model:
            return None
        return cls(np.array(record["vector"], np.float32), date.fromisoformat(record["day"]), model)


def moved(before: PersonVector | None, session: Sequence[Vector], day: date, model: str) -> PersonVector | None:
    """Where they are after a session; where they were, if it said nothing.

    Args:
        before: Where they were; None where nothing is known.
        session: Unit vectors of what was said and told in it.
        day: Its day.
        model: The vectors' model.
    """
    if not session:
        return before
    was = before.on(day).vector if before is not None else np.zeros(DIMENSIONS, np.float32)
    now = (1 - MOVES) * was + MOVES * np.mean(session, axis=0)
    return PersonVector(now.astype(np.float32), day, model)
