"""From text to speech, with a scripted voice."""

from collections.abc import Callable

import numpy
import pytest

from emulator.dictionaries import Rule, pronounced_by
from emulator.speaking import DEEPEST, HIGHEST, Speaker, Spoken, timbre
from rapport.errors import VoiceUnavailable
from tests.fakes.synthesizer import TONE_HZ, ScriptedSynthesizer


def _as_written(text: str) -> str:
    return text


async def _spoken(
    text: str,
    *,
    voice_id: str = "a",
    speed: float = 1.0,
    rate_hz: int = 16_000,
    pronounced: Callable[[str], str] = _as_written,
    voice: ScriptedSynthesizer | None = None,
) -> list[Spoken]:
    speaker = Speaker(voice or ScriptedSynthesizer())
    return [
        clause
        async for clause in speaker.speak(text, voice_id=voice_id, speed=speed, rate_hz=rate_hz, pronounced=pronounced)
    ]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
async def test_speech_is_as_long_as_its_times_at_every_rate(rate_hz: int) -> None:
    """To a millisecond, in whole samples."""
    for clause in await _spoken("Good morning, how are you today? Fine.", rate_hz=rate_hz):
        assert len(clause.sound.samples) % 2 == 0
        assert clause.sound.rate_hz == rate_hz
        assert clause.alignment.duration_ms == pytest.approx(clause.sound.duration_ms, abs=1)


async def test_clauses_join_to_the_text() -> None:
    """Marks that nobody says included."""
    text = "Yes. ... No, never! ***"

    assert "".join(clause.alignment.chars for clause in await _spoken(text)) == text


async def test_what_cannot_be_said_gives_no_sound() -> None:
    """But its characters."""
    [clause] = await _spoken("... !")

    assert clause.sound.samples == b""
    assert clause.alignment.chars == "... !"


def test_a_voice_keeps_its_timbre_and_voices_differ() -> None:
    """By id, within bounds."""
    pitches = [timbre(f"voice {number}") for number in range(200)]

    assert pitches == [timbre(f"voice {number}") for number in range(200)]
    assert len(set(pitches)) == 200
    assert DEEPEST <= min(pitches) < 0.9
    assert 1.1 < max(pitches) <= HIGHEST


async def test_the_timbre_changes_the_pitch_and_not_the_length() -> None:
    """The scripted tone is heard higher or deeper by the voice's factor."""
    lengths = []
    for voice_id in ("one", "two", "three"):
        [clause] = await _spoken("Hello everybody", voice_id=voice_id)
        samples = numpy.frombuffer(clause.sound.samples, dtype="<i2")
        spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples)), 1 << 17))
        heard_hz = spectrum.argmax() * clause.sound.rate_hz / (1 << 17)
        assert heard_hz == pytest.approx(TONE_HZ * timbre(voice_id), rel=0.01)
        lengths.append(clause.sound.duration_ms)
    assert max(lengths) - min(lengths) < 5


async def test_speed_shortens_the_speech() -> None:
    """By its factor."""
    [usual], [quick] = await _spoken("Hello everybody"), await _spoken("Hello everybody", speed=1.2)

    assert usual.sound.duration_ms / quick.sound.duration_ms == pytest.approx(1.2, rel=0.01)


async def test_what_is_said_may_differ_from_what_is_written() -> None:
    """An alias is spoken; the alignment is of what was written, the normalized one of what was said."""
    voice = ScriptedSynthesizer()
    rules = [Rule(type="alias", string_to_replace="Siobhan", alias="shivawn")]

    [clause] = await _spoken("Call Siobhan", pronounced=pronounced_by(rules), voice=voice)

    assert [text for text, _ in voice.said] == ["Call shivawn"]
    assert clause.alignment.chars == "Call Siobhan"
    assert clause.normalized.chars == "Call shivawn"


async def test_a_voice_that_fails_is_told() -> None:
    """Not hidden as silence."""
    with pytest.raises(VoiceUnavailable):
        await _spoken("Hello", voice=ScriptedSynthesizer(fails_midway=1))
