"""The provider's sockets: one warm connection for each key, voice and model in use, kept alive, and opened again.

What is said on them is `elevenlabs_socket.py`'s affair. A connection is opened before anybody speaks, or at the first
wish for its voice; one that nobody used for long is closed, and so is one whose key gave way to another, once it has
fallen silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import async_timeout
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus

from rapport.speech.voice_profile import LANGUAGES
from voice_server.breaker import LASTING, Kind, RungFailed
from voice_server.elevenlabs import RATE_HZ, Account, failure_of_answer, held_to
from voice_server.elevenlabs_protocol import CONTEXTS, Contexts, Event
from voice_server.keys import Key
from voice_server.turnstile import Turnstile

logger = logging.getLogger(__name__)

_WIRE = logging.getLogger("voice_server.elevenlabs_wire")
_WIRE.setLevel(logging.WARNING)
"""websockets writes headers, which hold the key, and texts to its log for debugging: it gets one that is closed."""

CONNECT_S = 3.0

LEFT_S = 3.0
"""Within this the provider says that a context that was left has ended; it takes a tenth of it."""

KEEP_ALIVE_S = 15.0
INACTIVITY_S = 180
"""The longest time-out that the provider grants; its own is 20 s."""

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
LASTING_PAUSE_S = 60.0
"""Before connecting again; the pause doubles until something was spoken."""

MOST_LINKS = 6
"""Voices and models that are kept warm at once."""
UNUSED_S = 300.0
"""After which a connection is closed, but for the account's own voice."""

Inbox = asyncio.Queue[Event | RungFailed | None]


