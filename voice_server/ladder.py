"""The ladder of voices: each clause is spoken by the highest rung that can.

A rung is one voice; `piper.py` and `espeak.py` hold them. What happens to the sound afterwards lives in `shaping.py`.
"""

import logging
from collections.abc import Sequence
from typing import Protocol

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk

logger = logging.getLogger(__name__)


class Rung(Protocol):
    """One voice of the ladder.

    Attributes:
        name: What logs and clients call it.
    """

    name: str

    async def start(self) -> None:
        """Get ready as far as possible; a rung that fails to is skipped until it is."""
        ...

    async def say(self, text: str, *, pace: float, urgent: bool) -> PcmChunk:
        """The speech of a clause that is written as it is spoken.

        Args:
            text: With at least one letter or digit.
            pace: A multiple of the voice's own pace, 0.5 to 2.0.
            urgent: Somebody waits for it; else it is made while something else plays.

        Raises:
            VoiceUnavailable: This rung cannot, now.
        """
        ...

    async def stop(self) -> None:
        """Let go of processes and sockets."""
        ...


class Ladder:
    """Voices, from the one we would rather hear to the last resort."""

    def __init__(self, rungs: Sequence[Rung]) -> None:
        self.rungs = tuple(rungs)

    async def start(self) -> None:
        """Start every rung, the last resort first, since it is ready at once."""
        for rung in reversed(self.rungs):
            await rung.start()

    async def stop(self) -> None:
        """Stop every rung."""
        for rung in self.rungs:
            await rung.stop()

    async def say(self, text: str, *, pace: float, urgent: bool, from_rung: int = 0) -> tuple[PcmChunk, int]:
        """The speech of a clause, and the rung that made it.

        Args:
            text: As for `Rung.say`.
            pace: As for `Rung.say`.
            urgent: As for `Rung.say`.
            from_rung: The highest rung to try: an utterance does not climb back, so that its voice changes once.

        Raises:
            VoiceUnavailable: No rung could speak.
        """
        for position in range(from_rung, len(self.rungs)):
            rung = self.rungs[position]
            try:
                speech = await rung.say(text, pace=pace, urgent=urgent)
            except VoiceUnavailable as error:
                logger.warning("%s cannot speak: %s", rung.name, error)
                continue
            if position > from_rung:
                logger.warning("%s takes over for this reply", rung.name)
            return speech, position
        raise VoiceUnavailable("no local voice can speak; see this log, `make models`, or install espeak-ng")
