"""Which voice speaks when others cannot, and from which word on."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import replace

import async_timeout
import pytest

from rapport.errors import VoiceUnavailable
from tests.fakes.rung import ScriptedRung
from tests.fakes.streaming_rung import ScriptedStream
from tests.unit.voice_server.scripts import AGREED, script_of
from voice_server import breaker
from voice_server import ladder as ladder_module
from voice_server.breaker import FAILURES, Kind
from voice_server.catalogue import ESPEAK, Preset
from voice_server.first_audio import LEAST
from voice_server.ladder import Heard, Ladder
from voice_server.manner import NEUTRAL, Manner
from voice_server.script import Clause, Line, Spoken

LINES = ("Good morning to you.", "It is ten past nine.")
WORDS = " ".join(LINES).split()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is late because the machine is busy."""
    monkeypatch.setattr(ladder_module, "BUDGET_S", 60.0)


async def _spoken(ladder: Ladder, *lines: str, manner: Manner = AGREED) -> list[Heard]:
    async with contextlib.aclosing(ladder.speak(script_of(*(lines or LINES)), manner)) as heard:
        return [each async for each in heard]


def _words(rung: ScriptedRung) -> list[str]:
    return " ".join(text for text, _, _ in rung.said).split()


async def test_the_highest_rung_speaks() -> None:
    """While the first voice works, the others are not asked."""
    first, second = ScriptedRung("first"), ScriptedRung()

    heard = await _spoken(Ladder([first, second]))

    assert {each.voice for each in heard} == {"first"}
    assert _words(first) == WORDS
    assert second.said == []


async def test_the_next_rung_takes_over() -> None:
    """A clause that one voice cannot speak is spoken by the next."""
    second = ScriptedRung("second")

    heard = await _spoken(Ladder([ScriptedRung(works=False), second]))

    assert {each.voice for each in heard} == {"second"}
    assert _words(second) == WORDS


async def test_without_a_voice_it_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """Where no voice speaks, the error tells what to do, and no log tells what was to be said."""
    caplog.set_level(logging.DEBUG)

    with pytest.raises(VoiceUnavailable, match="espeak-ng"):
        await _spoken(Ladder([ScriptedRung(works=False)], [ScriptedStream(fails_after=0)]), "a secret")

    assert "secret" not in caplog.text


async def test_rungs_start_and_stop_together() -> None:
    """Every voice is started, and every one stopped."""
    rungs = [ScriptedRung(), ScriptedRung()]
    ladder = Ladder(rungs)

    await ladder.start()
    assert all(rung.running for rung in rungs)
    await ladder.stop()
    assert not any(rung.running for rung in rungs)


@pytest.mark.parametrize("first_fails", range(len(WORDS)))
@pytest.mark.parametrize("second_fails", [0, 1, 5, None])
async def test_every_word_is_spoken_once(first_fails: int, second_fails: int | None) -> None:
    """Wherever one provider fails, and wherever the next does after it, no word is lost and none said twice."""
    first, second = ScriptedStream(fails_after=first_fails), ScriptedStream(fails_after=second_fails)
    local = ScriptedRung()

    await _spoken(Ladder([local], [first, second]))

    assert first.said + second.said + _words(local) == WORDS


async def test_a_late_provider_is_stood_in_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the budget a local voice starts, its sound is heard, and the provider's work is given up."""
    monkeypatch.setattr(ladder_module, "BUDGET_S", 0.1)
    provider, local = ScriptedStream(), ScriptedRung()
    provider.gate.clear()

    await _spoken(Ladder([local], [provider]))

    assert (provider.said, provider.given_up) == ([], 1)
    assert _words(local) == WORDS


async def test_a_provider_that_is_late_but_first_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the local voice is not there yet either, whoever begins first speaks, alone."""
    monkeypatch.setattr(ladder_module, "BUDGET_S", 0.1)
    provider, local = ScriptedStream(), ScriptedRung()
    provider.gate.clear()
    local.gate.clear()
    ladder = Ladder([local], [provider])

    speaking = asyncio.create_task(_spoken(ladder))
    while not local.said:
        await asyncio.sleep(0.01)
    provider.gate.set()
    heard = await speaking

    assert {each.voice for each in heard} == {"stream"}
    assert provider.said == WORDS
    assert local.given_up == 1


async def test_nobody_is_late_for_text_that_has_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget runs from when there is something to say."""
    monkeypatch.setattr(ladder_module, "BUDGET_S", 0.5)
    come = asyncio.Event()
    lines = [Clause("Hello there."), None]

    async def next_line() -> Clause | None:
        await come.wait()
        return lines.pop(0)

    provider, local = ScriptedStream(), ScriptedRung()
    ladder = Ladder([local], [provider])
    asyncio.get_running_loop().call_later(0.8, come.set)

    async with contextlib.aclosing(ladder.speak(ladder_module.Script(next_line), AGREED)) as heard:
        assert {each.voice async for each in heard} == {"stream"}
    assert local.said == []


async def test_a_provider_that_fails_is_left_alone() -> None:
    """After some failures in a row it is not asked any more; the local voice speaks at once."""
    provider, local = ScriptedStream(fails_after=0), ScriptedRung()
    ladder = Ladder([local], [provider])

    for _ in range(FAILURES + 2):
        await _spoken(ladder)

    assert provider.asked == FAILURES


