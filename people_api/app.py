"""The API put together: routes, origins, errors, and the sweeper that runs beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from people_api import (
    activity,
    cloning,
    consents,
    erasures,
    experiments,
    exports,
    health,
    hearing,
    learnt,
    lists,
    memories,
    speaking,
    status,
    suggestions,
    timers,
    verification,
    voice,
    voice_token,
)
from people_api.access import Desk
from people_api.guard import Guard
from people_api.problems import tell_problems
from people_api.sweeper import INTERVAL_S, Sweeper, go_on_revoking
from rapport.services import Services
from rapport.settings import AccessSettings, PeopleSettings
from rapport.tokens import SessionTokens
from rapport.voices.listening import Listening
from rapport.voices.own_voices import OwnVoices, asked_of

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

DESCRIPTION = """What Rapport keeps about a person, for that person.

Every route but `health`, `ready`, `key` and the download of an export asks for the session token of the voice channel,
and reaches the token's own person only. Errors are `{code, message}`. Requests are limited a person and an address;
429 says how long to wait.
"""


def make_app(services: Services, *, interval_s: float = INTERVAL_S) -> FastAPI:
    """The API.

    Args:
        services: What is kept about people.
        interval_s: Seconds between sweeps.
    """
    sweeper = Sweeper(services.sweep, interval_s=interval_s)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        beside = [asyncio.create_task(sweeper.run()), asyncio.create_task(go_on_revoking(services.revocations))]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    app = FastAPI(
        title="Rapport: what is known about you",
        version="1",
        description=DESCRIPTION,
        lifespan=life,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.desk = Desk(
        services,
        SessionTokens(AccessSettings(services.settings.token_key)),
        Listening(services.settings.models, OwnVoices(lambda: asked_of(services.voice))),
    )
    app.state.sweeper = sweeper
    tell_problems(app)
    everything = APIRouter(prefix="/v1")
    for topic in (
        health,
        status,
        memories,
        lists,
        timers,
        consents,
        exports,
        erasures,
        activity,
        verification,
        cloning,
        learnt,
        suggestions,
        experiments,
        voice,
        voice_token,
        speaking,
        hearing,
    ):
        everything.include_router(topic.routes)
    app.include_router(everything)
    app.add_middleware(Guard, larger={**cloning.LARGER, **hearing.LARGER})
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins(services.settings),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Content-Disposition", "Retry-After"],
    )
    return app


def origins(settings: PeopleSettings) -> list[str]:
    """The origins of the page: the channel's own, and those that the operator lists."""
    channel = urlsplit(settings.channel_url)
    hosts = {channel.hostname or ""}
    if f"[{channel.hostname}]" in LOOPBACK_NAMES or channel.hostname in LOOPBACK_NAMES:
        hosts = set(LOOPBACK_NAMES)  # the same machine, whichever way the page was opened
    port = f":{channel.port}" if channel.port else ""
    return [*settings.origins, *sorted(f"{channel.scheme}://{host}{port}" for host in hosts)]
