"""Which voice speaks when others cannot."""

import logging

import pytest

from rapport.errors import VoiceUnavailable
from tests.fakes.rung import ScriptedRung
from voice_server.ladder import Ladder


async def test_the_highest_rung_speaks() -> None:
    """While the first voice works, the others are not asked."""
    first, second = ScriptedRung(), ScriptedRung()

    _, rung = await Ladder([first, second]).say("Hello.", pace=0.8, urgent=True)

    assert rung == 0
    assert first.said == [("Hello.", 0.8, True)]
    assert second.said == []


async def test_the_next_rung_takes_over() -> None:
    """A clause that one voice cannot speak is spoken by the next."""
    ladder = Ladder([ScriptedRung(works=False), ScriptedRung()])

    speech, rung = await ladder.say("Hello.", pace=1.0, urgent=True)

    assert rung == 1
    assert speech.samples


async def test_an_utterance_does_not_climb_back() -> None:
    """From the rung it has come to, only lower ones are tried."""
    first, second = ScriptedRung(), ScriptedRung()

    _, rung = await Ladder([first, second]).say("Hello.", pace=1.0, urgent=False, from_rung=1)

    assert rung == 1
    assert first.said == []


async def test_without_a_voice_it_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Where no voice speaks, the error tells what to do, and no log tells what was to be said."""
    caplog.set_level(logging.DEBUG)

    with pytest.raises(VoiceUnavailable, match="espeak-ng"):
        await Ladder([ScriptedRung(works=False)]).say("a secret", pace=1.0, urgent=True)

    assert "secret" not in caplog.text


async def test_rungs_start_and_stop_together() -> None:
    """Every voice is started, and every one stopped."""
    rungs = [ScriptedRung(), ScriptedRung()]
    ladder = Ladder(rungs)

    await ladder.start()
    assert all(rung.running for rung in rungs)
    await ladder.stop()
    assert not any(rung.running for rung in rungs)
