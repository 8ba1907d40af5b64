"""For the voice channel: what it listens for in a session, by which voice it knows whose it is, and what sound to keep.

Not for people, so not part of the description: asked with a proof that only the channel can sign.
"""

from __future__ import annotations

import base64
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import AtDesk, Desk
from people_api.guard import MAX_BODY_BYTES
from people_api.problems import Refused
from rapport.errors import BadAudio, ConsentMissing, PersonErased
from rapport.experiments.recordings import add_sound
from rapport.people import Person
from rapport.personality.own_words import own_words
from rapport.personality.signals import deep_topics
from rapport.personality.style import manner_now
from rapport.privacy.purposes import Purpose
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.voices.sound import flac_of
from rapport.voices.speaker import as_text, from_text
from rapport.voices.voiceprint import keep_voiceprint, voiceprint

routes = APIRouter(prefix="/hearing", include_in_schema=False)

LONGEST_SOUND = 15 * HEARING_RATE_HZ * SAMPLE_BYTES * 4 // 3 + 4
"""Characters of fifteen seconds, in base64."""
LARGER = {"/v1/hearing/recording": LONGEST_SOUND + MAX_BODY_BYTES}
"""What more may be posted to than to the rest, and bytes."""


class Asked(BaseModel):
    """What the channel shows."""

    model_config = ConfigDict(extra="forbid")

    proof: str = Field(max_length=2_000)


class Said(Asked):
    """The sound of a turn."""

    session: str = Field(max_length=100)
    turn: int = Field(ge=0)
    sound: str = Field(max_length=LONGEST_SOUND)


class Learnt(Asked):
    """A voice that the channel has learnt."""

    voice: str = Field(max_length=2_000)


@routes.post("")
def hearing(desk: AtDesk, asked: Asked) -> dict[str, Any]:
    """The person's own words, their voice, or that it is to be learnt, whether sound is to be kept, in which style they
    are answered, and of which topics they want to know more: each where they agreed to that."""
    nothing: dict[str, Any] = {"words": [], "voice": None, "learn": False, "record": False, "style": None, "deep": []}
    try:
        person = _person(desk, asked)
    except PersonErased:
        return nothing
    people = desk.services.people
    told = nothing | {
        "words": own_words(person, people.clock().date()),
        "record": Purpose.VOICE_RECORDING in person.ledger().live(),
        "style": manner_now(person, people.embed, people.clock().date()).style,
        "deep": deep_topics(person, people.clock().date()),
    }
    try:
        known = voiceprint(person)
    except ConsentMissing:
        return told
    return told | {"voice": as_text(known) if known is not None else None, "learn": known is None}


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


@routes.post("/recording", status_code=204)
def record(desk: AtDesk, said: Said) -> None:
    """Put a turn's sound (base64 of 16-bit PCM, 16 kHz, mono) to what was kept of it at its session's end."""
    try:
        pcm = base64.b64decode(said.sound, validate=True)
        sound = flac_of(pcm)
    except (ValueError, BadAudio):
        raise Refused("bad_audio") from None
    add_sound(_person(desk, said), said.session, said.turn, sound)


def _person(desk: Desk, asked: Asked) -> Person:
    return desk.services.people.person(desk.services.proofs.person_heard(asked.proof))
