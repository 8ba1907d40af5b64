"""Moving people from one store to another: interrupted anywhere, nobody is lost, and nobody is in two places."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("apsw", reason="people's files are opened in the services environment")

from rapport.embedding import DIMENSIONS
from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.memory.__main__ import main
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.moving import move, move_person
from rapport.memory.store import MemoryStore
from rapport.memory.values import Kind, Memory, Provenance, Vector
from rapport.privacy.keys import LocalKeyEncryption, PersonKeys, WrappedKey
from rapport.privacy.purposes import Purpose

ANA, BEN = "p_" + "a" * 24, "p_" + "b" * 24
KEYS = {ANA: PersonKeys(b"a" * 32), BEN: PersonKeys(b"b" * 32)}
NOW = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)


def told(number: int, **fields: Any) -> tuple[Memory, Vector]:
    vector = np.random.default_rng(number).standard_normal(DIMENSIONS).astype(np.float32)
    memory = Memory(
        f"{number:032x}", Kind.FACT, f"you like tea {number}", Provenance("s"), Purpose.MEMORY, 1, NOW, NOW, **fields
    )
    return memory, vector / np.linalg.norm(vector)


def keys_of(person: str, wrapped: bytes) -> PersonKeys:
    return KEYS[person]


def people_in(store: MemoryStore) -> dict[str, tuple[dict[str, Memory], dict[str, Any], bytes | None]]:
    """All that a store keeps."""
    found = {}
    for person in store.people():
        if store.traces(person) and not store.wrapped_key(person):
            continue  # left to be erased
        unit = store.open(person, KEYS[person], create=True)
        memories = {memory.id: memory for memory, _ in unit.everything()}
        found[person] = memories, unit.records(""), store.wrapped_key(person)
    return found


class Interrupted(Exception):
    """The process ended here."""


class Interrupting:
    """A store, or a unit of it, that lets so many changes happen; at the next the process ends, before or after it."""

    def __init__(self, inner: Any, left: list[int], *, after: bool) -> None:
        self._inner = inner
        self._left = left
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def called(*arguments: Any, **named: Any) -> Any:
            if name in ("put", "put_record", "delete", "erase", "keep_wrapped_key", "destroy_wrapped_key", "open"):
                self._left[0] -= 1
                if self._left[0] == 0 and not self._after:
                    raise Interrupted
            result = method(*arguments, **named)
            if self._left[0] == 0:
                raise Interrupted
            return Interrupting(result, self._left, after=self._after) if name == "open" else result

        return called


@pytest.fixture
def source(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Ana with much, Ben with little."""
    store = EmbeddedStore(tmp_path / "from")
    ana = store.open(ANA, KEYS[ANA], create=True)
    ana.put([told(number) for number in range(210)])
    ana.put([told(300, expires=NOW), told(301, superseded_by="e" * 32)])
    ana.put_record("profile", {"name": "Ana"})
    ana.put_record("consent/1", {"granted": True})
    store.open(BEN, KEYS[BEN], create=True).put([told(1)])
    for person in (ANA, BEN):
        store.keep_wrapped_key(person, f"wrapped for {person}".encode(), before=None)
    yield store
    store.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "to")
    yield store
    store.close()


def test_everybody_is_moved_with_all_that_is_kept(source: EmbeddedStore, target: EmbeddedStore) -> None:
    before = people_in(source)
    vectors = {memory.id: vector for memory, vector in source.open(ANA, KEYS[ANA]).everything()}

    moved = move(source, target, keys_of)

    assert (moved.people, moved.memories, moved.failed) == (2, 213, ())
    assert people_in(target) == before
    for memory, vector in target.open(ANA, KEYS[ANA]).everything():
        np.testing.assert_allclose(vector, vectors[memory.id], atol=1e-5)
    assert source.people() == []
    assert source.traces(ANA) == source.traces(BEN) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_interrupted_at_any_step_it_goes_on(
    source: EmbeddedStore, target: EmbeddedStore, side: str, after: bool
) -> None:
    """At each step in turn, over and over, each try one step further: at every moment one store has all of a person."""
    before = people_in(source)

    for step in range(1, 100):
        left = [step]
        stores: dict[str, Any] = {"source": source, "target": target}
        stores[side] = Interrupting(stores[side], left, after=after)
        try:
            move(stores["source"], stores["target"], keys_of)
        except Interrupted:
            here, there = people_in(source), people_in(target)
            for person, kept in before.items():
                assert kept in (here.get(person), there.get(person))
        else:
            break

    assert step > 3
    assert people_in(target) == before
    assert source.people() == []


def test_what_was_deleted_between_two_tries_is_not_brought_back(source: EmbeddedStore, target: EmbeddedStore) -> None:
    """Memories and records, changed ones too."""
    with pytest.raises(Interrupted):
        move_person(source, Interrupting(target, [7], after=False), ANA, keys_of)  # type: ignore[arg-type]
    unit = source.open(ANA, KEYS[ANA])
    unit.delete([f"{0:032x}"])
    unit.put([(replace(told(1)[0], text="you like coffee"), told(1)[1])])
    unit.put_record("profile", None)
    before = people_in(source)[ANA]

    move_person(source, target, ANA, keys_of)

    assert people_in(target)[ANA] == before


