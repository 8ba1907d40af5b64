"""One utterance: text goes in as it arrives, sound comes out a clause at a time.

Knows neither the protocol (`wyoming_server.py`) nor the voices (`ladder.py`).
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.speech.audio import PcmChunk
from rapport.speech.clauses import ClauseCutter
from rapport.speech.grant import NOBODY
from voice_server.grants import Grants
from voice_server.ladder import Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.script import Script
from voice_server.shaping import pause_ms
from voice_server.spoken_text import SpokenText

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speech:
    """What it takes to speak.

    Attributes:
        ladder: The voices.
        spoken_text: Writes text out for them.
        grants: Tells who is spoken to; None where nobody is known.
    """

    ladder: Ladder
    spoken_text: SpokenText
    grants: Grants | None = None


class Utterance:
    """A reply on its way from text to sound.

    Args:
        speech: The voices.
        wishes: Fields of a voice profile that the request asks for; see `Manner.of`.
        proof: Shows for whom it is; empty for nobody.
    """

    def __init__(self, speech: Speech, wishes: Mapping[str, Any] | None = None, proof: str = "") -> None:
        self._speech = speech
        self._wishes = wishes or {}
        self._proof = proof
        self._manner = NEUTRAL
        self._cutter = ClauseCutter()
        self._clauses: asyncio.Queue[str | None] = asyncio.Queue()
        self._taken: str | None = None
        self._ended = False

    def add(self, text: str) -> None:
        """Take more of the text; it may end anywhere."""
        for clause in self._cutter.feed(text):
            self._clauses.put_nowait(clause)

    def finish(self) -> None:
        """There is no more text."""
        for clause in self._cutter.flush():
            self._clauses.put_nowait(clause)
        self._clauses.put_nowait(None)

    async def sound(self) -> AsyncGenerator[PcmChunk, None]:
        """The speech of each clause with the pause after it, as soon as it is made, until `finish`.

        Raises:
            VoiceUnavailable: No voice could speak a clause; what was spoken before it was given.
        """
        grants = self._speech.grants
        grant = await grants.of(self._proof) if grants and self._proof else NOBODY
        self._manner = Manner.of(self._wishes, grant)
        script = Script(self._next_line)
        await script.goes_on(0)
        asked = time.monotonic()
        begun = False
        async with contextlib.aclosing(self._speech.ladder.speak(script, self._manner)) as stretches:
            async for heard in stretches:
                if not begun:
                    made_ms = (time.monotonic() - asked) * 1_000
                    logger.info("first audio after %.0f ms by %s", made_ms, heard.voice)
                    begun = True
                yield heard.sound

    async def _next_line(self) -> tuple[str, float] | None:
        """The next clause with something to say, written out, and the pause after it."""
        while not self._ended:
            if self._taken is None:
                self._taken = await self._clauses.get()
            if self._taken is None:
                self._ended = True
                break
            text = await self._speech.spoken_text.write_out(self._taken)
            line = text, pause_ms(self._taken, self._manner.pace) * self._manner.profile.cadence
            self._taken = None
            if text:
                return line
        return None
