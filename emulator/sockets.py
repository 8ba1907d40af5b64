"""Text to speech over sockets: `stream-input` with one context, `multi-stream-input` with several.

A session takes messages, watches its contexts, and keeps time. What a context says is its own affair (`context.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from emulator.access import address_of, emulator_of
from emulator.account import Key
from emulator.context import Context
from emulator.orders import Order, take_order
from emulator.refusals import Refused
from emulator.socket_messages import DEFAULT_CONTEXT, ClientMessage, Opening, parse_message, parse_opening
from rapport.errors import VoiceUnavailable

logger = logging.getLogger("emulator")
routes = APIRouter(prefix="/v1/text-to-speech/{voice_id}")

RESTARTING = 1012
"""RFC 6455's registry: the service restarts."""

LONGEST_REASON = 120
"""Bytes of a close frame's reason, of which the protocol allows 123."""


@routes.websocket("/stream-input")
async def stream_input(socket: WebSocket, voice_id: str) -> None:
    """One text."""
    await SingleStream(socket, voice_id).serve()


@routes.websocket("/multi-stream-input")
async def multi_stream_input(socket: WebSocket, voice_id: str) -> None:
    """Many texts, several at once."""
    await MultiStream(socket, voice_id).serve()


class _Session:
    """What both sockets have: a way in, a clock, and contexts that speak beside each other."""

    def __init__(self, socket: WebSocket, voice_id: str) -> None:
        self.emulator = emulator_of(socket)
        self.contexts: dict[asyncio.Task[None], Context] = {}
        self.opening = Opening()
        self.closing = False
        self._hung_up = asyncio.Event()
        self._socket = socket
        self._voice_id = voice_id
        self._key: Key | None = None

    async def serve(self) -> None:
        """Serve the connection until either side closes it."""
        await self._socket.accept()
        self.emulator.sockets.add(self._hung_up)
        self.emulator.sockets_opened += 1
        try:
            self.opening = parse_opening(dict(self._socket.query_params))
            self._key = self._key_of_handshake()
            self.touched()
            await self._attend()
            await self._end_contexts()  # one that stalls would keep the closing from its client
            await self._socket.close(RESTARTING if self._hung_up.is_set() else 1000)
        except Refused as refused:
            await self._refuse(refused)
        except VoiceUnavailable:
            logger.exception("the local voice failed")
            await self._refuse(Refused("voice_failed"))
        except WebSocketDisconnect:
            logger.debug("a client left")
        finally:
            self.emulator.sockets.discard(self._hung_up)
            await self._end_contexts()

    async def _end_contexts(self) -> None:
        for task in self.contexts:
            task.cancel()
        await asyncio.gather(*self.contexts, return_exceptions=True)

    def handle(self, message: ClientMessage) -> None:
        """Act on a message.

        Raises:
            Refused: It cannot be done.
        """
        raise NotImplementedError

    def next_deadline(self) -> float | None:
        """When somebody will have been silent for too long, on the loop's clock; None: never."""
        raise NotImplementedError

    def overdue(self) -> None:
        """That time has come.

        Raises:
            Refused: So the socket closes.
        """
        raise NotImplementedError

    def touched(self) -> None:
        """Something happened on the socket."""
        self.last_touched = self.now

    @property
    def now(self) -> float:
        """On the loop's clock."""
        return asyncio.get_running_loop().time()

    def open_context(self, message: ClientMessage, name: str | None) -> Context:
        """Begin a context with its first message.

        Raises:
            Refused: The key, the voice or the settings will not do.
        """
        context = Context(
            self.emulator,
            self._order(message),
            self._send,
            path=self._socket.url.path,
            name=name,
            schedule=message.schedule,
            auto_mode=self.opening.auto_mode,
            sync_alignment=self.opening.sync_alignment,
        )
        self.contexts[asyncio.ensure_future(context.run())] = context
        return context

    async def _attend(self) -> None:
        receiving = asyncio.ensure_future(self._socket.receive_text())
        hanging_up = asyncio.ensure_future(self._hung_up.wait())
        try:
            while (self.contexts or not self.closing) and not hanging_up.done():
                deadline = self.next_deadline()
                timeout = None if deadline is None else max(deadline - self.now, 0)
                waiting: set[asyncio.Future[Any]] = {*self.contexts, receiving, hanging_up}
                done, _ = await asyncio.wait(waiting, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                for task in done & self.contexts.keys():
                    del self.contexts[task]
                    task.result()
                    self.touched()
                if receiving in done:
                    message = parse_message(receiving.result())
                    self.touched()
                    self.handle(message)
                    receiving = asyncio.ensure_future(self._socket.receive_text())
                elif not done:
                    self.overdue()
        finally:
            for waiting_for in (receiving, hanging_up):
                waiting_for.cancel()
            await asyncio.gather(receiving, hanging_up, return_exceptions=True)

    def _key_of_handshake(self) -> Key | None:
        account = self.emulator.account
        if self.opening.single_use_token is not None:
            return account.redeem_token(self.opening.single_use_token, "tts_websocket")
        header = self._socket.headers.get("xi-api-key")
        return None if header is None else self._key_of(header)

    def _key_of(self, secret: str | None) -> Key:
        return self.emulator.account.key_of(secret, permission="text_to_speech", address=address_of(self._socket))

    def _order(self, message: ClientMessage) -> Order:
        if self._key is None:
            self._key = self._key_of(message.key)
        order = take_order(
            self.emulator,
            self._key,
            message,
            voice_id=self._voice_id,
            model_id=self.opening.model_id,
            output_format=self.opening.output_format,
            language_code=self.opening.language_code,
            enable_logging=self.opening.enable_logging,
        )
        if not order.model.sockets:
            raise Refused("model_not_supported")
        return order

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(frame))

    async def _refuse(self, refused: Refused) -> None:
        frame = refused.frame(self.emulator.switches)
        logger.info("%s: refused, %s", self._socket.url.path, frame["error"])
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it may be gone already
            await self._send(frame)
            await self._socket.close(frame["code"], refused.message.encode()[:LONGEST_REASON].decode(errors="ignore"))


