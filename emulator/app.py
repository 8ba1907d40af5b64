"""The emulator put together: routes, errors in the provider's shapes, and faults round it all."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse

from emulator import account_routes, control, dictionary_routes, hearing_routes, sockets, speech_routes, voice_routes
from emulator.faulty_wire import FaultyWire
from emulator.refusals import Refused
from emulator.state import Emulator
from rapport.errors import VoiceUnavailable

logger = logging.getLogger("emulator")


def make_app(emulator: Emulator) -> FastAPI:
    """The ASGI application that serves an emulator."""
    app = FastAPI(title="ElevenLabs, emulated", openapi_url=None, redirect_slashes=False)
    app.state.emulator = emulator
    for topic in (speech_routes, hearing_routes, sockets, voice_routes, account_routes, dictionary_routes, control):
        app.include_router(topic.routes)

    @app.exception_handler(Refused)
    async def refused(request: Request, refusal: Refused) -> JSONResponse:
        code = refusal.code(emulator.switches)
        logger.info("%s: refused, %s", request.url.path, code)
        return JSONResponse(refusal.body(emulator.switches), refusal.status(emulator.switches))

    @app.exception_handler(VoiceUnavailable)
    async def speechless(request: Request, error: VoiceUnavailable) -> JSONResponse:
        logger.error("the local voice failed: %s", error)
        return await refused(request, Refused("voice_failed"))

    app.add_middleware(FaultyWire, faults=emulator.faults, switches=lambda: emulator.switches, spared=control.PREFIX)
    return app
