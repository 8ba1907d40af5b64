"""The synthesizer that speaks through any Wyoming server, against small scripted servers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from wyoming.event import Event, async_read_event, async_write_event

from rapport.errors import SettingsError, VoiceUnavailable
from rapport.speech import wyoming_voice
from rapport.speech.audio import PcmChunk
from rapport.speech.synthesizer import SpeechStyle, sound_of
from rapport.speech.wyoming_voice import TcpAddress, UnixAddress, WyomingSynthesizer, parse_voice_uri

FORMAT = {"rate": 16_000, "width": 2, "channels": 1}
AUDIO = b"\x10\x20" * 320
SPOKEN = [Event("audio-start", FORMAT), Event("audio-chunk", FORMAT, AUDIO), Event("audio-stop")]
STREAMED = [*SPOKEN, Event("synthesize-stopped")]


def _info(*, streams: bool) -> Event:
    told: dict[str, Any] = {"name": "v", "attribution": {"name": "n", "url": ""}, "installed": True}
    told |= {"description": None, "version": None}
    program = {**told, "voices": [{**told, "languages": ["en"]}], "supports_synthesize_streaming": streams}
    return Event("info", {"tts": [program]})


@dataclass
class Server:
    """A Wyoming server that answers as it is told to, and remembers.

    Attributes:
        answers: What each request is answered with; None hangs up, an Event waits first.
        requests: The events of every request, one list a request.
        connections: How many were opened, and how many are open.
    """

    path: Path
    streams: bool = True
    info: Event | None = None
    answers: list[Event | asyncio.Event | None] = field(default_factory=lambda: list(STREAMED))
    requests: list[list[Event]] = field(default_factory=list)
    opened: int = 0
    open_now: int = 0
    _server: asyncio.AbstractServer | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def stop(self) -> None:
        """Stop listening, and hang up."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        for writer in set(self._writers):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.open_now += 1
        self._writers.add(writer)
        try:
            await self._converse(reader, writer)
        finally:
            self.open_now -= 1
            self._writers.discard(writer)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request: list[Event] = []
        while (event := await async_read_event(reader)) is not None:
            if event.type == "describe":
                await async_write_event(self.info or _info(streams=self.streams), writer)
                continue
            request.append(event)
            if event.type in ("synthesize-stop", "synthesize"):
                self.requests.append(request)
                request = []
                for answer in self.answers:
                    if answer is None:
                        return
                    if isinstance(answer, asyncio.Event):
                        await answer.wait()
                    else:
                        await async_write_event(answer, writer)


