"""The Weaviate store: people's memories in a server, which sees as little of them as it can search.

    NameMemory   a tenant a person: memories, with rotated vectors and hashed words
    NameRecord   a tenant a person: records, and the state (which key is in force)
    NameKey      a tenant a person: the wrapped data key

A tenant is a folder of its own on the server's disk, and is deleted with it; that is why wrapped keys have tenants too.

Sealed with the person's key (AES-256-GCM, bound to person, object and sort): texts, statements, contexts, the person's
words, provenance, sensitivity, consent versions, ids of sources; names and values of records. Blinded with it: vectors,
words, and marks of kind, purpose, session, subject, attribute and sources (`blinding` says what that is good for).

Readable by the server, its operator and whoever holds its disk or a backup: the ids of people (which are pseudonyms)
and of memories; when each was created, last told, last written, and when it expires; whether it is superseded; how
long it is; how many memories and records there are, and which key sealed each; what `blinding` can't hide; and who is
asked for when. Wrapped keys open only with the operator's key-encryption key.

What was deleted can stay in the server's files, as ciphertext, until it merges them, and in backups. Erasing a person
deletes their files at once; the server's Raft log keeps their id until it is compacted. Its own time to live is not
used. `KeyUnavailable` comes from units too, while another process rotates a person's data key: try again.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections import OrderedDict
from uuid import UUID, uuid5

from rapport.errors import StoreUnavailable
from rapport.memory.store import checked
from rapport.memory.weaviate_server import (
    Address,
    NotThere,
    Objects,
    Server,
    asking,
    make_tenant,
    remove_tenant,
)
from rapport.memory.weaviate_tenant import Sealed, Tenant
from rapport.memory.weaviate_unit import WeaviateUnit
from rapport.privacy.keys import PersonKeys

FIRST_KEY = UUID(int=1)
"""The id of a person's first wrapped key; each later one's follows from the mark of the one before."""

OPEN_UNITS = 256
"""Units kept, the longest unused let go of first: each holds a matrix of 0.6 MB, which takes 40 ms to make."""


class WeaviateStore:
    """People's tenants in a Weaviate server; the connection is made when it is first needed.

    Args:
        url: `weaviate://host[:port][/Name][?grpc=port&tls=yes]`; the name is what our collections' names begin with.
        api_key: Where the server wants one.

    Raises:
        SettingsError: The address is none.
    """

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self._server = Server(Address.parse(url), api_key)
        self._units: OrderedDict[str, WeaviateUnit] = OrderedDict()
        self._mutex = threading.Lock()

    def open(self, person: str, keys: PersonKeys, *, create: bool = False) -> WeaviateUnit:
        """The person's unit; one that is open already is shared."""
        fresh = WeaviateUnit(self._server, checked(person), keys)
        with self._mutex:
            unit = self._units.get(person)
        if unit is None or unit.key != fresh.key:
            unit = fresh
        try:
            unit.check()
        except NotThere:
            if not create:
                raise
            for objects in self._unit_collections():
                make_tenant(objects, person)
            unit.make()
            unit.check()
        with self._mutex:
            self._units[person] = unit
            self._units.move_to_end(person)
            while len(self._units) > OPEN_UNITS:
                self._units.popitem(last=False)
        return unit

    def people(self) -> list[str]:
        """Everybody who has a unit or a wrapped key."""
        found: set[str] = set()
        for objects in (*self._unit_collections(), self._server.keys()):
            with asking():
                found.update(objects.tenants.get())
        return sorted(found)

    def erase(self, person: str) -> None:
        """Remove the unit's tenants, and see that they are gone."""
        with self._mutex:
            self._units.pop(checked(person), None)
        for objects in self._unit_collections():
            remove_tenant(objects, person)

    def traces(self, person: str) -> list[str]:
        """What is still there of the person's tenants."""
        checked(person)
        found = []
        for objects in (*self._unit_collections(), self._server.keys()):
            with asking():
                if objects.tenants.exists(person):
                    found.append(f"a tenant in {objects.name}")
        return found

    def wrapped_key(self, person: str) -> bytes | None:
        """The person's wrapped data key."""
        kept = self._kept_key(checked(person))
        return None if kept is None else base64.b64decode(kept.properties["wrapped"])

    def keep_wrapped_key(self, person: str, wrapped: bytes, *, before: bytes | None) -> None:
        """Keep a wrapped key in place of the one before.

        Each has an id that follows from the one before, and the server makes no second object with an id. It looks
        before it writes, though, not in one step; so what is there is read again, which leaves a chance for two
        processes only where the server takes longer for that step than one of them for its reading.
        """
        keys = Tenant(self._server.keys, checked(person))
        former = self._kept_key(person)
        changed = StoreUnavailable("a person's key was changed by another process; read it again")
        if (None if former is None else base64.b64decode(former.properties["wrapped"])) != before:
            raise changed
        if former is None:
            make_tenant(self._server.keys(), person)
        properties = {"wrapped": base64.b64encode(wrapped).decode(), "mark": secrets.token_hex(16)}
        uuid = FIRST_KEY if former is None else _next(former)
        if not keys.add(uuid, properties):
            raise changed
        there = keys.one(uuid)
        if there is None or there.properties["mark"] != properties["mark"]:
            raise changed
        if former is not None:
            keys.remove([former.uuid])

    def destroy_wrapped_key(self, person: str) -> None:
        """Write over the wrapped key, and remove its tenant with its files."""
        kept = self._kept_key(checked(person))
        if kept is not None:
            empty = {"wrapped": "", "mark": kept.properties["mark"]}
            Tenant(self._server.keys, person).put([Sealed(kept.uuid, empty)])
        remove_tenant(self._server.keys(), person)

    def close(self) -> None:
        """Close the connection."""
        with self._mutex:
            self._units.clear()
        self._server.close()

    def _unit_collections(self) -> tuple[Objects, Objects]:
        # The records last: while their state is there, so is the unit, as something to use or to go on erasing.
        return self._server.memories(), self._server.records()

    def _kept_key(self, person: str) -> Sealed | None:
        """The newest of a person's wrapped keys; an older one is there only after a crash."""
        try:
            kept = list(Tenant(self._server.keys, person).every("wrapped", "mark"))
        except NotThere:
            return None
        followers = {each.uuid for each in kept}
        return next((each for each in kept if _next(each) not in followers), None)


def _next(former: Sealed) -> UUID:
    """The id of the wrapped key that takes the place of this one."""
    return uuid5(former.uuid, str(former.properties["mark"]))
