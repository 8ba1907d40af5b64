"""A people API of a test's own, on an embedded store in a temporary folder with the real models; and memories in it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.voice_process import ROOT, SERVICES_PYTHON

READY_WITHIN_S = 60
TOKEN_KEY = "browser-" * 8

REMEMBER = """
import json, sys
from dataclasses import replace
from datetime import timedelta
from rapport.memory.drafts import Draft
from rapport.everyday.timers import Timer, keep_timers
from rapport.memory.values import Kind, Provenance
from rapport.people import utc_now
from rapport.privacy.purposes import Purpose
from rapport.services import get_services

people = get_services().people
for line in sys.stdin:
    told = json.loads(line)
    person = people.person(told["person"])
    now = utc_now()
    people.clock = lambda: now - timedelta(days=400)
    for purpose in told["agrees"]:
        person.agree(Purpose(purpose), "voice")
    for each in told["memories"]:
        at = now - timedelta(days=each.pop("days_ago", 0))
        people.clock = lambda: at
        kind, text = Kind(each.pop("kind")), each.pop("text")
        person.memories().remember(Draft(kind, text, Provenance(session="s_1", turn=1, **each)), confirmed=True)
    if told["timers"]:
        keep_timers(person, [Timer.from_record(each) for each in told["timers"]])
    print("kept", flush=True)
people.store.close()
"""
"""Runs in the services' environment, beside the API, as the action server does."""


@dataclass
class PeopleProcess:
    """A running people API.

    Attributes:
        url: Its address, without a slash at its end.
        actions: Keeps memories beside it: a line of JSON for each person.
    """

    url: str
    actions: subprocess.Popen[str]

    def remember(
        self,
        person: str,
        memories: Sequence[Mapping[str, Any]] = (),
        agrees: Sequence[str] = ("memory",),
        timers: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Have somebody agree, and keep memories of theirs.

        Args:
            person: Their id.
            memories: `kind`, `text`, `days_ago`, and fields of the provenance.
            agrees: To which purposes, first.
            timers: As `Timer.as_record` gives them.
        """
        told = {
            "person": person,
            "memories": [dict(each) for each in memories],
            "agrees": list(agrees),
            "timers": list(timers),
        }
        assert self.actions.stdin is not None
        assert self.actions.stdout is not None
        self.actions.stdin.write(json.dumps(told) + "\n")
        self.actions.stdin.flush()
        assert self.actions.stdout.readline() == "kept\n", "memories could not be kept; stderr says why"


@contextmanager
def running_people_api(folder: Path, channel_url: str, *, port: int | None = None) -> Iterator[PeopleProcess]:
    """Start one, and end it afterwards.

    Args:
        folder: For what it keeps.
        channel_url: The voice channel, or what stands in for it.
        port: Where it listens; by default on a free one.
    """
    port = port or free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RAPPORT_")},
        "RAPPORT_TOKEN_KEY": TOKEN_KEY,
        "RAPPORT_KEY": "5a" * 32,
        "RAPPORT_MEMORY": f"embedded:{folder / 'people'}",
        "RAPPORT_STATE": str(folder / "state"),
        "RAPPORT_CHANNEL_URL": channel_url.rstrip("/"),
    }
    log = folder / "people.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [SERVICES_PYTHON, "-m", "people_api", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    actions = subprocess.Popen(
        [SERVICES_PYTHON, "-c", REMEMBER],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        _wait_until_ready(process, port, log)
        yield PeopleProcess(f"http://127.0.0.1:{port}", actions)
    finally:
        actions.communicate(timeout=30)
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the people API did not get ready; it said:\n{log.read_text(errors='replace')[-2000:]}")
