"""The experiments that somebody has a part in: to see, and to leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import Asking, AtDesk
from people_api.problems import OF_A_PERSON, described
from rapport.experiments.assignment import Parts, keep_parts, parts_of
from rapport.experiments.plan import HOLDOUT
from rapport.experiments.sessions import sessions_of
from rapport.people import Person

routes = APIRouter(prefix="/experiments", tags=["experiments"])
ONE = (*OF_A_PERSON, "consent_missing")


class APart(BaseModel):
    """A part in an experiment that is running."""

    name: str = Field(examples=["learnt"])
    asks: str = Field(description="What it is to find out.", examples=["Does what is learnt from talks help?"])
    arm: str = Field(examples=["generic"])
    without: list[str] = Field(description="What of what suits you you don't get meanwhile.", examples=[["style"]])
    since: date


class Experiments(BaseModel):
    """How it stands."""

    parts: list[APart]
    out: bool = Field(description="You want no part in any.")
    counted: int = Field(description="Of your latest conversations, how many were counted.")

    @classmethod
    def of(cls, parts: Parts, person: Person) -> Experiments:
        """From the values."""
        told = []
        for experiment in person.plan.running:
            part = parts.by_name.get(experiment.name)
            if part is None or parts.out:
                continue
            arm = experiment.arm(part.arm)
            without = experiment.pieces if part.arm == HOLDOUT else arm.without if arm else ()
            told.append(
                APart(
                    name=experiment.name,
                    asks=experiment.asks,
                    arm=part.arm,
                    without=sorted(each.value for each in without),
                    since=part.since,
                )
            )
        return cls(parts=told, out=parts.out, counted=len(sessions_of(person)))


class Wish(BaseModel):
    """Whether somebody wants a part in experiments."""

    model_config = ConfigDict(extra="forbid")

    out: bool


@routes.get("", summary="Experiments you have a part in", responses=described(*ONE))
def read(person: Asking) -> Experiments:
    """Those that are running, and what you don't get meanwhile."""
    return Experiments.of(parts_of(person), person)


@routes.put("", summary="Leave experiments, or take part", responses=described(*ONE))
def choose(desk: AtDesk, person: Asking, wish: Wish) -> Experiments:
    """Who leaves gets everything at once, and is counted in none."""
    parts = replace(parts_of(person), out=wish.out)
    keep_parts(person, parts)
    desk.services.known_anew(person)
    return Experiments.of(parts, person)
