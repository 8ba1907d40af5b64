"""The voice server's side of the Wyoming protocol, over real sockets, with a scripted voice behind it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from wyoming.audio import AudioChunk, AudioStart
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeTextFormat

from rapport.speech.spoken_text import SpokenText
from tests.fakes.rung import ScriptedRung
from voice_server import wyoming_server
from voice_server.ladder import Ladder
from voice_server.orders import Orders
from voice_server.utterance import Speech
from voice_server.wyoming_server import LONGEST_TEXT, SpeakingHandler

SPOKEN_TEXT = SpokenText()


@dataclass
class Client:
    """A Wyoming client as raw as it gets."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *events: Event) -> None:
        """Send events."""
        for event in events:
            await async_write_event(event, self.writer)

    async def until(self, last: str) -> list[Event]:
        """Every event up to the first of a type."""
        events = [await self.one()]
        while events[-1].type != last:
            events.append(await self.one())
        return events

    async def one(self) -> Event:
        """The next event."""
        event = await asyncio.wait_for(async_read_event(self.reader), 10)
        assert event is not None
        return event

    async def closed(self) -> bool:
        """Whether the server closes the connection and sends nothing before."""
        return await asyncio.wait_for(async_read_event(self.reader), 10) is None


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def connect(tmp_path: Path) -> AsyncIterator[Connect]:
    """Opens a connection to a server with the rungs given."""
    async with contextlib.AsyncExitStack() as stack:

        async def connect_to(*rungs: ScriptedRung) -> Client:
            speech = Speech(Ladder(rungs), SPOKEN_TEXT)

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await SpeakingHandler(reader, writer, speech, Orders()).run()

            path = tmp_path / "voice.sock"
            stack.push_async_callback(_close, await asyncio.start_unix_server(serve, path))
            reader, writer = await asyncio.open_unix_connection(path)
            stack.callback(writer.close)
            return Client(reader, writer)

        yield connect_to


async def _close(server: asyncio.AbstractServer) -> None:
    server.close()
    await server.wait_closed()


def _stream(text: str, context: dict[str, Any] | None = None) -> list[Event]:
    return [SynthesizeStart(context=context).event(), SynthesizeChunk(text).event(), SynthesizeStop().event()]


async def test_it_describes_itself(connect: Connect) -> None:
    """A client learns that there is a voice, and that it streams."""
    client = await connect(ScriptedRung())

    await client.send(Describe().event())

    program = Info.from_event(await client.one()).tts[0]
    assert program.supports_synthesize_streaming
    assert program.voices[0].languages == ["en"]
    assert program.installed


async def test_it_answers_a_ping(connect: Connect) -> None:
    """The text of a ping comes back."""
    client = await connect(ScriptedRung())

    await client.send(Ping(text="there?").event())

    assert Pong.from_event(await client.one()).text == "there?"


