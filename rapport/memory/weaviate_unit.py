"""What the Weaviate store keeps about one person: what is asked of their two tenants, and the rotation of their keys.

Each object names the key that sealed it, and one object among the records, the state, names the key that is in force
and, while the data key is being rotated, the coming one. Every operation that needs keys reads the state first, which
takes 0.7 ms: a process that has not heard of a rotation refuses, instead of finding nothing or writing what nobody can
open.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import numpy as np
from weaviate.classes.query import Filter as Where

from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.memory.indexing import QUESTION_WORDS, microseconds
from rapport.memory.store import Filter, Match, Record, Usage
from rapport.memory.values import Memory, Vector
from rapport.memory.weaviate_objects import NEVER, Ring, Sealing, counts
from rapport.memory.weaviate_server import NotThere, Server
from rapport.memory.weaviate_tenant import MOST, PAGE, SEALED, Sealed, Tenant
from rapport.privacy.keys import PersonKeys

STATE = UUID(int=1)
"""The id of the state among a person's records."""

AMONG = ("words^2", "around")
"""Where words are looked for: what was said around a memory counts half."""


class WeaviateUnit:
    """One person's tenants.

    Args:
        server: Where they are.
        person: Whose they are.
        keys: What they are sealed with.
    """

    def __init__(self, server: Server, person: str, keys: PersonKeys) -> None:
        self._person = person
        self._memories = Tenant(server.memories, person)
        self._records = Tenant(server.records, person)
        self._turn = threading.RLock()
        self._ring = Ring((Sealing(person, keys),))

    @property
    def key(self) -> str:
        """The id of the key that it writes with."""
        return self._ring.current.id

    def put(self, memories: Iterable[tuple[Memory, Vector]]) -> None:
        """Keep memories in place of those with their ids."""
        kept = {memory.id: (memory, vector) for memory, vector in memories}
        if not kept:
            return
        with self._changing() as ring:
            self._memories.put([ring.current.seal(*each) for each in kept.values()])

    def get(self, ids: Sequence[str]) -> list[Memory]:
        """The memories with these ids, in their order."""
        ring = self._check()
        found = {each.uuid.hex: ring.opened(each) for each in self._memories.some(_uuids(ids), *SEALED)}
        return [found[each] for each in ids if each in found]

    def find(self, where: Filter, *, after: str | None = None, limit: int = 100) -> list[Memory]:
        """A page of memories, those told last first; from the first one on where `after` is not there any more."""
        ring = self._check()
        if _impossible(where):
            return []
        condition = Where.any_of([sealing.condition(where) for sealing in ring.sealings])
        last = None if after is None else next(iter(self.get([after])), None)
        if last is not None:
            until = min(microseconds(last.created), NEVER)
            condition = condition & Where.by_property("created").less_or_equal(until)
        found: list[Memory] = []
        size = min(limit + PAGE, MOST)
        for offset in range(0, MOST - size + 1, size):
            page = self._memories.those(condition, *SEALED, limit=size, offset=offset, newest_by="created")
            memories = [memory for memory in map(ring.opened, page) if counts(memory, where)]
            found += [each for each in memories if last is None or _age(each) < _age(last)]
            if len(found) >= limit or len(page) < size:
                break
        return found[:limit]

    def search(self, words: str, vector: Vector, where: Filter, *, limit: int = 50) -> list[Match]:
        """The best by words and by vector; the nearest vector first."""
        ring = self._check()
        if _impossible(where):
            return []
        found: dict[str, Match] = {}
        for (
            sealing
        ) in ring.sealings:  # the coming one last: what is converted in between is then found twice, not never
            sought = sealing.rotated(vector)
            for each in self._found(sealing, sealing.blinding.words(words), sought, where, limit):
                memory = ring.opened(each)
                if counts(memory, where):
                    found[memory.id] = Match(memory, _similarity(each, sought), each.score)
        return sorted(found.values(), key=lambda match: (-match.similarity, -match.words, match.memory.id))

    def _found(self, sealing: Sealing, words: list[str], sought: Vector, where: Filter, limit: int) -> list[Sealed]:
        """The nearest and the best by words among what was sealed so, each with both."""
        condition = sealing.condition(where)
        words = list(dict.fromkeys(words))[:QUESTION_WORDS]
        near = self._memories.near(sought, condition, limit)
        worded = self._memories.worded(words, condition, limit, among=AMONG)
        # A score does not depend on the filter, so the other nearest can be asked for theirs by their ids.
        missing = list({one.uuid for one in near} - {one.uuid for one in worded})
        if missing and len(worded) == limit:
            worded += self._memories.worded(words, Where.by_id().contains_any(missing), limit, among=AMONG)
        return list({one.uuid: one for one in [*near, *worded]}.values())  # the later has the score

    def delete(self, ids: Sequence[str]) -> int:
        """Delete memories, and see that they are gone."""
        with self._changing():
            return self._memories.remove(_uuids(ids))

    def expired(self, at: datetime) -> list[str]:
        """Ids of what is to be gone by this time."""
        until = min(microseconds(at), NEVER - 1)
        found = self._memories.those(Where.by_property("expires").less_or_equal(until), limit=MOST)
        if len(found) == MOST:  # there may be more, and only going through all tells
            found = [each for each in self._memories.every("expires") if each.properties["expires"] <= until]
        return [each.uuid.hex for each in found]

    def everything(self) -> Iterator[tuple[Memory, Vector]]:
        """All memories with their vectors, a few at a time."""
        ring = self._check()
        for each in self._memories.every(*SEALED, vectors=True):
            if each.properties["key"] not in ring.ids:
                ring = self._check()  # rotated while it was read
            yield ring.opened(each), ring.restored(each)

    def usage(self) -> Usage:
        """How many memories, and bytes of their texts and vectors."""
        return Usage(*self._memories.total("size"))

    def record(self, name: str) -> Record | None:
        """The record of this name."""
        for sealing in (*self._check().sealings, self._ring.current):
            found = self._records.one(sealing.record_uuid(name))
            if found is not None:
                return sealing.open_record(found.uuid, found.properties)[1]
        return None

    def records(self, prefix: str) -> dict[str, Record]:
        """The records whose names begin like this; all are read, since the server knows no names."""
        ring = self._check()
        found = [each for each in self._records.every(*SEALED) if each.uuid != STATE]
        # While keys are rotated one may be there twice; the newer counts.
        found.sort(key=lambda each: each.properties["key"] == ring.current.id)
        opened = dict(ring.by(each).open_record(each.uuid, each.properties) for each in found)
        return {name: opened[name] for name in sorted(opened) if name.startswith(prefix)}

    def put_record(self, name: str, value: Record | None) -> None:
        """Keep or delete a record."""
        with self._changing() as ring:
            if value is not None:
                self._records.put([Sealed(*ring.current.seal_record(name, value))])
            gone = [each for each in ring.sealings if value is None or each is not ring.current]
            self._records.remove([each.record_uuid(name) for each in gone])

    def rekey(self, keys: PersonKeys) -> None:
        """Seal everything with these keys, page by page. Meanwhile this unit can be read, and writers wait; others that
        are open in other processes can neither be read nor written.

        After a crash, open the unit with the keys that were in force or, where these are refused, with the coming ones,
        and rekey it with the coming ones again. Destroy the former ones only when this has returned.

        Raises:
            KeyUnavailable: Another rotation was begun and not finished.
        """
        coming = Sealing(self._person, keys)
        with self._turn:
            key, under_way = self._state()
            former = next((each for each in self._ring.sealings if each.id == key and key != coming.id), None)
            if under_way not in (None, coming.id) or (former is None and key != coming.id):
                raise KeyUnavailable("another rotation of these keys is unfinished; finish that one first")
            self._ring = Ring(tuple(each for each in (former, coming) if each is not None))
            if former is not None:
                self._write_state(former, coming)
            self._convert(coming)
            self._write_state(coming)
            self._convert(coming, again=True)  # what another process was just writing when it began
            self._ring = Ring((coming,))

    def compact(self) -> None:
        """Nothing is to be done: the server was given nothing readable. Until it merges its files, ciphertext of what
        was deleted may lie in them; a new data key takes that from who has the old one too."""

    def close(self) -> None:
        """Nothing is to be done: the connection is the store's."""

    def check(self) -> None:
        """See that the unit is there and opens with the keys.

        Raises:
            KeyUnavailable: They are not the unit's.
        """
        state = self._records.one(STATE)
        if state is None:
            raise NotThere
        if state.properties["key"] not in self._ring.ids:
            raise KeyUnavailable("these are not the keys that a person's memories were sealed with")
        self._ring.by(state).disclose("state", str(state.properties["body"]))

    def make(self) -> None:
        """Write the state of a new unit, unless another process did."""
        self._records.add(STATE, self._state_of(self._ring.current, None))

    def _state_of(self, sealing: Sealing, coming: Sealing | None) -> dict[str, str]:
        return {"key": sealing.id, "coming": coming.id if coming else "", "body": sealing.close("state", {})}

    def _write_state(self, sealing: Sealing, coming: Sealing | None = None) -> None:
        self._records.put([Sealed(STATE, self._state_of(sealing, coming))])

    def _state(self) -> tuple[str, str | None]:
        """The ids of the key in force and of the coming one."""
        state = self._records.one(STATE)
        if state is None:
            raise NotThere
        return str(state.properties["key"]), str(state.properties["coming"]) or None

    def _check(self) -> Ring:
        """The keys, if they are all that can be met."""
        while True:
            ring = self._ring
            key, coming = self._state()
            if {key, coming or key} <= ring.ids:
                return ring
            if ring is self._ring:
                break
        if coming is not None:
            raise KeyUnavailable("a person's keys are being rotated; try again soon, or finish it with the coming keys")
        raise KeyUnavailable("a person's keys were rotated; open the unit with the present ones")

    @contextmanager
    def _changing(self) -> Iterator[Ring]:
        with self._turn:
            yield self._check()

    def _convert(self, coming: Sealing, *, again: bool = False) -> None:
        """Seal with the coming keys what is sealed with others, a page at a time; nobody of this process writes."""
        ring, others = self._ring, Where.by_property("key").not_equal(coming.id)
        done: set[UUID] = set()
        while _goes_on(page := self._memories.those(others, *SEALED, limit=PAGE, vectors=True), done):
            sealed = [coming.seal(ring.opened(each), ring.restored(each)) for each in page]
            if not again and self._state()[1] is None:
                return  # another process was faster, and somebody may have written since
            self._memories.send(sealed)
        others &= Where.by_id().not_equal(STATE)
        while _goes_on(page := self._records.those(others, *SEALED, limit=PAGE), done):
            for each in page:
                self._records.add(*coming.seal_record(*ring.by(each).open_record(each.uuid, each.properties)))
                self._records.remove([each.uuid])


def _goes_on(page: Sequence[Sealed], done: set[UUID]) -> bool:
    """Whether there was something, and not what was done before."""
    new = {each.uuid for each in page} - done
    if page and not new:
        raise StoreUnavailable("the Weaviate server does not take new ciphertext; look at its log")
    done |= new
    return bool(page)


def _similarity(each: Sealed, sought: Vector) -> float:
    cosine = each.similarity if each.vector is None else float(each.vector @ sought)
    return float(np.clip(cosine or 0.0, -1, 1))


def _impossible(where: Filter) -> bool:
    return not where.purposes or (where.kinds is not None and not where.kinds)


def _age(memory: Memory) -> tuple[datetime, str]:
    return memory.created, memory.id


def _uuids(ids: Sequence[str]) -> list[UUID]:
    """Those of the ids that are some."""
    return [UUID(each) for each in ids if len(each) == 32 and set(each) <= set("0123456789abcdef")]
