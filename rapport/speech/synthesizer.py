"""The port through which text becomes speech, and the values that pass it.

Adapters live beside it (`wyoming_voice.py`); which of them is used is chosen where the process starts.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rapport.speech.audio import PcmChunk, Resampler
from rapport.speech.word_times import WordTime


@dataclass(frozen=True)
class SpeechStyle:
    """How something is to be said.

    Attributes:
        wishes: Fields of a `VoiceProfile` that differ from the person's own, such as `{"pace": 0.8}`, which is slower.
        proof: Shows for whom, as `Proofs.speaking` signs it; empty for nobody.
        can_wait: Nobody minds if it begins later, in a voice that takes its time.
        leaning: Fields of a `VoiceProfile` for where neither `wishes` nor the person's own profile says otherwise.
    """

    wishes: Mapping[str, float | str] = field(default_factory=dict)
    proof: str = field(default="", repr=False)
    can_wait: bool = False
    leaning: Mapping[str, float] = field(default_factory=dict)


NEUTRAL = SpeechStyle()


@dataclass(frozen=True)
class Sound:
    """A stretch of a clause's speech.

    Attributes:
        pcm: Never empty.
    """

    pcm: PcmChunk


@dataclass(frozen=True)
class ClauseEnd:
    """All sound of a clause was given; what comes next is of the next clause.

    Attributes:
        words: When each of its words is heard, within its sound; empty where it has none.
        stand_in: A local voice spoke it, though its person would be spoken to by another.
        voice: What began it: a rung's name, or clip; empty where that is not told.
    """

    words: tuple[WordTime, ...] = ()
    stand_in: bool = False
    voice: str = ""


class Synthesizer(Protocol):
    """Turns text into speech. Several utterances may be under way at once."""

    def speak(
        self, clauses: AsyncIterator[str], style: SpeechStyle = NEUTRAL
    ) -> AsyncGenerator[Sound | ClauseEnd, None]:
        """Say the clauses of one utterance as they come; the first sound comes as early as it can, also while the next
        clause is not known yet.

        An async generator: the sound of each clause, then its end, in their order; all sound is at one rate unless the
        voice had to change. Closing it (`aclose`, `contextlib.aclosing`) or cancelling its task gives up the work at
        the voice too. A clause in which nothing can be said has no sound.

        Args:
            clauses: Read ahead of what is spoken, as far as there are any.
            style: How.

        Raises:
            VoiceUnavailable: Nothing could speak it, or speech broke off midway.
        """
        ...

    async def close(self) -> None:
        """Let go of what is open; `speak` then raises VoiceUnavailable."""
        ...


async def whole_sound_of(synthesizer: Synthesizer, text: str, rate_hz: int) -> bytes:
    """All of one clause's sound at a rate: 16 bit, mono; see `Synthesizer.speak`."""
    pcm, resampler = b"", None
    async for chunk in sound_of(synthesizer, text):
        resampler = resampler or Resampler(chunk.rate_hz, rate_hz)
        pcm += resampler.feed(chunk.samples)
    return pcm + (resampler.flush() if resampler else b"")


async def sound_of(synthesizer: Synthesizer, text: str, style: SpeechStyle = NEUTRAL) -> AsyncGenerator[PcmChunk, None]:
    """The sound of one clause; see `Synthesizer.speak`."""

    async def clauses() -> AsyncIterator[str]:
        yield text

    async with contextlib.aclosing(synthesizer.speak(clauses(), style)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Sound):
                yield piece.pcm
