"""A person's memories and records as Weaviate's objects: sealed and opened, and a filter as Weaviate takes it.

Knows no connection. Which properties an object has, and who can read what of them, is told in `weaviate_store`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from weaviate.classes.query import Filter as Where
from weaviate.collections.classes.filters import _Filters

from rapport.embedding import DIMENSIONS
from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.memory.blinding import Blinding
from rapport.memory.indexing import microseconds
from rapport.memory.store import Filter, Record
from rapport.memory.values import Kind, Memory, Provenance, Sensitivity, Statement, Vector
from rapport.memory.weaviate_tenant import Sealed
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose

FORM = 1
"""Of what is sealed; part of what it is bound to."""

NEVER = 2**53 - 1
"""Microseconds since 1970: the year 2255, and the largest whole number that Weaviate keeps exactly."""

VECTOR_BYTES = DIMENSIONS * 4

Condition: TypeAlias = _Filters


class Sealing:
    """Seals and opens one person's objects with one data key.

    Args:
        person: Whose objects they are.
        keys: Their keys.
    """

    def __init__(self, person: str, keys: PersonKeys) -> None:
        self._person = person
        self._cipher = keys.field_cipher
        self.blinding = Blinding(keys)
        self.id = self.blinding.id

    def seal(self, memory: Memory, vector: Vector) -> Sealed:
        """A memory and its vector as an object.

        Raises:
            ValueError: The vector has another length than the sentence model's, or holds what is no number.
        """
        uuid = UUID(memory.id)
        said = memory.statement
        told = [memory.text, memory.provenance.words]
        told += [said.subject, said.attribute, said.value] if said else []
        texts = [text for text in told if text]
        properties = {
            "body": self.close(f"memory|{uuid}", _plain(memory)),
            "key": self.id,
            "words": " ".join(self.blinding.words(" ".join(texts))),
            "around": " ".join(self.blinding.words(memory.context or "")),
            "marks": sorted(self._marks(memory)),
            "created": min(microseconds(memory.created), NEVER),
            "told": min(microseconds(max(memory.created, memory.confirmed)), NEVER),
            "expires": NEVER if memory.expires is None else min(microseconds(memory.expires), NEVER),
            "past": memory.superseded_by is not None,
            "size": sum(len(text.encode()) for text in [*texts, memory.context or ""])
            + DIMENSIONS * np.float32().nbytes,
        }
        return Sealed(uuid, properties, self.rotated(vector))

    def rotated(self, vector: Vector) -> Vector:
        """A vector as the server sees it.

        Raises:
            ValueError: It has another length than the sentence model's, or holds what is no number.
        """
        kept = np.asarray(vector, dtype=np.float32)
        if kept.shape != (DIMENSIONS,) or not np.isfinite(kept).all():
            raise ValueError(f"a vector has shape ({DIMENSIONS},) and finite numbers")
        return self.blinding.rotate(kept)

    def open(self, uuid: UUID, properties: Mapping[str, Any]) -> Memory:
        """The memory that an object was made from.

        Raises:
            KeyUnavailable: The object was sealed with another key, or changed since.
        """
        return _memory(self.disclose(f"memory|{uuid}", properties["body"]))

    def close(self, place: str, plain: Mapping[str, Any]) -> str:
        """Plain JSON as ciphertext, bound to its place and person."""
        text = json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return base64.b64encode(self._cipher.seal(text, f"{self._person}|{place}|{FORM}")).decode()

    def disclose(self, place: str, body: str) -> dict[str, Any]:
        """What `close` was given.

        Raises:
            KeyUnavailable: It was closed with another key or for another place, or changed since.
        """
        text = self._cipher.open(base64.b64decode(body), f"{self._person}|{place}|{FORM}")
        return dict(json.loads(text.decode("utf-8", "surrogatepass")))

    def record_uuid(self, name: str) -> UUID:
        """The id of a record's object."""
        return self.blinding.uuid("record", name)

    def seal_record(self, name: str, value: Record) -> tuple[UUID, dict[str, Any]]:
        """A record as an object's id and properties."""
        uuid = self.record_uuid(name)
        body = self.close(f"record|{uuid}", {"name": name, "value": dict(value)})
        return uuid, {"body": body, "key": self.id}

    def open_record(self, uuid: UUID, properties: Mapping[str, Any]) -> tuple[str, Record]:
        """A record's name and value from its object.

        Raises:
            KeyUnavailable: The object was sealed with another key, or changed since.
        """
        opened = self.disclose(f"record|{uuid}", properties["body"])
        return opened["name"], opened["value"]

    def condition(self, where: Filter) -> Condition:
        """A filter as the server can answer it; `counts` has the last word."""
        mark = self.blinding.mark
        terms: list[Condition] = [
            Where.by_property("key").equal(self.id),
            _marked([mark("purpose", purpose.value) for purpose in where.purposes]),
            Where.by_property("expires").greater_than(min(microseconds(where.at), NEVER - 1)),
        ]
        if not where.superseded:
            terms.append(Where.by_property("past").equal(False))
        if where.kinds is not None:
            terms.append(_marked([mark("kind", kind.value) for kind in where.kinds]))
        if where.since is not None:
            terms.append(Where.by_property("told").greater_or_equal(min(microseconds(where.since), NEVER)))
        if where.until is not None:
            terms.append(Where.by_property("created").less_than(min(microseconds(where.until), NEVER)))
        equal = {
            "subject": where.subject,
            "attribute": where.attribute,
            "session": where.session,
            "source": where.resting_on,
        }
        terms += [_marked([mark(what, value)]) for what, value in equal.items() if value is not None]
        return Where.all_of(terms)

    def _marks(self, memory: Memory) -> set[str]:
        """What a memory can be asked for by equality."""
        sources = {*memory.provenance.derived_from, *([memory.superseded_by] if memory.superseded_by else [])}
        said = memory.statement
        values = [
            ("kind", memory.kind.value),
            ("purpose", memory.purpose.value),
            ("session", memory.provenance.session),
            *(("source", each) for each in sources),
            *([("subject", said.subject), ("attribute", said.attribute)] if said else []),
        ]
        return {self.blinding.mark(what, value) for what, value in values}


