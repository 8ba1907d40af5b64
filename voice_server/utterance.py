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
from voice_server.budget import Budget
from voice_server.grants import Grants
from voice_server.ladder import Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.script import Clause, Script
from voice_server.shaping import pause_ms
from voice_server.spoken_text import SpokenText
from voice_server.usage import Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Speech:
    """What it takes to speak.

    Attributes:
        ladder: The voices.
        spoken_text: Writes text out for them.
        grants: Tells who is spoken to; None where nobody is known.
        fixed: The clauses of the assistant's own fixed wordings.
        budget: Says what may be spent; None where nothing costs.
        usage: Counts utterances.
    """

    ladder: Ladder
    spoken_text: SpokenText
    grants: Grants | None = None
    fixed: frozenset[str] = frozenset()
    budget: Budget | None = None
    usage: Usage | None = None


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
        self._manner = await self._manner_now()
        script = Script(self._next_line)
        await script.following(0)
        asked = time.monotonic()
        begun = False
        async with contextlib.aclosing(self._speech.ladder.speak(script, self._manner)) as stretches:
            async for heard in stretches:
                if not begun:
                    if self._speech.usage is not None:
                        self._speech.usage.reply()
                    made_ms = (time.monotonic() - asked) * 1_000
                    logger.info("first audio after %.0f ms by %s", made_ms, heard.voice)
                    begun = True
                yield heard.sound

    async def _manner_now(self) -> Manner:
        """How to speak, and for whom, as that is at this moment."""
        grants, budget = self._speech.grants, self._speech.budget
        grant = await grants.of(self._proof) if grants and self._proof else NOBODY
        manner = Manner.of(self._wishes, grant)
        return await budget.within(manner) if budget else manner

    async def _next_line(self) -> Clause | None:
        """The next clause with something to say, written out, and the pause after it."""
        while not self._ended:
            if self._taken is None:
                self._taken = await self._clauses.get()
            if self._taken is None:
                self._ended = True
                break
            text = await self._speech.spoken_text.write_out(self._taken)
            pause = pause_ms(self._taken, self._manner.pace) * self._manner.profile.cadence
            line = Clause(text, pause, fixed=self._taken.strip() in self._speech.fixed)
            self._taken = None
            if text:
                return line
        return None
