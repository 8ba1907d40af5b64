"""A server that speaks docs/protocol.md to the page exactly as a test tells it to.

It serves `web/` as the channel does, hands out tokens and takes sockets; from then on the test is the script.
Its limits: it hears and understands nothing, checks no token, keeps no session, never sends by itself, and
lets the page break every rule. That the real channel does all this is shown elsewhere (test_end_to_end.py). The
people API beside it is a real one, where a test starts one: the tokens are then real ones too.
"""

import asyncio
import json
import struct
from pathlib import Path
from types import TracebackType
from typing import Any

from aiohttp import WSMsgType, web

from channels.page import page_headers
from rapport.settings import AccessSettings
from rapport.tokens import SessionTokens
from tests.people_process import TOKEN_KEY

WEB = Path(__file__).parents[2] / "web"
PATIENCE_S = 15


class Connection:
    """One socket of the page, after its hello.

    Attributes:
        hello: The page's first message.
        messages: The JSON messages since, in order, those that `expect` has passed included.
        heard: The audio that came, 16-bit mono at the rate of `hello`.
    """

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._arrived = asyncio.Condition()
        self._left = asyncio.Event()
        self._read = 0
        self.hello: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []
        self.heard = bytearray()

    async def listen(self) -> None:
        """Take in what the page sends until it leaves."""
        async for frame in self._socket:
            async with self._arrived:
                if frame.type == WSMsgType.BINARY:
                    self.heard += frame.data
                elif not self.hello:
                    self.hello = json.loads(frame.data)
                else:
                    self.messages.append(json.loads(frame.data))
                self._arrived.notify_all()
        self._left.set()

    async def said_hello(self) -> None:
        await self._until(lambda: bool(self.hello))

    async def expect(self, type_: str, **fields: Any) -> dict[str, Any]:
        """The next message, after those expected before, of this type and with these fields."""
        wanted = {"type": type_, **fields}

        def found() -> bool:
            while self._read < len(self.messages):
                self._read += 1
                if wanted.items() <= self.messages[self._read - 1].items():
                    return True
            return False

        await self._until(found)
        return self.messages[self._read - 1]

    async def hears(self, byte_count: int) -> None:
        """Wait until this much audio has come in all."""
        await self._until(lambda: len(self.heard) >= byte_count)

    async def _until(self, come: Any) -> None:
        async with self._arrived:
            await asyncio.wait_for(self._arrived.wait_for(come), PATIENCE_S)

    async def send(self, type_: str, **fields: Any) -> None:
        await self._socket.send_str(json.dumps({"type": type_, **fields}))

    async def open(self, *, session: str = "s_1", resumed: bool = False) -> None:
        """Answer the hello, and say that someone is listening."""
        playback = self.hello.get("playback") or self.hello["audio"]
        await self.send(
            "session",
            version=1,
            session=session,
            resumed=resumed,
            audio=self.hello["audio"],
            playback={"rate_hz": playback["rate_hz"]},
            wake=self.hello["wake"],
            limits={"message_bytes": 65536, "session_s": 3600, "idle_s": 600, "turn_s": 30},
        )
        asleep = self.hello["wake"] != "off"
        await self.state("asleep" if asleep else "listening")

    async def state(self, state: str, *, muted: bool = False) -> None:
        await self.send("state", state=state, muted=muted)

    async def final(self, turn: int, text: str, *, source: str = "speech") -> None:
        await self.send("final", turn=turn, text=text, confidence=0.9, words=[], source=source)

    async def reply(self, turn: int, clause: int, text: str) -> None:
        await self.send("reply", turn=turn, clause=clause, text=text)

    async def speak(self, clause: int, pcm: bytes, *, offset: int = 0, end: bool = True) -> None:
        """Send a clause's audio at once, in pieces as a server would, and its end.

        Args:
            clause: Its number.
            pcm: 16-bit little-endian mono at the page's playback rate.
            offset: Sample that `pcm` starts with.
            end: Whether that is all of it.
        """
        rate_hz = self.hello["playback"]["rate_hz"]
        piece = rate_hz // 5 * 2
        for start in range(0, len(pcm), piece):
            head = struct.pack("<II", clause, offset + start // 2)
            await self._socket.send_bytes(head + pcm[start : start + piece])
        if end:
            ms = round((offset + len(pcm) // 2) / rate_hz * 1000)
            await self.send("clause_end", clause=clause, ms=ms)

    async def fail(self, code: str, *, fatal: bool = False, close: int = 1008) -> None:
        await self.send("error", code=code, message=f"scripted {code}", fatal=fatal)
        if fatal:
            await self._close(close)

    async def vanish(self) -> None:
        """Break the connection without a word."""
        await self._close(1011)

    async def _close(self, code: int) -> None:
        # aiohttp 3.9's own `close` takes the next frame for the answer: where that is sound, it drops the connection,
        # and what was sent last with it.
        writer = self._socket._writer
        assert writer is not None
        await writer.close(code)
        await self._left.wait()


class ScriptedServer:
    """Serves the page and lets a test play the server's part; an async context manager.

    Attributes:
        url: Of the page.
        refuse: An HTTP status that the next requests for a token get instead of one.
        refuse_tokens: Tokens of before that are too old.
        scripts: JavaScript of a test's own, by file name, served among the page's.
        people: The people API's address, as the page is told it.
        forgotten: How often the channel was told to let go of somebody.
        asked: The bodies of all requests for a token.
        asked_at: When those came, on the loop's clock.
    """

    def __init__(self) -> None:
        self.refuse: int | None = None
        self.refuse_tokens: set[str] = set()
        self.scripts: dict[str, str] = {}
        self.people = "http://127.0.0.1:9"  # nobody listens there
        self.forgotten = 0
        self.tokens = SessionTokens(AccessSettings(TOKEN_KEY))
        self.asked: list[dict[str, Any]] = []
        self.asked_at: list[float] = []
        self._connections: asyncio.Queue[Connection] = asyncio.Queue()
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/webhooks/voice/"

    async def __aenter__(self) -> "ScriptedServer":
        await self.up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.down()

    async def up(self) -> None:
        """Listen; on the port of before after a `down`."""
        app = web.Application()
        app.router.add_get("/webhooks/voice/", self._page)
        app.router.add_get("/webhooks/voice/static/{file}", self._file)
        app.router.add_post("/webhooks/voice/session", self._session)
        app.router.add_get("/webhooks/voice/stream", self._stream)
        app.router.add_route("*", "/webhooks/voice/forget", self._forget)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Go away, with every socket."""
        for socket in list(self._sockets):
            await socket.close(code=1012)
        if self._runner:
            await self._runner.cleanup()

    async def connection(self) -> Connection:
        """The next socket of the page, its hello read."""
        connection = await asyncio.wait_for(self._connections.get(), PATIENCE_S)
        await connection.said_hello()
        return connection

    async def _page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(WEB / "index.html", headers=page_headers(self.people))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        script = self.scripts.get(request.match_info["file"])
        if script is not None:
            return web.Response(text=script, content_type="text/javascript")
        path = WEB / request.match_info["file"]
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _session(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        self.asked_at.append(asyncio.get_running_loop().time())
        status = 401 if self.asked[-1].get("token") in self.refuse_tokens else self.refuse
        if status:
            return web.json_response({"code": "refused", "message": "scripted"}, status=status)
        issued = self.tokens.issue(credential=None, person=None, previous=self.asked[-1].get("token"))
        answer = {"token": issued.token, "person": issued.person, "expires_in_s": 600, "people": self.people}
        return web.json_response(answer)

    async def _forget(self, request: web.Request) -> web.Response:
        self.forgotten += request.method == "POST"
        return web.json_response({"left": 0})

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        connection = Connection(socket)
        await self._connections.put(connection)
        try:
            await connection.listen()
        finally:
            self._sockets.discard(socket)
        return socket
