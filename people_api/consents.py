"""Consents: what may be agreed to, in which words, and to agree or take it back."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import CHANNEL, Asking
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.privacy.consent import Decision
from rapport.privacy.purposes import Purpose, wordings

routes = APIRouter(prefix="/consents", tags=["consents"])


class Decided(BaseModel):
    """A decision, as its receipt."""

    receipt: str = Field(description="Names the decision.", examples=["0123456789abcdef"])
    purpose: Purpose
    granted: bool
    version: int = Field(description="Of the wording.", examples=[1])
    wording: str = Field(description="The very words that were shown or spoken.")
    at: datetime
    channel: str = Field(description="`voice`, `text` or `page`.", examples=["page"])

    @classmethod
    def of(cls, decision: Decision) -> Decided:
        """From the value."""
        return cls(**decision.__dict__)


class Consent(BaseModel):
    """A purpose, and how it stands with it."""

    purpose: Purpose
    title: str = Field(examples=["Remember what I tell you"])
    written: str = Field(description="What is agreed to, word for word, on the page.")
    spoken: str = Field(description="The same, as it is asked aloud.")
    version: int = Field(description="Of the wording; a consent to an older one has ended.", examples=[1])
    granted: bool = Field(description="Whether it is agreed to now.")
    decided: Decided | None = Field(description="The last decision about it.")


class Consents(BaseModel):
    """Every purpose."""

    consents: list[Consent]


class Agreement(BaseModel):
    """What is agreed to."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(description="Of the wording that was read.", ge=1, le=1_000_000, examples=[1])


class Withdrawn(BaseModel):
    """What a withdrawal did."""

    receipt: Decided
    erased: int = Field(description="Memories that went with it.", examples=[12])


@routes.get("", summary="All purposes, with their wording", responses=described(*OF_A_PERSON))
def consents(person: Asking) -> Consents:
    """Each opt-in, and withdrawable at any time."""
    ledger = person.ledger()
    live = ledger.live()
    last = {decision.purpose: decision for decision in ledger.decisions}
    return Consents(
        consents=[
            Consent(
                purpose=purpose,
                title=wording.title,
                written=wording.written,
                spoken=wording.spoken,
                version=wording.version,
                granted=purpose in live,
                decided=Decided.of(last[purpose]) if purpose in last else None,
            )
            for purpose, wording in wordings().items()
        ]
    )


@routes.put("/{purpose}", summary="Agree", responses=described(*OF_A_PERSON, "wording_changed"))
def agree(person: Asking, purpose: Purpose, agreement: Agreement) -> Decided:
    """A yes to the current wording. The first one begins the person's file."""
    if agreement.version != wordings()[purpose].version:
        raise Refused("wording_changed")
    return Decided.of(person.agree(purpose, CHANNEL))


@routes.delete("/{purpose}", summary="Take it back", responses=described(*OF_A_PERSON, "nothing_kept"))
def withdraw(person: Asking, purpose: Purpose) -> Withdrawn:
    """What rested on it is not used from now on, and is deleted."""
    if not person.known:
        raise Refused("nothing_kept")
    done = person.withdraw(purpose, CHANNEL)
    return Withdrawn(receipt=Decided.of(done.decision), erased=done.erased)
