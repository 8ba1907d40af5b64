"""One utterance: text goes in as it arrives, sound comes out a clause at a time.

Knows neither the protocol (`wyoming_server.py`) nor the voices (`ladder.py`).
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from rapport.speech.audio import PcmChunk
from rapport.speech.clauses import ClauseCutter
from rapport.speech.synthesizer import FASTEST_PACE, SLOWEST_PACE
from voice_server.ladder import Ladder
from voice_server.shaping import pause_ms, shape
from voice_server.spoken_text import SpokenText

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speech:
    """What it takes to speak: the voices, and the writing out of text for them."""

    ladder: Ladder
    spoken_text: SpokenText


class Utterance:
    """A reply on its way from text to sound.

    Args:
        speech: The voices.
        pace: A multiple of the voice's own; brought into 0.5 to 2.0.
    """

    def __init__(self, speech: Speech, pace: float = 1.0) -> None:
        self._speech = speech
        self._pace = min(max(pace, SLOWEST_PACE), FASTEST_PACE)
        self._cutter = ClauseCutter()
        self._clauses: asyncio.Queue[str | None] = asyncio.Queue()

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
            VoiceUnavailable: No voice could speak a clause; those before it were given.
        """
        rung = clauses = 0
        while (clause := await self._clauses.get()) is not None:
            asked = time.monotonic()
            text = await self._speech.spoken_text.write_out(clause)
            if not text:
                continue
            spoken, rung = await self._speech.ladder.say(text, pace=self._pace, urgent=clauses == 0, from_rung=rung)
            if clauses == 0:
                made_ms = (time.monotonic() - asked) * 1_000
                logger.info("first audio after %.0f ms by %s", made_ms, self._speech.ladder.rungs[rung].name)
            clauses += 1
            yield shape(spoken, pause_ms(clause, self._pace))
