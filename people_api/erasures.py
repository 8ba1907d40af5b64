"""Erase me."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import CHANNEL, AskingMuch
from people_api.problems import OF_A_PERSON, Problem, described
from rapport.errors import ErasurePending
from rapport.privacy.erasure import Receipt

routes = APIRouter(prefix="/erasure", tags=["erasure"])

PENDING = Problem(
    code="erasure_pending",
    message="Your key is destroyed, so nothing of you can be read any more. A part can't be reached right now; it is "
    "tried again every hour until it is gone. There is nothing more for you to do.",
)


class Confirmation(BaseModel):
    """That it is meant."""

    model_config = ConfigDict(extra="forbid")

    confirm: Literal["erase me"] = Field(description="Exactly this, since there is no way back.")


class ErasureReceipt(BaseModel):
    """Proof of an erasure, for the person to keep. `GET /v1/key` says how it is verified."""

    id: str = Field(examples=["0123456789abcdef"])
    who: str = Field(
        description="The person's pseudonym in the audit trail; empty where nothing was kept.",
        examples=["a_0123456789abcdef01234567"],
    )
    at: str = Field(description="When it was verified, ISO 8601, UTC.", examples=["2026-05-01T12:00:00+00:00"])
    memories: int = Field(description="How many there were.", examples=[12])
    erased: list[str] = Field(
        description="Every place, in the order of erasing.", examples=[["return", "key", "memories", "conversations"]]
    )
    searched_files: int = Field(description="Files that were searched for what must not be left.", examples=[7])
    searched_bytes: int = Field(description="Their bytes.", examples=[90_112])
    signature: str = Field(description="Ed25519 over all of the above, in base64.")

    @classmethod
    def of(cls, receipt: Receipt) -> ErasureReceipt:
        """From the value."""
        return cls(**{**receipt.__dict__, "erased": list(receipt.erased)})


@routes.post(
    "",
    response_model=ErasureReceipt,
    summary="Erase me",
    responses={
        **described(*OF_A_PERSON, "not_erased"),
        202: {
            "model": Problem,
            "description": "Nothing can be read any more, but a part of it is still to be deleted.",
            "content": {"application/json": {"example": PENDING.model_dump()}},
        },
    },
)
def erase(person: AskingMuch, confirmation: Confirmation) -> ErasureReceipt | JSONResponse:
    """Everything, for good, verified; the token opens nothing from then on."""
    try:
        return ErasureReceipt.of(person.erase(CHANNEL))
    except ErasurePending:
        return JSONResponse(PENDING.model_dump(), 202)
