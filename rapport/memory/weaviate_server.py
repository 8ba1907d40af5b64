"""The Weaviate server: its address, the connection to it, our collections in it, and its errors as ours.

What lies in the collections is the store's and the unit's to know.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import grpc
import httpx
import weaviate
from weaviate.classes.config import Configure, DataType, Property, Tokenization, VectorDistances
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.classes.tenants import Tenant, TenantActivityStatus
from weaviate.collections import Collection
from weaviate.config import GrpcConfig
from weaviate.exceptions import (
    UnexpectedStatusCodeError,
    WeaviateBaseError,
    WeaviateConnectionError,
    WeaviateStartUpError,
    WeaviateTimeoutError,
)

from rapport.errors import SettingsError, StoreUnavailable

Objects: TypeAlias = Collection[Any, Any]

FORM = "weaviate://host[:port][/Name][?grpc=port&tls=yes]"

PORT, GRPC_PORT = 8080, 50051
"""Weaviate's own."""

TIMEOUT = Timeout(init=2, query=5, insert=60)
"""Seconds. An answer is 12 ms away at 10,000 memories; a batch of them took 4 s on two busy cores."""

# The client tries a lost connection for 63 s. Waiting for one until the call's own time is up, it gives up after 5.
_WAIT = '{"methodConfig": [{"name": [{"service": "weaviate.v1.Weaviate"}], "waitForReady": true}]}'
_CHANNEL = [("grpc.service_config", _WAIT), ("grpc.max_reconnect_backoff_ms", 1_000)]

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_CONFLICT, _UNPROCESSABLE, _UNAUTHORIZED, _FORBIDDEN = 409, 422, 401, 403

# It logs whole objects that were refused.
logging.getLogger("weaviate-client").setLevel(logging.CRITICAL)


class NotThere(StoreUnavailable):
    """Nothing is kept of a person yet, or any more."""

    def __init__(self) -> None:
        super().__init__("nothing is kept of this person; open with create=True to begin")


@dataclass(frozen=True)
class Address:
    """Where a server listens.

    Attributes:
        host: Its name or IP address.
        port: Of its REST API.
        grpc_port: Of its gRPC API.
        name: What the names of our collections begin with.
        tls: Whether both are reached over TLS.
    """

    host: str
    port: int = PORT
    grpc_port: int = GRPC_PORT
    name: str = "Rapport"
    tls: bool = False

    @classmethod
    def parse(cls, url: str) -> Address:
        """The address that a URL of the form above names.

        Raises:
            SettingsError: It is none.
        """
        try:
            parts = urlsplit(url)
            options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
            port, grpc_port = parts.port or PORT, int(options.pop("grpc", [str(GRPC_PORT)])[-1])
        except ValueError:
            raise SettingsError(f"the address of a Weaviate server is {FORM}") from None
        name, tls = parts.path.strip("/") or cls.name, options.pop("tls", ["no"])[-1]
        known = not options and tls in ("yes", "no") and _NAME.fullmatch(name) and 0 < grpc_port < 2**16
        if parts.scheme != "weaviate" or not parts.hostname or parts.username is not None or not known:
            raise SettingsError(f"the address of a Weaviate server is {FORM}")
        return cls(parts.hostname, port, grpc_port, name, tls == "yes")


