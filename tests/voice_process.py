"""A real voice server for a test, in a process of its own and the environment it belongs to.

Synchronous, so that fixtures of any scope can hold one. It is started on a Unix socket and waited for until it
answers `describe`.
"""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wyoming.event import read_event, write_event
from wyoming.info import Describe

ROOT = Path(__file__).resolve().parent.parent
SERVICES_PYTHON = ROOT / ".venv/services/bin/python"
PIPER_MODELS = ROOT / "models"
START_LIMIT_S = 90.0
PROBE_INTERVAL_S = 0.05


@dataclass(frozen=True)
class VoiceProcess:
    """A voice server that runs.

    Attributes:
        uri: Where it listens.
        process: Its process.
        log_file: What it wrote so far.
    """

    uri: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self.log_file.read_text(encoding="utf-8")

    def children(self) -> list[int]:
        """Process ids of its children: Piper's, where that runs."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = status.read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[1]) == self.process.pid and fields[0] != "Z":
                    found.append(int(status.parent.name))
        return found


def have_piper() -> bool:
    """Whether the local voice's model and its environment are there."""
    return SERVICES_PYTHON.exists() and any((PIPER_MODELS / "piper").glob("*.onnx"))


def damaged_piper(folder: Path) -> Path:
    """A models folder whose voice Piper cannot load."""
    (folder / "piper").mkdir(parents=True)
    (folder / "piper/broken.onnx").write_bytes(b"no model")
    (folder / "piper/broken.onnx.json").write_text("{}", encoding="utf-8")
    return folder


@contextlib.contextmanager
def running_voice_server(
    *, models: Path = PIPER_MODELS, environment: Mapping[str, str] | None = None
) -> Iterator[VoiceProcess]:
    """Start a voice server, wait until it answers, and stop it afterwards.

    Args:
        models: The folder that holds `piper/`.
        environment: Variables that differ from this process's.
    """
    with tempfile.TemporaryDirectory(prefix="voice-") as folder:
        path = Path(folder, "voice.sock")
        log_file = Path(folder, "log")
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [SERVICES_PYTHON, "-m", "voice_server", "--uri", f"unix://{path}", "--models", models],
                cwd=ROOT,
                # Whatever it keeps goes with it.
                env={**os.environ, "RAPPORT_VOICE_STATE": str(Path(folder, "state")), **(environment or {})},
                stdout=log,
                stderr=log,
            )
        voice = VoiceProcess(f"unix://{path}", process, log_file)
        try:
            _wait_until_it_answers(path, voice)
            yield voice
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            finally:
                process.kill()


def _wait_until_it_answers(path: Path, voice: VoiceProcess) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if voice.process.poll() is not None:
            raise RuntimeError(f"the voice server ended at its start:\n{voice.log}")
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
            with probe.makefile("wb") as requests, probe.makefile("rb") as answers:
                write_event(Describe().event(), requests)
                if read_event(answers) is not None:
                    return
        time.sleep(PROBE_INTERVAL_S)
    raise RuntimeError(f"the voice server was not ready within {START_LIMIT_S} s:\n{voice.log}")
