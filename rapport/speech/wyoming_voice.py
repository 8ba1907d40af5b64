"""A voice somewhere else, over the Wyoming protocol: our voice server, wyoming-piper, or any other.

Text goes out as streaming synthesis where the server can do that, else as one plain request. Connections are kept
and used again, one utterance at a time each; one whose utterance was given up is closed, which is how a Wyoming
server learns of it. What the server writes about an error is not passed on: it may quote the text.
"""

from __future__ import annotations

import asyncio
import audioop
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import async_timeout
from wyoming.audio import AudioChunk, AudioChunkConverter, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped

from rapport.errors import SettingsError, VoiceUnavailable
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk
from rapport.speech.synthesizer import NEUTRAL, ClauseEnd, Sound, SpeechStyle
from rapport.speech.word_times import WordTime, word_times
from rapport.telemetry.traces import CARRIER, carried

CONNECT_TIMEOUT_S = 2.0
"""To connect and be told what the server is: both are immediate where it lives."""

AUDIO_TIMEOUT_S = 15.0
"""Between one event and the next: 13 words took the local voice 1.5 s beside six busy processes."""

OUR_PROGRAM = "rapport"
"""What our voice server calls itself."""
CLAUSES = "clauses"
"""In a request's context, for ours: each chunk of text is one clause, and the end of each is told by an event."""
SPOKEN = "rapport-spoken"
"""That event: `words`, `[text, start_ms, end_ms]` each, `stand_in`, and `voice`."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class UnixAddress:
    """A Unix socket's path; a relative one is below the working directory."""

    path: Path

    def __str__(self) -> str:
        return f"unix://{self.path}"


@dataclass(frozen=True)
class TcpAddress:
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"tcp://{self.host}:{self.port}"


def parse_voice_uri(uri: str) -> UnixAddress | TcpAddress:
    """Where a voice listens: `unix:///absolute`, `unix://relative/to/here` or `tcp://host:port`.

    Raises:
        SettingsError: It is none of them.
    """
    if uri.startswith("unix://") and len(uri) > len("unix://"):
        return UnixAddress(Path(uri[len("unix://") :]))
    with contextlib.suppress(ValueError):
        parts = urlsplit(uri)
        if parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path.strip("/"):
            return TcpAddress(parts.hostname, parts.port)
    raise SettingsError("a voice's address must be unix:///path or tcp://host:port")


