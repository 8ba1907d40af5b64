"""A running Rapport for tests and benchmarks: the same processes as `make run`, on free ports, in a folder of its own.

    with running_stack() as stack:
        requests.get(stack.page)

Standard library only, so both environments can use it. The environments, models and training must be there already:
`make test` and `make bench` see to that.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ops.layout import ROOT, RUN, python_of

STOP_S = 30
"""Seconds until a stack that was told to end is killed: more than its own processes are given."""


class StackFailed(Exception):
    """A process ended, or was not ready in time; the message ends with what the stack last said."""


@dataclass(frozen=True)
class Stack:
    """Where a running Rapport listens, and which processes it is.

    Attributes:
        page: The address of the page; the channel's other addresses are below it.
        rasa_port: Of Rasa, on the loopback interface.
        actions_port: Of the action server, there too.
        people: The people API's address, without a slash at its end.
        voice_uri: Of the voice server, as Wyoming writes addresses.
        supervisor_pid: Ends them all on SIGTERM.
        pids: Of `rasa`, `actions`, `people` and, where it is ours, `voice`.
    """

    page: str
    rasa_port: int
    actions_port: int
    people: str
    voice_uri: str
    supervisor_pid: int
    pids: Mapping[str, int]

    @property
    def ports(self) -> tuple[int, ...]:
        """Those that it listens on."""
        return (self.rasa_port, self.actions_port, urlsplit(self.people).port or 0)

    @property
    def url(self) -> str:
        """Rasa's address, without a slash at its end."""
        return f"http://localhost:{self.rasa_port}"


def announced(folder: Path = RUN) -> Stack | None:
    """The stack that runs in this folder and is ready, by default that of `make run`; None where there is none."""
    try:
        stack = Stack(**json.loads((folder / "stack.json").read_text()))
        os.kill(stack.supervisor_pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stack


@contextmanager
def running_stack(
    settings: Mapping[str, str] | None = None, *, log: Path | None = None, events: Path | None = None
) -> Iterator[Stack]:
    """Start a stack, wait until it is ready, and end it afterwards; what it keeps about people goes with it.

    Args:
        settings: Variables of `.env.example` to set; the file `.env` is not read. Who wants what is kept to outlive a
            stack names `RAPPORT_KEY`, `RAPPORT_TOKEN_KEY`, `RAPPORT_MEMORY` and `RAPPORT_STATE`.
        log: Where its log goes, by default to a file that is removed with the rest.
        events: Where Rasa's events go, all that is said among them; nowhere by default.

    Raises:
        StackFailed: It did not get ready.
    """
    with tempfile.TemporaryDirectory(prefix="rapport-") as name:
        folder = Path(name)
        log = log or folder / "log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = [str(python_of("services")), "-m", "ops.run", "--bare", "--folder", name]
        command += ["--events", str(events)] if events else []
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**_unconfigured(), **_own(folder), **(settings or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield _ready(process, folder, log)
        finally:
            process.terminate()
            if not _ended(process, within_s=STOP_S):
                process.kill()
                process.wait()
            if process.stdin:
                process.stdin.close()


def _own(folder: Path) -> dict[str, str]:
    """Keys and people of this stack alone."""
    return {
        "RAPPORT_TOKEN_KEY": secrets.token_hex(32),
        "RAPPORT_KEY": secrets.token_hex(32),
        "RAPPORT_VOICE_KEY": secrets.token_hex(32),
        "RAPPORT_MEMORY": f"embedded:{folder / 'people'}",
        "RAPPORT_STATE": str(folder / "state"),
        "RAPPORT_VOICE_STATE": str(folder / "voice"),
    }


def _unconfigured() -> dict[str, str]:
    """The environment without what configures Rapport on this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")}


def _ready(process: subprocess.Popen[bytes], folder: Path, log: Path) -> Stack:
    """The stack, once it is announced; how long to wait for that is the supervisor's to know."""
    stack = None
    while stack is None and not _ended(process, within_s=0.1):
        stack = announced(folder)
    if stack is None:
        lines = log.read_text(errors="replace").splitlines()
        raise StackFailed("the stack did not get ready; it said last:\n" + "\n".join(lines[-40:]))
    return stack


def _ended(process: subprocess.Popen[bytes], *, within_s: float) -> bool:
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True