class Link:
    """One open connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.contexts = Contexts()
        self.inboxes: dict[str, Inbox] = {}
        self.of_use = True
        self._heard_at = time.monotonic()

    def heard(self) -> None:
        """Something came."""
        self._heard_at = time.monotonic()

    async def send(self, *messages: str | None) -> None:
        """Send what is no None.

        Raises:
            RungFailed: The connection is gone.
        """
        try:
            for message in messages:
                if message is not None:
                    await self.socket.send(message)
        except ConnectionClosed:
            raise RungFailed(Kind.NETWORK, "the socket was closed") from None

    def leave(self, name: str) -> None:
        """Nobody listens to a context any more. Where the provider does not end it, it must not take up its place for
        good; and where nothing at all came since, the connection is stuck, and broken off."""
        self.contexts.leave(name)
        asyncio.get_running_loop().call_later(LEFT_S, self._part_from, name, time.monotonic())

    def fail(self, error: RungFailed) -> None:
        """Tell everybody who is being spoken to."""
        self.of_use = False
        for inbox in self.inboxes.values():
            inbox.put_nowait(error)

    def _part_from(self, name: str, since: float) -> None:
        if self.contexts.forget(name) and self._heard_at < since:
            self.of_use = False
            self.socket.transport.abort()


class KeptLink:
    """A connection for one key, voice and model, for as long as it is wanted.

    Attributes:
        key: Whose work it does.
        room: Lets as many utterances in as it has contexts for.
        used_at: When somebody last spoke on it, on the monotonic clock.
    """

    def __init__(self, account: Account, key: Key, voice: str, model: str) -> None:
        self.key = key
        self.room = Turnstile(CONTEXTS)
        self.used_at = time.monotonic()
        self._account = account
        self._voice = voice
        self._model = model
        self._link: Link | None = None
        self._error = RungFailed(Kind.NETWORK, "not connected yet")
        self._tried = asyncio.Event()
        self._pause_s = FIRST_PAUSE_S
        self._speaking = 0
        self._ending = False
        self._keeper = asyncio.create_task(self._keep_connected())

    async def tried(self) -> None:
        """Wait until the first try to connect has succeeded or failed."""
        await self._tried.wait()

    @contextlib.contextmanager
    def speaking(self) -> Iterator[Link]:
        """The open connection, held until the utterance is over.

        Raises:
            RungFailed: There is none, or every context on it is taken.
        """
        link = self._link
        if link is None or not link.of_use:
            raise RungFailed(self._error.kind, "there is no socket")
        if not link.contexts.free:
            raise RungFailed(Kind.CONCURRENCY, "every context is taken")
        self.used_at = time.monotonic()
        self._speaking += 1
        try:
            yield link
        finally:
            self._speaking -= 1
            self.used_at = time.monotonic()
            if self._ending and not self._speaking:
                self._keeper.cancel()

    def spoke(self) -> None:
        """It works: the next connection need not wait for long."""
        self._pause_s = FIRST_PAUSE_S

    def end(self) -> None:
        """Close it, after the utterances under way; nobody else is let in."""
        self._ending = True
        if not self._speaking:
            self._keeper.cancel()

    @property
    def gone(self) -> bool:
        """Whether it was closed for good."""
        return self._keeper.done()

    @property
    def idle(self) -> bool:
        """Whether nobody speaks on it."""
        return not self._speaking

    async def ended(self) -> None:
        """End it at once, and wait until nothing of it runs."""
        self._keeper.cancel()
        await asyncio.wait({self._keeper})

    async def _keep_connected(self) -> None:
        while True:
            try:
                await self._serve_one_connection()
            except RungFailed as error:
                self._error = error
                if error.code == "invalid_api_key":
                    self._account.keys.set_aside(self.key)
                    if self._account.keys.current != self.key:  # another serves: no reason to leave the rung alone
                        self._error = RungFailed(Kind.REFUSED, error.code)
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
        link = self._link = Link(socket)
        keeping_alive = asyncio.create_task(_keep_alive(link))
        self._tried.set()
        error = RungFailed(Kind.NETWORK, "the socket was closed")
        try:
            async for frame in socket:
                link.heard()
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
            "model_id": self._model,
            "output_format": f"pcm_{RATE_HZ}",
            "auto_mode": "true",
            "sync_alignment": "true",
            "inactivity_timeout": INACTIVITY_S,
            **held_to(LANGUAGES[0], self._model),
        }
        base = self._account.base_url.replace("http", "ws", 1)
        path = f"/v1/text-to-speech/{quote(self._voice, safe='')}/multi-stream-input"
        try:
            async with async_timeout.timeout(CONNECT_S):
                return await connect(
                    f"{base}{path}?{urlencode(query)}",
                    additional_headers={"xi-api-key": self.key.secret},
                    compression=None,
                    max_size=None,
                    logger=_WIRE,
                )
        except InvalidStatus as error:
            raise failure_of_answer(error.response.status_code, error.response.body) from None
        except (OSError, asyncio.TimeoutError, InvalidHandshake, InvalidMessage, ConnectionClosed) as error:
            raise RungFailed(Kind.NETWORK, type(error).__name__) from None


class Links:
    """The connections in use.

    Args:
        account: How we speak with the provider.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._kept: dict[tuple[str, str, str], KeptLink] = {}
        self._leaving: list[KeptLink] = []
        self._closed = False

    async def start(self) -> None:
        """Connect for the account's own voice, and wait until that has succeeded or failed."""
        self._account.keys.when_changed(self._changed)
        await self.of(self._account.voice, self._account.model).tried()

    async def stop(self) -> None:
        """Close all of them."""
        self._closed = True
        for each in (*self._kept.values(), *self._leaving):
            await each.ended()

    def of(self, voice: str, model: str) -> KeptLink:
        """The connection for a voice and a model, with the key of the hour; it may have to be opened yet."""
        key = self._account.keys.current
        place = (key.id, voice, model)
        if place not in self._kept:
            self._make_room()
            self._kept[place] = KeptLink(self._account, key, voice, model)
        return self._kept[place]

    def _make_room(self) -> None:
        now = time.monotonic()
        own = (self._account.keys.current.id, self._account.voice, self._account.model)
        idle = sorted((link.used_at, place) for place, link in self._kept.items() if link.idle and place != own)
        for used_at, place in idle:
            if now - used_at > UNUSED_S or len(self._kept) >= MOST_LINKS:
                self._part_from(place)

    def _changed(self) -> None:
        """Another key takes new work: the connections of the others end, each once it has fallen silent."""
        current = self._account.keys.current.id
        former = [place for place in self._kept if place[0] != current]
        for place in former:
            self._part_from(place)
        if former and not self._closed:
            self.of(self._account.voice, self._account.model)

    def _part_from(self, place: tuple[str, str, str]) -> None:
        link = self._kept.pop(place)
        self._leaving = [each for each in self._leaving if not each.gone] + [link]
        link.end()


async def _keep_alive(link: Link) -> None:
    with contextlib.suppress(RungFailed):  # the receiver says so
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            await link.send(*link.contexts.keep_alive())
