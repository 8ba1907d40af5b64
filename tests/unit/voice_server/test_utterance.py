"""Text that arrives in pieces, and the sound that comes out clause by clause."""

import contextlib
import logging
from collections.abc import AsyncGenerator

import pytest

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from rapport.speech.spoken_text import SpokenText
from rapport.speech.synthesizer import ClauseEnd, Sound
from tests.fakes.rung import ScriptedRung
from voice_server.ladder import Ladder
from voice_server.utterance import Speech, Utterance

SPOKEN_TEXT = SpokenText()


def _utterance(*rungs: ScriptedRung, pace: float = 1.0) -> Utterance:
    return Utterance(Speech(Ladder(rungs), SPOKEN_TEXT), {"pace": pace})


async def _sound(utterance: Utterance) -> AsyncGenerator[PcmChunk, None]:
    async with contextlib.aclosing(utterance.spoken()) as pieces:
        async for piece in pieces:
            if isinstance(piece, Sound):
                yield piece.pcm


async def _sounds(utterance: Utterance) -> list[PcmChunk]:
    return [chunk async for chunk in _sound(utterance)]


async def test_clauses_are_spoken_one_by_one() -> None:
    """Text is cut and written out; only the first clause is urgent."""
    rung = ScriptedRung()
    utterance = _utterance(rung, pace=0.8)
    utterance.add("Sure, it's 14:30 in Tok")
    utterance.add("yo, and 9:05 in Berlin.")
    utterance.finish()

    chunks = await _sounds(utterance)

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

    async with contextlib.aclosing(_sound(utterance)) as sound:
        assert (await anext(sound)).samples


async def test_what_cannot_be_said_is_left_out() -> None:
    """Marks and pictures are not sent to a voice."""
    rung = ScriptedRung()
    utterance = _utterance(rung)
    utterance.add("🙂 …\nHello.\n—")
    utterance.finish()

    assert len(await _sounds(utterance)) == 1
    assert [text for text, _, _ in rung.said] == ["Hello."]


async def test_the_voice_changes_at_most_once() -> None:
    """A voice that failed in an utterance is not asked again in it, though it may work by then."""
    first, second = ScriptedRung(works=False), ScriptedRung()
    utterance = _utterance(first, second)
    utterance.add("One thing. Another thing. A third thing.")
    utterance.finish()

    async with contextlib.aclosing(_sound(utterance)) as sound:
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

    async with contextlib.aclosing(_sound(utterance)) as sound:
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

    assert await _sounds(utterance)
    assert rung.said[0][1] == spoken


async def test_the_log_does_not_quote(caplog: pytest.LogCaptureFixture) -> None:
    """Logs tell times and voices, never the text."""
    caplog.set_level(logging.DEBUG)
    utterance = _utterance(ScriptedRung(works=False), ScriptedRung())
    utterance.add("a secret")
    utterance.finish()

    assert await _sounds(utterance)
    assert "first audio after" in caplog.text
    assert "secret" not in caplog.text


async def test_each_clause_ends_with_its_words_times() -> None:
    """In order, within the clause's speech, as they are shown and not as they are spoken."""
    rung = ScriptedRung()
    utterance = _utterance(rung)
    for clause in ("It's 14:30 in Tokyo,", "…", "I think."):
        utterance.add_clause(clause)
    utterance.finish()

    pieces = [piece async for piece in utterance.spoken()]

    ends = [piece for piece in pieces if isinstance(piece, ClauseEnd)]
    assert [[word.text for word in end.words] for end in ends] == [
        ["It's", "14:30", "in", "Tokyo,"],
        [],
        ["I", "think."],
    ]
    assert isinstance(pieces[0], Sound)
    for end, sound in zip((ends[0], ends[2]), [piece for piece in pieces if isinstance(piece, Sound)], strict=True):
        times = [ms for word in end.words for ms in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert times[0] == 0
        assert times[-1] < sound.pcm.duration_ms  # a pause follows
    assert not any(end.stand_in for end in ends)


async def test_a_clause_is_spoken_while_the_next_is_not_known() -> None:
    """And its end is told once the next one is heard, or there is none."""
    utterance = _utterance(ScriptedRung())
    utterance.add_clause("Let me see.")

    async with contextlib.aclosing(utterance.spoken()) as pieces:
        assert isinstance(await anext(pieces), Sound)
        utterance.add_clause("Here it is.")
        assert isinstance(await anext(pieces), ClauseEnd)
        assert isinstance(await anext(pieces), Sound)
        utterance.finish()
        assert isinstance(await anext(pieces), ClauseEnd)
        assert await anext(pieces, None) is None
