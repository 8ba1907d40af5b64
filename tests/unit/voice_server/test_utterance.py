"""Text that arrives in pieces, and the sound that comes out clause by clause."""

import contextlib
import logging

import pytest

from rapport.errors import VoiceUnavailable
from tests.fakes.rung import ScriptedRung
from voice_server.ladder import Ladder
from voice_server.spoken_text import SpokenText
from voice_server.utterance import Speech, Utterance

SPOKEN_TEXT = SpokenText()


def _utterance(*rungs: ScriptedRung, pace: float = 1.0) -> Utterance:
    return Utterance(Speech(Ladder(rungs), SPOKEN_TEXT), {"pace": pace})


async def test_clauses_are_spoken_one_by_one() -> None:
    """Text is cut and written out; only the first clause is urgent."""
    rung = ScriptedRung()
    utterance = _utterance(rung, pace=0.8)
    utterance.add("Sure, it's 14:30 in Tok")
    utterance.add("yo, and 9:05 in Berlin.")
    utterance.finish()

    chunks = [chunk async for chunk in utterance.sound()]

    assert rung.said == [
        ("Sure,", 0.8, True),
        ("it's fourteen thirty in Tokyo,", 0.8, False),
        ("and nine o five in Berlin.", 0.8, False),
    ]
    assert len(chunks) == 3


async def test_the_first_clause_does_not_wait_for_the_text() -> None:
    """Sound comes as soon as a clause is certain, before `finish`."""
    utterance = _utterance(ScriptedRung())
    utterance.add("Sure, I'll speak slower from now on, I promise, ")

    async with contextlib.aclosing(utterance.sound()) as sound:
        assert (await anext(sound)).samples


async def test_what_cannot_be_said_is_left_out() -> None:
    """Marks and pictures are not sent to a voice."""
    rung = ScriptedRung()
    utterance = _utterance(rung)
    utterance.add("🙂 …\nHello.\n—")
    utterance.finish()

    assert len([chunk async for chunk in utterance.sound()]) == 1
    assert [text for text, _, _ in rung.said] == ["Hello."]


async def test_the_voice_changes_at_most_once() -> None:
    """A voice that failed in an utterance is not asked again in it, though it may work by then."""
    first, second = ScriptedRung(works=False), ScriptedRung()
    utterance = _utterance(first, second)
    utterance.add("One thing. Another thing. A third thing.")
    utterance.finish()

    async with contextlib.aclosing(utterance.sound()) as sound:
        await anext(sound)
        first.works = True
        rest = [chunk async for chunk in sound]

    assert len(first.said) == 1
    assert len(second.said) == 3
    assert len(rest) == 2


async def test_a_clause_that_nobody_can_speak_ends_it() -> None:
    """What was made before it was given."""
    rung = ScriptedRung()
    utterance = _utterance(rung)
    utterance.add("One thing. Another thing.")
    utterance.finish()

    async with contextlib.aclosing(utterance.sound()) as sound:
        assert (await anext(sound)).samples
        rung.works = False
        with pytest.raises(VoiceUnavailable):
            await anext(sound)


@pytest.mark.parametrize(("asked", "spoken"), [(0.01, 0.5), (1.2, 1.2), (9.0, 2.0)])
async def test_the_pace_is_kept_within_bounds(asked: float, spoken: float) -> None:
    """Nobody is spoken to at a pace that cannot be understood."""
    rung = ScriptedRung()
    utterance = _utterance(rung, pace=asked)
    utterance.add("Hello.")
    utterance.finish()

    assert [chunk async for chunk in utterance.sound()]
    assert rung.said[0][1] == spoken


async def test_the_log_does_not_quote(caplog: pytest.LogCaptureFixture) -> None:
    """Logs tell times and voices, never the text."""
    caplog.set_level(logging.DEBUG)
    utterance = _utterance(ScriptedRung(works=False), ScriptedRung())
    utterance.add("a secret")
    utterance.finish()

    assert [chunk async for chunk in utterance.sound()]
    assert "first audio after" in caplog.text
    assert "secret" not in caplog.text