class SingleStream(_Session):
    """One context, which ends with the empty text, and the socket with it."""

    _context: Context | None = None

    def handle(self, message: ClientMessage) -> None:
        """See `_Session.handle`."""
        if message.text is None:
            raise Refused("invalid_message", "There is no text.")
        if self.closing:
            return
        if self._context is None:
            self._context = self.open_context(message, None)
        if message.text == "":
            self._context.finish()
            self.closing = True
        else:
            self._context.add(message.text, flush=message.flush, triggered=message.try_trigger_generation)

    def next_deadline(self) -> float | None:
        """See `_Session.next_deadline`."""
        return None if self.closing else self.last_touched + self.opening.inactivity_timeout

    def overdue(self) -> None:
        """See `_Session.overdue`."""
        raise Refused("input_timeout_exceeded")


class MultiStream(_Session):
    """Contexts by name; each is closed by message or by time-out, the socket by message or when none is left."""

    def __init__(self, socket: WebSocket, voice_id: str) -> None:
        super().__init__(socket, voice_id)
        self._live: dict[str, Context] = {}
        self._heard: dict[str, float] = {}

    def handle(self, message: ClientMessage) -> None:
        """See `_Session.handle`."""
        name = message.context or DEFAULT_CONTEXT
        if message.close_socket:
            self.closing = True
            for each in list(self._live):
                self._close(each)
        elif message.close_context:
            self._close(name)
        elif not self.closing:
            self._add(name, message)

    def next_deadline(self) -> float | None:
        """See `_Session.next_deadline`."""
        if self.closing:
            return None
        last = min(self._heard.values(), default=None if self.contexts else self.last_touched)
        return None if last is None else last + self.opening.inactivity_timeout

    def overdue(self) -> None:
        """See `_Session.overdue`."""
        if not self._live or self.emulator.switches.idle_context == "closes_socket":
            raise Refused("input_timeout_exceeded")
        for name, heard in list(self._heard.items()):
            if heard + self.opening.inactivity_timeout <= self.now:
                self._close(name)

    def _add(self, name: str, message: ClientMessage) -> None:
        if name not in self._live:
            if message.text == "" and not message.flush:
                return  # keeps nothing alive
            # A closed context takes up its place until it has ended, also where its name is used again.
            if len(self.contexts) >= self.emulator.switches.contexts:
                raise Refused("max_active_conversations", f"At most {self.emulator.switches.contexts}.")
            self._live[name] = self.open_context(message, name)
        self._heard[name] = self.now
        if message.text or message.flush:
            self._live[name].add(message.text or "", flush=message.flush, triggered=message.try_trigger_generation)

    def _close(self, name: str) -> None:
        if context := self._live.pop(name, None):
            del self._heard[name]
            context.close()
