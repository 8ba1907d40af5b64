"""The emulator of ElevenLabs as it is run: a process of its own, with the real local voice, in its environment."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.voice_process import ROOT, SERVICES_PYTHON

KEY = "key-of-a-test"
START_LIMIT_S = 90


@dataclass(frozen=True)
class EmulatorProcess:
    """An emulator that runs.

    Attributes:
        process: Its process.
        url: Its address.
        log_file: What it wrote so far.
    """

    process: subprocess.Popen[bytes]
    url: str
    log_file: Path

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self.log_file.read_text(encoding="utf-8")

    @property
    def told(self) -> dict[str, str]:
        """What a voice server is told to speak through it."""
        return {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": self.url}

    def children(self) -> list[int]:
        """Its voice server, and that one's Piper."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def control(self, what: str = "", method: str = "GET", **body: Any) -> Any:
        """Use its control endpoint: `requests`, `faults`, `switches`, `reset`; without a word, its state."""
        path = f"/_emulator/{what}" if what else "/_emulator"
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running_emulator(folder: Path, *arguments: str | Path) -> Iterator[EmulatorProcess]:
    """Start one on any port, wait until it listens, and end it afterwards.

    Args:
        folder: For its log.
        arguments: Of its command line, besides port and key.
    """
    log_file = folder / "log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [SERVICES_PYTHON, "-m", "emulator", "--port", "0", "--key", KEY, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "ELEVENLABS_API_KEY": "a key that must not be used"},
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while not (told := re.search(r"listens at (\S+)", log_file.read_text(encoding="utf-8"))):
            assert process.poll() is None, log_file.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log_file.read_text(encoding="utf-8")
            time.sleep(0.05)
        yield EmulatorProcess(process, told[1], log_file)
    finally:
        process.terminate()
        try:
            process.wait(15)
        finally:
            process.kill()
