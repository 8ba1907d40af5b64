"""What tests of every kind share: where data lies, speech to test with, and a running stack."""

import hashlib
import os
import subprocess
import tempfile
import wave
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

from ops.stack import Stack, running_stack
from tests.emulator_process import EmulatorProcess, running_emulator
from tests.fakes.open_meteo import WrittenWeather
from tests.fakes.public_service import serving
from tests.live import BUDGET, live

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "models"
SERVICES_PYTHON = ROOT / ".venv/services/bin/python"
ALWAYS_ALIKE = ("--noise-scale", "0", "--noise-w-scale", "0")
"""Else Piper says a text a little differently each time, and now and then so that it is misheard."""
PIPER_VOICE = MODELS / "piper/en_US-joe-medium.onnx"

# On a busy machine a first call takes its time; what is slow is told by benchmarks.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a run at the provider itself has asked for."""
    if live():
        terminalreporter.write_line(f"asked for {BUDGET.asked} of {BUDGET.most} characters")


@pytest.fixture(scope="session")
def eval_data() -> Path:
    """Recordings and texts that nobody here wrote; they are not part of the project."""
    folder = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    if not folder.is_dir():
        pytest.skip("the evaluation data is absent; RAPPORT_EVAL_DATA says where it lies")
    return folder


@pytest.fixture(scope="session")
def spoken() -> Callable[[str], bytes]:
    """Gives a text as the local voice says it: 16 kHz 16-bit mono PCM; kept between runs."""
    if not (PIPER_VOICE.exists() and SERVICES_PYTHON.exists()):
        pytest.skip("the local voice is absent; `make models` gets it")
    from rapport.speech.audio import HEARING_RATE_HZ, Resampler

    kept = Path(tempfile.gettempdir()) / f"rapport-spoken-{os.getuid()}"
    kept.mkdir(mode=0o700, exist_ok=True)

    def speak(text: str) -> bytes:
        path = kept / (hashlib.sha256(f"{PIPER_VOICE.name} always alike {text}".encode()).hexdigest()[:32] + ".wav")
        if not path.exists():
            unfinished = path.with_suffix(f".{os.getpid()}")
            subprocess.run(
                [SERVICES_PYTHON, "-m", "piper", "-m", PIPER_VOICE, *ALWAYS_ALIKE, "-f", unfinished, "--", text],
                check=True,
                capture_output=True,
            )
            unfinished.replace(path)
        with wave.open(str(path)) as sound:
            resampler = Resampler(sound.getframerate(), HEARING_RATE_HZ)
            return resampler.feed(sound.readframes(sound.getnframes())) + resampler.flush()

    return speak


@pytest.fixture(scope="session")
def vosk() -> object:
    """The recogniser's model, loaded once."""
    from rapport.errors import ModelMissing
    from rapport.speech.vosk_recognizer import VoskModel

    try:
        return VoskModel(MODELS / "vosk")
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatorProcess]:
    """A provider of voices that is emulated."""
    with running_emulator(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a module's stack keeps what it keeps, and writes its `log`."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def provider_stack(emulator: EmulatorProcess, home: Path) -> Iterator[Stack]:
    """Rapport with the emulated provider."""
    kept = {"RAPPORT_VOICE_STATE": str(home / "voice"), "RAPPORT_STATE": str(home / "state")}
    with running_stack({**emulator.told, **kept, "RAPPORT_SESSIONS_PER_PERSON": "16"}, log=home / "log") as running:
        yield running


@pytest.fixture(scope="session")
def stack_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running stack writes its log."""
    return tmp_path_factory.mktemp("stack") / "log"


@pytest.fixture(scope="session")
def weather() -> WrittenWeather:
    """The weather everywhere, for the running stack."""
    return WrittenWeather(now=datetime.now(ZoneInfo("Europe/Oslo")).replace(tzinfo=None))


@pytest.fixture(scope="session")
def stack(stack_log: Path, weather: WrittenWeather) -> Iterator[Stack]:
    """Rasa with the channel, the action server and the voice server, as `make run` starts them."""
    with serving(weather) as url:
        settings = {"RAPPORT_SESSIONS_PER_PERSON": "16", "RAPPORT_WEATHER_URL": url}
        with running_stack(settings, log=stack_log) as running:
            yield running
