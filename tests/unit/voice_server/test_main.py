"""The voice server as a process: its socket, its end, and what it refuses."""

import asyncio
import contextlib
import os
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rapport.speech.audio import PcmChunk
from rapport.speech.synthesizer import SpeechStyle, sound_of
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.fakes.speaking_desk import PROOF, speaking_desk
from tests.fakes.synthesizer import LETTER_MS
from tests.unit.emulator.conftest import KEY, listening
from tests.voice_process import PIPER_MODELS, ROOT, SERVICES_PYTHON, damaged_piper, have_piper, running_voice_server


def _run(*arguments: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [SERVICES_PYTHON, "-m", "voice_server", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--uri", "http://localhost"], "must be unix:///path or tcp://host:port", id="no-address"),
        pytest.param(["--uri", "tcp://0.0.0.0:10210"], "--allow-remote", id="open-to-the-world"),
        pytest.param(["--uri", "tcp://192.0.2.1:10210", "--allow-remote"], "cannot listen", id="not-ours"),
    ],
)
def test_an_address_that_cannot_be_is_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    """One line says what to do, and no traceback."""
    run = _run(*arguments, "--models", damaged_piper(tmp_path / "models"))

    assert run.returncode == 1
    assert said in run.stderr
    assert "Traceback" not in run.stderr.split("piper wrote")[0]


def test_without_any_voice_it_does_not_start(tmp_path: Path) -> None:
    """It says how to get one."""
    run = _run("--uri", f"unix://{tmp_path}/voice.sock", "--models", tmp_path, PATH=str(tmp_path))

    assert run.returncode == 1
    assert "make models" in run.stderr


def test_its_socket_is_for_this_user_only_and_goes_with_it(tmp_path: Path) -> None:
    """0600 while it runs; nothing is left after SIGTERM, and the status is 0."""
    with running_voice_server(models=damaged_piper(tmp_path / "models")) as voice:
        path = Path(voice.uri.removeprefix("unix://"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

        voice.process.send_signal(signal.SIGTERM)

        assert voice.process.wait(timeout=10) == 0
        assert not path.exists()
        assert not voice.children()
        assert "stopped" in voice.log


def test_a_provider_s_key_is_all_it_takes(tmp_path: Path) -> None:
    """The provider speaks, nobody else is asked; the key is in no log, and no child is told it."""
    with listening() as provider, speaking_desk() as desk:
        told = desk.environment | {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": provider.url}
        models = PIPER_MODELS if have_piper() else damaged_piper(tmp_path / "models")
        with running_voice_server(models=models, environment=told) as voice:
            sound = asyncio.run(_spoken(voice.uri, "Good morning."))

            assert sum(chunk.duration_ms for chunk in sound) > 11 * LETTER_MS
            assert len(provider.voice.said) == 1
            assert "by elevenlabs socket" in voice.log
            assert KEY not in voice.log
            for child in voice.children():
                assert b"ELEVENLABS" not in Path(f"/proc/{child}/environ").read_bytes()


async def _spoken(uri: str, text: str) -> list[PcmChunk]:
    synthesizer = WyomingSynthesizer(uri)
    try:
        return [chunk async for chunk in sound_of(synthesizer, text, SpeechStyle(proof=PROOF))]
    finally:
        await synthesizer.close()


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """A socket where a server listens is not taken from it."""
    models = damaged_piper(tmp_path / "models")
    with running_voice_server(models=models) as voice:
        run = _run("--uri", voice.uri, "--models", models)

        assert run.returncode == 1
        assert "another voice server listens" in run.stderr
        assert Path(voice.uri.removeprefix("unix://")).exists()


def test_a_socket_that_a_dead_server_left_is_replaced(tmp_path: Path) -> None:
    """After a crash the next start works."""
    path = tmp_path / "voice.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    process = subprocess.Popen(
        [
            SERVICES_PYTHON,
            "-m",
            "voice_server",
            "--uri",
            f"unix://{path}",
            "--models",
            damaged_piper(tmp_path / "models"),
        ],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
            return True
        return False

    try:
        assert _soon(answers) or _soon(answers)
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_a_file_in_the_socket_s_place_is_left_alone(tmp_path: Path) -> None:
    """Only sockets are replaced."""
    path = tmp_path / "precious"
    path.write_text("notes")

    run = _run("--uri", f"unix://{path}", "--models", damaged_piper(tmp_path / "models"))

    assert run.returncode == 1
    assert "cannot listen" in run.stderr
    assert path.read_text() == "notes"


@pytest.mark.skipif(not have_piper(), reason="the local voice is not there; `make models` fetches it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_piper_ends_with_it(number: signal.Signals) -> None:
    """However the server ends, its Piper does not outlive it."""
    # A server that is killed outright leaves its folder, so it gets one that goes with the test.
    with tempfile.TemporaryDirectory() as folder, running_voice_server(environment={"TMPDIR": folder}) as voice:
        (piper,) = voice.children()

        voice.process.send_signal(number)
        voice.process.wait(timeout=10)

        assert _soon(lambda: not Path("/proc", str(piper)).exists())
