"""What the embedded store keeps about one person: a connection that threads take turns at, and what is asked of it."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rapport.embedding import DIMENSIONS
from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.memory.embedded_file import (
    connect,
    held,
    make_file,
    reading,
    refuse_plaintext,
    tidy_close,
    translated,
    writing,
)
from rapport.memory.embedded_schema import (
    INSERT,
    MATCHING,
    SELECT,
    TABLES,
    VERSION,
    condition,
    memory_of,
    question,
    row_of,
)
from rapport.memory.embedded_vectors import Rows, Scores, VectorsInMemory, best, rows_of
from rapport.memory.indexing import microseconds
from rapport.memory.store import Filter, Match, Record, Usage
from rapport.memory.values import Memory, Vector
from rapport.privacy.keys import PersonKeys

if TYPE_CHECKING:
    import apsw

PAGE = 200
"""Memories read at once where all are."""


class NotThere(StoreUnavailable):
    """Nothing is kept of a person yet, or any more."""

    def __init__(self) -> None:
        super().__init__("nothing is kept of this person; open with create=True to begin")


class EmbeddedUnit:
    """One person's file, with one connection that threads take turns at."""

    def __init__(self, path: Path, lock: Path, keys: PersonKeys) -> None:
        self._path = path
        self._lock = lock
        self.keys = keys
        self._turn = threading.RLock()
        self._connection: apsw.Connection | None = None
        self._file = (0, 0)
        self._vectors = VectorsInMemory()

    def put(self, memories: Iterable[tuple[Memory, Vector]]) -> None:
        """Keep memories in place of those with their ids."""
        rows = [(row_of(memory, checked_vector(vector)), checked_vector(vector)) for memory, vector in memories]
        with self._used() as connection, writing(connection):
            for row, vector in rows:
                connection.execute("DELETE FROM memories WHERE id = ?", (row[0],))
                connection.execute(INSERT, row)
                connection.execute(
                    "INSERT INTO vectors(row, vector) VALUES(?, ?)", (connection.last_insert_rowid(), vector.tobytes())
                )

    def get(self, ids: Sequence[str]) -> list[Memory]:
        """The memories with these ids, in their order."""
        with self._used() as connection:
            asked = f"{SELECT} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 - a constant
            memories = [memory_of(row) for row in connection.execute(asked, (json.dumps(list(ids)),))]
        found = {memory.id: memory for memory in memories}
        return [found[each] for each in ids if each in found]

    def find(self, where: Filter, *, after: str | None = None, limit: int = 100) -> list[Memory]:
        """A page of memories, those told last first; from the first one on where `after` is not there any more."""
        terms, values = condition(where)
        with self._used() as connection, reading(connection):
            last = connection.execute("SELECT created, id FROM memories WHERE id = ?", (after,)).fetchone()
            if last is not None:
                terms += " AND (created, id) < (:last_created, :last_id)"
                values.update(last_created=last[0], last_id=last[1])
            asked = f"{SELECT} WHERE {terms} ORDER BY created DESC, id DESC LIMIT :limit"
            return [memory_of(row) for row in connection.execute(asked, {**values, "limit": limit})]

    def search(self, words: str, vector: Vector, where: Filter, *, limit: int = 50) -> list[Match]:
        """The best by words and by vector; the nearest vector first."""
        sought = checked_vector(vector)
        terms, values = condition(where)
        with self._used() as connection, reading(connection):
            rows = rows_of(connection, f"memories WHERE {terms}", values)
            similar = self._vectors.similarities(connection, rows, sought)
            worded = self._worded(connection, rows, question(words))
            by_words = best(worded, min(limit, np.count_nonzero(worded)))
            chosen = {int(rows[at]): at for at in {*best(similar, limit).tolist(), *by_words.tolist()}}
            asked = f"{SELECT} WHERE row IN (SELECT value FROM json_each(?))"  # noqa: S608 - a constant
            found = [(chosen[row[0]], row) for row in connection.execute(asked, (json.dumps(list(chosen)),))]
        matches = [
            Match(memory_of(row), max(-1.0, min(1.0, float(similar[at]))), float(worded[at])) for at, row in found
        ]
        return sorted(matches, key=lambda match: (-match.similarity, -match.words, match.memory.id))

    @staticmethod
    def _worded(connection: apsw.Connection, rows: Rows, asked: str) -> Scores:
        scores = np.zeros(len(rows), dtype=np.float32)
        if asked and len(rows):
            found = connection.execute(MATCHING, (asked,)).fetchall()
            matched = np.fromiter((row for row, _ in found), dtype=np.int64, count=len(found))
            places = np.minimum(np.searchsorted(rows, matched), len(rows) - 1)
            seen = rows[places] == matched
            scores[places[seen]] = np.fromiter((score for _, score in found), dtype=np.float32, count=len(found))[seen]
        return scores

    def delete(self, ids: Sequence[str]) -> int:
        """Delete memories, with vectors and words."""
        with self._used() as connection, writing(connection):
            connection.execute(
                "DELETE FROM memories WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
            )
            return connection.changes()

    def expired(self, at: datetime) -> list[str]:
        """Ids of what is to be gone by this time."""
        with self._used() as connection:
            asked = "SELECT id FROM memories WHERE expires <= ? ORDER BY row"
            return [row[0] for row in connection.execute(asked, (microseconds(at),))]

    def everything(self) -> Iterator[tuple[Memory, Vector]]:
        """All memories with their vectors, a few at a time, so that others can use the file in between."""
        last: Any = 0
        asked = f"{SELECT} WHERE row > ? ORDER BY row LIMIT ?"
        while True:
            with self._used() as connection, reading(connection):
                rows = connection.execute(asked, (last, PAGE)).fetchall()
                vectors = dict(
                    connection.execute(
                        "SELECT row, vector FROM vectors WHERE row IN (SELECT value FROM json_each(?))",
                        (json.dumps([row[0] for row in rows]),),
                    )
                )
            for row in rows:
                yield memory_of(row), np.frombuffer(vectors[row[0]], dtype=np.float32)
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    def usage(self) -> Usage:
        """How many memories, and bytes of their texts and vectors."""
        with self._used() as connection:
            used: Any = connection.execute("SELECT count(*), ifnull(sum(bytes), 0) FROM memories").fetchone()
        return Usage(*used)

    def record(self, name: str) -> Record | None:
        """The record of this name."""
        with self._used() as connection:
            row = connection.execute("SELECT value FROM records WHERE name = ?", (name,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def records(self, prefix: str) -> dict[str, Record]:
        """The records whose names begin like this."""
        with self._used() as connection:
            asked = "SELECT name, value FROM records WHERE substr(name, 1, length(:prefix)) = :prefix ORDER BY name"
            return {name: json.loads(value) for name, value in connection.execute(asked, {"prefix": prefix})}

    def put_record(self, name: str, value: Record | None) -> None:
        """Keep or delete a record."""
        with self._used() as connection, writing(connection):
            if value is None:
                connection.execute("DELETE FROM records WHERE name = ?", (name,))
            else:
                connection.execute("INSERT OR REPLACE INTO records VALUES(?, ?)", (name, json.dumps(dict(value))))

    def rekey(self, keys: PersonKeys) -> None:
        """Encrypt everything anew, in one transaction of SQLite's; what the old key opens is then overwritten."""
        with self._used(alone=True) as connection:
            connection.pragma("rekey", f"raw:{keys.file.hex()}")
            self.keys = keys
            self._empty_log(connection)

    def compact(self) -> None:
        """Write words and tables anew: a deleted word can be left as a border between two pages of the index."""
        with self._used(alone=True) as connection:
            connection.execute("INSERT INTO searched(searched) VALUES('rebuild')")
            connection.execute("VACUUM")
            self._empty_log(connection)

    def _empty_log(self, connection: apsw.Connection) -> None:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
        if busy:
            raise StoreUnavailable("a program that is not Rapport reads a person's file; end it and try again")

    def close(self) -> None:
        """Let go of the file, its log written into it if it is still the file that was opened."""
        with self._turn:
            if self._connection is None:
                return
            try:
                with self._used(alone=True) as connection:
                    _read_key(connection)  # with a key that is not the file's any more, its log must not be touched
                    tidy_close(connection)
            except (KeyUnavailable, StoreUnavailable):
                return  # erased or rekeyed elsewhere, or damaged: nothing of ours is left to be written
            finally:
                self._drop()

    def check(self) -> None:
        """See that the file is there and opens with the keys, or raise what `MemoryStore.open` raises."""
        with self._used() as connection:
            _read_key(connection)

    def make(self) -> None:
        """Make the file and its tables, or what is lacking of them."""
        with self._turn, held(self._lock, alone=True):
            with translated():
                make_file(self._path)
            with self._opened(new=True) as connection, translated(), writing(connection):
                if connection.pragma("user_version") == 0:
                    connection.execute(TABLES)
                    connection.pragma("user_version", VERSION)
            refuse_plaintext(self._path)

    @contextlib.contextmanager
    def _used(self, *, alone: bool = False) -> Iterator[apsw.Connection]:
        with self._turn, held(self._lock, alone=alone), self._opened() as connection, translated():
            yield connection

    @contextlib.contextmanager
    def _opened(self, *, new: bool = False) -> Iterator[apsw.Connection]:
        """A connection to the file that is there now. After an error it is opened anew next time."""
        try:
            yield self._current(new)
        except (KeyUnavailable, StoreUnavailable):
            self._drop()
            raise

    def _current(self, new: bool) -> apsw.Connection:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise NotThere from None
        except OSError:
            raise StoreUnavailable("a person's folder can't be read; check its rights") from None
        file = (status.st_dev, status.st_ino)
        if self._connection is not None and file == self._file:
            return self._connection
        self._drop()
        if status.st_size == 0 and not new:
            raise NotThere
        self._connection, self._file = connect(self._path, self.keys.file), file
        with translated():
            version = self._connection.pragma("user_version")
        if version > VERSION:
            raise StoreUnavailable("a person's file was made by a newer version of Rapport; use that one")
        if version == 0 and not new:
            raise NotThere
        return self._connection

    def _drop(self) -> None:
        """Close without a look at the file, which may be another one by now."""
        connection, self._connection = self._connection, None
        self._vectors = VectorsInMemory()
        if connection is not None:
            connection.close(force=True)


def _read_key(connection: apsw.Connection) -> None:
    """Have SQLite read the first page, which fails with another key than the file's."""
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()


def checked_vector(vector: Vector) -> Vector:
    """A vector as it is kept.

    Raises:
        ValueError: It has another length than the sentence model's, or holds what is no number.
    """
    kept = np.ascontiguousarray(vector, dtype=np.float32)
    if kept.shape != (DIMENSIONS,) or not np.isfinite(kept).all():
        raise ValueError(f"a vector has shape ({DIMENSIONS},) and finite numbers")
    return kept
