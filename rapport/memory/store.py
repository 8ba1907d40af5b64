"""The port to where people's memories are kept: one unit a person, alike to every adapter.

Everything here blocks; call it from a thread. Nothing here asks for consent: only `rapport.memory.memories` and
`rapport.privacy` may use a unit, and they do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from rapport.errors import NotAllowed
from rapport.memory.values import Kind, Memory, Vector
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose

Record = Mapping[str, Any]
"""A small piece of plain JSON that is kept under a name beside the memories: a consent, a setting."""

_PERSON = re.compile(r"p_[0-9a-f]{24}")


def checked(person: str) -> str:
    """The person's id, if it is one: it names folders and tenants.

    Raises:
        NotAllowed: It is no person's id.
    """
    if _PERSON.fullmatch(person) is None:
        raise NotAllowed("this is not the id of a person")
    return person


@dataclass(frozen=True)
class Filter:
    """Which memories count. The purposes have no default: whoever reads must know what for.

    Attributes:
        purposes: Only memories kept for one of these.
        at: The time of asking: what has expired by then is not there.
        kinds: Only of these kinds; None is all.
        since: Only confirmed at this time or later.
        until: Only created before this time.
        subject: Only with a statement about this subject.
        attribute: Only with a statement of this attribute.
        session: Only from this session.
        resting_on: Only those that were derived from the memory with this id, or superseded by it.
        superseded: Whether history counts too.
    """

    purposes: Collection[Purpose]
    at: datetime
    kinds: Collection[Kind] | None = None
    since: datetime | None = None
    until: datetime | None = None
    subject: str | None = None
    attribute: str | None = None
    session: str | None = None
    resting_on: str | None = None
    superseded: bool = False


@dataclass(frozen=True)
class Match:
    """A memory that a search found.

    Attributes:
        memory: The memory.
        similarity: Cosine of the query's and the memory's vector, -1 to 1.
        words: BM25 of the query's words, 0 where none is in it, higher is better; its scale is the adapter's own.
    """

    memory: Memory
    similarity: float
    words: float


@dataclass(frozen=True)
class Usage:
    """How much is kept: memories, and bytes of their texts and vectors."""

    items: int
    bytes: int


class Unit(Protocol):
    """What is kept about one person. Threads may share one."""

    def put(self, memories: Iterable[tuple[Memory, Vector]]) -> None:
        """Keep memories, each under its id, in place of what was there: all or, after an error, none."""

    def get(self, ids: Sequence[str]) -> list[Memory]:
        """The memories with these ids, in their order; those that are not there are left out. Expired ones are there:
        this is for editing and deleting, not for telling."""

    def find(self, where: Filter, *, after: str | None = None, limit: int = 100) -> list[Memory]:
        """A page of memories, the last created first and alike ones by id; `after` is the id of the page before's last,
        and where that is gone it is the first page."""

    def search(self, words: str, vector: Vector, where: Filter, *, limit: int = 50) -> list[Match]:
        """The best by words and the best by vector, at most `limit` of each, with both scores for all of them."""

    def delete(self, ids: Sequence[str]) -> int:
        """Delete memories for good, history and index with them; says how many there were."""

    def expired(self, at: datetime) -> list[str]:
        """Ids of all that is to be gone by this time."""

    def everything(self) -> Iterator[tuple[Memory, Vector]]:
        """All memories with their vectors, history and expired ones included: for moving and exporting."""

    def usage(self) -> Usage:
        """How much is kept."""

    def record(self, name: str) -> Record | None:
        """The record of this name."""

    def records(self, prefix: str) -> dict[str, Record]:
        """The records whose names begin like this, by name and in the names' order."""

    def put_record(self, name: str, value: Record | None) -> None:
        """Keep a record in place of what was there; None deletes it."""

    def rekey(self, keys: PersonKeys) -> None:
        """Encrypt everything with these keys from now on; done again after a crash, it comes to the same."""

    def compact(self) -> None:
        """Leave nothing readable of what was deleted, in the file or in its log."""

    def close(self) -> None:
        """Let go of files and connections; the unit is opened anew when it is used again."""


class MemoryStore(Protocol):
    """All people's units, and their wrapped keys.

    Every method raises `StoreUnavailable` where the store can't be used, and `NotAllowed` for what is no person's id.
    """

    def open(self, person: str, keys: PersonKeys, *, create: bool = False) -> Unit:
        """The person's unit.

        Raises:
            KeyUnavailable: The keys are not the unit's.
            StoreUnavailable: There is none, and it is not to be created.
        """

    def people(self) -> list[str]:
        """Everybody who has a unit or a wrapped key."""

    def erase(self, person: str) -> None:
        """Delete the unit with all that belongs to it. The wrapped key is not part of it. Can be called again."""

    def traces(self, person: str) -> list[str]:
        """What is still there of the unit and the key, a line each, without content; empty after an erasure."""

    def wrapped_key(self, person: str) -> bytes | None:
        """The person's wrapped data key, as it was kept."""

    def keep_wrapped_key(self, person: str, wrapped: bytes, *, before: bytes | None) -> None:
        """Keep a wrapped key, at once or not at all, in place of the one before; None where there is to be none, so
        that of two processes that make a key for somebody one fails.

        Raises:
            StoreUnavailable: Another one is there than `before`.
        """

    def destroy_wrapped_key(self, person: str) -> None:
        """Delete it and write over it as far as the medium allows. Can be called again."""

    def close(self) -> None:
        """Close all units."""