class WyomingSynthesizer:
    """Speaks through a Wyoming server.

    Args:
        uri: Where it listens; see `parse_voice_uri`.
        idle_connections: How many connections are kept for the next utterances.

    Raises:
        SettingsError: The address is malformed.
    """

    def __init__(self, uri: str, *, idle_connections: int = 4) -> None:
        self._address = parse_voice_uri(uri)
        self._idle_connections = idle_connections
        self._idle: list[_Connection] = []
        self._closed = False

    async def speak(
        self, clauses: AsyncIterator[str], style: SpeechStyle = NEUTRAL
    ) -> AsyncGenerator[Sound | ClauseEnd, None]:
        """See `Synthesizer.speak`.

        A server that is not ours is asked for one clause after the other, and speaks at its own pace.
        """
        if self._closed:
            raise VoiceUnavailable("this synthesizer is closed; make a new one")
        first = await anext(clauses, None)
        while first is not None:
            if not any(map(str.isalnum, first)):
                yield ClauseEnd()  # some servers fail on it
                first = await anext(clauses, None)
                continue
            connection, event = await self._begin(first, style)
            whole = False
            try:
                if connection.ours:
                    async with contextlib.aclosing(connection.stream(event, clauses)) as pieces:
                        async for piece in pieces:
                            yield piece
                    first = None
                else:
                    length_ms = 0.0
                    async with contextlib.aclosing(connection.whole(event)) as sounds:
                        async for sound in sounds:
                            length_ms += sound.pcm.duration_ms
                            yield sound
                    yield ClauseEnd(word_times(first, (), length_ms))
                    first = await anext(clauses, None)
                whole = True
            except (EOFError, ConnectionError) as error:
                raise VoiceUnavailable("the voice server closed the connection while speaking") from error
            finally:
                if whole and not self._closed and len(self._idle) < self._idle_connections:
                    self._idle.append(connection)
                else:
                    connection.abort()

    async def close(self) -> None:
        """Close the connections that are kept; utterances under way come to their end."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()

    async def _begin(self, text: str, style: SpeechStyle) -> tuple[_Connection, Event]:
        """Send the request; the connection it went to, and the first event that came back."""
        while self._idle:
            kept = self._idle.pop()
            try:
                return kept, await _first_event(kept, text, style)
            except (EOFError, ConnectionError):
                continue  # The server was restarted since; the others that were kept are as dead.
        connection = await self._connect()
        try:
            return connection, await _first_event(connection, text, style)
        except (EOFError, ConnectionError) as error:
            raise VoiceUnavailable("the voice server closed the connection; its log may say why") from error

    async def _connect(self) -> _Connection:
        if isinstance(self._address, UnixAddress):
            opening = asyncio.open_unix_connection(self._address.path)
        else:
            opening = asyncio.open_connection(self._address.host, self._address.port)
        try:
            reader, writer = await _within(CONNECT_TIMEOUT_S, opening, "the voice server did not accept in")
        except OSError as error:
            raise VoiceUnavailable("no voice server is listening at its address; is it running?") from error
        connection = _Connection(reader, writer)
        try:
            await connection.learn_what_it_is()
        except (EOFError, ConnectionError) as error:
            connection.abort()
            raise VoiceUnavailable("what listens at the voice's address does not speak Wyoming") from error
        except BaseException:
            connection.abort()
            raise
        return connection


class _Connection:
    """One connection, and whether the server at its end streams.

    Its methods raise EOFError or ConnectionError where the connection is of no use any more.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._streams = False
        self.ours = False

    async def learn_what_it_is(self) -> None:
        await self._send(Describe().event())
        event = await self.next_event(CONNECT_TIMEOUT_S)
        while not Info.is_type(event.type):
            event = await self.next_event(CONNECT_TIMEOUT_S)
        with _events_in_shape():
            programs = Info.from_event(event).tts
        if not programs:
            raise VoiceUnavailable("the server at the voice's address does not offer speech")
        self._streams = programs[0].supports_synthesize_streaming
        # A stranger's server has no business with a proof.
        self.ours = programs[0].name == OUR_PROGRAM

    async def request(self, text: str, style: SpeechStyle) -> None:
        """Ask for a clause; ours is told of those that follow by `stream`."""
        context: dict[str, object] = dict(style.wishes)
        if self.ours:
            context[CLAUSES] = True
            if style.can_wait:
                context["can_wait"] = True
            if style.leaning:
                context["leaning"] = dict(style.leaning)
            if style.proof:
                context["proof"] = style.proof
            if trace := carried():
                context[CARRIER] = trace
            await self._send(SynthesizeStart(context=context).event(), SynthesizeChunk(text).event())
        elif self._streams:
            await self._send(
                SynthesizeStart(context=context).event(),
                SynthesizeChunk(text).event(),
                SynthesizeStop().event(),
            )
        else:
            await self._send(Synthesize(text, context=context).event())

    async def stream(self, event: Event, clauses: AsyncIterator[str]) -> AsyncGenerator[Sound | ClauseEnd, None]:
        """What our server says, from its first event on, while it is told of the other clauses."""
        telling = asyncio.create_task(self._tell(clauses))
        try:
            while not SynthesizeStopped.is_type(event.type):
                if AudioChunk.is_type(event.type):
                    yield Sound(_pcm(event))
                elif event.type == SPOKEN:
                    yield _clause_end(event)
                else:
                    _refuse_error(event)
                event = await self._next_unless_told_wrong(telling)
        finally:
            telling.cancel()
            await asyncio.wait({telling})

    async def whole(self, event: Event) -> AsyncGenerator[Sound, None]:
        """What another server says of one clause, from its first event on."""
        last = SynthesizeStopped if self._streams else AudioStop
        while not last.is_type(event.type):
            if AudioChunk.is_type(event.type):
                yield Sound(_pcm(event))
            else:
                _refuse_error(event)
            event = await self.next_event()

    async def _tell(self, clauses: AsyncIterator[str]) -> None:
        async for clause in clauses:
            await self._send(SynthesizeChunk(clause).event())
        await self._send(SynthesizeStop().event())

    async def _next_unless_told_wrong(self, telling: asyncio.Task[None]) -> Event:
        """The next event. While the text is not whole, silence is right, for as long as it takes."""
        reading = asyncio.create_task(self._read())
        try:
            while True:
                waiting: set[asyncio.Task[Any]] = {reading} if telling.done() else {reading, telling}
                done, _ = await asyncio.wait(
                    waiting,
                    timeout=AUDIO_TIMEOUT_S if telling.done() else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if telling in done:
                    telling.result()
                if reading in done:
                    event = reading.result()
                    if event is None:
                        raise EOFError
                    return event
                if not done:
                    raise VoiceUnavailable(f"the voice server said nothing for {AUDIO_TIMEOUT_S:g} s; see its log")
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def next_event(self, timeout_s: float | None = None) -> Event:
        event = await _within(timeout_s or AUDIO_TIMEOUT_S, self._read(), "the voice server said nothing for")
        if event is None:
            raise EOFError
        return event

    def abort(self) -> None:
        self._writer.transport.abort()

    async def _read(self) -> Event | None:
        with _events_in_shape():
            return await async_read_event(self._reader)

    async def _send(self, *events: Event) -> None:
        if self._reader.at_eof():
            raise EOFError
        for event in events:
            await async_write_event(event, self._writer)


async def _first_event(connection: _Connection, text: str, style: SpeechStyle) -> Event:
    try:
        await connection.request(text, style)
        return await connection.next_event()
    except BaseException:
        connection.abort()
        raise


async def _within(timeout_s: float, awaitable: Coroutine[Any, Any, _T], complaint: str) -> _T:
    # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that comes as its result does.
    try:
        async with async_timeout.timeout(timeout_s):
            return await awaitable
    except asyncio.TimeoutError as error:
        raise VoiceUnavailable(f"{complaint} {timeout_s:g} s; see its log") from error


@contextlib.contextmanager
def _events_in_shape() -> Iterator[None]:
    """Tell as one error what the library raises, in its own ways, on an event that is not what it should be."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError, audioop.error) as error:
        raise VoiceUnavailable("what listens at the voice's address does not speak Wyoming") from error


def _refuse_error(event: Event) -> None:
    if Error.is_type(event.type):
        raise VoiceUnavailable("the voice server could not speak; its log says why")


def _clause_end(event: Event) -> ClauseEnd:
    with _events_in_shape():
        words = tuple(WordTime(str(text), int(start), int(end)) for text, start, end in event.data["words"])
        return ClauseEnd(words, event.data["stand_in"] is True, str(event.data["voice"]))


def _pcm(event: Event) -> PcmChunk:
    with _events_in_shape():
        chunk = AudioChunkConverter(width=SAMPLE_BYTES, channels=1).convert(AudioChunk.from_event(event))
    if len(chunk.audio) % SAMPLE_BYTES:
        raise VoiceUnavailable("the voice server sent half a sample; its audio cannot be played")
    return PcmChunk(chunk.audio, chunk.rate)