def test_what_came_to_the_source_after_the_comparison_is_not_erased(
    source: EmbeddedStore, target: EmbeddedStore
) -> None:
    """Somebody started the servers on the source again, between two tries."""
    with pytest.raises(Interrupted):
        move_person(Interrupting(source, [2], after=False), target, ANA, keys_of)  # type: ignore[arg-type]
    assert target.wrapped_key(ANA)
    source.open(ANA, KEYS[ANA]).put([told(999)])

    with pytest.raises(StoreUnavailable, match="differs"):
        move_person(source, target, ANA, keys_of)

    assert len(list(source.open(ANA, KEYS[ANA]).everything())) == 213


def test_a_store_is_not_moved_into_itself(source: EmbeddedStore, tmp_path: Path) -> None:
    """Erasing the source would erase everybody."""
    before = people_in(source)
    again = EmbeddedStore(tmp_path / "to" / ".." / "from")

    moved = move(source, again, keys_of)
    again.close()

    assert moved.people == 0
    assert len(moved.failed) == 2
    assert people_in(source) == before


def test_somebody_else_in_the_target_stays(source: EmbeddedStore, target: EmbeddedStore) -> None:
    """Ana has another key there; Ben is moved all the same."""
    target.keep_wrapped_key(ANA, b"another", before=None)
    before = people_in(source)

    moved = move(source, target, keys_of)

    assert (moved.people, len(moved.failed)) == (1, 1)
    assert isinstance(moved.failed[0], StoreUnavailable)
    assert people_in(source) == {ANA: before[ANA]}
    assert target.wrapped_key(ANA) == b"another"


def test_whose_keys_cannot_be_opened_stays(source: EmbeddedStore, target: EmbeddedStore) -> None:
    def only_bens(person: str, wrapped: bytes) -> PersonKeys:
        if person == ANA:
            raise KeyUnavailable("not here")
        return KEYS[person]

    moved = move(source, target, only_bens)

    assert (moved.people, len(moved.failed)) == (1, 1)
    assert source.people() == [ANA]
    assert target.people() == [BEN]


def test_what_arrives_otherwise_is_not_erased(source: EmbeddedStore, target: EmbeddedStore) -> None:
    """A target that loses vectors' precision, say."""

    class Rounding(Interrupting):
        def __getattr__(self, name: str) -> Any:
            if name == "everything":
                return lambda: ((memory, np.round(vector, 3)) for memory, vector in self._inner.everything())
            return super().__getattr__(name)

    class Store(Interrupting):
        def __getattr__(self, name: str) -> Any:
            if name == "open":
                return lambda *given, **named: Rounding(self._inner.open(*given, **named), [-1], after=False)
            return super().__getattr__(name)

    before = people_in(source)

    moved = move(source, Store(target, [-1], after=False), keys_of)  # type: ignore[arg-type]

    assert moved.people == 0
    assert people_in(source) == before


# The command


@pytest.fixture
def environment() -> dict[str, str]:
    return {"RAPPORT_KEY": "11" * 32, "RAPPORT_TOKEN_KEY": "t" * 32}


def keep_somebody(folder: Path, *, coming: bool = False) -> None:
    operators = LocalKeyEncryption([bytes.fromhex("11" * 32)])
    keys = PersonKeys.fresh()
    store = EmbeddedStore(folder)
    store.open(ANA, keys, create=True).put([told(1)])
    wrapped = operators.wrap(keys.data, ANA)
    kept = WrappedKey(operators.id, wrapped, operators.wrap(PersonKeys.fresh().data, ANA) if coming else None)
    store.keep_wrapped_key(ANA, kept.to_bytes(), before=None)
    store.close()


def test_the_command_moves_everybody(
    tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    keep_somebody(tmp_path / "one")

    status = main(["move", f"embedded:{tmp_path / 'one'}", f"embedded:{tmp_path / 'other'}"], environment)

    assert status == 0
    assert capsys.readouterr().out == "1 people moved, 1 memories compared, 0 people not moved\n"
    assert EmbeddedStore(tmp_path / "one").people() == []
    assert EmbeddedStore(tmp_path / "other").people() == [ANA]


@pytest.mark.parametrize(
    ("changed", "coming", "said"),
    [
        pytest.param({"RAPPORT_KEY": "22" * 32}, False, "RAPPORT_KEY_PREVIOUS", id="another-key"),
        pytest.param({}, True, "being rotated", id="rotation-under-way"),
        pytest.param({"RAPPORT_KEY": ""}, False, "RAPPORT_KEY is missing", id="no-key"),
    ],
)
def test_the_command_says_what_is_in_the_way(
    tmp_path: Path,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, str],
    coming: bool,
    said: str,
) -> None:
    """And not whom it is about."""
    keep_somebody(tmp_path / "one", coming=coming)

    status = main(
        ["move", f"embedded:{tmp_path / 'one'}", f"embedded:{tmp_path / 'other'}"], {**environment, **changed}
    )

    told_of = capsys.readouterr()
    assert status == 1
    assert said in told_of.err
    assert ANA not in told_of.err + told_of.out
    assert EmbeddedStore(tmp_path / "one").people() == [ANA]
