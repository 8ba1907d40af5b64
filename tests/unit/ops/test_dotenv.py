"""The settings file: made once, with a key of its own, for its owner's eyes."""

from __future__ import annotations

import re
from pathlib import Path

from ops.dotenv import create, settings
from ops.layout import ROOT
from rapport.settings import VoiceSettings

EXAMPLE = ROOT / ".env.example"


def test_the_first_run_makes_it(tmp_path: Path) -> None:
    """Readable by nobody else, with a key that the settings accept."""
    path = tmp_path / ".env"

    assert create(path, EXAMPLE)

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(VoiceSettings.from_environment(settings(path, {})).access.token_key) == 64


def test_each_has_a_key_of_its_own(tmp_path: Path) -> None:
    """And all else of the example."""
    create(tmp_path / "one", EXAMPLE)
    create(tmp_path / "two", EXAMPLE)
    one, two = (tmp_path / "one").read_text(), (tmp_path / "two").read_text()

    assert one != two
    assert re.sub("KEY=.*", "KEY=", one) == re.sub("KEY=.*", "KEY=", two) == EXAMPLE.read_text()


def test_an_existing_one_is_left_as_it_is(tmp_path: Path) -> None:
    """Sessions signed before stay valid."""
    (tmp_path / ".env").write_text("RAPPORT_PORT=6000\n")

    assert not create(tmp_path / ".env", EXAMPLE)
    assert (tmp_path / ".env").read_text() == "RAPPORT_PORT=6000\n"


def test_the_environment_wins_and_empty_values_say_nothing(tmp_path: Path) -> None:
    """So that one can try something without editing."""
    (tmp_path / ".env").write_text('RAPPORT_PORT=6000\nRAPPORT_IDLE_S=60\nRAPPORT_SESSIONS=\nRAPPORT_ORIGINS="a b"\n')

    said = settings(tmp_path / ".env", {"RAPPORT_PORT": "7000"})

    assert said == {"RAPPORT_PORT": "7000", "RAPPORT_IDLE_S": "60", "RAPPORT_ORIGINS": "a b"}


def test_the_example_has_every_variable_that_the_code_reads() -> None:
    """Each with a sentence above it."""
    read = set()
    for folder in ("rapport", "channels", "actions", "voice_server", "ops"):
        for source in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"""["'](RAPPORT_[A-Z0-9_]+)["']""", source.read_text()))
    lines = EXAMPLE.read_text().splitlines()
    told = {line.partition("=")[0]: lines[number - 1] for number, line in enumerate(lines) if "=" in line}

    assert read <= set(told)
    assert all(sentence.startswith("# ") for sentence in told.values())
