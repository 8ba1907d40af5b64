"""What was spoken before is played again: to whom, in which voice, and between which voices."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from rapport.speech.grant import Grant
from tests.fakes.rung import ScriptedRung
from tests.fakes.streaming_rung import ScriptedStream
from tests.unit.voice_server.scripts import AGREED
from voice_server.breaker import Kind
from voice_server.cache import ClipCache
from voice_server.clips import ClipStore
from voice_server.ladder import CLIP, Heard, Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.pregenerated import Pregenerated
from voice_server.script import Clause, Script

ANN = Grant(owner="o_" + "a" * 24, cloud=True, clip_key=b"a" * 32)
FIXED, TOLD = Clause("Good morning.", fixed=True), Clause("Your sister lives in Oslo.")
ENDING = Clause("Anything else?", fixed=True)


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[ClipCache]:
    made = ClipCache(ClipStore(tmp_path / "clips"), Pregenerated(tmp_path / "phrases"))
    yield made
    made.close()


def _script(*clauses: Clause) -> Script:
    following = iter(clauses)

    async def next_clause() -> Clause | None:
        return next(following, None)

    return Script(next_clause)


async def _spoken(ladder: Ladder, manner: Manner, *clauses: Clause) -> list[Heard]:
    async with contextlib.aclosing(ladder.speak(_script(*clauses), manner)) as heard:
        return [each async for each in heard]


def _voices(heard: list[Heard]) -> list[str]:
    """Whose sound came, without repeats."""
    return [each.voice for at, each in enumerate(heard) if at == 0 or heard[at - 1].voice != each.voice]


def _sound(heard: list[Heard]) -> bytes:
    return b"".join(each.sound.samples for each in heard)


async def test_a_reply_is_asked_for_once(cache: ClipCache) -> None:
    """The second time nobody is asked, and it sounds the same."""
    provider = ScriptedStream()
    ladder = Ladder([ScriptedRung()], [provider], cache)

    first = await _spoken(ladder, Manner(grant=ANN), FIXED, TOLD)
    again = await _spoken(ladder, Manner(grant=ANN), FIXED, TOLD)

    assert provider.asked == 1
    assert _voices(again) == [CLIP]
    assert _sound(again) == _sound(first)
    assert again[-1].to == first[-1].to


async def test_what_is_said_to_one_is_not_played_to_another(cache: ClipCache) -> None:
    """Each has a key of their own; only the fixed wordings are everybody's."""
    provider = ScriptedStream()
    ladder = Ladder([ScriptedRung()], [provider], cache)
    await _spoken(ladder, Manner(grant=ANN), FIXED, TOLD)

    other = replace(ANN, owner="o_" + "b" * 24, clip_key=b"b" * 32)
    heard = await _spoken(ladder, Manner(grant=other), FIXED, TOLD)

    assert _voices(heard) == [CLIP, "stream"]
    assert provider.said[-5:] == TOLD.text.split()


async def test_without_a_key_nothing_personal_is_kept(cache: ClipCache, tmp_path: Path) -> None:
    """Who did not agree to be remembered is not: every time anew."""
    provider = ScriptedStream()
    ladder = Ladder([ScriptedRung()], [provider], cache)

    for _ in range(2):
        await _spoken(ladder, AGREED, TOLD)

    assert provider.asked == 2
    assert not list((tmp_path / "clips").glob("o_*"))


async def test_clips_and_voices_take_turns(cache: ClipCache) -> None:
    """A cached clause in the middle is played, and what is round it is asked for: each word once."""
    provider = ScriptedStream()
    ladder = Ladder([ScriptedRung()], [provider], cache)
    await _spoken(ladder, AGREED, FIXED)
    provider.said.clear()

    heard = await _spoken(ladder, AGREED, TOLD, FIXED, ENDING)

    assert _voices(heard) == ["stream", CLIP, "stream"]
    assert provider.said == [*TOLD.text.split(), *ENDING.text.split()]
    assert heard[-1].to == len(f"{TOLD.text} {FIXED.text} {ENDING.text} ")


async def test_a_voice_that_fails_is_not_kept_in_part(cache: ClipCache) -> None:
    """Nor under another voice's name: what the stand-in said is the stand-in's."""
    provider = ScriptedStream(fails_after=2, kind=Kind.SERVER)
    local = ScriptedRung("local")
    ladder = Ladder([local], [provider], cache)
    await _spoken(ladder, Manner(grant=ANN), TOLD, ENDING)
    assert [text for text, _, _ in local.said] == ["lives in Oslo.", ENDING.text]

    provider.fails_after = None
    heard = await _spoken(ladder, Manner(grant=ANN), TOLD, ENDING)

    assert _voices(heard) == ["stream"]


async def test_who_did_not_agree_hears_the_local_voice_s_clips(cache: ClipCache) -> None:
    """Though the provider's voice has spoken the same."""
    provider, local = ScriptedStream(), ScriptedRung("local")
    ladder = Ladder([local], [provider], cache)
    await _spoken(ladder, AGREED, FIXED)

    first = await _spoken(ladder, NEUTRAL, FIXED)
    again = await _spoken(ladder, NEUTRAL, FIXED)

    assert _voices(first) == ["local"]
    assert _voices(again) == [CLIP]
    assert len(local.said) == 1


async def test_another_pace_is_another_clip(cache: ClipCache) -> None:
    local = ScriptedRung("local")
    ladder = Ladder([local], [], cache)
    await _spoken(ladder, NEUTRAL, FIXED)
    await _spoken(ladder, Manner.of({"pace": 0.8}), FIXED)
    assert len(local.said) == 2


async def test_whoever_leaves_during_a_clip_leaves_nothing_behind(cache: ClipCache) -> None:
    provider = ScriptedStream()
    ladder = Ladder([ScriptedRung()], [provider], cache)
    await _spoken(ladder, AGREED, FIXED)

    async with contextlib.aclosing(ladder.speak(_script(FIXED, TOLD), AGREED)) as heard:
        assert (await anext(heard)).voice == CLIP

    assert provider.asked == 1
    assert _voices(await _spoken(ladder, AGREED, FIXED)) == [CLIP]


async def test_a_phrase_that_was_spoken_ahead_of_time_is_played(tmp_path: Path) -> None:
    """From its file, as long as that is what its name says."""
    phrases = Pregenerated(tmp_path / "phrases")
    sound = (await _spoken(Ladder([ScriptedRung()]), NEUTRAL, FIXED))[0].sound
    phrase = phrases.keep(FIXED.text, "scripted", NEUTRAL.settings, sound, 0)
    phrases.save()
    cache = ClipCache(ClipStore(tmp_path / "clips"), Pregenerated.at(tmp_path / "phrases"))
    rung = ScriptedRung()
    ladder = Ladder([rung], [], cache)

    assert _sound(await _spoken(ladder, NEUTRAL, FIXED)) == sound.samples
    assert not rung.said

    (tmp_path / "phrases" / phrase.file).write_bytes(b"RIFF, but not that")
    assert _voices(await _spoken(ladder, NEUTRAL, FIXED)) == ["scripted"]
    cache.close()
