"""One context of a socket: text goes in piece by piece, frames of sound come out, until it is closed.

A `stream-input` socket has one without a name, a `multi-stream-input` socket up to five with names.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from emulator.buffering import SCHEDULE, TextBuffer
from emulator.formats import Encoder
from emulator.orders import Order, spoken
from emulator.speaking import Frame, Spoken, frames
from emulator.state import Emulator

FRAME_MS = 500.0
"""About how much sound a frame holds."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Context:
    """Speaks what it is given, one piece after the other.

    Args:
        emulator: For its switches, its account and its voice.
        order: How it speaks.
        send: Takes a frame.
        path: Of the socket, for the list of requests.
        name: The context's; None where there is but one.
        schedule: See `TextBuffer`.
        auto_mode: Speak every piece at once.
        sync_alignment: Give times with every frame, rather than a clause's with its first frame.
    """

    def __init__(
        self,
        emulator: Emulator,
        order: Order,
        send: Send,
        *,
        path: str,
        name: str | None = None,
        schedule: Sequence[float] = SCHEDULE,
        auto_mode: bool = False,
        sync_alignment: bool = False,
    ) -> None:
        self.name = name
        self.ending = False
        self._emulator = emulator
        self._order = order
        self._send = send
        self._path = path
        self._sync_alignment = sync_alignment
        self._buffer = TextBuffer(schedule, at_once=auto_mode)
        self._pieces: asyncio.Queue[tuple[str | None, bool] | None] = asyncio.Queue()
        self._speaking: asyncio.Task[None] | None = None

    def add(self, text: str, *, flush: bool, triggered: bool) -> None:
        """Take more text; with `flush`, all of it is spoken now."""
        if piece := self._buffer.add(text, triggered=triggered):
            self._pieces.put_nowait((piece, flush))
        elif flush:
            self._pieces.put_nowait((self._buffer.flush(), True))

    def finish(self) -> None:
        """There is no more text: what was gathered is spoken, then it ends."""
        self._pieces.put_nowait((self._buffer.flush(), True))
        self._end()

    def close(self) -> None:
        """Speak no more than what was flushed, or nothing more; then end."""
        if self._emulator.switches.closed_context == "drops" and self._speaking is not None:
            self._speaking.cancel()
        self._end()

    async def run(self) -> None:
        """Speak until the end, and say that it came.

        Raises:
            Refused: The quota, or the concurrency, is used up.
            VoiceUnavailable: The local voice cannot speak.
        """
        self._emulator.contexts += 1
        self._speaking = asyncio.ensure_future(self._speak())
        try:
            await asyncio.wait({self._speaking})
            if not self._speaking.cancelled():
                self._speaking.result()
            await asyncio.sleep(self._emulator.switches.context_close_ms / 1_000)
            await self._send(self._named({self._emulator.switches.final_field: True}))
        finally:
            self._emulator.contexts -= 1
            self._speaking.cancel()
            await asyncio.wait({self._speaking})

    def _end(self) -> None:
        self.ending = True
        self._pieces.put_nowait(None)

    async def _speak(self) -> None:
        encoder = self._order.format.encoder()
        while (piece := await self._pieces.get()) is not None:
            text, flush = piece
            if text is not None:
                await self._generate(text, encoder)
            if flush:
                if rest := await asyncio.to_thread(encoder.flush):
                    await self._send(self._frame(rest))
                encoder = self._order.format.encoder()

    async def _generate(self, text: str, encoder: Encoder) -> None:
        account, order = self._emulator.account, self._order
        with account.occupied(order.model):
            cost = account.charge(order.key, order.model, len(text))
            generation = order.generation(self._emulator, text, cost)
            self._emulator.history.add(generation)
            self._emulator.note(
                self._path, order.key, model=order.model.id, characters=len(text), cost=cost, context=self.name
            )
            async with contextlib.aclosing(spoken(self._emulator, order, text)) as clauses:
                async for clause in clauses:
                    await self._send_clause(clause, encoder)
            generation.read = True

    async def _send_clause(self, clause: Spoken, encoder: Encoder) -> None:
        for number, piece in enumerate(frames(clause, FRAME_MS)):
            if audio := await asyncio.to_thread(encoder.feed, piece.pcm):
                await self._send(self._frame(audio, self._times(clause, piece, first=number == 0)))

    def _times(self, clause: Spoken, piece: Frame, *, first: bool) -> dict[str, Any]:
        durations = self._emulator.switches.durations_field
        if self._sync_alignment:
            alignment, normalized = piece.alignment, piece.normalized
        elif first:
            alignment, normalized = clause.alignment, clause.normalized
        else:
            return {}
        return {
            "alignment": alignment.as_milliseconds(durations),
            "normalizedAlignment": normalized.as_milliseconds(durations),
        }

    def _frame(self, audio: bytes, times: dict[str, Any] | None = None) -> dict[str, Any]:
        switches = self._emulator.switches
        frame: dict[str, Any] = {
            "audio": base64.b64encode(audio).decode(),
            "alignment": None,
            "normalizedAlignment": None,
        }
        if switches.not_final != "absent":
            frame[switches.final_field] = None if switches.not_final == "null" else False
        return self._named({**frame, **(times or {})})

    def _named(self, frame: dict[str, Any]) -> dict[str, Any]:
        return frame if self.name is None else {**frame, self._emulator.switches.context_field: self.name}
