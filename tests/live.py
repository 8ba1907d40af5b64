"""The provider itself in place of its emulator, where `make test-live` asks for that, on a budget of characters.

Tests that are marked `live` count what they ask for here before they ask. The voice servers that they start have the
budget for a hard limit as well, since a failed request is asked for again by the next rung, which no test sees.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from rapport.speech.synthesizer import NEUTRAL, ClauseEnd, Sound, SpeechStyle, Synthesizer

LIVE = "LIVE_PROVIDER"
"""Set by `ops/live.py`."""
CHARACTERS = "RAPPORT_LIVE_CHARACTERS"
USUAL_CHARACTERS = 3_000
"""All marked tests ask for some 2,400."""


class Budget:
    """Characters that may be asked for.

    Args:
        most: How many.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.asked = 0

    def ask(self, text: str) -> None:
        """Count a text that is about to be asked for; one too many ends the run, and is not asked for."""
        if self.asked + len(text) > self.most:
            pytest.exit(
                f"{self.asked} of {self.most} characters were asked for, and the next text is longer than the rest; "
                f"set {CHARACTERS} to allow more",
                returncode=1,
            )
        self.asked += len(text)


def live() -> bool:
    """Whether the provider itself is to be asked."""
    return os.environ.get(LIVE) == "1"


BUDGET = Budget(int(os.environ.get(CHARACTERS) or USUAL_CHARACTERS))


def provider_from_environment() -> dict[str, str]:
    """What tells a voice server of the provider, and how much may be spent there."""
    told = {name: value for name, value in os.environ.items() if name.startswith("ELEVENLABS_")}
    # No model costs more than a credit a character.
    return {**told, "RAPPORT_CREDITS_DAY": f":{BUDGET.most}"}


class Counted:
    """A synthesizer whose texts are counted before they are asked for.

    Args:
        synthesizer: The one that speaks.
    """

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer

    async def speak(
        self, clauses: AsyncIterator[str], style: SpeechStyle = NEUTRAL
    ) -> AsyncGenerator[Sound | ClauseEnd, None]:
        """See `Synthesizer.speak`."""

        async def counted() -> AsyncIterator[str]:
            async for clause in clauses:
                BUDGET.ask(clause)
                yield clause

        async with contextlib.aclosing(self._synthesizer.speak(counted(), style)) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """See `Synthesizer.close`."""
        await self._synthesizer.close()
