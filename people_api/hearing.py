"""For the voice channel: what it listens for in a session, and by which voice it knows whose it is.

Not for people, so not part of the description: asked with a proof that only the channel can sign.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import AtDesk, Desk
from people_api.problems import Refused
from rapport.errors import BadAudio, ConsentMissing, PersonErased
from rapport.people import Person
from rapport.personality.own_words import own_words
from rapport.voices.speaker import as_text, from_text
from rapport.voices.voiceprint import keep_voiceprint, voiceprint

routes = APIRouter(prefix="/hearing", include_in_schema=False)


class Asked(BaseModel):
    """What the channel shows."""

    model_config = ConfigDict(extra="forbid")

    proof: str = Field(max_length=2_000)


class Learnt(Asked):
    """A voice that the channel has learnt."""

    voice: str = Field(max_length=2_000)


@routes.post("")
def hearing(desk: AtDesk, asked: Asked) -> dict[str, Any]:
    """The person's own words, and their voice, or that it is to be learnt: each where they agreed to that."""
    try:
        person = _person(desk, asked)
        words = own_words(person)
        known = voiceprint(person)
    except PersonErased:
        return {"words": [], "voice": None, "learn": False}
    except ConsentMissing:
        return {"words": words, "voice": None, "learn": False}
    return {"words": words, "voice": as_text(known) if known is not None else None, "learn": known is None}


@routes.put("/voice", status_code=204)
def learn(desk: AtDesk, learnt: Learnt) -> None:
    """Keep a voice in place of the one before, and have every session of theirs know it."""
    try:
        voice = from_text(learnt.voice)
    except BadAudio:
        raise Refused("bad_audio") from None
    person = _person(desk, learnt)
    keep_voiceprint(person, voice)
    desk.services.known_anew(person)


def _person(desk: Desk, asked: Asked) -> Person:
    return desk.services.people.person(desk.services.proofs.person_heard(asked.proof))
