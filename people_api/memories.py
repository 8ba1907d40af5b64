"""Memories: to list, search, read, edit and delete."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import Asking
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.memory.drafts import Draft
from rapport.memory.editing import restated
from rapport.memory.memories import CANDIDATES
from rapport.memory.values import Kind, Memory, Provenance, Sensitivity
from rapport.people import Person
from rapport.privacy.purposes import Purpose

routes = APIRouter(prefix="/memories", tags=["memories"])

PAGE = 50
LONGEST_PAGE = 200
FOUND = 20
"""Search results at most: who searches looks at the first few."""
FITTING = 0.01
"""Confidence from which a memory may be what was searched for. An answer needs far more (`ranking.USE`), but here a
person looks: "siblings" finds a sister at 0.03, and what has nothing to do with it lies below 0.005."""
LONGEST_TEXT = 1_000
"""Characters, as of a typed message."""

MemoryId = Annotated[str, Path(description="A memory's id.", pattern="^[0-9a-f]{32}$", examples=["0a" * 16])]
ONE = (*OF_A_PERSON, "consent_missing", "no_such_memory")


class Told(BaseModel):
    """Where a memory comes from."""

    source: str = Field(
        description="`asked` to remember it, said in `passing`, written on the `page`, or `derived`.",
        examples=["asked"],
    )
    words: str | None = Field(description="The person's own words.", examples=["my sister lives in oslo"])
    turn: int | None = Field(description="The session's turn, from 1.")
    confidence: float | None = Field(description="How sure the recogniser was, 0 to 1; null for typed words.")
    derived_from: list[str] = Field(description="Ids of the memories it was worked out from; it falls with any.")
    models: dict[str, str] = Field(description="Versions of what had a part in it.")


class RememberedThing(BaseModel):
    """One memory, with where it comes from, what for, and until when."""

    id: str = Field(examples=["0a" * 16])
    kind: Kind = Field(examples=["relation"])
    text: str = Field(description="As it is told to the person.", examples=["your sister lives in Oslo"])
    told: Told
    purpose: Purpose = Field(description="What it was agreed to be kept for.")
    consent_version: int = Field(description="Of the wording that was agreed to.", examples=[1])
    sensitivity: Sensitivity
    created: datetime = Field(description="When it was first told.")
    confirmed: datetime = Field(description="When it was last told or affirmed.")
    used: datetime | None = Field(description="When it last had a part in an answer.")
    expires: datetime | None = Field(description="When it is deleted; null never.")

    @classmethod
    def of(cls, memory: Memory) -> RememberedThing:
        """From the value."""
        told = memory.provenance
        return cls(
            id=memory.id,
            kind=memory.kind,
            text=memory.text,
            told=Told(
                source=told.source,
                words=told.words,
                turn=told.turn,
                confidence=told.confidence,
                derived_from=list(told.derived_from),
                models=dict(told.models),
            ),
            purpose=memory.purpose,
            consent_version=memory.consent_version,
            sensitivity=memory.sensitivity,
            created=memory.created,
            confirmed=memory.confirmed,
            used=memory.used,
            expires=memory.expires,
        )


class MemoryPage(BaseModel):
    """Memories, those told last first."""

    memories: list[RememberedThing]
    next: str | None = Field(description="What to give as `after` for the next page; null on the last.")


class Found(BaseModel):
    """What a search found."""

    memory: RememberedThing
    confidence: float = Field(description="How sure it is that this is meant, 0 to 1.", examples=[0.87])


class SearchAnswer(BaseModel):
    """The best first."""

    found: list[Found]


class Edit(BaseModel):
    """What a memory is to say from now on."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        description="As it is told to the person, without a full stop.",
        min_length=1,
        max_length=LONGEST_TEXT,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        examples=["your sister lives in Bergen"],
    )
    confirmed: bool = Field(default=False, description="That a sensitive text is to be kept all the same.")


class Deleted(BaseModel):
    """What was deleted."""

    deleted: int = Field(description="Memories; what rested on them went too.", examples=[1])


@routes.get("", summary="A page of memories", responses=described(*ONE))
def page(
    person: Asking,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    after: Annotated[
        str | None, Query(description="The page before's `next`.", pattern="^[0-9a-f]{32}$", examples=["0a" * 16])
    ] = None,
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=LONGEST_PAGE)] = PAGE,
) -> MemoryPage:
    """Those that are in force, told last first; what was superseded or has expired is not among them."""
    memories = person.memories()
    if after is not None and memories.get(after) is None:
        raise Refused("no_such_memory")
    found = memories.page(kinds=[kind] if kind else None, after=after, limit=limit + 1)
    more = len(found) > limit
    found = found[:limit]
    return MemoryPage(memories=list(map(RememberedThing.of, found)), next=found[-1].id if more else None)


@routes.get("/search", summary="Search memories", responses=described(*OF_A_PERSON, "consent_missing"))
def search(
    person: Asking,
    q: Annotated[str, Query(description="Words, or a question.", min_length=1, max_length=200, examples=["my sister"])],
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
) -> SearchAnswer:
    """By words and by meaning, as the assistant itself recalls them."""
    ranked = person.memories().recall(q, kinds=[kind] if kind else None, limit=CANDIDATES)
    fitting = [each for each in ranked if each.confidence >= FITTING or _holds(each.memory, q)]
    return SearchAnswer(
        found=[Found(memory=RememberedThing.of(each.memory), confidence=each.confidence) for each in fitting[:FOUND]]
    )


@routes.get("/{memory_id}", summary="One memory", responses=described(*ONE))
def read(person: Asking, memory_id: MemoryId) -> RememberedThing:
    """By its id."""
    return RememberedThing.of(_memory(person, memory_id))


@routes.patch(
    "/{memory_id}",
    summary="Change what a memory says",
    responses=described(*ONE, "confirmation_needed", "quota", "not_kept"),
)
def edit(person: Asking, memory_id: MemoryId, change: Edit) -> RememberedThing:
    """The memory as it is now, under a new id; what it said before is kept as history until it expires."""
    old = _memory(person, memory_id)
    told = Provenance(session="page", source="page", words=change.text)
    draft = Draft(old.kind, change.text, told, restated(old, change.text))
    try:
        kept = person.memories().correct(memory_id, draft, confirmed=change.confirmed)
    except KeyError:  # deleted meanwhile
        raise Refused("no_such_memory") from None
    return RememberedThing.of(kept.memory)


@routes.delete("/{memory_id}", summary="Forget a memory", responses=described(*OF_A_PERSON, "no_such_memory"))
def delete(person: Asking, memory_id: MemoryId) -> Deleted:
    """For good, with what it superseded and what was derived from it. Needs no consent."""
    deleted = person.memories().forget([memory_id])
    if not deleted:
        raise Refused("no_such_memory")
    return Deleted(deleted=deleted)


def _memory(person: Person, memory_id: str) -> Memory:
    memory = person.memories().get(memory_id)
    if memory is None:
        raise Refused("no_such_memory")
    return memory


def _holds(memory: Memory, words: str) -> bool:
    """Whether it holds what was typed so far, which may end within a word."""
    return words.strip().lower() in f"{memory.text} {memory.provenance.words or ''}".lower()
