"""Piper as a rung: the real program, killed and stopped in its tracks."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from rapport import kept_child
from rapport.errors import ModelMissing, VoiceUnavailable
from tests.voice_process import PIPER_MODELS, damaged_piper, have_piper
from voice_server import piper
from voice_server.manner import NEUTRAL
from voice_server.piper import PiperVoice


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


@pytest.fixture
async def voice() -> AsyncIterator[PiperVoice]:
    """Piper, started and warm."""
    if not have_piper():
        pytest.skip("the local voice is not there; `make models` fetches it")
    made = PiperVoice.installed(PIPER_MODELS)
    assert made is not None
    await made.start()
    yield made
    await made.stop()


async def test_killed_while_it_speaks_it_says_so_and_comes_back(voice: PiperVoice) -> None:
    """The clause under way fails at once; a new Piper speaks the next, and `stop` leaves no process or file."""
    first = voice.pid
    assert first is not None
    folder = voice._folder
    assert folder.stat().st_mode & 0o077 == 0
    speaking = asyncio.create_task(voice.say("A long clause that takes a while to be made " * 4, NEUTRAL, urgent=True))
    await asyncio.sleep(0.1)  # until it is being made
    assert not speaking.done()

    os.kill(first, signal.SIGKILL)

    with pytest.raises(VoiceUnavailable):
        await asyncio.wait_for(speaking, 2)
    with pytest.raises(VoiceUnavailable):
        await voice.say("Hello.", NEUTRAL, urgent=True)
    await asyncio.wait_for(_until(lambda: voice.pid not in (None, first) and voice.ready), 60)
    assert (await voice.say("Hello.", NEUTRAL, urgent=True)).duration_ms > 200
    second = voice.pid
    assert second is not None
    await voice.stop()
    assert not folder.exists()
    assert not Path("/proc", str(second)).exists()


async def test_one_that_hangs_is_replaced(voice: PiperVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Piper that answers nothing is given up after its time, and another one is started."""
    monkeypatch.setattr(piper, "LEAST_TIMEOUT_S", 0.3)
    monkeypatch.setattr(piper, "TIMEOUT_S_PER_CHARACTER", 0.0)
    first = voice.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)

    with pytest.raises(VoiceUnavailable):
        await voice.say("Hello.", NEUTRAL, urgent=True)

    monkeypatch.undo()
    await asyncio.wait_for(_until(lambda: voice.pid not in (None, first) and voice.ready), 60)
    assert (await voice.say("Hello.", NEUTRAL, urgent=True)).duration_ms > 200


async def test_text_it_cannot_say_makes_it_unavailable(voice: PiperVoice) -> None:
    """An error of Piper's is told by its number, and Piper stays up."""
    before = voice.pid

    with pytest.raises(VoiceUnavailable, match="500"):
        await voice.say("", NEUTRAL, urgent=True)

    assert voice.ready
    assert voice.pid == before


async def test_a_voice_that_cannot_be_loaded_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`start` returns though the model is damaged, and the log says why."""
    monkeypatch.setattr(kept_child, "FIRST_BACKOFF_S", 60.0)
    voice = PiperVoice.installed(damaged_piper(tmp_path))
    assert voice is not None

    await voice.start()

    assert not voice.ready
    assert "KeyError" in caplog.text or "Error" in caplog.text
    with pytest.raises(VoiceUnavailable):
        await voice.say("Hello.", NEUTRAL, urgent=True)
    await voice.stop()


def test_a_missing_description_is_told(tmp_path: Path) -> None:
    """A model without its JSON is no voice."""
    model = tmp_path / "voice.onnx"
    model.touch()

    with pytest.raises(ModelMissing, match="make models"):
        PiperVoice(model)


def test_no_models_no_voice(tmp_path: Path) -> None:
    """Where the folder holds no voice, or is not there, there is no rung."""
    assert PiperVoice.installed(tmp_path) is None
