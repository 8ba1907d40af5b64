"""Whether the API answers, and whether it does its duty: for supervisors and operators, without a token."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from people_api.sweeper import Sweeper

routes = APIRouter(tags=["health"])


class Ready(BaseModel):
    """That it answers."""

    ready: bool = Field(examples=[True])


class Health(BaseModel):
    """How it is."""

    healthy: bool = Field(description="Whether expired memories are being deleted as they should be.")
    swept_s_ago: int | None = Field(description="Seconds since the last good sweep; null before the first.")


@routes.get("/ready", summary="Does it answer?")
def ready() -> Ready:
    """Yes. One person's damaged file, which makes health fail, keeps nobody else from using it."""
    return Ready(ready=True)


@routes.get(
    "/health",
    summary="Does it do its duty?",
    response_model=Health,
    responses={503: {"model": Health, "description": "The last sweep failed, or is overdue; the log says why."}},
)
def health(request: Request) -> JSONResponse:
    """Healthy while sweeps succeed: the last one did, and is not older than two intervals."""
    sweeper: Sweeper = request.app.state.sweeper
    age_s = sweeper.age_s
    told = Health(healthy=sweeper.healthy, swept_s_ago=None if age_s is None else int(age_s))
    return JSONResponse(told.model_dump(), 200 if sweeper.healthy else 503)
