"""Where faults strike: one ASGI layer round the whole application, so that an endpoint knows nothing of them."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.faults import Fault, Faults
from emulator.refusals import error_body
from emulator.switches import Switches

ODD_BYTES = 1_001
"""Of a piece of a response that comes in odd pieces: every other piece splits a 16-bit sample."""

NO_JSON = '{"audio": "'
"""A frame, or a line, that breaks off."""


class FaultyWire:
    """The ASGI layer.

    Args:
        app: The emulator.
        faults: What goes wrong.
        switches: The shape of errors.
        spared: Paths that begin so never fail.
    """

    def __init__(self, app: ASGIApp, faults: Faults, switches: Callable[[], Switches], spared: str) -> None:
        self._app = app
        self._faults = faults
        self._switches = switches
        self._spared = spared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, with its faults."""
        faults = []
        if scope["type"] != "lifespan" and not scope["path"].startswith(self._spared):
            faults = self._faults.draw(scope["path"])
        if not faults:
            await self._app(scope, receive, send)
            return
        kind = _FaultySocket if scope["type"] == "websocket" else _FaultyResponse
        wire = kind(faults, self._faults.dice, self._switches(), send)
        if not await wire.answered(receive):
            await self._serve(wire, scope, receive)

    async def _serve(self, wire: _FaultyWire, scope: Scope, receive: Receive) -> None:
        serving = asyncio.ensure_future(self._app(scope, receive, wire.send))
        breaking = asyncio.ensure_future(wire.broken.wait())
        try:
            await asyncio.wait({serving, breaking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # A server closes a connection whose application ends before its answer does: that is the break.
            for task in (serving, breaking):
                task.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
            await asyncio.wait({serving})
        if not serving.cancelled():
            serving.result()


class _FaultyWire:
    """What both kinds of connections have: delays, and a count of bytes."""

    def __init__(self, faults: list[Fault], dice: random.Random, switches: Switches, send: Send) -> None:
        self.faults = {fault.kind: fault for fault in faults}
        self.switches = switches
        self._dice = dice
        self._send = send
        self._sent = 0
        self._one_at_a_time = asyncio.Lock()
        self.broken = asyncio.Event()

    async def send(self, message: Message) -> None:
        """Send on what the emulator sends, as far as the faults let it through."""
        async with self._one_at_a_time:
            await self._pass(message)

    async def _pass(self, message: Message) -> None:
        raise NotImplementedError

    async def end(self) -> None:
        """Break the connection; does not return."""
        self.broken.set()
        await asyncio.Event().wait()

    async def delay(self) -> None:
        if self._sent == 0 and (latency := self.faults.get("latency")):
            await asyncio.sleep(((latency.ms or 0) + self._dice.uniform(0, latency.jitter_ms)) / 1_000)
        if jitter := self.faults.get("jitter"):
            await asyncio.sleep(self._dice.uniform(0, jitter.jitter_ms) / 1_000)

    def _due(self, coming: int) -> Fault | None:
        """The fault that strikes within the next bytes, if there is one."""
        striking = [self.faults[kind] for kind in ("cut", "stall", "malformed", "error") if kind in self.faults]
        return next((fault for fault in striking if self._sent + coming > fault.after_bytes), None)

    async def _stall(self, fault: Fault) -> None:
        del self.faults["stall"]
        await (asyncio.sleep(fault.ms / 1_000) if fault.ms is not None else asyncio.Event().wait())


class _FaultyResponse(_FaultyWire):
    _start: Message | None = None
    _content_type = b""

    async def answered(self, receive: Receive) -> bool:
        """Whether an error is the answer, so that the emulator is not asked."""
        error = self.faults.get("error")
        if error is None:
            return False
        await self.delay()
        body = json.dumps(
            error_body("api_error", error.code, "This fault was asked for.", self.switches), separators=(",", ":")
        ).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._send({"type": "http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
        return True

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        body: bytes = message.get("body", b"")
        if self._start is not None or (body and "jitter" in self.faults):
            await self.delay()
        if body and (fault := self._due(len(body))):
            before = body[: fault.after_bytes - self._sent]
            if fault.kind == "stall":
                await self._out(before, more=True)
                await self._stall(fault)
                body = body[len(before) :]
            else:
                await self._break(fault, before)
        if "odd" in self.faults:
            for start in range(0, len(body), ODD_BYTES):
                await self._out(body[start : start + ODD_BYTES], more=True)
            body = b""
        await self._out(body, more=message.get("more_body", False))

    async def _break(self, fault: Fault, before: bytes) -> None:
        await self._out(before, more=True)
        if fault.kind == "malformed":
            error = error_body("api_error", "system_busy", "This fault was asked for.", self.switches)
            await self._out(
                NO_JSON.encode() if b"json" in self._content_type else json.dumps(error).encode(), more=False
            )
        await self.end()

    async def _out(self, body: bytes, *, more: bool) -> None:
        if self._start is not None:
            headers = self._start["headers"]
            self._content_type = next((value for name, value in headers if name == b"content-type"), b"")
            if self.faults.keys() & {"cut", "malformed", "odd"}:
                # What comes has another length than was said, or comes in pieces.
                keep_length = "cut" in self.faults
                headers = [pair for pair in headers if keep_length or pair[0] != b"content-length"]
            start, self._start = {**self._start, "headers": headers}, None
            await self._send(start)
        self._sent += len(body)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


class _FaultySocket(_FaultyWire):
    _odd: dict[Any, bytes]

    async def answered(self, receive: Receive) -> bool:
        """Whether the upgrade is refused."""
        self._odd = {}
        error = self.faults.get("error")
        if error is None or not error.handshake:
            return False
        await receive()
        body = json.dumps(error_body("api_error", error.code, "This fault was asked for.", self.switches)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self._send({"type": "websocket.http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "websocket.http.response.body", "body": body})
        return True

    async def _pass(self, message: Message) -> None:
        frame = json.loads(message["text"]) if message.get("text") else {}
        audio = base64.b64decode(frame["audio"]) if frame.get("audio") else b""
        if audio:
            await self.delay()
            while fault := self._due(len(audio)):
                if fault.kind == "stall":
                    await self._stall(fault)
                else:
                    await self._break(fault)
            self._sent += len(audio)
        if "odd" in self.faults and frame:
            await self._send_odd(frame, audio)
        else:
            await self._send(message)

    async def _break(self, fault: Fault) -> None:
        if fault.kind == "malformed":
            del self.faults["malformed"]
            await self._send({"type": "websocket.send", "text": NO_JSON})
            return
        if fault.kind == "error":
            error = {"message": "This fault was asked for.", "error": fault.code, "code": 1008}
            await self._send({"type": "websocket.send", "text": json.dumps(error)})
            await self._send({"type": "websocket.close", "code": 1008, "reason": "This fault was asked for."})
        await self.end()

    async def _send_odd(self, frame: dict[str, Any], audio: bytes) -> None:
        """Every frame splits a sample; before the last one of a context, what is left over comes alone."""
        context = frame.get("contextId", frame.get("context_id"))
        kept = self._odd.pop(context, b"")
        if audio:
            audio = kept + audio
            if len(audio) % 2 == 0:
                self._odd[context] = audio[-1:]
                audio = audio[:-1]
            await self._send_frame({**frame, "audio": base64.b64encode(audio).decode()})
            return
        if kept:
            unfinished = {key: value for key, value in frame.items() if key not in ("isFinal", "is_final")}
            await self._send_frame({**unfinished, "audio": base64.b64encode(kept).decode()})
        await self._send_frame(frame)

    async def _send_frame(self, frame: dict[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(frame)})
