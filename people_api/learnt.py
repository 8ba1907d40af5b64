"""What was learnt of how somebody talks: to see, each thing to switch off, and all to forget."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from people_api.access import Asking, AtDesk, Desk
from people_api.problems import OF_A_PERSON, described
from rapport.people import Person
from rapport.personality.habits import WINDOW_DAYS, Habit
from rapport.personality.learnt import forget, habits_of
from rapport.personality.signals import THRESHOLDS, Counted, Signal, Signals, keep_signals, signals_of

routes = APIRouter(prefix="/learnt", tags=["learnt"])
ONE = (*OF_A_PERSON, "consent_missing")
NAMED_AT_MOST = 8


class ASignal(BaseModel):
    """Something that is looked at."""

    name: Signal
    on: bool = Field(description="Whether it is looked at; nothing is kept of what is off.")
    share: float | None = Field(description="How often it happened, 0 to 1; null where too little was seen.")
    from_share: float = Field(description="The share from which something follows.", examples=[0.4])
    follows: bool = Field(description="Whether it does.")


class ACount(BaseModel):
    """Something that is counted by name."""

    name: Counted
    on: bool
    most: list[str] = Field(description="What counts most, first.", examples=[["ask_weather", "set_alarm"]])


class AHabit(BaseModel):
    """What is usually asked for at a time."""

    topic: str = Field(description="As intents are named.", examples=["ask_weather"])
    around: str = Field(description="The time of day.", examples=["07:50"])
    days: int = Field(description="On how many days, of the last ones.")
    of_days: int = Field(description="How many those are.", examples=[WINDOW_DAYS])

    @classmethod
    def of(cls, habit: Habit) -> AHabit:
        """From the value."""
        return cls(topic=habit.topic, around=f"{habit.around:%H:%M}", days=habit.days, of_days=WINDOW_DAYS)


class Learnt(BaseModel):
    """All of it."""

    signals: list[ASignal]
    counts: list[ACount]
    habits: list[AHabit]


class Switch(BaseModel):
    """On or off."""

    model_config = ConfigDict(extra="forbid")

    on: bool


@routes.get("", summary="What I learnt from your talks", responses=described(*ONE))
def read(desk: AtDesk, person: Asking) -> Learnt:
    """What is looked at, how often it happened, and what follows; what you ask for when."""
    return _learnt(desk, person, signals_of(person))


@routes.put("/{name}", summary="Have something learnt, or not", responses=described(*ONE))
def switch(
    desk: AtDesk,
    person: Asking,
    name: Annotated[Signal | Counted, Path(description="As `read` names it.", examples=["cuts"])],
    switched: Switch,
) -> Learnt:
    """What was learnt of it is forgotten when it is switched off."""
    signals = signals_of(person).switched(name, on=switched.on)
    keep_signals(person, signals)
    desk.services.known_anew(person)
    return _learnt(desk, person, signals)


@routes.delete("", summary="Forget what I learnt", status_code=204, response_class=Response, responses=described(*ONE))
def forget_all(desk: AtDesk, person: Asking) -> None:
    """All of it, also what was switched off; from the next talk on, it is learnt anew."""
    forget(person)
    desk.services.known_anew(person)


def _learnt(desk: Desk, person: Person, signals: Signals) -> Learnt:
    now: datetime = desk.services.people.clock()
    day = now.date()
    return Learnt(
        signals=[
            ASignal(
                name=each,
                on=each not in signals.off,
                share=signals.shows(each, day),
                from_share=THRESHOLDS[each][0],
                follows=signals.holds(each, day),
            )
            for each in Signal
        ],
        counts=[
            ACount(name=each, on=each not in signals.off, most=list(signals.count(each, day))[:NAMED_AT_MOST])
            for each in Counted
        ],
        habits=[AHabit.of(each) for each in habits_of(person).all(now.astimezone(timezone.utc))],
    )