async def test_what_somebody_must_mend_is_not_tried_again() -> None:
    """A key that is refused is enough once."""
    provider = ScriptedStream(fails_after=0, kind=Kind.AUTH)
    ladder = Ladder([ScriptedRung()], [provider])

    await _spoken(ladder)
    await _spoken(ladder)

    assert provider.asked == 1


@pytest.mark.parametrize("wrong", ["begins", "ends"])
async def test_a_probe_that_goes_wrong_is_followed_by_another(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a way that no voice should: else the provider was left alone until we are started again."""
    monkeypatch.setattr(breaker, "SHORTEST_REST_S", 0.0)
    provider = _Astray(fails_after=0)
    ladder = Ladder([ScriptedRung()], [provider])
    for _ in range(FAILURES):
        await _spoken(ladder)
    provider.fails_after, provider.wrong = None, wrong

    with pytest.raises(KeyError):
        async with contextlib.aclosing(ladder.speak(script_of(*LINES), AGREED)) as heard:
            await anext(heard)

    provider.wrong = ""
    assert {each.voice for each in await _spoken(ladder)} == {"stream"}


async def test_a_listener_who_leaves_ends_the_work() -> None:
    """Closing an utterance gives it up at the voice that speaks."""
    provider = ScriptedStream()

    async with contextlib.aclosing(Ladder([ScriptedRung()], [provider]).speak(script_of(*LINES), AGREED)) as heard:
        await anext(heard)

    assert provider.given_up == 1
    assert provider.said == WORDS[:1]


@pytest.mark.parametrize("steps", range(6))
async def test_a_listener_whose_leaving_is_noticed_twice_ends_the_work_too(steps: int) -> None:
    """By a write that fails, and in the middle of what follows from that by a cancellation."""
    provider = ScriptedStream()
    utterance = Ladder([ScriptedRung()], [provider]).speak(script_of(*LINES), AGREED)
    await anext(utterance)

    leaving = asyncio.ensure_future(utterance.aclose())
    for _ in range(steps):
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait({leaving})
    async with async_timeout.timeout(5):
        while not provider.given_up:
            await asyncio.sleep(0.01)


async def test_a_text_that_may_not_leave_the_machine_is_not_shown_to_a_provider() -> None:
    provider, local = ScriptedStream(), ScriptedRung()
    ladder = Ladder([local], [provider])

    async with contextlib.aclosing(ladder.speak(script_of(*LINES), NEUTRAL)) as heard:
        voices = {each.voice async for each in heard}

    assert voices == {local.name}
    assert provider.asked == 0


async def test_a_local_voice_that_was_chosen_comes_first() -> None:
    """Also before a provider's, whose person agreed to it; where it fails, the other local voice speaks."""
    usual, chosen, provider = ScriptedRung("usual"), ScriptedRung(ESPEAK), ScriptedStream()
    manner = replace(AGREED, preset=Preset("duncan", ESPEAK, "en-gb-scotland", "scottish", "male", "clear"))
    ladder = Ladder([usual, chosen], [provider])

    assert {each.voice for each in await _spoken(ladder, manner=manner)} == {ESPEAK}
    chosen.works = False
    assert {each.voice for each in await _spoken(ladder, manner=manner)} == {"usual"}

    assert provider.asked == 0
    assert {each.voice for each in await _spoken(ladder)} == {"stream"}


async def test_a_voice_that_the_provider_does_not_know_leaves_its_other_voices_alone() -> None:
    """Only that voice is not asked for any more."""
    provider = _Named(kind=Kind.VOICE, fails_after=0)
    ladder = Ladder([ScriptedRung()], [provider])
    nobodys = replace(AGREED, clone="gone")

    assert {each.voice for each in await _spoken(ladder, manner=nobodys)} == {"scripted"}
    assert {each.voice for each in await _spoken(ladder, manner=nobodys)} == {"scripted"}
    provider.fails_after = None

    assert provider.asked == 1
    assert {each.voice for each in await _spoken(ladder)} == {"stream"}


async def test_what_can_wait_is_left_to_the_provider_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A voice that is late for an answer is in time for a story."""
    monkeypatch.setattr(ladder_module, "BUDGET_S", 0.0)
    provider = ScriptedStream()
    provider.gate.clear()
    ladder = Ladder([ScriptedRung()], [provider])
    asyncio.get_running_loop().call_later(0.05, provider.gate.set)

    assert {each.voice for each in await _spoken(ladder, manner=replace(AGREED, can_wait=True))} == {"stream"}

    provider.gate.clear()
    assert {each.voice for each in await _spoken(ladder)} == {"scripted"}


async def test_how_soon_a_provider_begins_is_measured() -> None:
    """By voice; one that was given up as late took at least that long."""
    ladder = Ladder([ScriptedRung()], [ScriptedStream()])

    begun_s = time.monotonic()
    for _ in range(LEAST):
        await _spoken(ladder)
    took_ms = (time.monotonic() - begun_s) * 1_000

    p95_ms = ladder.first_audio.p95_ms("stream")
    assert p95_ms is not None
    assert 0 <= p95_ms < took_ms
    assert ladder.first_audio.p95_ms("scripted") is None


class _Astray(ScriptedStream):
    """Goes wrong, as it `begins` or as it `ends`."""

    wrong = ""

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        if self.wrong == "begins":
            raise KeyError("frame")
        try:
            async for piece in super().speak(lines, manner):
                yield piece
        finally:
            if self.wrong == "ends":
                raise KeyError("frame")


class _Named(ScriptedStream):
    """Speaks each clone by a name of its own."""

    def voice(self, manner: Manner) -> str:
        return manner.clone or self.name
