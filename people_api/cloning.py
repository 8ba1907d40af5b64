"""A voice of one's own: takes with their checks, the challenge, the upload, and its revocation with a receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from people_api.access import Asking, AskingMuch, AtDesk, Desk
from people_api.problems import OF_A_PERSON, Problem, Refused, described
from rapport.errors import BadAudio, ConsentMissing, ListeningBusy, RevocationPending, StoreUnavailable, WrongState
from rapport.people import Person
from rapport.privacy.purposes import Purpose, wordings
from rapport.voices.challenge import Challenge
from rapport.voices.cloning import State, Take
from rapport.voices.enrolment import ENOUGH_SPEECH_S, MOST_S, MOST_TAKES, PURPOSES, Enrolment, Standing, can_clone
from rapport.voices.quality import Check
from rapport.voices.revocation import RevocationReceipt
from rapport.voices.sound import LARGEST_BYTES

routes = APIRouter(prefix="/voice/clone", tags=["voice"])

LARGER = {"/v1/voice/clone/takes": LARGEST_BYTES, "/v1/voice/clone/challenge/answer": LARGEST_BYTES}
"""The routes that take sound, and how much of it; see `people_api.guard`."""

PENDING = Problem(
    code="revocation_pending",
    message="Your cloned voice is not used any more, and your samples are deleted. The provider can't be reached right "
    "now; deleting its copy is tried again until it is confirmed. There is nothing more for you to do.",
)

CLONING = (*OF_A_PERSON, "voice_consent")
SOUND: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"A WAV or FLAC file, up to a minute and {LARGEST_BYTES // 2**20} MB.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Verdict(BaseModel):
    """One check of a recording."""

    name: str = Field(description="What was checked.", examples=["noise"])
    value: str = Field(description="What was measured.", examples=["31 dB above the noise"])
    passed: bool
    advice: str = Field(description="What to do where it did not pass; else empty.", examples=[""])

    @classmethod
    def of(cls, check: Check) -> Verdict:
        """From the value."""
        return cls(**check.as_json())


class Sample(BaseModel):
    """A take that is kept, with where it comes from."""

    id: str = Field(examples=["0123456789abcdef"])
    at: datetime
    how: str = Field(description="`microphone` or `upload`.", examples=["microphone"])
    duration_s: float = Field(examples=[12.5])
    speech_s: float = Field(description="Seconds of speech in it.", examples=[10.1])
    sha256: str = Field(description="Of the file that was sent.")
    consent: str = Field(description="The receipt of the consent that it was taken under.")
    checks: list[Verdict]

    @classmethod
    def of(cls, take: Take) -> Sample:
        """From the value."""
        kept = take.as_record()
        return cls(**{name: kept[name] for name in cls.model_fields})


class Asked(BaseModel):
    """A purpose that this rests on."""

    purpose: Purpose
    title: str
    written: str = Field(description="What is agreed to, word for word.")
    version: int
    granted: bool


class Sentence(BaseModel):
    """A challenge."""

    id: str = Field(examples=["0123456789abcdef"])
    words: list[str] = Field(description="To be said in this order.", examples=[["river", "seven"]])
    until: datetime = Field(description="When it does not count any more.")
    tries_left: int = Field(examples=[3])

    @classmethod
    def of(cls, challenge: Challenge) -> Sentence:
        """From the value."""
        return cls(id=challenge.id, words=list(challenge.words), until=challenge.until, tries_left=challenge.left)


class Revoked(BaseModel):
    """Proof that a cloned voice is gone. `GET /v1/key` gives the key that its signature verifies with."""

    id: str = Field(examples=["0123456789abcdef"])
    who: str = Field(description="The person's pseudonym in the audit trail.")
    at: str = Field(description="When it was verified, ISO 8601, UTC.")
    samples: int = Field(description="How many there were.", examples=[3])
    erased: list[str] = Field(examples=[["use", "embeddings", "samples", "provider's voice", "clips"]])
    signature: str = Field(description="Ed25519 over all of the above, in base64.")

    @classmethod
    def of(cls, receipt: RevocationReceipt) -> Revoked:
        """From the value."""
        return cls(**{**receipt.__dict__, "erased": list(receipt.erased)})


class Cloning(BaseModel):
    """How it stands, what is asked, and why."""

    state: State
    since: datetime | None = None
    reason: str = Field("", description="Why it failed, as a code; else empty.", examples=[""])
    available: bool = Field(description="Whether there is a provider that voices can be made with.")
    revoking: bool = Field(description="Whether a copy of a revoked one is still being deleted.")
    asked: list[Asked]
    takes: list[Sample]
    speech_s: float = Field(description="Seconds of speech in all takes.", examples=[24.2])
    enough_s: float = Field(description="Seconds of speech that are needed.", examples=[ENOUGH_SPEECH_S])
    most_takes: int = Field(examples=[MOST_TAKES])
    most_s: float = Field(description="Seconds that all takes may have.", examples=[MOST_S])
    challenge: Sentence | None
    receipt: Revoked | None = Field(description="Of the last revocation.")


class Heard(BaseModel):
    """What became of a take."""

    kept: bool = Field(description="Only what passes every check is kept.")
    take: Sample | None
    checks: list[Verdict]


class Verified(BaseModel):
    """What became of a challenge's answer."""

    verified: bool
    checks: list[Verdict]
    tries_left: int = Field(description="0 asks for another challenge.", examples=[2])


