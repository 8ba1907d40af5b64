"""What this server itself sounds like, so that its voice can be told from a person's: the order `own-voices`."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from typing import Any

from rapport.errors import VoiceUnavailable
from rapport.speech.grant import Grant
from voice_server.ladder import Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.script import Clause, Script

SENTENCE = "It is a quarter past nine, and I have put milk, bread and six apples on your list for Thursday."
"""Some five seconds: three stretches of what tells voices apart."""


class OwnSound:
    """Speaks a sentence in each of the voices that people hear who chose none.

    Args:
        ladder: The voices.
        provider: Whether there is a provider's among them.
    """

    def __init__(self, ladder: Ladder, *, provider: bool) -> None:
        self._ladder = ladder
        self._manners = [NEUTRAL, *([Manner(grant=Grant(cloud=True))] if provider else [])]

    async def voices(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order's answer: `{"voices": [{pcm, rate_hz}]}`, 16-bit mono PCM in base64."""
        voices = []
        for manner in self._manners:
            with contextlib.suppress(VoiceUnavailable):
                pcm, rate_hz = await self._spoken(manner)
                voices.append({"pcm": base64.b64encode(pcm).decode(), "rate_hz": rate_hz})
        return {"voices": voices}

    async def _spoken(self, manner: Manner) -> tuple[bytes, int]:
        lines = iter([Clause(SENTENCE)])

        async def next_line() -> Clause | None:
            return next(lines, None)

        pcm, rate_hz = bytearray(), 0
        async with contextlib.aclosing(self._ladder.speak(Script(next_line), manner)) as heard:
            async for each in heard:
                # A voice that took over would be another one; what was begun is enough.
                if rate_hz not in (0, each.sound.rate_hz):
                    break
                pcm += each.sound.samples
                rate_hz = each.sound.rate_hz
        if not pcm:
            raise VoiceUnavailable("nothing was spoken")
        return bytes(pcm), rate_hz