class Server:
    """A connection, made when it is first needed. Threads may share it.

    Args:
        address: Where the server listens.
        api_key: Where it wants one.
    """

    def __init__(self, address: Address, api_key: str | None) -> None:
        self._address = address
        self._api_key = api_key
        self._lock = threading.Lock()
        self._client: weaviate.WeaviateClient | None = None

    def memories(self) -> Objects:
        """All people's memories, a tenant each."""
        return self._collection("Memory")

    def records(self) -> Objects:
        """All people's records, a tenant each."""
        return self._collection("Record")

    def keys(self) -> Objects:
        """All people's wrapped keys, a tenant each."""
        return self._collection("Key")

    def close(self) -> None:
        """Close the connection; it is made anew when it is needed again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _collection(self, kind: str) -> Objects:
        with self._lock, asking():
            if self._client is None:
                self._client = self._connected()
            return self._client.collections.use(self._address.name + kind)

    def _connected(self) -> weaviate.WeaviateClient:
        at = self._address
        client = weaviate.connect_to_custom(
            at.host,
            at.port,
            at.tls,
            at.host,
            at.grpc_port,
            at.tls,
            additional_config=AdditionalConfig(timeout=TIMEOUT, grpc_config=GrpcConfig(channel_options=_CHANNEL)),
            auth_credentials=Auth.api_key(self._api_key) if self._api_key else None,
            skip_init_checks=True,  # they ask a package registry for a newer client
        )
        try:
            _make(client, at.name + "Memory", _MEMORY, searched=True)
            _make(client, at.name + "Record", _RECORD)
            _make(client, at.name + "Key", _KEY)
        except BaseException:
            client.close()
            raise
        return client


@contextmanager
def asking() -> Iterator[None]:
    """What the client raises inside, as `StoreUnavailable`; without a cause, since its texts hold ids and objects."""
    try:
        yield
    except (WeaviateBaseError, httpx.HTTPError, grpc.RpcError) as error:
        raise _ours(error) from None


def _ours(error: Exception) -> StoreUnavailable:
    status = error.status_code if isinstance(error, UnexpectedStatusCodeError) else None
    text = str(error).lower()
    if "tenant not found" in text:
        return NotThere()
    if status in (_UNAUTHORIZED, _FORBIDDEN) or "unauthorized" in text or "unauthenticated" in text:
        return StoreUnavailable("the Weaviate server refuses our key; set the API key that it was started with")
    lost = isinstance(error, WeaviateConnectionError | WeaviateTimeoutError | WeaviateStartUpError | httpx.HTTPError)
    if lost or (status is None and ("connect" in text or "deadline" in text)):
        return StoreUnavailable(
            "the Weaviate server can't be reached; start it, or correct RAPPORT_MEMORY's host, port and gRPC port"
        )
    return StoreUnavailable(
        f"the Weaviate server did not do what it was asked ({type(error).__name__}); look at its log and try again"
    )


def refused_as_there(error: UnexpectedStatusCodeError) -> bool:
    """Whether something was not made because there is one already."""
    return error.status_code in (_CONFLICT, _UNPROCESSABLE) and "already exists" in str(error)


def make_tenant(objects: Objects, person: str) -> None:
    """Make a person's tenant, or leave the one that is there."""
    with asking():
        objects.tenants.create([Tenant(name=person)])


def wake_tenant(objects: Objects, person: str) -> bool:
    """Have a person's tenant loaded, without which nothing is deleted in it; says whether there is one."""
    with asking():
        tenant = objects.tenants.get_by_name(person)
        if tenant is None:
            return False
        if tenant.activity_status is not TenantActivityStatus.ACTIVE:
            objects.tenants.activate(person)
        return True


def remove_tenant(objects: Objects, person: str) -> None:
    """Remove a person's tenant with its files, and see that it is gone."""
    # Older servers leave a sleeping tenant's folder where it was.
    if not wake_tenant(objects, person):
        return
    with asking():
        objects.tenants.remove([person])
        if objects.tenants.exists(person):
            raise StoreUnavailable("the Weaviate server still has a tenant that was removed; look at its log")


def _text(name: str, *, equal: bool = False, words: bool = False, many: bool = False) -> Property:
    return Property(
        name=name,
        data_type=DataType.TEXT_ARRAY if many else DataType.TEXT,
        tokenization=Tokenization.WHITESPACE if words else Tokenization.FIELD,
        index_filterable=equal,
        index_searchable=words,
    )


def _number(name: str) -> Property:
    return Property(name=name, data_type=DataType.INT, index_filterable=True, index_range_filters=True)


_RECORD = [_text("body"), _text("key", equal=True), _text("coming")]

_KEY = [_text("wrapped"), _text("mark")]

_MEMORY = [
    _text("body"),
    _text("key", equal=True),
    _text("words", words=True),
    _text("around", words=True),
    _text("marks", equal=True, many=True),
    _number("created"),
    _number("told"),
    _number("expires"),
    Property(name="past", data_type=DataType.BOOL, index_filterable=True),
    Property(name="size", data_type=DataType.INT, index_filterable=True),
]


def _make(client: weaviate.WeaviateClient, name: str, properties: list[Property], *, searched: bool = False) -> None:
    """Make a collection, if no other process did."""
    if client.collections.exists(name):
        return
    # A flat index compares with every vector that passes the filter: exact, and at 10,000 memories as fast as HNSW
    # (11 ms both), which takes four times as long to fill.
    index = Configure.VectorIndex.flat(distance_metric=VectorDistances.COSINE)
    try:
        client.collections.create(
            name,
            properties=properties,
            vector_config=Configure.Vectors.self_provided(vector_index_config=index) if searched else None,
            multi_tenancy_config=Configure.multi_tenancy(enabled=True, auto_tenant_activation=True),
        )
    except UnexpectedStatusCodeError as error:
        if not refused_as_there(error):
            raise
