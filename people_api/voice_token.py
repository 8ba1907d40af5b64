"""A token with which a client speaks through the provider itself, once; the provider's key stays where it is."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from people_api.access import CHANNEL, AskingMuch, AtDesk
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.errors import ConsentMissing, StoreUnavailable
from rapport.privacy.purposes import Purpose

routes = APIRouter(prefix="/voice", tags=["voice"])

REFUSALS = {"no-provider": "no_provider", "limit": "voice_limit"}
"""Why the voice server gives none, and the problem that this is here."""


class Token(BaseModel):
    """A token of the provider."""

    token: str = Field(description="Goes into the socket's address, as `single_use_token`. It works once.")
    expires_in_s: int = Field(description="Seconds until it does not work any more.", examples=[900])
    kind: Literal["tts_websocket"] = Field(description="What it opens: the provider's socket for speech.")


@routes.post(
    "/token",
    summary="Get a token for the provider's socket",
    responses=described(*OF_A_PERSON, "cloud_consent", "voice_limit", "no_provider", "voice_away"),
)
def token(desk: AtDesk, person: AskingMuch) -> Token:
    """Needs the consent to a cloud service. What is spoken with it counts at the provider, and is not limited here."""
    services = desk.services
    try:
        person.ledger().require(Purpose.CLOUD_SPEECH)
    except ConsentMissing:
        raise Refused("cloud_consent") from None
    if not services.settings.voice_key:
        raise Refused("no_provider")
    try:
        given = services.voice.give("single-use-token", {"owner": services.proofs.owner(person.id)})
    except StoreUnavailable:
        raise Refused("voice_away") from None
    if "refused" in given:
        raise Refused(REFUSALS.get(given["refused"], "voice_away"))
    person.note("token.issued", purpose=Purpose.CLOUD_SPEECH.value, channel=CHANNEL)
    return Token(**given)
