"""ElevenLabs over one warm socket: an utterance is a context on it, text goes in a line at a time, sound comes out.

A shell round `elevenlabs_protocol.py`. The connection is opened before anybody speaks, kept alive, and opened again
with growing pauses. While there is none, an utterance fails at once, so that the next rung speaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator
from urllib.parse import quote, urlencode

import async_timeout
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus

from rapport.speech.audio import PcmChunk
from voice_server.breaker import LASTING, Kind, RungFailed
from voice_server.elevenlabs import RATE_HZ, Account, failure_of_answer, speed_of
from voice_server.elevenlabs_protocol import CONTEXTS, Audio, Contexts, Ended, Event
from voice_server.manner import Manner
from voice_server.script import Line, Spoken
from voice_server.turnstile import Turnstile
from voice_server.word_ends import WordEnds

logger = logging.getLogger(__name__)

_WIRE = logging.getLogger("voice_server.elevenlabs_wire")
_WIRE.setLevel(logging.WARNING)
"""websockets writes headers, which hold the key, and texts to its log for debugging: it gets one that is closed."""

CONNECT_S = 3.0
READ_S = 1.5
"""Between one frame and the next while text waits to be spoken."""
SETTLE_S = 0.5
"""Of silence after which all is spoken, where the provider's times do not tell, or it does not say that it ended."""

KEEP_ALIVE_S = 15.0
INACTIVITY_S = 180
"""The longest time-out that the provider grants; its own is 20 s."""

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
LASTING_PAUSE_S = 60.0
"""Before connecting again; the pause doubles until something was spoken."""


