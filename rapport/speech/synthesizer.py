"""The port through which text becomes speech, and the values that pass it.

Adapters live beside it (`wyoming_voice.py`); which of them is used is chosen where the process starts.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from rapport.speech.audio import PcmChunk


@dataclass(frozen=True)
class SpeechStyle:
    """How something is to be said.

    Attributes:
        wishes: Fields of a `VoiceProfile` that differ from the person's own, such as `{"pace": 0.8}`, which is slower.
        proof: Shows for whom, as `Proofs.speaking` signs it; empty for nobody.
    """

    wishes: Mapping[str, float | str] = field(default_factory=dict)
    proof: str = field(default="", repr=False)


NEUTRAL = SpeechStyle()


class Synthesizer(Protocol):
    """Turns text into speech. Several utterances may be under way at once."""

    def speak(self, text: str, style: SpeechStyle = NEUTRAL) -> AsyncGenerator[PcmChunk, None]:
        """Say one clause or a short text; the first chunk comes as early as it can.

        An async generator of mono 16-bit PCM, all chunks at one rate unless the voice had to change. Closing it
        (`aclose`, `contextlib.aclosing`) or cancelling its task gives up the work at the voice too. Text in which
        nothing can be said gives no chunks.

        Raises:
            VoiceUnavailable: Nothing could speak it, or speech broke off midway.
        """
        ...

    async def close(self) -> None:
        """Let go of what is open; `speak` then raises VoiceUnavailable."""
        ...
