"""A scripted synthesizer for tests of what stands behind the port.

It says nothing: its sound is a tone of 60 ms a letter, at 22,050 Hz, whatever the letters are, all of it made at
once. It knows no pauses, no clauses and no time-outs, and it never changes its rate midway as a real voice may. It
passes `tests/contracts/test_synthesizer.py`.
"""

import asyncio
import math
from array import array
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from rapport.speech.synthesizer import NEUTRAL, SpeechStyle
from rapport.speech.voice_profile import FASTEST_PACE, SLOWEST_PACE

RATE_HZ = 22_050
CHUNK_MS = 40
LETTER_MS = 60
TONE_HZ = 220
LOUDNESS = 8_000


@dataclass
class ScriptedSynthesizer:
    """Speaks as scripted.

    Attributes:
        first_chunk_after_s: Delay before the first chunk of each utterance.
        fails_before: That many of the next utterances fail before their first chunk.
        fails_midway: That many of the next utterances, after those, fail after their first chunk.
        said: What was asked for, in order: text and style.
        given_up: How many utterances were closed or cancelled before their end.
    """

    first_chunk_after_s: float = 0.0
    fails_before: int = 0
    fails_midway: int = 0
    said: list[tuple[str, SpeechStyle]] = field(default_factory=list)
    given_up: int = 0
    closed: bool = False

    async def speak(self, text: str, style: SpeechStyle = NEUTRAL) -> AsyncGenerator[PcmChunk, None]:
        """See `Synthesizer.speak`."""
        self.said.append((text, style))
        if self.closed:
            raise VoiceUnavailable("this synthesizer is closed")
        if self.fails_before:
            self.fails_before -= 1
            raise VoiceUnavailable("scripted to fail before its first chunk")
        try:
            await asyncio.sleep(self.first_chunk_after_s)
            for number, chunk in enumerate(self._chunks(text, style)):
                if number and self.fails_midway:
                    self.fails_midway -= 1
                    raise VoiceUnavailable("scripted to fail midway")
                yield chunk
        except (GeneratorExit, asyncio.CancelledError):
            self.given_up += 1
            raise

    async def close(self) -> None:
        """See `Synthesizer.close`."""
        self.closed = True

    def _chunks(self, text: str, style: SpeechStyle) -> list[PcmChunk]:
        letters = sum(character.isalnum() for character in text)
        pace = min(max(float(style.wishes.get("pace", 1.0)), SLOWEST_PACE), FASTEST_PACE)
        samples = round(letters * LETTER_MS / pace / 1_000 * RATE_HZ)
        tone = array("h", (round(LOUDNESS * math.sin(math.tau * TONE_HZ * n / RATE_HZ)) for n in range(samples)))
        step = RATE_HZ * CHUNK_MS // 1_000
        return [PcmChunk(tone[start : start + step].tobytes(), RATE_HZ) for start in range(0, samples, step)]
