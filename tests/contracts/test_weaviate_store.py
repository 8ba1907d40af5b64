"""What is the Weaviate store's own: what the server sees, a server that errs or is gone, rotations, addresses."""

import base64
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("weaviate", reason="people's files are opened in the services environment")

from rapport.embedding import DIMENSIONS
from rapport.errors import KeyUnavailable, SettingsError, StoreUnavailable
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.moving import move
from rapport.memory.store import Filter
from rapport.memory.values import Kind, Memory, Provenance, Statement, Vector
from rapport.memory.weaviate_server import Address
from rapport.memory.weaviate_store import WeaviateStore
from rapport.memory.weaviate_tenant import Tenant
from rapport.memory.weaviate_unit import WeaviateUnit
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose
from tests.weaviate_process import WeaviateProcess, have_weaviate, running_weaviate

ANA = "p_" + "c" * 24
NOW = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
ALL = Filter(purposes=frozenset(Purpose), at=NOW, superseded=True)


def vector_of(number: int) -> Vector:
    vector = np.random.default_rng(number).standard_normal(DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)


def told(number: int, text: str = "you like tea", **fields: Any) -> Memory:
    at = NOW - timedelta(minutes=number)
    return Memory(f"{number:032x}", Kind.FACT, text, Provenance("session-1"), Purpose.MEMORY, 1, at, at, **fields)


def put(unit: WeaviateUnit, count: int) -> list[Memory]:
    memories = [told(number, f"you like tea {number}") for number in range(count)]
    unit.put([(memory, vector_of(at)) for at, memory in enumerate(memories)])
    return memories


@pytest.fixture
def store(weaviate_url: str) -> Iterator[WeaviateStore]:
    store = WeaviateStore(weaviate_url)
    yield store
    store.erase(ANA)
    store.destroy_wrapped_key(ANA)
    store.close()


@pytest.fixture
def keys() -> PersonKeys:
    return PersonKeys.fresh()


@pytest.fixture
def unit(store: WeaviateStore, keys: PersonKeys) -> WeaviateUnit:
    return store.open(ANA, keys, create=True)


class Crashed(Exception):
    """The process ended here."""


# What the server sees


@pytest.fixture(scope="module")
def own_server() -> Iterator[WeaviateProcess]:
    """A server whose folder can be looked into, and that may be ended."""
    if os.environ.get("RAPPORT_WEAVIATE_URL") or not have_weaviate():
        pytest.skip("only a server that was started here can be looked into or ended")
    with running_weaviate() as server:
        yield server


def files_with(folder: Path, sought: list[bytes]) -> list[str]:
    """Files that hold any of these."""
    return [
        path.name for path in folder.rglob("*") if path.is_file() and any(one in path.read_bytes() for one in sought)
    ]


def test_nothing_readable_gets_to_the_server_and_all_is_gone_after_erasure(
    own_server: WeaviateProcess, keys: PersonKeys
) -> None:
    """No word, name or number of a vector in any file it writes, while it runs; its folders go with the person."""
    assert own_server.data is not None
    store = WeaviateStore(own_server.url)
    unit = store.open(ANA, keys, create=True)
    memory = replace(
        told(1, "your sister lives in quokkatown"),
        statement=Statement("my quokkasister", "quokkalives in", "Quokkatown"),
        context="we spoke of quokkas",
        provenance=Provenance("quokkasession", words="um quokka"),
    )
    vector = vector_of(1)
    unit.put([(memory, vector)])
    unit.put_record("quokkarecord", {"quokka": "quokka"})
    store.keep_wrapped_key(ANA, b"quokkakey" * 9, before=None)
    assert unit.search("quokkatown", vector, ALL)[0].words > 0

    assert files_with(own_server.data, [b"quokka", b"Quokka"]) == []
    assert files_with(own_server.data, [vector.tobytes()[:64], keys.data, keys.rotation, keys.words]) == []
    sealed = base64.b64encode(b"quokkakey" * 9)
    assert files_with(own_server.data, [sealed])

    store.destroy_wrapped_key(ANA)
    store.erase(ANA)
    store.close()

    assert [path for path in own_server.data.rglob(f"*{ANA}*") if path.is_dir()] == []
    assert files_with(own_server.data, [sealed]) == []


