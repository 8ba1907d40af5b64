"""How a person is spoken to: the voice profile, the style of answers, and how words of theirs are said."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from people_api.access import Asking, AskingMuch, AtDesk, Desk
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.errors import StoreUnavailable
from rapport.people import Person
from rapport.personality.style import Manner, Style, forget_style, keep_style, manner_now
from rapport.personality.voice import (
    MOST_PRONUNCIATIONS,
    grant_for,
    has_clone,
    keep_pronunciations,
    keep_voice_profile,
    pronunciations,
    voice_profile,
)
from rapport.privacy.purposes import Purpose
from rapport.speech.voice_profile import RANGES, USUAL, VoiceProfile

routes = APIRouter(prefix="/voice", tags=["voice"])

Word = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _number(name: str, description: str) -> float:
    least, most = RANGES[name]
    field: float = Field(default=getattr(USUAL, name), ge=least, le=most, description=description)
    return field


class Profile(BaseModel):
    """How to speak; what is left out is as usual."""

    model_config = ConfigDict(extra="forbid")

    voice: str = Field(
        default="",
        max_length=40,
        pattern="^[a-z]*$",
        description="One of `/v1/voice/voices`, `cloned` for the person's own, or empty for the server's choice.",
        examples=["rachel"],
    )
    pace: float = _number("pace", "How fast, as a multiple of the voice's own pace.")
    pitch: float = _number("pitch", "How much higher, in semitones; below 0 is deeper.")
    cadence: float = _number("cadence", "How long the pauses are, as a multiple of the usual.")
    warmth: float = _number("warmth", "Warmer above 0, brighter below.")
    stability: float = _number("stability", "How evenly a provider's voice speaks.")
    similarity: float = _number("similarity", "How close it keeps to its model.")
    style: float = _number("style", "How much it acts.")
    language: Literal["en"] = Field(default="en", description="What it speaks.")

    @classmethod
    def of(cls, profile: VoiceProfile) -> Profile:
        """From the value."""
        return cls(**{name: getattr(profile, name) for name in cls.model_fields})


class Pronunciation(BaseModel):
    """A word, and how it is said."""

    model_config = ConfigDict(extra="forbid")

    word: Word = Field(examples=["Siobhan"])
    spoken: Word = Field(description="As a voice would read it.", examples=["shi vawn"])


class Pronunciations(BaseModel):
    """Words of the person's; of one that is there twice the last counts."""

    model_config = ConfigDict(extra="forbid")

    words: list[Pronunciation] = Field(max_length=MOST_PRONUNCIATIONS)

    @classmethod
    def of(cls, said: dict[str, str]) -> Pronunciations:
        """From what is kept."""
        return cls(words=[Pronunciation(word=word, spoken=spoken) for word, spoken in said.items()])


class Answering(BaseModel):
    """A way to answer."""

    model_config = ConfigDict(extra="forbid")

    style: Style | None = Field(description="None is the usual one.", examples=["concise"])


class Answered(Answering):
    """How somebody is answered, and why."""

    said: bool = Field(description="They said so; else it was learnt, or is as usual.")
    share: float = Field(description="How often they did what it was learnt from; 0 to 1.", examples=[0.5])

    @classmethod
    def of(cls, manner: Manner) -> Answered:
        """From the value."""
        return cls(style=manner.style, said=manner.said, share=manner.share)


class Voice(BaseModel):
    """A ready-made voice."""

    name: str = Field(description="As a profile has it.", examples=["rachel"])
    accent: str = Field(examples=["british"])
    gender: Literal["female", "male"]
    about: str = Field(description='Completes "It sounds …".', examples=["calm and clear"])
    cloud: bool = Field(description="A provider speaks it, so it needs the consent to a cloud service.")


class Voices(BaseModel):
    """What can speak here."""

    voices: list[Voice] = Field(description="The best of each kind first.")
    provider: bool = Field(description="Whether a provider is there, for who agrees to a cloud service.")
    cloned: bool = Field(description="Whether the person has a cloned voice that may speak.")


class Preview(BaseModel):
    """How it would sound."""

    pcm: str = Field(description="16-bit mono PCM, in base64.")
    rate_hz: int = Field(description="Samples a second.", examples=[22050])


@routes.get("/voices", summary="Which voices there are", responses=described(*OF_A_PERSON, "voice_away"))
def voices(desk: AtDesk, person: Asking) -> Voices:
    """What can speak here now; none where the voice server takes no orders."""
    cloned = Purpose.VOICE_PERSONALIZATION in person.ledger().live() and has_clone(person)
    if not desk.services.settings.voice_key:
        return Voices(voices=[], provider=False, cloned=cloned)
    return Voices(**_ordered(desk, "voices", {}), cloned=cloned)


@routes.post("/preview", summary="Hear how a profile would sound", responses=described(*OF_A_PERSON, "voice_away"))
def preview(desk: AtDesk, person: AskingMuch, profile: Profile) -> Preview:
    """A sentence. Nothing is changed or kept; a provider speaks it only where a cloud service was agreed to."""
    if not desk.services.settings.voice_key:
        raise Refused("voice_away")
    granted = grant_for(person, desk.services.proofs.owner(person.id), desk.services.people.clock().date())
    tried = replace(granted, profile=VoiceProfile(**profile.model_dump()), clip_key=None)
    return Preview(**_ordered(desk, "preview", {"grant": tried.as_json()}))


def _ordered(desk: AtDesk, name: str, data: dict[str, Any]) -> dict[str, Any]:
    try:
        return desk.services.voice.give(name, data)
    except StoreUnavailable:
        raise Refused("voice_away") from None


@routes.get("", summary="How you are spoken to", responses=described(*OF_A_PERSON, "consent_missing"))
def read(person: Asking) -> Profile:
    """The profile as it is kept; without one, the usual."""
    return Profile.of(voice_profile(person))


@routes.put("", summary="Change how you are spoken to", responses=described(*OF_A_PERSON, "consent_missing"))
def change(person: Asking, profile: Profile) -> Profile:
    """From the next sentence on. A voice that there is not leaves the choice to the server."""
    keep_voice_profile(person, VoiceProfile(**profile.model_dump()))
    return profile


@routes.delete("", summary="Be spoken to as usual", responses=described(*OF_A_PERSON, "consent_missing"))
def reset(person: Asking) -> Profile:
    """From the next sentence on."""
    keep_voice_profile(person, USUAL)
    return Profile()


@routes.get("/style", summary="How you are answered, and why", responses=described(*OF_A_PERSON))
def style(desk: AtDesk, person: Asking) -> Answered:
    """What they said, else what was learnt from how they talk, each where they agreed to that."""
    return _answered(desk, person)


@routes.put("/style", summary="Change how you are answered", responses=described(*OF_A_PERSON, "consent_missing"))
def answer_like_this(desk: AtDesk, person: Asking, answering: Answering) -> Answered:
    """From the next answer on, but for conversations in which another way was asked for."""
    keep_style(person, answering.style)
    desk.services.known_anew(person)
    return _answered(desk, person)


@routes.delete("/style", summary="Forget how you are answered", responses=described(*OF_A_PERSON, "consent_missing"))
def answer_as_usual(desk: AtDesk, person: Asking) -> Answered:
    """What was said; what was learnt counts then."""
    forget_style(person)
    desk.services.known_anew(person)
    return _answered(desk, person)


def _answered(desk: Desk, person: Person) -> Answered:
    people = desk.services.people
    return Answered.of(manner_now(person, people.embed, people.clock().date()))


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
