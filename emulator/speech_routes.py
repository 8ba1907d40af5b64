"""Text to speech over HTTP: whole or streamed, with or without times."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulator.access import Here, permitted
from emulator.account import Key
from emulator.alignment import Alignment, joined
from emulator.formats import DEFAULT_FORMAT, StreamedFormat, WholeFormat
from emulator.history import Generation
from emulator.orders import Order, Wanted, check_stitching, check_text, spoken, take_order
from emulator.refusals import new_id
from emulator.speaking import Spoken
from emulator.state import Emulator
from rapport.errors import VoiceUnavailable

logger = logging.getLogger("emulator")
routes = APIRouter(prefix="/v1/text-to-speech/{voice_id}")


class SpeechRequest(Wanted):
    """The body of a request."""

    text: str
    model_id: str = "eleven_multilingual_v2"
    language_code: str | None = None
    seed: int | None = None
    previous_text: str | None = None
    next_text: str | None = None
    previous_request_ids: list[str] | None = Field(default=None, max_length=3)
    next_request_ids: list[str] | None = Field(default=None, max_length=3)
    use_pvc_as_ivc: bool = False
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"
    apply_language_text_normalization: bool = False


@dataclass(frozen=True)
class Asked:
    """A request for speech, as all four endpoints take it."""

    emulator: Emulator
    key: Key
    voice_id: str
    body: SpeechRequest
    enable_logging: bool

    def answer(self, output_format: str, *, streamed: bool, timed: bool) -> SpeechResponse:
        """The response.

        Raises:
            Refused: What is asked for cannot be had.
        """
        body = self.body
        order = take_order(
            self.emulator,
            self.key,
            body,
            voice_id=self.voice_id,
            model_id=body.model_id,
            output_format=output_format,
            language_code=body.language_code,
            enable_logging=self.enable_logging,
        )
        check_text(body.text, order.model)
        check_stitching(self.emulator, order, [*(body.previous_request_ids or ()), *(body.next_request_ids or ())])
        facts = {
            "previous_request_ids": body.previous_request_ids or [],
            "next_request_ids": body.next_request_ids or [],
            "has_previous_text": bool(body.previous_text),
            "has_next_text": bool(body.next_text),
        }
        return SpeechResponse(self.emulator, order, body.text, facts, streamed=streamed, timed=timed)


async def _asked(
    emulator: Here,
    key: Annotated[Key, Depends(permitted("text_to_speech"))],
    voice_id: str,
    body: SpeechRequest,
    enable_logging: bool = True,
    optimize_streaming_latency: int | None = None,
) -> Asked:
    return Asked(emulator, key, voice_id, body, enable_logging)


Request = Annotated[Asked, Depends(_asked)]


@routes.post("")
async def convert(asked: Request, output_format: Annotated[WholeFormat, Query()] = DEFAULT_FORMAT) -> Response:
    """Speech, all at once."""
    return asked.answer(output_format, streamed=False, timed=False)


@routes.post("/stream")
async def stream(asked: Request, output_format: Annotated[StreamedFormat, Query()] = DEFAULT_FORMAT) -> Response:
    """Speech, as it is made."""
    return asked.answer(output_format, streamed=True, timed=False)


@routes.post("/with-timestamps")
async def convert_timed(asked: Request, output_format: Annotated[WholeFormat, Query()] = DEFAULT_FORMAT) -> Response:
    """Speech with the times of its characters, all at once."""
    return asked.answer(output_format, streamed=False, timed=True)


@routes.post("/stream/with-timestamps")
async def stream_timed(asked: Request, output_format: Annotated[StreamedFormat, Query()] = DEFAULT_FORMAT) -> Response:
    """Speech with the times of its characters, one JSON object a line, as it is made."""
    return asked.answer(output_format, streamed=True, timed=True)


class SpeechResponse(Response):
    """Speaks while it answers, for as long as its client listens."""

    def __init__(
        self, emulator: Emulator, order: Order, text: str, facts: dict[str, Any], *, streamed: bool, timed: bool
    ) -> None:
        super().__init__()
        self._emulator = emulator
        self._order = order
        self._text = text
        self._facts = facts
        self._streamed = streamed
        self._timed = timed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer.

        Raises:
            Refused: The quota, or the concurrency, is used up.
            VoiceUnavailable: The local voice failed before the first byte.
        """
        answering = asyncio.ensure_future(self._answer(scope["path"], send))
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.wait({answering, leaving})
        if not answering.cancelled():
            answering.result()

    async def _answer(self, path: str, send: Send) -> None:
        account, model = self._emulator.account, self._order.model
        asked = time.monotonic()
        with account.occupied(model) as current:
            cost = account.charge(self._order.key, model, len(self._text))
            generation = self._order.generation(self._emulator, self._text, cost)
            self._emulator.history.add(generation)
            self._emulator.note(
                path, self._order.key, model=model.id, characters=len(self._text), cost=cost, **self._facts
            )
            headers = {
                "request-id": generation.request_id,
                "history-item-id": generation.history_item_id if self._order.logged else "",
                "character-cost": str(cost),
                "current-concurrent-requests": str(current),
                "maximum-concurrent-requests": str(account.concurrency(model)),
                "x-trace-id": new_id(32).lower(),
                "x-region": "emulator",
                "content-type": "application/json" if self._timed else self._order.format.content_type,
            }
            async with contextlib.aclosing(self._parts()) as parts:
                await self._send_parts(parts, headers, send, generation)
        logger.info("%s: %d characters in %.0f ms", path, len(self._text), (time.monotonic() - asked) * 1_000)

    async def _send_parts(
        self, parts: AsyncGenerator[bytes, None], headers: dict[str, str], send: Send, generation: Generation
    ) -> None:
        if not self._streamed:
            body = b"".join([part async for part in parts])
            await _begin(send, {**headers, "content-length": str(len(body))})
            await send({"type": "http.response.body", "body": body})
            generation.read = True
            return
        started = False
        try:
            async for part in parts:
                if not started:
                    await _begin(send, headers)
                    started = True
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except VoiceUnavailable:
            if not started:
                raise
            logger.warning("the local voice broke off; so does the answer")
            return
        if not started:
            await _begin(send, headers)
        await send({"type": "http.response.body", "body": b""})
        generation.read = True

    async def _parts(self) -> AsyncGenerator[bytes, None]:
        """The body, piece by piece."""
        encoder = self._order.format.encoder()
        clauses: list[Spoken] = []
        audio: list[bytes] = []
        offset_ms = 0.0
        async with contextlib.aclosing(spoken(self._emulator, self._order, self._text)) as speech:
            async for clause in speech:
                made = await asyncio.to_thread(encoder.feed, clause.sound.samples)
                if self._timed and not self._streamed:
                    clauses.append(clause)
                    audio.append(made)
                elif self._timed:
                    yield self._line(made, clause.alignment, clause.normalized, offset_ms)
                elif made:
                    yield made
                if self._emulator.switches.stream_times == "of_stream":
                    offset_ms += clause.sound.duration_ms
        rest = await asyncio.to_thread(encoder.flush)
        if self._timed and not self._streamed:
            whole = joined([clause.alignment for clause in clauses])
            normalized = joined([clause.normalized for clause in clauses])
            yield self._line(b"".join((*audio, rest)), whole, normalized, 0.0)
        elif rest:
            yield self._line(rest, None, None, 0.0) if self._timed else rest

    def _line(self, audio: bytes, alignment: Alignment | None, normalized: Alignment | None, offset_ms: float) -> bytes:
        line = {
            "audio_base64": base64.b64encode(audio).decode(),
            "alignment": alignment and alignment.as_seconds(offset_ms),
            "normalized_alignment": normalized and normalized.as_seconds(offset_ms),
        }
        return json.dumps(line).encode() + (b"\n" if self._streamed else b"")


async def _begin(send: Send, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items() if value]
    await send({"type": "http.response.start", "status": 200, "headers": raw})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
