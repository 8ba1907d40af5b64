"""Activity: the audit trail's entries about whoever asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from people_api.access import Asking
from people_api.problems import OF_A_PERSON, described
from rapport.privacy.audit import Entry

routes = APIRouter(prefix="/activity", tags=["activity"])

PAGE = 50
LONGEST_PAGE = 200


class Activity(BaseModel):
    """One thing that was done with their data. Never what was said."""

    number: int = Field(description="Its place in the whole trail, counted from 1.", examples=[42])
    at: str = Field(description="ISO 8601, UTC.", examples=["2026-05-01T12:00:00.000+00:00"])
    what: str = Field(examples=["memory.written"])
    details: dict[str, str | int] = Field(examples=[{"purpose": "memory", "count": 1}])
    hash: str = Field(description="SHA-256 that chains it to the entry before.")

    @classmethod
    def of(cls, entry: Entry) -> Activity:
        """From the value."""
        return cls(number=entry.number, at=entry.at, what=entry.what, details=dict(entry.details), hash=entry.hash)


class ActivityPage(BaseModel):
    """Entries, the latest first."""

    entries: list[Activity]
    next: int | None = Field(description="What to give as `after` for the next page; null on the last.")


@routes.get("", summary="What was done with my data", responses=described(*OF_A_PERSON))
def activity(
    person: Asking,
    after: Annotated[int | None, Query(description="The page before's `next`.", ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(description="At most so many.", ge=1, le=LONGEST_PAGE)] = PAGE,
) -> ActivityPage:
    """The latest first. Needs no consent, as long as anything is kept."""
    entries = [entry for entry in reversed(person.audited()) if after is None or entry.number < after]
    more = len(entries) > limit
    entries = entries[:limit]
    return ActivityPage(entries=list(map(Activity.of, entries)), next=entries[-1].number if more else None)
