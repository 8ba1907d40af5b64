"""A program that dies with the process that started it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rapport import tether

TETHER = str(Path(tether.__file__))
PARENT = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, sys.argv[1], str(os.getpid()), sys.executable, "-c", sys.argv[2]],
    stdout=subprocess.PIPE,
)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


PROGRAM = "import time; print('up', flush=True); time.sleep(60)"


def _gone(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_the_program_dies_with_a_parent_that_is_killed() -> None:
    """No handler runs in a parent that is killed outright, and still the program ends."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, TETHER, PROGRAM], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not _gone(pid)

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    deadline = time.monotonic() + 5
    while not _gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _gone(pid)
    parent.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_a_parent_that_is_gone_already_is_noticed() -> None:
    """Where the parent died before the tie was made, the program is not started."""
    not_our_pid = os.getppid()

    done = subprocess.run(
        [sys.executable, TETHER, str(not_our_pid), sys.executable, "-c", "print('started')"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert done.stdout == ""
