"""Providers' voices at one level, and without silence before their first word."""

import contextlib
from collections.abc import AsyncGenerator, Iterable

import numpy as np
import pytest

from rapport.speech.audio import PcmChunk
from voice_server import levels as levels_module
from voice_server.levels import ENOUGH_MS, Levels
from voice_server.script import Spoken
from voice_server.shaping import HIGHEST_PEAK, LEAD_MS, LEVEL_RMS

RATE_HZ = 22_050


def tone(ms: float, rms: float) -> bytes:
    steps = np.arange(round(ms * RATE_HZ / 1_000))
    return (np.sin(steps * 2 * np.pi * 220 / RATE_HZ) * rms * 2**0.5).astype("<i2").tobytes()


def silence(ms: float) -> bytes:
    return bytes(2 * round(ms * RATE_HZ / 1_000))


def pieces(sounds: Iterable[bytes]) -> AsyncGenerator[Spoken, None]:
    async def give() -> AsyncGenerator[Spoken, None]:
        for place, sound in enumerate(sounds, 1):
            yield Spoken(PcmChunk(sound, RATE_HZ), place)

    return give()


async def heard(levels: Levels, *sounds: bytes, voice: str = "a") -> list[Spoken]:
    async with contextlib.aclosing(levels.even(voice, pieces(sounds))) as evened:
        return [each async for each in evened]


def rms(spoken: list[Spoken]) -> float:
    samples = np.frombuffer(b"".join(each.sound.samples for each in spoken), "<i2").astype(float)
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("loudness", [900, 2_600, 7_000])
async def test_from_the_second_utterance_on_a_voice_is_at_the_common_level(loudness: float) -> None:
    """The first is left as it is: nothing is known of the voice yet."""
    levels = Levels()
    sounds = [tone(100, loudness)] * 8

    assert rms(await heard(levels, *sounds)) == pytest.approx(loudness, rel=0.02)
    assert rms(await heard(levels, *sounds)) == pytest.approx(LEVEL_RMS, rel=0.03)
    assert rms(await heard(levels, *sounds, voice="b")) == pytest.approx(loudness, rel=0.02)


async def test_nothing_changes_within_an_utterance() -> None:
    """A loud word after soft ones stays as much louder as it was spoken."""
    levels = Levels()
    await heard(levels, tone(1_000, 1_300))

    spoken = await heard(levels, *[tone(100, 650)] * 5, *[tone(100, 2_600)] * 5)

    assert rms(spoken[5:]) / rms(spoken[:5]) == pytest.approx(4, rel=0.05)


async def test_peaks_are_not_driven_into_clipping() -> None:
    levels = Levels()
    bursts = [tone(200, 300) + tone(10, 20_000)] * 4
    await heard(levels, *bursts)
    loudest = max(
        np.abs(np.frombuffer(each.sound.samples, "<i2").astype(int)).max() for each in await heard(levels, *bursts)
    )
    assert loudest <= HIGHEST_PEAK * 1.02


async def test_too_little_speech_tells_nothing() -> None:
    levels = Levels()
    await heard(levels, tone(ENOUGH_MS - 50, 900))
    assert rms(await heard(levels, tone(500, 900))) == pytest.approx(900, rel=0.02)


@pytest.mark.parametrize("cut", [1, 2, 5])
async def test_silence_before_the_first_word_is_cut(cut: int) -> None:
    """All but the soft onset, however the sound comes in pieces; each piece says as far as it goes."""
    sound = silence(120) + tone(300, 2_000) + silence(150) + tone(300, 2_000)
    size = len(sound) // cut // 2 * 2
    spoken = await heard(Levels(), *(sound[at : at + size] for at in range(0, len(sound), size)))

    assert sum(each.sound.duration_ms for each in spoken) == pytest.approx(750 + LEAD_MS, abs=6)
    assert [each.to for each in spoken] == list(range(1, len(spoken) + 1))


async def test_a_long_silence_is_cut_only_in_part() -> None:
    """Whoever waits that long for a word hears it as a pause that was meant."""
    spoken = await heard(Levels(), *[silence(100)] * 8, tone(300, 2_000))
    assert sum(each.sound.duration_ms for each in spoken) == pytest.approx(700, abs=120)


async def test_an_utterance_that_is_left_lets_go_of_the_voice() -> None:
    closed = []

    async def endless() -> AsyncGenerator[Spoken, None]:
        try:
            while True:
                yield Spoken(PcmChunk(tone(100, 2_000), RATE_HZ), 1)
        finally:
            closed.append(True)

    async with contextlib.aclosing(Levels().even("a", endless())) as evened:
        await anext(evened)

    assert closed == [True]


async def test_voices_are_known_for_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels_module, "MOST_VOICES", 2)
    levels = Levels()
    for voice in "abc":
        await heard(levels, tone(1_000, 900), voice=voice)
    assert rms(await heard(levels, tone(500, 900), voice="a")) == pytest.approx(900, rel=0.02)
    assert rms(await heard(levels, tone(500, 900), voice="c")) == pytest.approx(LEVEL_RMS, rel=0.03)
