"""Who am I, and how much is kept."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from people_api.access import Asking
from people_api.problems import OF_A_PERSON, described
from rapport.privacy.purposes import Purpose

routes = APIRouter(tags=["status"])


class Amount(BaseModel):
    """A number of memories, and of bytes."""

    items: int = Field(description="Memories, history included.", examples=[12])
    bytes: int = Field(description="Bytes of their texts and vectors.", examples=[23_400])


class Status(BaseModel):
    """What is known about whoever asks."""

    person: str = Field(description="A pseudonym.", examples=["p_0123456789abcdef01234567"])
    known: bool = Field(description="Whether anything is kept about them.")
    consents: list[Purpose] = Field(description="What they agree to now.", examples=[["memory"]])
    usage: Amount = Field(description="How much is kept.")
    quota: Amount = Field(description="How much may be kept.", examples=[{"items": 10_000, "bytes": 67_108_864}])


@routes.get("/me", summary="Who am I, and how much is kept", responses=described(*OF_A_PERSON))
def status(person: Asking) -> Status:
    """Asks for no consent: it tells what was agreed to, and amounts."""
    memories = person.memories()
    usage, quota = memories.usage(), memories.quota
    return Status(
        person=person.id,
        known=person.known,
        consents=list(person.ledger().live()),
        usage=Amount(items=usage.items, bytes=usage.bytes),
        quota=Amount(items=quota.items, bytes=quota.bytes),
    )
