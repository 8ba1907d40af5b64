"""espeak-ng as the last resort."""

import asyncio
import shutil
from array import array
from pathlib import Path

import pytest

from rapport.errors import VoiceUnavailable
from voice_server import espeak
from voice_server.catalogue import ESPEAK, Preset
from voice_server.espeak import EspeakVoice
from voice_server.manner import NEUTRAL, Manner

installed = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


def _program(folder: Path, script: str) -> EspeakVoice:
    program = folder / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return EspeakVoice(str(program))


@installed
async def test_it_speaks() -> None:
    """A clause becomes sound, slower where asked to."""
    voice = EspeakVoice.installed()
    assert voice is not None

    speech = await voice.say("Hello there.", NEUTRAL, urgent=True)
    slower = await voice.say("Hello there.", Manner.of({"pace": 0.6}), urgent=True)

    assert 300 < speech.duration_ms < 3_000
    assert max(map(abs, array("h", speech.samples))) > 3_000
    assert slower.duration_ms > 1.2 * speech.duration_ms


def test_it_is_no_rung_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the program there is no such voice."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert EspeakVoice.installed() is None


@pytest.mark.parametrize("script", ["exit 1", "cat > /dev/null", "echo nonsense"], ids=["status", "nothing", "no-wav"])
async def test_a_failure_is_told(tmp_path: Path, script: str) -> None:
    """A program that fails or gives no sound makes the rung unavailable."""
    with pytest.raises(VoiceUnavailable):
        await _program(tmp_path, script).say("Hello.", NEUTRAL, urgent=True)


async def test_a_program_that_cannot_run_is_told(tmp_path: Path) -> None:
    """The program may vanish after the start."""
    with pytest.raises(VoiceUnavailable):
        await EspeakVoice(str(tmp_path / "gone")).say("Hello.", NEUTRAL, urgent=True)


async def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets its time, and no more."""
    monkeypatch.setattr(espeak, "TIMEOUT_S", 0.2)

    with pytest.raises(VoiceUnavailable):
        await _program(tmp_path, "exec sleep 60").say("Hello.", NEUTRAL, urgent=True)


async def test_a_clause_that_is_given_up_ends_its_process(tmp_path: Path) -> None:
    """Cancelling leaves no process behind."""
    speaking = asyncio.create_task(
        _program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 60").say("Hello.", NEUTRAL, urgent=True)
    )
    pid_file = tmp_path / "pid"
    while not (pid_file.exists() and pid_file.read_text().strip()):
        await asyncio.sleep(0.01)

    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)

    assert not Path("/proc", pid_file.read_text().strip()).exists()


@installed
async def test_it_speaks_in_the_voice_that_was_chosen() -> None:
    """A Scottish voice sounds different from the usual one."""
    voice = EspeakVoice.installed()
    assert voice is not None
    scottish = Manner(preset=Preset("duncan", ESPEAK, "en-gb-scotland", "scottish", "male", "clear"))

    assert voice.preferred(scottish)
    assert not voice.preferred(NEUTRAL)
    assert voice.voice(scottish) != voice.voice(NEUTRAL)
    usual = await voice.say("Hello there.", NEUTRAL, urgent=True)
    assert (await voice.say("Hello there.", scottish, urgent=True)).samples != usual.samples
