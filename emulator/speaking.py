"""From text to speech: cut at clauses, spoken by the local voice, in the timbre of a voice id, aligned, at a rate."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from emulator.alignment import Alignment, align
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk, Resampler
from rapport.speech.clauses import cut_clauses
from rapport.speech.synthesizer import SpeechStyle, Synthesizer, sound_of

DEEPEST = 0.84
HIGHEST = 1.19
"""How far a voice is from the local one, as a factor of pitch and formants: three semitones either way, beyond which a
recogniser understands less."""

QUIETEST = 200
"""A sample that is louder than this, of 32,768, is speech; the local voices' silence stays far below."""


@dataclass(frozen=True)
class Spoken:
    """A clause and its speech.

    Attributes:
        sound: At the rate that was asked for.
        alignment: Of the text as it was given.
        normalized: Of the text as it was spoken.
    """

    sound: PcmChunk
    alignment: Alignment
    normalized: Alignment


def timbre(voice_id: str) -> float:
    """A voice's pitch beside the local voice's: always the same for an id, and evenly spread over ids."""
    place = int.from_bytes(hashlib.sha256(voice_id.encode()).digest()[:4], "big") / 2**32
    return float(DEEPEST * (HIGHEST / DEEPEST) ** place)


class Speaker:
    """Speaks with many voices through one.

    Args:
        synthesizer: The local voice.
    """

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        Resampler(22_050, 16_000)  # its libraries are loaded now, and not while somebody waits for the first word

    async def speak(
        self, text: str, *, voice_id: str, speed: float, rate_hz: int, pronounced: Callable[[str], str]
    ) -> AsyncGenerator[Spoken, None]:
        """Each clause with its speech, as soon as it is made; their texts join to the whole text.

        A text in which nothing can be said gives one clause without sound.

        Args:
            text: What to say.
            voice_id: Whose timbre.
            speed: A multiple of the usual pace.
            rate_hz: Of the sound.
            pronounced: Writes a clause as it is to be said.

        Raises:
            VoiceUnavailable: The local voice cannot speak; clauses before were given.
        """
        unsaid = ""
        for clause in cut_clauses(text):
            unsaid += clause
            if any(map(str.isalnum, unsaid)):
                yield await self._say(unsaid, pronounced(unsaid), timbre(voice_id), speed, rate_hz)
                unsaid = ""
        if unsaid:
            nothing = align(unsaid, spoken_ms=0, whole_ms=0)
            yield Spoken(PcmChunk(b"", rate_hz), nothing, nothing)

    async def _say(self, text: str, said: str, pitch: float, speed: float, rate_hz: int) -> Spoken:
        # Played faster by `pitch` it sounds higher; spoken slower by as much, it lasts as long as before.
        heard = [chunk async for chunk in self._utterance(said, speed / pitch)]
        sound = await asyncio.to_thread(_replayed, heard, pitch, rate_hz)
        spoken_ms, whole_ms = _voiced_ms(sound), sound.duration_ms
        return Spoken(
            sound,
            align(text, spoken_ms=spoken_ms, whole_ms=whole_ms),
            align(said, spoken_ms=spoken_ms, whole_ms=whole_ms),
        )

    async def _utterance(self, text: str, pace: float) -> AsyncGenerator[PcmChunk, None]:
        async with contextlib.aclosing(sound_of(self._synthesizer, text, SpeechStyle({"pace": pace}))) as chunks:
            async for chunk in chunks:
                yield chunk


def _replayed(heard: list[PcmChunk], pitch: float, rate_hz: int) -> PcmChunk:
    """The chunks, played `pitch` times as fast, at another rate."""
    made = bytearray()
    resampler: Resampler | None = None
    from_hz = 0
    for chunk in heard:
        if chunk.rate_hz != from_hz:
            made += resampler.flush() if resampler else b""
            from_hz = chunk.rate_hz
            resampler = Resampler(round(from_hz * pitch), rate_hz)
        assert resampler is not None
        made += resampler.feed(chunk.samples)
    made += resampler.flush() if resampler else b""
    return PcmChunk(bytes(made), rate_hz)


def _voiced_ms(sound: PcmChunk) -> float:
    """Until where somebody speaks; after that it is silent."""
    import numpy

    loud = numpy.flatnonzero(numpy.abs(numpy.frombuffer(sound.samples, dtype="<i2").astype(numpy.int32)) > QUIETEST)
    return float(loud[-1] + 1) / sound.rate_hz * 1_000 if loud.size else sound.duration_ms


@dataclass(frozen=True)
class Frame:
    """A piece of a clause's sound, from where a character begins, with the times of its own characters."""

    pcm: bytes
    alignment: Alignment
    normalized: Alignment


def frames(spoken: Spoken, frame_ms: float) -> list[Frame]:
    """A clause's sound in pieces of about that length; they join to the whole."""
    bounds_ms, pcm = spoken.alignment.bounds_ms, spoken.sound.samples
    pieces = []
    start = 0
    while start < len(bounds_ms) - 1:
        end = start + 1
        while end < len(bounds_ms) - 1 and bounds_ms[end] - bounds_ms[start] < frame_ms:
            end += 1
        last_byte = len(pcm) if end == len(bounds_ms) - 1 else _byte(bounds_ms[end], spoken.sound)
        pieces.append(
            Frame(
                pcm[_byte(bounds_ms[start], spoken.sound) : last_byte],
                spoken.alignment.slice(start, end),
                spoken.normalized.between(bounds_ms[start], bounds_ms[end]),
            )
        )
        start = end
    return pieces


def _byte(at_ms: float, sound: PcmChunk) -> int:
    return round(at_ms * sound.rate_hz / 1_000) * SAMPLE_BYTES