def test_a_tenant_that_sleeps_is_used_and_erased_all_the_same(store: WeaviateStore, keys: PersonKeys) -> None:
    """An operator may put tenants to sleep; deleting must not pass them by."""
    unit = store.open(ANA, keys, create=True)
    memories = put(unit, 3)
    for objects in (store._server.memories(), store._server.records()):
        objects.tenants.deactivate(ANA)
    assert unit.delete([memories[0].id]) == 1

    for objects in (store._server.memories(), store._server.records()):
        objects.tenants.deactivate(ANA)
    assert unit.find(ALL) == memories[1:]

    for objects in (store._server.memories(), store._server.records()):
        objects.tenants.deactivate(ANA)
    store.erase(ANA)
    assert store.traces(ANA) == []


# A server that errs


def test_what_the_server_says_against_what_was_sealed_does_not_count(unit: WeaviateUnit) -> None:
    """Somebody made an expired memory look as if it were kept for ever, and under another purpose."""
    memory = told(1, expires=NOW - timedelta(hours=1))
    unit.put([(memory, vector_of(1))])
    current = unit._check()
    lasting = current.current.seal(replace(memory, expires=None), vector_of(1)).properties
    genuine = current.current.seal(memory, vector_of(1))
    unit._memories.send([replace(genuine, properties={**lasting, "body": genuine.properties["body"]})])

    assert unit.find(ALL) == []
    assert unit.search("tea", vector_of(1), ALL) == []


def test_ciphertext_does_not_open_in_anothers_place(unit: WeaviateUnit) -> None:
    """Two memories' bodies were exchanged."""
    sealing = unit._check().current
    one, other = (sealing.seal(told(number), vector_of(number)) for number in (1, 2))
    unit._memories.send([replace(one, properties={**one.properties, "body": other.properties["body"]})])

    with pytest.raises(KeyUnavailable):
        unit.get([one.uuid.hex])


