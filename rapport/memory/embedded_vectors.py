"""A unit's vectors in memory, beside the rows where they lie, so that a search reads none from the file.

Measured at 10,000 memories, CPU of one thread: 0.7 ms for all cosines, against 6 ms with sqlite-vec's vec0 and 9 ms
with its function over a column; with a filter of 3 predicates 3, 11 and 11 ms. vec0 would also leave the bytes of
deleted vectors in its chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rapport.embedding import DIMENSIONS
from rapport.memory.embedded_schema import Value
from rapport.memory.values import Vector

if TYPE_CHECKING:
    import apsw

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


ROOM = 1.25
"""How many times as many vectors as there are the memory for them holds, so that few writes have it copied."""


class VectorsInMemory:
    """The vectors of one connection's file, brought up to date where a commit changed it. Not for several threads."""

    def __init__(self) -> None:
        self._rows: Rows = np.empty(0, dtype=np.int64)
        self._vectors: npt.NDArray[np.float32] = np.empty((0, DIMENSIONS), dtype=np.float32)
        self._there: npt.NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
        self._filled = 0
        self._seen: tuple[int, int] | None = None

    def similarities(self, connection: apsw.Connection, rows: Rows, vector: Vector) -> Scores:
        """The cosine of a vector and that of each of these rows; within a transaction that has read before."""
        self._refresh(connection)
        # einsum stays on one thread; BLAS takes two, and 10 times as long while another process has one of the cores.
        cosines: Scores = np.einsum("ij,j->i", self._vectors[: self._filled], vector)
        return cosines[np.searchsorted(self._rows[: self._filled], rows)]

    def _refresh(self, connection: apsw.Connection) -> None:
        # What others commit counts up data_version, what this connection changes total_changes.
        state = (connection.pragma("data_version"), connection.total_changes())
        if state == self._seen:
            return
        last = int(self._rows[self._filled - 1]) if self._filled else 0
        new = connection.execute("SELECT row, vector FROM vectors WHERE row > ? ORDER BY row", (last,)).fetchall()
        if new:
            self._add(new)
        if np.count_nonzero(self._there) != connection.execute("SELECT count(*) FROM memories").get:
            self._forget_all_but(rows_of(connection, "memories"))
        self._seen = state

    def _add(self, new: list[Any]) -> None:
        until = self._filled + len(new)
        if until > len(self._rows):
            there = np.flatnonzero(self._there)
            until = len(there) + len(new)
            room = int(until * ROOM)
            rows, vectors = np.zeros(room, dtype=np.int64), np.zeros((room, DIMENSIONS), dtype=np.float32)
            rows[: len(there)] = self._rows[there]
            vectors[: len(there)] = self._vectors[there]
            self._rows, self._vectors, self._filled = rows, vectors, len(there)
            self._there = np.arange(room) < len(there)
        added = slice(self._filled, until)
        self._rows[added] = [row for row, _ in new]
        self._vectors[added] = np.frombuffer(b"".join(vector for _, vector in new), dtype=np.float32).reshape(
            -1, DIMENSIONS
        )
        self._there[added] = True
        self._filled = until

    def _forget_all_but(self, rows: Rows) -> None:
        """Write over the vectors of all other rows; their places are used again when there is no more room."""
        there = np.zeros_like(self._there)
        there[np.searchsorted(self._rows[: self._filled], rows)] = True
        self._vectors[self._there & ~there] = 0
        self._there = there


def rows_of(connection: apsw.Connection, which: str, values: Mapping[str, Value] | None = None) -> Rows:
    """The rows of a table, with a condition if need be, in their order."""
    # One text is made and read in a third of the time that 10,000 rows of a result take.
    found = connection.execute(f"SELECT group_concat(row) FROM {which}", values or {}).get  # noqa: S608 - our own SQL
    rows: Rows = np.fromstring(str(found or ""), dtype=np.int64, sep=",")
    rows.sort()
    return rows


def best(scores: Scores, limit: int) -> Rows:
    """Where the highest scores lie, best first."""
    if len(scores) > limit:
        places = np.argpartition(-scores, limit)[:limit]
        return places[np.argsort(-scores[places])]
    return np.argsort(-scores)
