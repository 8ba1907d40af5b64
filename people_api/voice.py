"""How a person is spoken to: the voice profile, and how words of theirs are said."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from people_api.access import Asking, AskingMuch, AtDesk
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.errors import StoreUnavailable
from rapport.personality.voice import keep_pronunciations, keep_voice_profile, pronunciations, voice_profile
from rapport.privacy.purposes import Purpose
from rapport.speech.voice_profile import RANGES, USUAL, VoiceProfile

routes = APIRouter(prefix="/voice", tags=["voice"])

MOST_WORDS = 100

Word = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _number(name: str, description: str) -> float:
    least, most = RANGES[name]
    field: float = Field(default=getattr(USUAL, name), ge=least, le=most, description=description)
    return field


class Profile(BaseModel):
    """How to speak; what is left out is as usual."""

    model_config = ConfigDict(extra="forbid")

    voice: str = Field(
        default="", pattern="^(cloned)?$", description="`cloned` for the person's own, else the server's choice."
    )
    pace: float = _number("pace", "How fast, as a multiple of the voice's own pace.")
    pitch: float = _number("pitch", "How much higher, in semitones; below 0 is deeper.")
    cadence: float = _number("cadence", "How long the pauses are, as a multiple of the usual.")
    warmth: float = _number("warmth", "Warmer above 0, brighter below.")
    stability: float = _number("stability", "How evenly a provider's voice speaks.")
    similarity: float = _number("similarity", "How close it keeps to its model.")
    style: float = _number("style", "How much it acts.")

    @classmethod
    def of(cls, profile: VoiceProfile) -> Profile:
        """From the value."""
        return cls(**{name: getattr(profile, name) for name in cls.model_fields})


class Token(BaseModel):
    """Opens the provider's own socket, once, for a client that speaks by itself."""

    token: str
    kind: str = Field(examples=["tts_websocket"])
    expires_in_s: int = Field(examples=[900])


class Pronunciation(BaseModel):
    """A word, and how it is said."""

    model_config = ConfigDict(extra="forbid")

    word: Word = Field(examples=["Siobhan"])
    spoken: Word = Field(description="As a voice would read it.", examples=["shi vawn"])


class Pronunciations(BaseModel):
    """Words of the person's; of one that is there twice the last counts."""

    model_config = ConfigDict(extra="forbid")

    words: list[Pronunciation] = Field(max_length=MOST_WORDS)

    @classmethod
    def of(cls, said: dict[str, str]) -> Pronunciations:
        """From what is kept."""
        return cls(words=[Pronunciation(word=word, spoken=spoken) for word, spoken in said.items()])


@routes.get("", summary="How you are spoken to", responses=described(*OF_A_PERSON, "consent_missing"))
def read(person: Asking) -> Profile:
    """The profile as it is kept; without one, the usual."""
    return Profile.of(voice_profile(person))


@routes.put("", summary="Change how you are spoken to", responses=described(*OF_A_PERSON, "consent_missing"))
def change(person: Asking, profile: Profile) -> Profile:
    """From the next sentence on."""
    keep_voice_profile(person, VoiceProfile(**profile.model_dump()))
    return profile


@routes.delete("", summary="Be spoken to as usual", responses=described(*OF_A_PERSON, "consent_missing"))
def reset(person: Asking) -> Profile:
    """From the next sentence on."""
    keep_voice_profile(person, USUAL)
    return Profile()


@routes.get("/pronunciations", summary="How your words are said", responses=described(*OF_A_PERSON, "consent_missing"))
def words(person: Asking) -> Pronunciations:
    """All of them."""
    return Pronunciations.of(pronunciations(person))


@routes.put(
    "/pronunciations", summary="Say how your words are said", responses=described(*OF_A_PERSON, "consent_missing")
)
def say(person: Asking, said: Pronunciations) -> Pronunciations:
    """In place of what was there."""
    keep_pronunciations(person, {each.word: each.spoken for each in said.words})
    return Pronunciations.of(pronunciations(person))


@routes.post(
    "/token",
    summary="Speak with the provider's voice yourself",
    responses=described(*OF_A_PERSON, "consent_missing", "no_provider"),
)
def token(desk: AtDesk, person: AskingMuch) -> Token:
    """A token in place of the key, which no client is told. It needs your consent to a cloud service for speech."""
    person.ledger().require(Purpose.CLOUD_SPEECH)
    try:
        made = Token(**desk.services.voice.give("single-use-token", {}))
    except StoreUnavailable:
        raise Refused("no_provider") from None
    person.note("speech.token_issued", purpose=Purpose.CLOUD_SPEECH.value)
    return made
