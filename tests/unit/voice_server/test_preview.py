"""How a voice would sound, before anything is changed."""

import base64

import pytest

from rapport.errors import VoiceUnavailable
from rapport.speech.grant import NOBODY, Grant
from rapport.speech.spoken_text import SpokenText
from rapport.speech.voice_profile import VoiceProfile
from tests.fakes.rung import ScriptedRung
from tests.fakes.streaming_rung import RATE_HZ, ScriptedStream
from voice_server.ladder import Ladder
from voice_server.preview import SENTENCE, Preview
from voice_server.utterance import Speech


async def _heard(ladder: Ladder, grant: Grant) -> tuple[bytes, int]:
    spoken_text = SpokenText()
    try:
        answer = await Preview(Speech(ladder, spoken_text)).speak({"grant": grant.as_json()}, b"")
    finally:
        spoken_text.close()
    return base64.b64decode(answer["pcm"]), answer["rate_hz"]


async def test_a_sentence_is_spoken_as_it_is_tried() -> None:
    """At the pace that was asked for, by the voice that may speak."""
    local, provider = ScriptedRung(), ScriptedStream()
    pcm, rate_hz = await _heard(Ladder([local], [provider]), Grant(profile=VoiceProfile(pace=0.5)))

    assert rate_hz == 16_000
    assert len(pcm) > 2 * rate_hz
    assert {pace for _, pace, _ in local.said} == {0.5}
    assert provider.asked == 0
    assert " ".join(text for text, _, _ in local.said).split() == SENTENCE.split()

    _, rate_hz = await _heard(Ladder([local], [provider]), Grant(cloud=True))
    assert (rate_hz, provider.asked) == (RATE_HZ, 1)


async def test_a_voice_that_breaks_off_is_heard_at_one_rate() -> None:
    """What took over is resampled: as long as it was."""
    alone, _ = await _heard(Ladder([ScriptedRung(rate_hz=16_000)], []), NOBODY)
    both, rate_hz = await _heard(
        Ladder([ScriptedRung(rate_hz=16_000)], [ScriptedStream(fails_after=4)]), Grant(cloud=True)
    )
    assert rate_hz == RATE_HZ
    assert len(both) / RATE_HZ == pytest.approx(len(alone) / 16_000, rel=0.4)


async def test_without_a_voice_it_says_so() -> None:
    with pytest.raises(VoiceUnavailable):
        await _heard(Ladder([ScriptedRung(works=False)]), NOBODY)
