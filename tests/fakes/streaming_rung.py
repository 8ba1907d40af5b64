"""A provider's rung that is scripted: a square wave of 10 ms a character, a piece a word, at 22,050 Hz.

It takes no time unless it is told to wait, and knows no connection.
"""

import asyncio
from collections.abc import AsyncGenerator

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from voice_server.breaker import Kind, RungFailed
from voice_server.manner import Manner
from voice_server.script import Line, Spoken

RATE_HZ = 22_050


class ScriptedStream:
    """Speaks as scripted.

    Attributes:
        gate: Where cleared, every utterance waits before its first piece until it is set.
        fails_after: Words that it speaks of an utterance before it fails; None: it does not fail.
        kind: Why it fails.
        asked: How many utterances it was asked for.
        said: The words that it gave sound for.
        given_up: How many utterances were closed or cancelled.
    """

    def __init__(self, name: str = "stream", *, fails_after: int | None = None, kind: Kind = Kind.SERVER) -> None:
        self.name = name
        self.fails_after = fails_after
        self.kind = kind
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = 0
        self.said: list[str] = []
        self.given_up = 0

    def voice(self, manner: Manner) -> str:
        """See `Rung.voice`."""
        return self.name

    async def start(self) -> None:
        """See `StreamingRung.start`."""

    async def stop(self) -> None:
        """See `StreamingRung.stop`."""

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        self.asked += 1
        words = 0
        try:
            await self.gate.wait()
            async for line in lines:
                at = line.start
                for word in line.text.split():
                    if words == self.fails_after:
                        raise RungFailed(self.kind)
                    words += 1
                    at += len(word) + 1
                    self.said.append(word)
                    yield Spoken(PcmChunk(b"\x00\x20" * (RATE_HZ // 100 * len(word)), RATE_HZ), at)
        except VoiceUnavailable:
            raise
        except (GeneratorExit, asyncio.CancelledError):
            self.given_up += 1
            raise
