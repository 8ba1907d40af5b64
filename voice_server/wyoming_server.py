"""The Wyoming protocol's side of the voice server: events in, audio events out, one handler a connection.

Understands `describe`, `ping`, `synthesize` and the streaming `synthesize-start`, `-chunk`, `-stop`, and the orders of
the people's side (`orders.py`), and, where a provider hears, `transcribe` with `audio-start`, `-chunk`, `-stop`. The
request's context may hold fields of a voice profile, such as `{"pace": 0.8}`, or such fields under `leaning` for where
nobody chose otherwise, and the `proof` that shows for whom it is; without that it is for nobody, only local voices are
asked, and nothing is heard. With `{"clauses": true}` each chunk is one clause, and an event of our own tells the end of
each and its words' times. An utterance that cannot be spoken or heard, or a request out of shape, ends with an `error`
event and a closed connection, which every client understands. A client gives an utterance up by closing the connection.
"""

import asyncio
import contextlib
import logging
from typing import Any, Protocol, TypeVar

import async_timeout
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_read_event
from wyoming.info import Attribution, Describe, Info, TtsProgram, TtsVoice
from wyoming.ping import Ping, Pong
from wyoming.server import AsyncEventHandler
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeTextFormat,
)

from rapport.errors import BadAudio, NotAllowed, RecognitionFailed, VoiceUnavailable
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk
from rapport.speech.recognizer import Transcript
from rapport.speech.synthesizer import ClauseEnd
from rapport.speech.voice_orders import ORDER
from rapport.speech.wyoming_hearing import IncomingSound, transcript_event
from rapport.speech.wyoming_hearing import program as asr_program
from rapport.speech.wyoming_voice import CLAUSES, OUR_PROGRAM, SPOKEN
from rapport.telemetry import traces
from voice_server.ladder import Ladder
from voice_server.manner import Manner
from voice_server.orders import Orders
from voice_server.utterance import Speech, Utterance

logger = logging.getLogger(__name__)

CHUNK_MS = 40
"""Of audio in one event."""

LONGEST_TEXT = 10_000
"""Characters of one utterance: some ten minutes of speech."""

STALLED_S = 60.0
"""A client that takes no audio for so long is gone; one that plays as it reads takes some every few seconds."""

RATE_OF_SILENCE_HZ = 22_050
"""What `audio-start` says where nothing could be said."""


_Request = TypeVar("_Request", SynthesizeStart, SynthesizeChunk, Synthesize, Transcribe)


class Hearing(Protocol):
    """Hears whole utterances, of whoever agreed to that."""

    async def hear(self, pcm: bytes, proof: str) -> Transcript:
        """See `voice_server.scribe.Scribe.hear`."""


class RequestRefused(Exception):
    """A request that is out of shape, out of turn or too large; the message never quotes it."""


