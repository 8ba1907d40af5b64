"""The Wyoming protocol's side of the listening server: audio in, a transcript out, one handler a connection.

Understands `describe`, `transcribe`, and `audio-start`, `-chunk`, `-stop`. The transcript's context holds the `words`,
`[text, start_ms, end_ms, confidence]` each. A client gives an utterance up by closing the connection.
"""

from __future__ import annotations

import asyncio
import logging

from wyoming.asr import Transcript as TranscriptEvent
from wyoming.audio import AudioChunk, AudioChunkConverter, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_read_event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.server import AsyncEventHandler

from listening_server.whisper import Whisper
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES

logger = logging.getLogger(__name__)

LONGEST_S = 60
LONGEST_BYTES = LONGEST_S * HEARING_RATE_HZ * SAMPLE_BYTES


class ListeningHandler(AsyncEventHandler):
    """One connection: any number of utterances, one after the other; `turn` lets one connection at a time be heard."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whisper: Whisper, turn: asyncio.Lock
    ) -> None:
        super().__init__(reader, writer)
        self._whisper = whisper
        self._turn = turn
        self._converter = AudioChunkConverter(rate=HEARING_RATE_HZ, width=SAMPLE_BYTES, channels=1)
        self._pcm = bytearray()

    async def run(self) -> None:
        """Serve the connection until it closes, from either side."""
        try:
            while (event := await async_read_event(self.reader)) is not None and await self.handle_event(event):
                pass
        except ConnectionError:
            logger.debug("a client left")
        except (KeyError, TypeError, AttributeError, ValueError, asyncio.IncompleteReadError) as error:
            logger.warning("a client sent what is no event (%s); closed its connection", type(error).__name__)
        finally:
            self.writer.close()

    async def handle_event(self, event: Event) -> bool:
        """Act on an event; False closes the connection."""
        if Describe.is_type(event.type):
            await self.write_event(_INFO.event())
        elif AudioStart.is_type(event.type):
            self._pcm.clear()
        elif AudioChunk.is_type(event.type):
            self._pcm += self._converter.convert(AudioChunk.from_event(event)).audio
            if len(self._pcm) > LONGEST_BYTES:
                await self.write_event(Error(f"more than {LONGEST_S} s; send it in parts", code="refused").event())
                return False
        elif AudioStop.is_type(event.type):
            async with self._turn:
                if self.reader.at_eof():
                    return False  # it was given up while others were heard
                heard = await asyncio.to_thread(self._whisper.hear, bytes(self._pcm))
            self._pcm.clear()
            words = [[word.text, word.start_ms, word.end_ms, round(word.confidence, 3)] for word in heard.words]
            await self.write_event(TranscriptEvent(heard.text, language="en", context={"words": words}).event())
        return True


_ATTRIBUTION = Attribution(name="OpenAI", url="")
_INFO = Info(
    asr=[
        AsrProgram(
            name="rapport",
            attribution=_ATTRIBUTION,
            installed=True,
            description="A second opinion on what was said",
            version=None,
            models=[
                AsrModel(
                    name="whisper",
                    attribution=_ATTRIBUTION,
                    installed=True,
                    description="Whisper",
                    version=None,
                    languages=["en"],
                )
            ],
        )
    ]
)
