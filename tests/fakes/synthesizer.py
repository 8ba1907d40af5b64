"""A scripted synthesizer for tests of what stands behind the port.

It says nothing: its sound is a tone of 60 ms a letter, at 22,050 Hz, whatever the letters are, all of it made at
once. It knows no pauses, no clauses and no time-outs, and it never changes its rate midway as a real voice may. It
passes `tests/contracts/test_synthesizer.py`.
"""

import asyncio
import math
from array import array
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from rapport.speech.synthesizer import NEUTRAL, ClauseEnd, Sound, SpeechStyle
from rapport.speech.voice_profile import FASTEST_PACE, SLOWEST_PACE
from rapport.speech.word_times import word_times

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
        stands_in: Whether it is a stand-in for another voice.
        said: What was asked for, in order: text and style.
        given_up: How many utterances were closed or cancelled before their end.
    """

    first_chunk_after_s: float = 0.0
    fails_before: int = 0
    fails_midway: int = 0
    stands_in: bool = False
    said: list[tuple[str, SpeechStyle]] = field(default_factory=list)
    given_up: int = 0
    closed: bool = False

    async def speak(
        self, clauses: AsyncIterator[str], style: SpeechStyle = NEUTRAL
    ) -> AsyncGenerator[Sound | ClauseEnd, None]:
        """See `Synthesizer.speak`; each clause is an utterance to the script."""
        if self.closed:
            raise VoiceUnavailable("this synthesizer is closed")
        async for text in clauses:
            self.said.append((text, style))
            if self.fails_before:
                self.fails_before -= 1
                raise VoiceUnavailable("scripted to fail before its first chunk")
            chunks = self._chunks(text, style)
            try:
                await asyncio.sleep(self.first_chunk_after_s)
                for number, chunk in enumerate(chunks):
                    if number and self.fails_midway:
                        self.fails_midway -= 1
                        raise VoiceUnavailable("scripted to fail midway")
                    yield Sound(chunk)
                whole_ms = sum(chunk.duration_ms for chunk in chunks)
                yield ClauseEnd(word_times(text, (), whole_ms) if chunks else (), self.stands_in, "scripted")
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
