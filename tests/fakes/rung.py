"""A rung of the voice server's ladder that is scripted.

Its speech is a square wave of 10 ms a letter at 16 kHz; it takes no time unless it is told to wait.
"""

import asyncio

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from voice_server.manner import Manner

RATE_HZ = 16_000
LETTER_MS = 10


class ScriptedRung:
    """Speaks as scripted.

    Attributes:
        works: Whether it can speak.
        gate: Where cleared, a clause waits until it is set.
        said: What it was asked to say, with the pace and urgency.
        given_up: How many clauses were cancelled.
        running: Whether it was started and not stopped.
    """

    def __init__(self, name: str = "scripted", *, works: bool = True, rate_hz: int = RATE_HZ) -> None:
        self.name = name
        self.works = works
        self.gate = asyncio.Event()
        self.gate.set()
        self.said: list[tuple[str, float, bool]] = []
        self.given_up = 0
        self.running = False
        self._rate_hz = rate_hz

    def voice(self, manner: Manner) -> str:
        """See `Rung.voice`."""
        return self.name

    def preferred(self, manner: Manner) -> bool:
        """See `Rung.preferred`: its name is the engine's."""
        return manner.prefers(self.name) is not None

    async def start(self) -> None:
        """See `Rung.start`."""
        self.running = True

    async def stop(self) -> None:
        """See `Rung.stop`."""
        self.running = False

    async def say(self, text: str, manner: Manner, *, urgent: bool) -> PcmChunk:
        """See `Rung.say`."""
        self.said.append((text, manner.pace, urgent))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        if not self.works:
            raise VoiceUnavailable("scripted to fail")
        samples = round(len(text) * LETTER_MS / manner.pace * self._rate_hz / 1_000)
        return PcmChunk((b"\x00\x20" * 20 + b"\x00\xe0" * 20) * (samples // 40), self._rate_hz)
