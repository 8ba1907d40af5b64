"""The port through which text becomes speech, and the values that pass it.

Adapters live beside it (`wyoming_voice.py`); which of them is used is chosen where the process starts.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from rapport.speech.audio import PcmChunk

SLOWEST_PACE = 0.5
FASTEST_PACE = 2.0
"""Half and twice a voice's own pace: it keeps to these, whatever is asked for."""


@dataclass(frozen=True)
class SpeechStyle:
    """How something is to be said.

    Attributes:
        pace: How fast, as a multiple of the voice's own pace; 0.8 is slower. A voice keeps to 0.5 to 2.0.
        cloud: Whether the text may leave this machine: its person agreed to `cloud_speech`.
    """

    pace: float = 1.0
    cloud: bool = False


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
