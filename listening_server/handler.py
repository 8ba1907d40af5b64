"""The Wyoming protocol's side of the listening server: audio in, a transcript out, one handler a connection.

Understands `describe`, `transcribe`, and `audio-start`, `-chunk`, `-stop`. A client gives an utterance up by closing
the connection.
"""

from __future__ import annotations

import asyncio
import logging

from wyoming.error import Error
from wyoming.event import Event, async_read_event
from wyoming.info import Describe, Info
from wyoming.server import AsyncEventHandler

from listening_server.whisper import Whisper
from rapport.errors import BadAudio
from rapport.speech.wyoming_hearing import IncomingSound, program, transcript_event

logger = logging.getLogger(__name__)


class ListeningHandler(AsyncEventHandler):
    """One connection: any number of utterances, one after the other; `turn` lets one connection at a time be heard."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, whisper: Whisper, turn: asyncio.Lock
    ) -> None:
        super().__init__(reader, writer)
        self._whisper = whisper
        self._turn = turn
        self._sound = IncomingSound()

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
            return True
        try:
            pcm = self._sound.take(event)
        except BadAudio as error:
            await self.write_event(Error(str(error), code="refused").event())
            return False
        if pcm is not None:
            async with self._turn:
                if self.reader.at_eof():
                    return False  # it was given up while others were heard
                heard = await asyncio.to_thread(self._whisper.hear, pcm)
            await self.write_event(transcript_event(heard))
        return True


_INFO = Info(asr=[program("A second opinion on what was said", "whisper", "OpenAI")])
