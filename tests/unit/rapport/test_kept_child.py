"""A program that is kept running, with small real programs in Piper's place."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rapport import kept_child
from rapport.kept_child import KeptChild


def _program(source: str) -> list[str]:
    return [sys.executable, "-c", source]


SLEEPER = _program("import time; time.sleep(60)")
"""Ends only when it is ended."""
STUBBORN = _program("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")


async def _at_once() -> None:
    pass


async def _until(condition: Callable[[], bool]) -> None:
    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(poll(), 20)


@pytest.fixture(autouse=True)
def quick_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restart soon, so that tests are quick."""
    monkeypatch.setattr(kept_child, "FIRST_BACKOFF_S", 0.01)
    monkeypatch.setattr(kept_child, "STOP_LIMIT_S", 0.5)


async def _kept(argv: list[str], become_ready: Callable[[], Awaitable[None]] = _at_once) -> KeptChild:
    kept = KeptChild("program", argv, become_ready)
    await kept.start()
    return kept


async def test_it_is_ready_once_it_can_be_used() -> None:
    """`start` waits for what makes it ready."""
    usable = asyncio.Event()
    kept = KeptChild("program", SLEEPER, lambda: usable.wait())  # type: ignore[arg-type,return-value]
    starting = asyncio.create_task(kept.start())
    await _until(lambda: kept.pid is not None)
    assert not kept.ready
    assert not starting.done()

    usable.set()
    await starting

    assert kept.ready
    await kept.stop()


async def test_it_is_started_again_when_killed() -> None:
    """A program that dies is replaced by a new one, which becomes ready."""
    kept = await _kept(SLEEPER)
    first = kept.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    await _until(lambda: kept.ready and kept.pid not in (None, first))

    await kept.stop()


async def test_one_that_hangs_can_be_replaced() -> None:
    """`replace` ends the program, even one that ignores polite signals, and it is not ready from then on."""
    kept = await _kept(STUBBORN)
    first = kept.pid

    kept.replace()
    assert not kept.ready
    await _until(lambda: kept.ready and kept.pid not in (None, first))

    await kept.stop()


async def test_a_start_that_fails_is_told_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`start` returns though the program cannot start; the log says why, and further starts are made."""
    starts = tmp_path / "starts"
    source = f"import sys; open({str(starts)!r}, 'a').write('x'); sys.exit('no such voice')"

    async def never() -> None:
        await asyncio.Event().wait()

    kept = await _kept(_program(source), never)

    assert not kept.ready
    await _until(lambda: len(starts.read_text()) >= 3)
    assert "no such voice" in caplog.text
    await kept.stop()


async def test_a_start_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that runs and never becomes ready is killed and started again."""
    monkeypatch.setattr(kept_child, "START_LIMIT_S", 0.3)

    async def never() -> None:
        await asyncio.Event().wait()

    kept = await _kept(SLEEPER, never)

    assert not kept.ready
    await kept.stop()


async def test_what_a_working_program_writes_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once it works, what it writes might quote what was said."""
    caplog.set_level(logging.DEBUG)
    go = tmp_path / "go"
    source = (
        "import pathlib, sys, time\n"
        f"while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)\n"
        "sys.exit('a secret')"
    )
    kept = await _kept(_program(source))
    first = kept.pid

    go.touch()
    await _until(lambda: kept.pid not in (None, first))

    assert "ended with status 1" in caplog.text
    assert "secret" not in caplog.text
    await kept.stop()


@pytest.mark.parametrize("argv", [SLEEPER, STUBBORN], ids=["polite", "stubborn"])
async def test_stop_leaves_nothing_behind(argv: list[str]) -> None:
    """After `stop` the program is gone, and is not started again."""
    kept = await _kept(argv)
    pid = kept.pid
    assert pid is not None

    await kept.stop()

    assert kept.pid is None
    assert not kept.ready
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_stop_before_it_is_ready() -> None:
    """A start can be given up."""

    async def never() -> None:
        await asyncio.Event().wait()

    kept = KeptChild("program", SLEEPER, never)
    starting = asyncio.create_task(kept.start())
    await _until(lambda: kept.pid is not None)

    await kept.stop()

    assert kept.pid is None
    starting.cancel()