def test_a_put_that_the_server_breaks_off_leaves_all_as_it_was(
    unit: WeaviateUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 450 the server takes two pages."""
    before = put(unit, 3)
    send, sent = Tenant._send_page, []

    def failing(tenant: Tenant, page: Any) -> None:
        sent.append(page)
        if len(sent) == 3:
            raise StoreUnavailable("broke off")
        send(tenant, page)

    monkeypatch.setattr(Tenant, "_send_page", failing)
    with pytest.raises(StoreUnavailable):
        unit.put([(told(number, "changed"), vector_of(number)) for number in range(450)])

    assert unit.find(ALL, limit=1_000) == before
    assert unit.usage().items == 3


def test_a_server_that_is_gone_is_told_soon(keys: PersonKeys) -> None:
    """Within the seconds of a call's own time; nothing personal in what is said."""
    if os.environ.get("RAPPORT_WEAVIATE_URL") or not have_weaviate():
        pytest.skip("only a server that was started here can be ended")
    with running_weaviate() as server:
        store = WeaviateStore(server.url)
        unit = store.open(ANA, keys, create=True)
        put(unit, 1)
    started = datetime.now(tz=timezone.utc)
    for use in (
        lambda: unit.find(ALL),
        lambda: unit.put([(told(2, "quokka"), vector_of(2))]),
        lambda: WeaviateStore(server.url).people(),
    ):
        with pytest.raises(StoreUnavailable, match="can't be reached") as raised:
            use()
        assert ANA not in str(raised.value)
        assert raised.value.__cause__ is None
    assert datetime.now(tz=timezone.utc) - started < timedelta(seconds=20)
    store.close()


# Rotation


@pytest.mark.parametrize("pages", range(4))
def test_a_rotation_that_was_cut_off_goes_on(
    store: WeaviateStore, weaviate_url: str, keys: PersonKeys, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """Memories and records, after any number of pages; meanwhile nobody else reads a part or writes."""
    unit, coming = store.open(ANA, keys, create=True), PersonKeys.fresh()
    memories = put(unit, 450)
    unit.put_record("profile", {"name": "Ana"})
    vectors = {memory.id: vector for memory, vector in unit.everything()}
    send, sent = Tenant._send_page, []

    def failing(tenant: Tenant, page: Any) -> None:
        sent.append(page)
        if len(sent) > 1 + pages:  # the first is the state
            raise Crashed
        send(tenant, page)

    with monkeypatch.context() as patched:
        patched.setattr(Tenant, "_send_page", failing)
        with pytest.raises(Crashed):
            unit.rekey(coming)

    other = WeaviateStore(weaviate_url)
    try:
        with pytest.raises(KeyUnavailable):
            other.open(ANA, coming)
        again = other.open(ANA, keys)
        for use in (
            lambda: again.search("tea", vector_of(1), ALL),
            lambda: again.put([(told(999), vector_of(9))]),
            lambda: again.rekey(PersonKeys.fresh()),
        ):
            with pytest.raises(KeyUnavailable):
                use()

        again.rekey(coming)

        assert again.find(ALL, limit=1_000) == memories
        assert again.records("") == {"profile": {"name": "Ana"}}
        for memory, vector in again.everything():
            np.testing.assert_allclose(vector, vectors[memory.id], atol=1e-5)
        with pytest.raises(KeyUnavailable):
            other.open(ANA, keys)
    finally:
        other.close()


def test_while_keys_are_rotated_all_is_found(
    store: WeaviateStore, keys: PersonKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever rotates them, at every page."""
    unit, coming = store.open(ANA, keys, create=True), PersonKeys.fresh()
    memories = put(unit, 450)
    unit.put_record("profile", {"name": "Ana"})
    send, looked = Tenant._send_page, []

    def looking(tenant: Tenant, page: Any) -> None:
        send(tenant, page)
        looked.append(page)
        assert unit.find(ALL, limit=1_000) == memories
        assert unit.get([memory.id for memory in memories]) == memories
        for number in (0, 200, 449):
            best = unit.search(str(number), vector_of(number), ALL)[0]
            assert best.memory == memories[number]
            assert best.similarity == pytest.approx(1, abs=1e-4)
            assert best.words > 0
        assert unit.record("profile") == {"name": "Ana"}

    monkeypatch.setattr(Tenant, "_send_page", looking)
    unit.rekey(coming)

    assert len(looked) >= 5


# Moving


def test_people_move_there_and_back(store: WeaviateStore, keys: PersonKeys, tmp_path: Path) -> None:
    embedded = EmbeddedStore(tmp_path / "people")
    unit = embedded.open(ANA, keys, create=True)
    given = {told(number).id: (told(number, f"tea {number}"), vector_of(number)) for number in range(250)}
    unit.put(given.values())
    unit.put_record("consent/1", {"granted": True})
    embedded.keep_wrapped_key(ANA, b"wrapped", before=None)

    there = move(embedded, store, lambda person, wrapped: keys)
    assert (there.people, there.memories, there.failed) == (1, 250, ())
    assert embedded.people() == []
    assert store.wrapped_key(ANA) == b"wrapped"

    back = move(store, embedded, lambda person, wrapped: keys)
    assert (back.people, back.memories, back.failed) == (1, 250, ())
    assert store.traces(ANA) == []
    unit = embedded.open(ANA, keys)
    assert unit.records("") == {"consent/1": {"granted": True}}
    for memory, vector in unit.everything():
        assert memory == given[memory.id][0]
        np.testing.assert_allclose(vector, given[memory.id][1], atol=1e-5)
    embedded.close()


# Addresses


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("weaviate://host", Address("host")),
        ("weaviate://host:8081", Address("host", 8081)),
        ("weaviate://[::1]:8081/Name?grpc=50052", Address("::1", 8081, 50052, "Name")),
        ("weaviate://host/?tls=yes&grpc=443", Address("host", grpc_port=443, tls=True)),
    ],
)
def test_an_address_is_read(url: str, address: Address) -> None:
    assert Address.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "weaviate://",
        "weaviate://host:x",
        "weaviate://host?grpc=0",
        "weaviate://host?grpc",
        "weaviate://host?key=secret",
        "weaviate://me:pw@host",
        "weaviate://host/name",
        "weaviate://host/A/B",
        "weaviate://host?tls=maybe",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """And nothing of it is repeated, since somebody may have written a secret into it."""
    with pytest.raises(SettingsError, match="weaviate://") as raised:
        WeaviateStore(url)
    assert "secret" not in str(raised.value)