async def test_streamed_text_becomes_streamed_audio(connect: Connect) -> None:
    """Audio starts, comes in chunks of 40 ms, stops, and the stream is said to be over."""
    client = await connect(ScriptedRung())

    await client.send(*_stream("Hello there, how are you?"))

    events = await client.until("synthesize-stopped")
    assert [events[0].type, events[-2].type] == ["audio-start", "audio-stop"]
    chunks = [AudioChunk.from_event(event) for event in events[1:-2]]
    assert len(chunks) > 2
    assert {len(chunk.audio) for chunk in chunks[:-1]} == {16_000 * 40 // 1_000 * 2}
    assert {(chunk.rate, chunk.width, chunk.channels) for chunk in chunks} == {(16_000, 2, 1)}


async def test_audio_comes_before_the_text_is_whole(connect: Connect) -> None:
    """The first clause is heard while the text still arrives."""
    client = await connect(ScriptedRung())

    await client.send(SynthesizeStart().event(), SynthesizeChunk("Sure, I'll speak slower from now on. But w").event())
    await client.until("audio-chunk")
    await client.send(SynthesizeChunk("hy?").event(), SynthesizeStop().event())

    assert await client.until("synthesize-stopped")


async def test_a_plain_request_is_spoken_whole(connect: Connect) -> None:
    """Without streaming, audio ends with audio-stop and nothing after it."""
    rung = ScriptedRung()
    client = await connect(rung)

    await client.send(Synthesize("Hello.").event())
    await client.until("audio-stop")
    await client.send(Ping().event())

    assert (await client.one()).type == "pong"
    assert [text for text, _, _ in rung.said] == ["Hello."]


async def test_the_text_is_not_spoken_twice(connect: Connect) -> None:
    """Home Assistant sends the whole text once more within a stream, for servers that do not stream."""
    rung = ScriptedRung()
    client = await connect(rung)
    start, chunk, stop = _stream("Hello.")

    await client.send(start, chunk, Synthesize("Hello.").event(), stop)
    await client.until("synthesize-stopped")

    assert [text for text, _, _ in rung.said] == ["Hello."]


async def test_one_connection_serves_many_utterances(connect: Connect) -> None:
    """Utterances follow each other on one connection, each with its own pace."""
    rung = ScriptedRung()
    client = await connect(rung)

    for pace in (0.8, 1.5):
        await client.send(*_stream("Hello.", {"pace": pace}))
        await client.until("synthesize-stopped")

    assert [pace for _, pace, _ in rung.said] == [0.8, 1.5]


async def test_nothing_to_say_is_still_an_answer(connect: Connect) -> None:
    """Clients that wait for audio to stop are not left waiting."""
    client = await connect(ScriptedRung())

    await client.send(*_stream("…"))

    assert [event.type for event in await client.until("synthesize-stopped")] == [
        "audio-start",
        "audio-stop",
        "synthesize-stopped",
    ]


async def test_another_voice_s_rate_is_told(connect: Connect) -> None:
    """Where the voice changes midway and with it the rate, audio is started again."""
    first, second = ScriptedRung(rate_hz=22_050), ScriptedRung(rate_hz=16_000)
    client = await connect(first, second)

    await client.send(SynthesizeStart().event(), SynthesizeChunk("One thing. Another on").event())
    await client.until("audio-chunk")
    first.works = False
    await client.send(SynthesizeChunk("e.").event(), SynthesizeStop().event())

    events = await client.until("synthesize-stopped")
    assert [AudioStart.from_event(event).rate for event in events if event.type == "audio-start"] == [16_000]


async def test_without_a_voice_it_says_so_and_hangs_up(connect: Connect) -> None:
    """The error quotes nothing; the closed connection is understood by clients that know no errors."""
    client = await connect(ScriptedRung(works=False))

    await client.send(*_stream("a secret"))

    error = Error.from_event(await client.one())
    assert error.code == "voice-unavailable"
    assert "secret" not in error.text
    assert await client.closed()


async def test_a_client_that_leaves_is_not_spoken_to(connect: Connect) -> None:
    """Closing the connection gives up the clause under way, and those after it."""
    rung = ScriptedRung()
    rung.gate.clear()
    client = await connect(rung)
    await client.send(*_stream("One thing. Another thing."))
    while not rung.said:
        await asyncio.sleep(0.01)

    client.writer.close()

    while not rung.given_up:
        await asyncio.sleep(0.01)
    assert len(rung.said) == 1


async def test_a_client_that_never_reads_is_left(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Audio that nobody takes does not wait for ever."""
    monkeypatch.setattr(wyoming_server, "STALLED_S", 0.2)
    rung = ScriptedRung()
    client = await connect(rung)

    await client.send(*_stream("A long line of words that goes on and on. " * 200))

    await asyncio.wait_for(_drained(client), 20)
    assert len(rung.said) < 200


async def _drained(client: Client) -> None:
    # The connection is seen to be closed only once what is in its buffers was read, so wait before reading.
    await asyncio.sleep(1)
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while await async_read_event(client.reader) is not None:
            pass


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([SynthesizeChunk("a secret").event()], id="text-before-the-start"),
        pytest.param([SynthesizeStop().event()], id="stop-before-the-start"),
        pytest.param([*_stream("a secret"), SynthesizeStart().event()], id="two-at-once"),
        pytest.param(_stream("a secret", {"pace": "fast"}), id="pace-in-words"),
        pytest.param(_stream("a secret", {"pace": -1}), id="pace-below-zero"),
        pytest.param(_stream("a secret", {"pace": float("nan")}), id="pace-not-a-number"),
        pytest.param([Event("synthesize-start", {"context": ["pace"]})], id="context-out-of-shape"),
        pytest.param([Event("synthesize", {})], id="no-text"),
        pytest.param([Event("synthesize", {"text": 5})], id="text-no-string"),
        pytest.param([Event("synthesize", {"text": "a secret", "voice": 5})], id="voice-out-of-shape"),
        pytest.param([Synthesize("<b>", text_format=SynthesizeTextFormat.SSML).event()], id="ssml"),
        pytest.param(_stream("x" * (LONGEST_TEXT + 1)), id="too-long"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    connect: Connect, events: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    """A request out of shape or out of turn ends with an error that quotes nothing, and a closed connection."""
    rung = ScriptedRung()
    rung.gate.clear()
    client = await connect(rung)

    await client.send(*events)

    error = Error.from_event(await client.one())
    assert error.code == "refused"
    assert "secret" not in error.text + caplog.text
    assert await client.closed()


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x00\xff\xfe\n", id="no-text"),
        pytest.param(b"[]\n", id="no-object"),
        pytest.param(b"{}\n", id="no-type"),
        pytest.param(b'{"type": "synthesize", "data_length": 50}\n{', id="cut-off"),
        pytest.param(b'{"type": "synthesize", "data_length": "x"}\n', id="length-no-number"),
        pytest.param(b"{" * 200_000, id="no-end"),
    ],
)
async def test_garbage_closes_the_connection(connect: Connect, garbage: bytes) -> None:
    """What is no event at all is answered with a closed connection, quietly."""
    client = await connect(ScriptedRung())

    with contextlib.suppress(ConnectionError):
        client.writer.write(garbage)
        client.writer.write_eof()
        await client.writer.drain()

        assert await client.closed()


async def test_events_of_other_kinds_are_ignored(connect: Connect) -> None:
    """What belongs to other capabilities of the protocol does no harm."""
    client = await connect(ScriptedRung())

    await client.send(Event("transcribe", {"language": "en"}), Ping().event())

    assert (await client.one()).type == "pong"
