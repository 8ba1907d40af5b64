"""Moving people from one store to another: copied, compared, and only then erased where they were.

A person's wrapped key is kept in the target only once all else is there and was compared, and is the first to go from
the source. So it tells, after any interruption, how far it got. Without it in the target, the target's unit is made
the same as the source's once more; with it, the source is compared again as far as it is there, and erased. Nobody may
use the person meanwhile: stop the servers first.

How a wrapped key is opened is not this module's to know; it is moved as it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np

from rapport.errors import KeyUnavailable, RapportError, StoreUnavailable
from rapport.memory.store import MemoryStore, Unit
from rapport.memory.values import Memory, Vector
from rapport.privacy.keys import PersonKeys

BATCH = 200
"""Memories moved at once."""

PROBE = "moving/probe"
"""A record by which two names of one store are told from two stores."""

VECTOR_TOLERANCE = 1e-5
"""How far a number of a vector may be from what it was: rotating and restoring it costs 1e-6."""


KeysOf: TypeAlias = Callable[[str, bytes], PersonKeys]
"""Opens a person's wrapped key. Raises `KeyUnavailable` where it can't, and while the data key is being rotated."""


class Differing(StoreUnavailable):
    """The target has something else than the source."""

    def __init__(self) -> None:
        super().__init__("the target is not another store, or differs; see that nobody uses either, and move again")


@dataclass(frozen=True)
class Moved:
    """What came of moving.

    Attributes:
        people: How many are in the target now, and in the source no more.
        memories: How many memories of theirs were compared.
        failed: Why others could not be moved, without saying who; they are where they were, and can be moved again.
    """

    people: int
    memories: int
    failed: tuple[RapportError, ...]


def move(source: MemoryStore, target: MemoryStore, keys_of: KeysOf) -> Moved:
    """Move everybody; done again after an interruption, it goes on."""
    people = memories = 0
    failed: list[RapportError] = []
    for person in source.people():
        try:
            memories += move_person(source, target, person, keys_of)
            people += 1
        except RapportError as error:  # noqa: PERF203 - one person is no reason to leave the others
            failed.append(error)
    return Moved(people, memories, tuple(failed))


def move_person(source: MemoryStore, target: MemoryStore, person: str, keys_of: KeysOf) -> int:
    """Move one person, or go on with it; how many memories they have.

    Raises:
        StoreUnavailable: A store can't be used, the target has another key for the person, or the two stores differ
            after copying, or are one. The source is as it was.
        KeyUnavailable: The person's keys can't be opened.
    """
    wrapped, arrived = source.wrapped_key(person), target.wrapped_key(person)
    known = wrapped or arrived
    if known is None:
        raise KeyUnavailable("a person's key is missing; restore it from a backup, or erase the person")
    if wrapped and arrived and wrapped != arrived:
        raise StoreUnavailable("the target has another key for this person; erase the person in one of the two stores")
    keys = keys_of(person, known)
    if arrived is None:
        count = _copied(source, target, person, keys)
        target.keep_wrapped_key(person, known, before=None)
        if target.wrapped_key(person) != known:
            raise StoreUnavailable("the target does not give the key that it was given; look at its log")
    else:
        count = _left(source, target, person, keys, erasing=wrapped is None)
    source.destroy_wrapped_key(person)
    source.erase(person)
    if left := source.traces(person):
        raise StoreUnavailable(f"moved, but the source still has {len(left)} traces of the person; move again")
    return count


def _copied(source: MemoryStore, target: MemoryStore, person: str, keys: PersonKeys) -> int:
    """Make the target's unit the same as the source's, and compare; how many memories it has."""
    # There may be a key alone, where the first write was cut off.
    here, there = source.open(person, keys, create=True), target.open(person, keys, create=True)
    for batch in _batches(here.everything()):
        there.put(batch)
    records = here.records("")
    for name, value in records.items():
        there.put_record(name, value)
    # What a former try left that was deleted since.
    for name in there.records("").keys() - records.keys():
        there.put_record(name, None)
    for found in _batches(there.everything()):
        ids = [memory.id for memory, _ in found]
        there.delete(list(set(ids) - {memory.id for memory in here.get(ids)}))
    return _compared(here, there)


def _left(source: MemoryStore, target: MemoryStore, person: str, keys: PersonKeys, *, erasing: bool) -> int:
    """See that what is left in the source is in the target; how many memories that has."""
    there = target.open(person, keys)
    try:
        here = source.open(person, keys, create=not erasing)
        _see_two(here, there)
        return _compared(here, there)
    except Differing:
        raise
    except StoreUnavailable:
        if not erasing:
            raise
        return there.usage().items  # half erased; or out of reach, and then it can't be erased now either


def _see_two(here: Unit, there: Unit) -> None:
    """See that two units are not one by two names, of which erasing one would erase all."""
    probe = {"probe": secrets.token_hex(16)}
    try:
        there.put_record(PROBE, probe)
        if here.record(PROBE) == probe:
            raise Differing
    finally:
        there.put_record(PROBE, None)


def _compared(here: Unit, there: Unit) -> int:
    """How many memories both have; raises where they differ."""
    count = 0
    for batch in _batches(here.everything()):
        arrived = {memory.id: memory for memory in there.get([memory.id for memory, _ in batch])}
        if any(arrived.get(memory.id) != memory for memory, _ in batch):
            raise Differing
        count += len(batch)
    vectors = {memory.id: vector for memory, vector in here.everything()}
    for memory, vector in there.everything():
        given = vectors.pop(memory.id, None)
        if given is None or not np.allclose(given, vector, rtol=0, atol=VECTOR_TOLERANCE):
            raise Differing
    if vectors or here.records("") != there.records(""):
        raise Differing
    return count


def _batches(pairs: Iterable[tuple[Memory, Vector]]) -> Iterator[list[tuple[Memory, Vector]]]:
    each = iter(pairs)
    while batch := list(islice(each, BATCH)):
        yield batch