class _Link:
    """One open connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.contexts = Contexts()
        self.inboxes: dict[str, asyncio.Queue[Event | RungFailed | None]] = {}
        self.of_use = True

    async def send(self, *messages: str | None) -> None:
        try:
            for message in messages:
                if message is not None:
                    await self.socket.send(message)
        except ConnectionClosed:
            raise RungFailed(Kind.NETWORK, "the socket was closed") from None

    def fail(self, error: RungFailed) -> None:
        """Tell everybody who is being spoken to."""
        self.of_use = False
        for inbox in self.inboxes.values():
            inbox.put_nowait(error)


class ElevenLabsSocket:
    """ElevenLabs over a socket, as a rung of the ladder.

    Args:
        account: How we speak with the provider.
        turnstile: Keeps to the plan's concurrency; shared with the account's other rungs.
    """

    name = "elevenlabs socket"

    def __init__(self, account: Account, turnstile: Turnstile) -> None:
        self._account = account
        self._turnstile = turnstile
        self._room = Turnstile(CONTEXTS)
        self._link: _Link | None = None
        self._error = RungFailed(Kind.NETWORK, "not connected yet")
        self._tried = asyncio.Event()
        self._pause_s = FIRST_PAUSE_S
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, and keep the connection; returns once the first try has succeeded or failed."""
        self._keeper = asyncio.create_task(self._keep_connected())
        await self._tried.wait()

    async def stop(self) -> None:
        """Close the connection."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        first = await anext(lines, None)
        if first is None:
            return
        async with self._turnstile.passing(urgent=True), self._room.passing(urgent=True):
            link = self._link
            if link is None or not link.of_use:
                raise RungFailed(self._error.kind, "there is no socket")
            if not link.contexts.free:
                raise RungFailed(Kind.CONCURRENCY, "every context is taken")
            name, opening = link.contexts.begin(speed_of(manner.pace))
            inbox = link.inboxes[name] = asyncio.Queue()
            utterance = _Utterance(link, name, inbox, first)
            try:
                async with contextlib.aclosing(utterance.pieces(opening, lines)) as pieces:
                    async for piece in pieces:
                        self._pause_s = FIRST_PAUSE_S
                        yield piece
            finally:
                del link.inboxes[name]
                closing = link.contexts.close(name)
                link.contexts.leave(name)
                if closing is not None and link.of_use:
                    with contextlib.suppress(RungFailed):  # the keeper sees it too
                        await link.send(closing)

    async def _keep_connected(self) -> None:
        while True:
            try:
                await self._serve_one_connection()
            except RungFailed as error:
                self._error = error
            finally:
                self._link = None
            self._tried.set()
            pause_s = LASTING_PAUSE_S if self._error.kind in LASTING else self._pause_s
            logger.warning("no socket: %s; connects again in %.2g s", self._error, pause_s)
            await asyncio.sleep(pause_s)
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    async def _serve_one_connection(self) -> None:
        """Connect, and hand out what comes until the connection ends.

        Raises:
            RungFailed: Always: why it ended.
        """
        socket = await self._connected()
        link = self._link = _Link(socket)
        keeping_alive = asyncio.create_task(_keep_alive(link))
        self._tried.set()
        error = RungFailed(Kind.NETWORK, "the socket was closed")
        try:
            async for frame in socket:
                for event in link.contexts.receive(frame):
                    if inbox := link.inboxes.get(event.context):
                        inbox.put_nowait(event)
        except RungFailed as failed:
            error = failed
        except ConnectionClosed:
            pass
        finally:
            self._link = None
            self._error = error
            link.fail(error)
            keeping_alive.cancel()
            socket.transport.abort()
            await asyncio.wait({keeping_alive})
        raise error

    async def _connected(self) -> ClientConnection:
        query = {
            "model_id": self._account.model,
            "output_format": f"pcm_{RATE_HZ}",
            "auto_mode": "true",
            "sync_alignment": "true",
            "inactivity_timeout": INACTIVITY_S,
        }
        base = self._account.base_url.replace("http", "ws", 1)
        path = f"/v1/text-to-speech/{quote(self._account.voice, safe='')}/multi-stream-input"
        try:
            async with async_timeout.timeout(CONNECT_S):
                return await connect(
                    f"{base}{path}?{urlencode(query)}",
                    additional_headers={"xi-api-key": self._account.key},
                    compression=None,
                    max_size=None,
                    logger=_WIRE,
                )
        except InvalidStatus as error:
            raise failure_of_answer(error.response.status_code, error.response.body) from None
        except (OSError, asyncio.TimeoutError, InvalidHandshake, InvalidMessage, ConnectionClosed) as error:
            raise RungFailed(Kind.NETWORK, type(error).__name__) from None


class _Utterance:
    """One context, from its first line to its end."""

    def __init__(self, link: _Link, name: str, inbox: asyncio.Queue[Event | RungFailed | None], first: Line) -> None:
        self._link = link
        self._name = name
        self._inbox = inbox
        self._last = first
        self._start = first.start
        self._words = WordEnds(RATE_HZ)
        self._sent_all = False

    async def pieces(self, opening: str, lines: AsyncGenerator[Line, None]) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        await self._link.send(opening)
        await self._send(self._last)
        sending = asyncio.create_task(self._send_others(lines))
        begun = closed = False
        try:
            while True:
                patience_s = self._patience_s(closed=closed)
                try:
                    async with async_timeout.timeout(patience_s):
                        event = await self._inbox.get()
                except asyncio.TimeoutError:
                    if self._sent_all and begun and (closed or not self._words.fits):
                        break  # it was silent for as long as it takes to believe that it has ended
                    raise RungFailed(Kind.STALLED) from None
                if isinstance(event, RungFailed):
                    raise event
                if isinstance(event, Ended):
                    break
                if isinstance(event, Audio):
                    heard = self._words.heard(event.pcm, event.alignment)
                    if heard is not None:
                        yield Spoken(PcmChunk(heard[0], RATE_HZ), self._start + heard[1])
                    elif not begun:
                        yield Spoken(PcmChunk(b"", RATE_HZ), self._start)
                    begun = True
                if self._sent_all and begun and not closed and self._words.fits and self._words.complete:
                    # Not before: some sources say that a context that is closed falls silent at once.
                    closed = True
                    await self._link.send(self._link.contexts.close(self._name))
            if not begun or not self._sent_all or (self._words.fits and not self._words.complete):
                raise RungFailed(Kind.SERVER, "the context ended before its text")
            yield Spoken(PcmChunk(self._words.rest() + self._pause(), RATE_HZ), self._last.end)
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    def _patience_s(self, *, closed: bool) -> float | None:
        if closed or (self._sent_all and not self._words.fits):
            return SETTLE_S
        return None if self._words.fits and self._words.complete else READ_S

    async def _send_others(self, lines: AsyncGenerator[Line, None]) -> None:
        try:
            async for line in lines:
                await self._send(line)
                self._inbox.put_nowait(None)
            await self._link.send(self._link.contexts.flush(self._name))
            self._sent_all = True
            self._inbox.put_nowait(None)
        except RungFailed as error:
            self._inbox.put_nowait(error)

    async def _send(self, line: Line) -> None:
        self._last = line
        self._words.sent(f"{line.text} ")
        await self._link.send(self._link.contexts.say(self._name, f"{line.text} "))

    def _pause(self) -> bytes:
        return bytes(2 * round(self._last.pause_ms * RATE_HZ / 1_000))


async def _keep_alive(link: _Link) -> None:
    with contextlib.suppress(RungFailed):  # the receiver says so
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            await link.send(*link.contexts.keep_alive())
