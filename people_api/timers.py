"""Timers, alarms and reminders: to see and to cancel. `actions/timers.py` is their voice, which also sets them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from people_api.access import Asking
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.everyday.timer_phrases import every_words
from rapport.everyday.timers import Timer, keep_timers, timers_of, waiting

routes = APIRouter(prefix="/timers", tags=["timers"])

Id = Annotated[str, Path(description="Of a timer, alarm or reminder.", pattern="^[0-9a-f]{12}$")]
ONE = (*OF_A_PERSON, "consent_missing")


class ATimer(BaseModel):
    """A timer, alarm or reminder that lies ahead."""

    id: str = Field(examples=["0b1c2d3e4f50"])
    kind: Literal["timer", "alarm", "reminder"]
    about: str = Field(description="What it is for; may be empty.", examples=["call mum"])
    due: datetime = Field(description="When it is due next.")
    repeats: str = Field(description="How it repeats, in words; empty where it does not.", examples=["every weekday"])

    @classmethod
    def of(cls, timer: Timer) -> ATimer:
        """From the value."""
        repeats = every_words(timer) if timer.every else ""
        return cls.model_validate({**timer.as_record(), "repeats": repeats})


class Timers(BaseModel):
    """All of them."""

    timers: list[ATimer] = Field(description="What is due first, first.")


@routes.get("", summary="Your timers, alarms and reminders", responses=described(*ONE))
def read(person: Asking) -> Timers:
    """Those that lie ahead. What a conversation without your consent holds is not among them: nothing keeps that."""
    return Timers(timers=[ATimer.of(each) for each in waiting(timers_of(person))])


@routes.delete(
    "/{timer_id}",
    summary="Cancel one",
    status_code=204,
    response_class=Response,
    responses=described(*ONE, "no_such_timer"),
)
def cancel(person: Asking, timer_id: Id) -> None:
    """For good, if it repeats as well."""
    timers = timers_of(person)
    if all(each.id != timer_id for each in timers):
        raise Refused("no_such_timer")
    keep_timers(person, [each for each in timers if each.id != timer_id])
