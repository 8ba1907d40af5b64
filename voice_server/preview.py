"""How a voice would sound, before anything is changed: the order `preview`."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from typing import Any

from rapport.speech.audio import PcmChunk, Resampler
from rapport.speech.grant import Grant
from rapport.speech.synthesizer import Sound
from voice_server.utterance import Speech, Utterance

SENTENCE = "Hello. This is how I would sound, if you like it."


class Preview:
    """Speaks a sentence as somebody might want it, at the cost of their own limits.

    Args:
        speech: The voices.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech

    async def speak(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order's answer: `{pcm, rate_hz}`, 16-bit mono PCM in base64.

        Args:
            data: `grant`, as `Grant.as_json` has it, with the profile that is tried, and no key for clips.
            payload: None.

        Raises:
            VoiceUnavailable: No voice could speak.
        """
        utterance = Utterance(self._speech, {"can_wait": True}, grant=Grant.from_json(data["grant"]))
        utterance.add(SENTENCE)
        utterance.finish()
        pcm, rate_hz = bytearray(), 0
        async with contextlib.aclosing(utterance.spoken()) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Sound):
                    continue
                rate_hz = rate_hz or piece.pcm.rate_hz
                pcm += _at(piece.pcm, rate_hz)
        return {"pcm": base64.b64encode(pcm).decode(), "rate_hz": rate_hz}


def _at(sound: PcmChunk, rate_hz: int) -> bytes:
    """Where another voice took over, its sound at the first one's rate."""
    if sound.rate_hz == rate_hz:
        return sound.samples
    resampler = Resampler(sound.rate_hz, rate_hz)
    return resampler.feed(sound.samples) + resampler.flush()