class SpeakingHandler(AsyncEventHandler):
    """One connection: one utterance at a time, any number one after the other."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        speech: Speech,
        orders: Orders,
        hearing: Hearing | None = None,
    ) -> None:
        super().__init__(reader, writer)
        self._speech = speech
        self._orders = orders
        self._hearing = hearing
        self._sound = IncomingSound()
        self._heard_for = ""
        self._utterance: Utterance | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._streams = False
        self._by_clause = False
        self._characters = 0
        self._trace = ""

    async def run(self) -> None:
        """Serve the connection until it closes, from either side."""
        try:
            while (event := await self._read()) is not None and await self.handle_event(event):
                pass
        except ConnectionError:
            logger.debug("a client left")
        finally:
            await self.disconnect()
            self.writer.close()

    async def handle_event(self, event: Event) -> bool:
        """Act on an event; False closes the connection. Speech goes on beside it, so that a client may leave."""
        try:
            await self._handle(event)
        except RequestRefused as refusal:
            await self.write_event(Error(str(refusal), code="refused").event())
            return False
        return True

    async def disconnect(self) -> None:
        """Give up the utterance under way."""
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)

    async def _read(self) -> Event | None:
        try:
            return await async_read_event(self.reader)
        except (KeyError, TypeError, AttributeError, asyncio.IncompleteReadError) as error:
            logger.warning("a client sent what is no event (%s); closed its connection", type(error).__name__)
            return None

    async def _handle(self, event: Event) -> None:
        if Describe.is_type(event.type):
            await self.write_event(describe(self._speech.ladder, hears=self._hearing is not None).event())
        elif Ping.is_type(event.type):
            await self.write_event(Pong(text=Ping.from_event(event).text).event())
        elif SynthesizeStart.is_type(event.type):
            start = _parsed(SynthesizeStart, event)
            self._begin(start.context, start.text_format, streams=True)
        elif SynthesizeChunk.is_type(event.type):
            self._add(_parsed(SynthesizeChunk, event).text)
        elif SynthesizeStop.is_type(event.type):
            self._finish()
        elif Synthesize.is_type(event.type) and self._utterance is None:
            # Within a stream, clients send the whole text once more for servers that do not stream.
            whole = _parsed(Synthesize, event)
            self._begin(whole.context, whole.text_format, streams=False)
            self._add(whole.text)
            self._finish()
        elif event.type.startswith(ORDER):
            await self.write_event(await self._orders.carry_out(event))
        elif self._hearing is not None:
            await self._hear(event, self._hearing)

    async def _hear(self, event: Event, hearing: Hearing) -> None:
        if Transcribe.is_type(event.type):
            self._heard_for = str((_parsed(Transcribe, event).context or {}).get("proof", ""))
            return
        try:
            pcm = self._sound.take(event)
            if pcm is not None:
                await self.write_event(transcript_event(await hearing.hear(pcm, self._heard_for)))
        except (BadAudio, RecognitionFailed) as error:
            raise RequestRefused(str(error)) from error

    def _begin(self, context: object, text_format: object, *, streams: bool) -> None:
        if self._speaking is not None and not self._speaking.done():
            raise RequestRefused("speaks already; wait for its end, or use another connection")
        if text_format not in (None, SynthesizeTextFormat.TEXT):
            raise RequestRefused("only plain text is spoken")
        self._streams = streams
        self._characters = 0
        asked = _wishes(context)
        self._by_clause = asked.get(CLAUSES) is True
        proof = asked.get("proof", "")
        if not isinstance(proof, str):
            raise RequestRefused("the context's proof must be a string")
        self._trace = str(asked.get(traces.CARRIER, ""))
        self._utterance = Utterance(self._speech, asked, proof)
        self._speaking = asyncio.create_task(self._speak(self._utterance))

    def _add(self, text: object) -> None:
        if self._utterance is None:
            raise RequestRefused("text came before synthesize-start")
        if not isinstance(text, str):
            raise RequestRefused("the text must be a string")
        self._characters += len(text)
        if self._characters > LONGEST_TEXT:
            raise RequestRefused(f"the text is longer than {LONGEST_TEXT} characters; send it in parts")
        if self._by_clause:
            self._utterance.add_clause(text)
        else:
            self._utterance.add(text)

    def _finish(self) -> None:
        if self._utterance is None:
            raise RequestRefused("synthesize-stop came before synthesize-start")
        self._utterance.finish()
        self._utterance = None

    async def _speak(self, utterance: Utterance) -> None:
        try:
            with traces.span("speaking", self._trace):
                await self._stream(utterance)
        except VoiceUnavailable as error:
            logger.error("could not speak: %s", error)
            await self._write(Error(str(error), code="voice-unavailable").event())
            self.writer.close()
        except ConnectionError:
            logger.debug("a client left while it was spoken to")
        except asyncio.TimeoutError:
            logger.warning("a client took no audio for %.0f s; closed its connection", STALLED_S)
            self.writer.transport.abort()

    async def _stream(self, utterance: Utterance) -> None:
        rate_hz = None
        async with contextlib.aclosing(utterance.spoken()) as pieces:
            async for piece in pieces:
                if isinstance(piece, ClauseEnd):
                    if self._by_clause:
                        await self._write(_clause_end(piece))
                    continue
                if piece.pcm.rate_hz != rate_hz:
                    await self._change_rate(rate_hz, piece.pcm.rate_hz)
                    rate_hz = piece.pcm.rate_hz
                await self._send(piece.pcm)
        if rate_hz is None:
            await self._change_rate(None, RATE_OF_SILENCE_HZ)
        await self._write(AudioStop().event())
        if self._streams:
            await self._write(SynthesizeStopped().event())

    async def _change_rate(self, from_hz: int | None, to_hz: int) -> None:
        if from_hz is not None:
            await self._write(AudioStop().event())
        await self._write(AudioStart(rate=to_hz, width=SAMPLE_BYTES, channels=1).event())

    async def _send(self, speech: PcmChunk) -> None:
        step = speech.rate_hz * CHUNK_MS // 1_000 * SAMPLE_BYTES
        for start in range(0, len(speech.samples), step):
            audio = speech.samples[start : start + step]
            chunk = AudioChunk(rate=speech.rate_hz, width=SAMPLE_BYTES, channels=1, audio=audio)
            await self._write(chunk.event())

    async def _write(self, event: Event) -> None:
        async with async_timeout.timeout(STALLED_S):  # asyncio.wait_for loses cancellations before Python 3.12
            await self.write_event(event)


def describe(ladder: Ladder, *, hears: bool = False) -> Info:
    """What the server is, as Wyoming tells it: one voice, whichever rung speaks, and ears where a provider has some."""
    attribution = Attribution(name="Rapport", url="")
    best = ladder.names[0]
    voice = TtsVoice(
        name="rapport",
        attribution=attribution,
        installed=True,
        description=f"Rapport's voice ({best})",
        version=None,
        languages=["en"],
    )
    program = TtsProgram(
        name=OUR_PROGRAM,
        attribution=attribution,
        installed=True,
        description="Voices, one behind the other",
        version=None,
        voices=[voice],
        supports_synthesize_streaming=True,
    )
    ears = [asr_program("A second opinion by the provider", "scribe", "ElevenLabs")] if hears else []
    return Info(tts=[program], asr=ears)


def _parsed(kind: type[_Request], event: Event) -> _Request:
    try:
        return kind.from_event(event)
    except (KeyError, TypeError, AttributeError) as error:
        raise RequestRefused(f"{event.type} is out of shape") from error


def _clause_end(end: ClauseEnd) -> Event:
    words = [[word.text, word.start_ms, word.end_ms] for word in end.words]
    return Event(SPOKEN, {"words": words, "stand_in": end.stand_in, "voice": end.voice})


def _wishes(context: object) -> dict[str, Any]:
    if context is not None and not isinstance(context, dict):
        raise RequestRefused("the context must be an object")
    asked = context or {}
    pace = asked.get("pace", 1.0)
    if isinstance(pace, bool) or not isinstance(pace, (int, float)) or not pace > 0:
        raise RequestRefused("the context's pace must be a number above 0")
    try:
        Manner.of(asked)
    except NotAllowed as error:
        raise RequestRefused(str(error)) from error
    return asked