class Nothing(BaseModel):
    """There is no cloned voice."""

    state: Literal["draft"] = "draft"


async def _sound(request: Request) -> bytes:
    return await request.body()


Sound = Annotated[bytes, Depends(_sound)]
TakeId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=["0123456789abcdef"])]


def _enrolment(desk: Desk, person: Person) -> Enrolment:
    services = desk.services
    revoking = services.revocations.pending(person.id)
    return Enrolment(person, services.proofs.owner(person.id), services.people.clock(), revoking=revoking)


class _Problems:
    """Says what an enrolment raises as the problems that are described here."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ConsentMissing):
            raise Refused("voice_consent") from None
        if isinstance(error, BadAudio):
            raise Refused("bad_audio", more=f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
        if isinstance(error, WrongState):
            raise Refused("voice_state") from None
        if isinstance(error, ListeningBusy):
            raise Refused("listening_busy", {"Retry-After": "10"}) from None


@routes.get("", summary="How it stands with a cloned voice", responses=described(*OF_A_PERSON))
def standing(desk: AtDesk, person: Asking) -> Cloning:
    """Its state, what is asked and why, the takes, and the receipt of the last revocation."""
    found: Standing = _enrolment(desk, person).standing()
    words = wordings()
    return Cloning(
        state=found.clone.state,
        since=found.clone.since,
        reason=found.clone.reason,
        available=bool(desk.services.settings.voice_key) and can_clone(desk.services.voice),
        revoking=desk.services.revocations.pending(person.id),
        asked=[
            Asked(
                purpose=each,
                title=words[each].title,
                written=words[each].written,
                version=words[each].version,
                granted=each not in found.missing,
            )
            for each in PURPOSES
        ],
        takes=[Sample.of(each) for each in found.takes],
        speech_s=round(sum(each.speech_s for each in found.takes), 1),
        enough_s=ENOUGH_SPEECH_S,
        most_takes=MOST_TAKES,
        most_s=MOST_S,
        challenge=Sentence.of(found.challenge) if found.challenge else None,
        receipt=Revoked(**found.proof) if found.proof else None,
    )


@routes.post(
    "/takes",
    summary="Send a take",
    openapi_extra=SOUND,
    responses=described(*CLONING, "voice_state", "bad_audio", "listening_busy"),
)
def take(
    desk: AtDesk,
    person: AskingMuch,
    content: Sound,
    how: Annotated[Literal["microphone", "upload"], Query(description="How it was made.")] = "upload",
) -> Heard:
    """It is listened to, and kept only where every check passes."""
    with _Problems():
        taken = _enrolment(desk, person).take(content, how, desk.listening)
    kept = Sample.of(taken.take) if taken.take else None
    return Heard(kept=kept is not None, take=kept, checks=[Verdict.of(each) for each in taken.checks])


@routes.delete(
    "/takes/{take_id}",
    status_code=204,
    summary="Delete a take",
    responses=described(*CLONING, "voice_state", "no_such_take"),
)
def remove(desk: AtDesk, person: Asking, take_id: TakeId) -> None:
    """Samples that come or go have to be verified anew."""
    with _Problems():
        if not _enrolment(desk, person).remove(take_id):
            raise Refused("no_such_take")


@routes.post("/challenge", summary="Ask for a challenge", responses=described(*CLONING, "voice_state"))
def challenge(desk: AtDesk, person: Asking) -> Sentence:
    """Words to say now, new each time, so that no recording of before will do."""
    with _Problems():
        return Sentence.of(_enrolment(desk, person).challenge())


@routes.post(
    "/challenge/answer",
    summary="Answer the challenge",
    openapi_extra=SOUND,
    responses=described(*CLONING, "voice_state", "bad_audio", "listening_busy"),
)
def answer_challenge(desk: AtDesk, person: AskingMuch, content: Sound) -> Verified:
    """The words have to be right, and the voice has to be the samples'. The answer is not kept."""
    with _Problems():
        answered = _enrolment(desk, person).answer(content, desk.listening)
    return Verified(
        verified=answered.verified,
        checks=[Verdict.of(each) for each in answered.checks],
        tries_left=answered.left,
    )


@routes.post("/submit", summary="Have the voice made", responses=described(*CLONING, "voice_state", "voice_away"))
def submit(desk: AtDesk, person: AskingMuch) -> Cloning:
    """The samples go to the provider, under a name that says nothing of the person."""
    try:
        with _Problems():
            _enrolment(desk, person).submit(desk.services.voice)
    except StoreUnavailable:
        raise Refused("voice_away") from None
    return standing(desk, person)


@routes.delete(
    "",
    response_model=Revoked | Nothing,
    summary="Delete the cloned voice",
    responses={
        **described(*OF_A_PERSON),
        202: {
            "model": Problem,
            "description": "It is not used any more, but a copy is still to be deleted.",
            "content": {"application/json": {"example": PENDING.model_dump()}},
        },
    },
)
def revoke(desk: AtDesk, person: Asking) -> Revoked | Nothing | JSONResponse:
    """Samples, embeddings, the provider's voice and clips, each verified."""
    try:
        receipt = desk.services.revocations.revoke(person)
    except RevocationPending:
        return JSONResponse(PENDING.model_dump(), 202)
    return Revoked.of(receipt) if receipt else Nothing()
