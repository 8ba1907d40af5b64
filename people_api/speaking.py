"""For the voice server: who an utterance is for, what they agreed to, and how they want to be spoken to.

Not for people, so not part of the description: asked with the voice server's key and the proof of a conversation.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Security
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import AtDesk, bearer
from people_api.problems import Refused
from rapport.errors import PersonErased
from rapport.personality.voice import grant_for
from rapport.speech.grant import NOBODY

routes = APIRouter(prefix="/speaking", include_in_schema=False)


class Shown(BaseModel):
    """What the voice server was shown."""

    model_config = ConfigDict(extra="forbid")

    proof: str = Field(max_length=2_000)


def _voice_server(desk: AtDesk, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]) -> None:
    key = desk.services.settings.voice_key
    given = credentials.credentials if credentials else ""
    if not key or not hmac.compare_digest(given.encode(), key.encode()):
        raise Refused("token")


@routes.post("", dependencies=[Depends(_voice_server)])
def speaking(desk: AtDesk, shown: Shown) -> dict[str, Any]:
    """Their grant, as it is at this moment."""
    proofs = desk.services.proofs
    person = proofs.person_spoken_to(shown.proof)
    try:
        people = desk.services.people
        return grant_for(people.person(person), proofs.owner(person), people.clock().date()).as_json()
    except PersonErased:
        return NOBODY.as_json()
