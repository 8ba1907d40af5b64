"""The supervisor over real processes, small ones: what starts, what is said, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.layout import ROOT

SUPERVISED = Path(__file__).with_name("supervised.py")
SOON_S = 20


class Run:
    """A supervisor in a process of its own, as `make run` has it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.output = ""
        self._process = subprocess.Popen(
            [sys.executable, str(SUPERVISED), *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def cut_tether(self) -> None:
        self._process.stdin.close()

    def read_until(self, text: str) -> None:
        for line in self._process.stdout:
            self.output += line
            if text in line:
                return
        pytest.fail(f"it ended without saying {text!r}:\n{self.output}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        code = self._process.wait(SOON_S)  # All that it says fits into the pipe.
        self.output += self._process.stdout.read()
        return code

    def pids(self) -> list[int]:
        return [int(file.read_text()) for file in self.folder.glob("*.pid")]

    def clean_up(self) -> None:
        for pid in [self._process.pid, *self.pids()]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def all_gone(run: Run) -> bool:
    """Whether every stand-in is gone; the system takes a moment to reap orphans."""
    deadline = time.monotonic() + 2
    while any(map(alive, run.pids())) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, run.pids()))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[type]:
    runs = []

    def begin(*arguments: str) -> Run:
        runs.append(Run(tmp_path, *arguments))
        return runs[-1]

    yield begin
    for run in runs:
        run.clean_up()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_every_process_and_counts_as_success(start: type, number: signal.Signals) -> None:
    """Ctrl-C, a service manager's SIGTERM and a closed terminal all end in peace, with grandchildren too."""
    run = start("voice=serve", "actions=parent", "rasa=serve")
    run.read_until("all ready")
    assert len(run.pids()) == 4

    run.send(number)

    assert run.end() == 0
    assert all_gone(run)
    assert "stopped" in run.output


def test_the_last_ends_first_while_what_it_needs_is_still_there(start: type) -> None:
    """Rasa's sessions are summed up by actions when they end."""
    run = start("actions=heed", "rasa=finish")
    run.read_until("all ready")

    run.send(signal.SIGTERM)

    assert run.end() == 0
    told, ended = (float((run.folder / name).read_text()) for name in ("actions.told", "rasa.ended"))
    assert ended < told


def test_when_who_started_it_is_gone_all_end(start: type) -> None:
    """However it went: a test run that was killed leaves nothing running."""
    run = start("voice=serve", "rasa=serve")
    run.read_until("all ready")

    run.cut_tether()

    assert run.end() == 0
    assert all_gone(run)


def test_readiness_is_told_process_by_process(start: type) -> None:
    """Each is reported with the seconds that it took, before the whole is called ready."""
    run = start("voice=serve", "rasa=serve")
    run.read_until("all ready ['rasa', 'voice']")
    run.send(signal.SIGINT)

    assert run.end() == 0
    assert "voice is ready after 0." in run.output
    assert "rasa is ready after 0." in run.output
    assert "| voice is here" in run.output


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        pytest.param("die", "rasa ended by itself, with code 3", id="with-an-error"),
        pytest.param("succeed", "rasa ended by itself, with code 0", id="without-one"),
        pytest.param("crash", "rasa was ended by SIGSEGV", id="by-a-signal"),
    ],
)
def test_when_one_ends_all_end_and_it_is_named(start: type, behaviour: str, told: str) -> None:
    """A server that ends is a failure, whatever its exit code."""
    run = start("voice=serve", f"rasa={behaviour}")

    assert run.end() == 1
    assert all_gone(run)
    assert told in run.output


def test_the_last_lines_of_what_ended_are_told(start: type) -> None:
    """So that nobody has to scroll for the reason."""
    run = start("voice=serve", "rasa=die")

    assert run.end() == 1
    assert "the last 2 lines of rasa" in run.output
    assert "    something broke" in run.output


def test_what_does_not_heed_sigterm_is_killed(start: type) -> None:
    """Also where every process is deaf, so that none has ended yet."""
    run = start("voice=stubborn", "rasa=stubborn", "--grace", "1")
    run.read_until("all ready")
    run.send(signal.SIGINT)

    assert run.end() == 0
    assert all_gone(run)


def test_what_never_gets_ready_is_given_up_and_named(start: type) -> None:
    """The others are ended, and its last lines are told."""
    run = start("voice=serve", "rasa=dither", "--patience", "1")

    assert run.end() == 1
    assert all_gone(run)
    assert "rasa was not ready after 1 s" in run.output
    assert "    not yet" in run.output
    assert "voice was" not in run.output


def test_a_command_that_is_not_there_is_told(tmp_path: Path, start: type) -> None:
    """As when an environment was removed under a running workshop."""
    script = (
        "import asyncio, os; from rich.console import Console;"
        "from ops.processes import Part; from ops.supervisor import Supervisor;"
        "never = lambda: asyncio.sleep(0, False);"
        "raise SystemExit(Supervisor([Part('rasa', ('./not-there',), os.environ, never)], Console()).run(print))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=SOON_S, check=False
    )

    assert ended.returncode == 1
    assert "rasa ended by itself, with code 127" in ended.stdout