@dataclass(frozen=True)
class Ring:
    """The sealings that a unit's objects may have.

    Attributes:
        sealings: One, or, while keys are rotated, two, the coming one last.
    """

    sealings: tuple[Sealing, ...]

    @property
    def current(self) -> Sealing:
        """What is written with."""
        return self.sealings[-1]

    @property
    def ids(self) -> set[str]:
        """The ids of the keys."""
        return {each.id for each in self.sealings}

    def by(self, each: Sealed) -> Sealing:
        """What an object was sealed with.

        Raises:
            KeyUnavailable: None of these.
        """
        for sealing in self.sealings:
            if sealing.id == each.properties["key"]:
                return sealing
        raise KeyUnavailable("an object was sealed with other keys; open the unit with the present ones")

    def opened(self, each: Sealed) -> Memory:
        """The memory in an object."""
        return self.by(each).open(each.uuid, each.properties)

    def restored(self, each: Sealed) -> Vector:
        """An object's vector as it was given."""
        if each.vector is None:
            raise StoreUnavailable("the Weaviate server lost a vector; restore the person from a backup")
        return self.by(each).blinding.restore(each.vector)


def counts(memory: Memory, where: Filter) -> bool:
    """Whether a memory passes a filter, by what was sealed, so that a server that errs or lies shows nothing more."""
    said, provenance = memory.statement, memory.provenance
    return (
        memory.purpose in where.purposes
        and (memory.expires is None or memory.expires > where.at)
        and (where.superseded or memory.superseded_by is None)
        and (where.kinds is None or memory.kind in where.kinds)
        and (where.since is None or max(memory.created, memory.confirmed) >= where.since)
        and (where.until is None or memory.created < where.until)
        and (where.subject is None or (said is not None and said.subject == where.subject))
        and (where.attribute is None or (said is not None and said.attribute == where.attribute))
        and (where.session is None or provenance.session == where.session)
        and (where.resting_on is None or where.resting_on in (memory.superseded_by, *provenance.derived_from))
    )


def _marked(marks: list[str]) -> Condition:
    return Where.by_property("marks").contains_any(marks)


def _plain(memory: Memory) -> dict[str, Any]:
    """A memory as JSON."""
    return {
        **memory.__dict__,
        "kind": memory.kind.value,
        "purpose": memory.purpose.value,
        "sensitivity": memory.sensitivity.value,
        "statement": memory.statement and memory.statement.__dict__,
        "provenance": {**memory.provenance.__dict__, "models": dict(memory.provenance.models)},
        **{name: at and at.isoformat() for name, at in _times(memory).items()},
    }


def _times(memory: Memory) -> dict[str, datetime | None]:
    return {"created": memory.created, "confirmed": memory.confirmed, "used": memory.used, "expires": memory.expires}


def _memory(plain: Mapping[str, Any]) -> Memory:
    """What `_plain` made."""
    provenance = plain["provenance"]
    return Memory(
        **{
            **plain,
            "kind": Kind(plain["kind"]),
            "purpose": Purpose(plain["purpose"]),
            "sensitivity": Sensitivity(plain["sensitivity"]),
            "statement": plain["statement"] and Statement(**plain["statement"]),
            "provenance": Provenance(**{**provenance, "derived_from": tuple(provenance["derived_from"])}),
            **{
                name: plain[name] and datetime.fromisoformat(plain[name])
                for name in ("created", "confirmed", "used", "expires")
            },
        }
    )
