"""What was suggested to somebody, and what they said to it; to put off, and to forget."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import Asking, AtDesk
from people_api.problems import OF_A_PERSON, described
from rapport.personality.suggestions import MOST_A_DAY, Standing, keep_standing, standing_of

routes = APIRouter(prefix="/suggestions", tags=["suggestions"])
ONE = (*OF_A_PERSON, "consent_missing")


class AFamily(BaseModel):
    """Suggestions of a kind."""

    family: str = Field(description="`follow_up`, `wish`, or a habit's topic.", examples=["habit/ask_weather"])
    yes: int = Field(description="How often it was wanted.")
    no: int = Field(description="How often it was not.")
    rests: bool = Field(description="Whether it is left alone for now, after a no.")


class Suggestions(BaseModel):
    """How it stands with suggestions."""

    today: int = Field(description="How many were made today.")
    most: int = Field(description="How many there are at most a day.", examples=[MOST_A_DAY])
    until: date | None = Field(description="The day from which there may be some again, where they are put off.")
    families: list[AFamily]

    @classmethod
    def of(cls, standing: Standing, day: date) -> Suggestions:
        """From the value."""
        return cls(
            today=sum(made == day for _, _, made in standing.made),
            most=MOST_A_DAY,
            until=standing.until if standing.until > day else None,
            families=[
                AFamily(family=family, yes=each.yes, no=each.no, rests=each.rests(day))
                for family, each in standing.answers
            ],
        )


class PutOff(BaseModel):
    """For how long."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=0, le=366, description="Days without suggestions, this one included; 0 has them again.")


@routes.get("", summary="What I suggested", responses=described(*ONE))
def read(desk: AtDesk, person: Asking) -> Suggestions:
    """How many, and what you said to them."""
    return Suggestions.of(standing_of(person), desk.services.people.clock().date())


@routes.put("", summary="Put suggestions off", responses=described(*ONE))
def put_off(desk: AtDesk, person: Asking, wished: PutOff) -> Suggestions:
    """For some days, or no longer. To end them for good, take the consent back."""
    day = desk.services.people.clock().date()
    standing = replace(standing_of(person), until=day + timedelta(wished.days))
    keep_standing(person, standing)
    return Suggestions.of(standing, day)


@routes.delete("", summary="Forget what you said to suggestions", responses=described(*ONE))
def forget(desk: AtDesk, person: Asking) -> Suggestions:
    """As if none had been made."""
    keep_standing(person, Standing())
    return Suggestions.of(Standing(), desk.services.people.clock().date())
