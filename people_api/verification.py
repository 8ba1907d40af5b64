"""The key that receipts are verified with."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from people_api.access import AtDesk, admitted
from people_api.problems import described

routes = APIRouter(tags=["erasure"])

HOW = (
    "The signature is Ed25519, in base64, over the receipt as JSON with `signature` empty, keys sorted, no spaces, and "
    "characters beyond ASCII escaped."
)


class VerificationKey(BaseModel):
    """With this, anybody can verify a receipt, also after this server is gone."""

    algorithm: str = Field(examples=["Ed25519"])
    public_key: str = Field(description="32 bytes in base64.")
    how: str = Field(examples=[HOW])


@routes.get("/key", summary="How receipts are verified", dependencies=[Depends(admitted)], responses=described())
def key(desk: AtDesk) -> VerificationKey:
    """Public: it needs no token."""
    return VerificationKey(algorithm="Ed25519", public_key=desk.services.people.audit.public_key, how=HOW)