StartServer = Callable[..., Awaitable[tuple[Server, WyomingSynthesizer]]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[StartServer]:
    """Starts a scripted server, and a synthesizer that speaks through it."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**script: Any) -> tuple[Server, WyomingSynthesizer]:
            server = Server(tmp_path / "voice.sock", **script)
            await server.start()
            stack.push_async_callback(server.stop)
            synthesizer = WyomingSynthesizer(f"unix://{server.path}", idle_connections=2)
            stack.push_async_callback(synthesizer.close)
            return server, synthesizer

        yield start


async def _spoken(synthesizer: WyomingSynthesizer, text: str = "Hello.", pace: float = 1.0) -> list[PcmChunk]:
    async with contextlib.aclosing(sound_of(synthesizer, text, SpeechStyle({"pace": pace}))) as chunks:
        return [chunk async for chunk in chunks]


async def test_text_goes_out_as_a_stream_with_its_pace(serve: StartServer) -> None:
    """A server that streams gets start, text and stop; its audio comes back as it is."""
    server, synthesizer = await serve()

    assert await _spoken(synthesizer, "Hello.", 0.8) == [PcmChunk(AUDIO, 16_000)]

    start, chunk, stop = server.requests[0]
    assert (start.type, start.data) == ("synthesize-start", {"context": {"pace": 0.8}})
    assert (chunk.type, chunk.data) == ("synthesize-chunk", {"text": "Hello."})
    assert stop.type == "synthesize-stop"


async def test_a_server_that_does_not_stream_is_asked_plainly(serve: StartServer) -> None:
    """There the audio's end is the utterance's end."""
    server, synthesizer = await serve(streams=False, answers=list(SPOKEN))

    assert await _spoken(synthesizer) == [PcmChunk(AUDIO, 16_000)]
    assert await _spoken(synthesizer) == [PcmChunk(AUDIO, 16_000)]

    assert [[event.type for event in request] for request in server.requests] == [["synthesize"]] * 2
    assert server.opened == 1


async def test_audio_may_stop_and_start_within_a_stream(serve: StartServer) -> None:
    """wyoming-piper starts audio anew for each sentence."""
    _, synthesizer = await serve(answers=[*SPOKEN, *SPOKEN, Event("synthesize-stopped")])

    assert len(await _spoken(synthesizer)) == 2


async def test_other_sample_formats_become_mono_of_16_bits(serve: StartServer) -> None:
    """Stereo and 32 bits are converted."""
    stereo = {"rate": 48_000, "width": 4, "channels": 2}
    _, synthesizer = await serve(answers=[Event("audio-chunk", stereo, bytes(8 * 100)), Event("synthesize-stopped")])

    assert await _spoken(synthesizer) == [PcmChunk(bytes(2 * 100), 48_000)]


async def test_what_cannot_be_said_is_not_asked_for(serve: StartServer) -> None:
    """wyoming-piper fails on marks alone."""
    server, synthesizer = await serve()

    assert await _spoken(synthesizer, " … ") == []

    assert server.requests == []


async def test_connections_are_used_again(serve: StartServer) -> None:
    """Utterances one after the other share a connection."""
    server, synthesizer = await serve()

    for _ in range(3):
        await _spoken(synthesizer)

    assert server.opened == 1


async def test_connections_kept_are_bounded(serve: StartServer) -> None:
    """After a crowd, only as many are kept as were asked for."""
    server, synthesizer = await serve()

    await asyncio.gather(*(_spoken(synthesizer) for _ in range(6)))
    await _until(lambda: server.open_now <= 2)

    assert server.opened == 6


async def test_an_utterance_given_up_closes_its_connection(serve: StartServer) -> None:
    """The server learns of it, and the connection is not used again."""
    server, synthesizer = await serve(answers=[*SPOKEN[:2], asyncio.Event()])

    async with contextlib.aclosing(sound_of(synthesizer, "Hello.")) as chunks:
        await anext(chunks)

    server.answers = list(STREAMED)
    assert await _spoken(synthesizer)
    assert server.opened == 2


async def test_a_cancelled_utterance_closes_its_connection(serve: StartServer) -> None:
    """Cancelled while it waits for audio, likewise."""
    server, synthesizer = await serve(answers=[asyncio.Event()])
    speaking = asyncio.create_task(_spoken(synthesizer))
    await _until(lambda: len(server.requests) == 1)

    speaking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await speaking
    server.answers = list(STREAMED)
    assert await _spoken(synthesizer)
    assert server.opened == 2


async def test_no_cancellation_is_lost(serve: StartServer) -> None:
    """Not even one that comes while audio pours in."""
    _, synthesizer = await serve(answers=[*SPOKEN[1:2] * 2_000, *STREAMED])
    for _ in range(20):
        heard = asyncio.Event()

        async def listen(heard: asyncio.Event = heard) -> None:
            async with contextlib.aclosing(sound_of(synthesizer, "Hello.")) as chunks:
                async for _ in chunks:
                    heard.set()

        listening = asyncio.create_task(listen())
        await heard.wait()

        assert listening.cancel()

        with pytest.raises(asyncio.CancelledError):
            await listening


async def test_a_restarted_server_is_found_again(serve: StartServer) -> None:
    """A connection that died while it was kept is replaced without anyone noticing."""
    server, synthesizer = await serve()
    await asyncio.gather(_spoken(synthesizer), _spoken(synthesizer))
    await server.stop()
    await server.start()

    assert await _spoken(synthesizer) == [PcmChunk(AUDIO, 16_000)]


async def test_a_kept_connection_that_hangs_up_on_a_request_is_replaced(serve: StartServer) -> None:
    """The request is sent once more, over a new connection, and only once."""
    server, synthesizer = await serve()
    await _spoken(synthesizer)
    server.answers = [None]

    with pytest.raises(VoiceUnavailable):
        await _spoken(synthesizer)

    assert len(server.requests) == 3
    assert server.opened == 2


async def test_nobody_listening(tmp_path: Path) -> None:
    """Without a server the error says to start one, and where it was looked for is not told."""
    synthesizer = WyomingSynthesizer(f"unix://{tmp_path}/nobody.sock")

    with pytest.raises(VoiceUnavailable, match="is it running"):
        await _spoken(synthesizer)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([None], id="hangs-up"),
        pytest.param([*SPOKEN[:2], None], id="hangs-up-midway"),
        pytest.param([Event("error", {"text": "cannot say a secret"}), None], id="error"),
        pytest.param([*SPOKEN[:2], Event("error", {"text": "cannot say a secret"}), None], id="error-midway"),
        pytest.param([Event("audio-chunk", FORMAT, b"\0")], id="half-a-sample"),
        pytest.param([Event("audio-chunk", {"rate": 16_000}, b"\0\0")], id="no-format"),
        pytest.param([Event("audio-chunk", {**FORMAT, "channels": 7}, b"\0\0")], id="absurd-format"),
    ],
)
async def test_what_goes_wrong_is_told_without_quoting(serve: StartServer, answers: list[Event | None]) -> None:
    """Every failure is the same error, and what the server wrote is not passed on."""
    server, synthesizer = await serve(answers=answers)

    with pytest.raises(VoiceUnavailable) as raised:
        await _spoken(synthesizer, "a secret")

    assert "secret" not in str(raised.value)
    server.answers = list(STREAMED)
    assert await _spoken(synthesizer)


async def test_silence_does_not_last_for_ever(serve: StartServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says nothing is given up after a time, and its connection closed."""
    monkeypatch.setattr(wyoming_voice, "AUDIO_TIMEOUT_S", 0.1)
    server, synthesizer = await serve(answers=[asyncio.Event()])

    with pytest.raises(VoiceUnavailable, match="nothing for"):
        await _spoken(synthesizer)

    server.answers = list(STREAMED)
    assert await _spoken(synthesizer)
    assert server.opened == 2


@pytest.mark.parametrize(
    "info",
    [
        pytest.param(Event("info", {"asr": []}), id="no-voice"),
        pytest.param(Event("info", {"tts": [5]}), id="out-of-shape"),
        pytest.param(Event("info", {"tts": [{"name": "v"}]}), id="too-little"),
    ],
)
async def test_a_server_that_is_no_voice_is_told(serve: StartServer, info: Event) -> None:
    """Another Wyoming service at the address is noticed."""
    _, synthesizer = await serve(info=info)

    with pytest.raises(VoiceUnavailable):
        await _spoken(synthesizer)


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"{}\n", b"[]\n", b'{"type": "info", "dat'])
async def test_something_else_at_the_address_is_told(tmp_path: Path, garbage: bytes) -> None:
    """What does not speak Wyoming is no voice either."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(garbage)
        writer.close()

    server = await asyncio.start_unix_server(answer, tmp_path / "voice.sock")
    async with server:
        with pytest.raises(VoiceUnavailable):
            await _spoken(WyomingSynthesizer(f"unix://{tmp_path}/voice.sock"))


async def test_closing_hangs_up(serve: StartServer) -> None:
    """Kept connections are closed, and one that comes free afterwards too."""
    go = asyncio.Event()
    server, synthesizer = await serve(answers=[*SPOKEN[:2], go, *STREAMED[2:]])
    async with contextlib.aclosing(sound_of(synthesizer, "Hello.")) as chunks:
        await anext(chunks)
        await synthesizer.close()
        go.set()
        assert [chunk async for chunk in chunks] == []

    await _until(lambda: server.open_now == 0)
    with pytest.raises(VoiceUnavailable):
        await _spoken(synthesizer)


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("unix:///run/voice.sock", UnixAddress(Path("/run/voice.sock"))),
        ("unix://var/voice.sock", UnixAddress(Path("var/voice.sock"))),
        ("tcp://127.0.0.1:10210", TcpAddress("127.0.0.1", 10210)),
        ("tcp://[::1]:10210", TcpAddress("::1", 10210)),
    ],
)
def test_addresses(uri: str, address: UnixAddress | TcpAddress) -> None:
    """Sockets by path, absolute or from here, and TCP by host and port."""
    assert parse_voice_uri(uri) == address


@pytest.mark.parametrize(
    "uri",
    ["", "voice", "unix://", "tcp://host", "tcp://:1", "tcp://host:x", "tcp://host:1/x", "tcp://h:99999", "http://h:1"],
)
def test_addresses_that_cannot_work(uri: str) -> None:
    """Anything else is refused when the process starts."""
    with pytest.raises(SettingsError):
        WyomingSynthesizer(uri)


async def test_over_tcp(serve: StartServer) -> None:
    """TCP works as Unix sockets do."""
    server, _ = await serve()
    listening = await asyncio.start_server(server._serve, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        synthesizer = WyomingSynthesizer(f"tcp://127.0.0.1:{port}")

        assert await _spoken(synthesizer) == [PcmChunk(AUDIO, 16_000)]

        await synthesizer.close()


async def _until(condition: Callable[[], bool]) -> None:
    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(poll(), 10)
