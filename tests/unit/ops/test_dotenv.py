"""The settings file: made once, with a key of its own, for its owner's eyes."""

from __future__ import annotations

import re
from pathlib import Path

from ops.dotenv import complete, create, settings
from ops.layout import ROOT
from rapport.settings import PeopleSettings, VoiceSettings

EXAMPLE = ROOT / ".env.example"


def test_the_first_run_makes_it(tmp_path: Path) -> None:
    """Readable by nobody else, with keys that the settings accept."""
    path = tmp_path / ".env"

    assert create(path, EXAMPLE)

    assert path.stat().st_mode & 0o777 == 0o600
    assert len(VoiceSettings.from_environment(settings(path, {})).access.token_key) == 64
    read = PeopleSettings.from_environment(settings(path, {}))
    assert len(bytes.fromhex(read.key)) == 32
    assert read.key != read.token_key


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


def test_keys_that_an_older_file_lacks_are_added(tmp_path: Path) -> None:
    """And those that are there, in it or in the environment, are never touched: a new key would open nothing."""
    path = tmp_path / ".env"
    path.write_text("RAPPORT_TOKEN_KEY=mine\nRAPPORT_VOICE_KEY=mine\nRAPPORT_KEY=")

    assert complete(path, {"RAPPORT_KEY": "keyring:mine"}) == []
    assert complete(path, {}) == ["RAPPORT_KEY"]
    assert complete(path, {}) == []

    said = settings(path, {})
    assert said["RAPPORT_TOKEN_KEY"] == "mine"
    assert len(bytes.fromhex(said["RAPPORT_KEY"])) == 32


def test_the_environment_wins_and_empty_values_say_nothing(tmp_path: Path) -> None:
    """So that one can try something without editing."""
    (tmp_path / ".env").write_text('RAPPORT_PORT=6000\nRAPPORT_IDLE_S=60\nRAPPORT_SESSIONS=\nRAPPORT_ORIGINS="a b"\n')

    said = settings(tmp_path / ".env", {"RAPPORT_PORT": "7000"})

    assert said == {"RAPPORT_PORT": "7000", "RAPPORT_IDLE_S": "60", "RAPPORT_ORIGINS": "a b"}


def test_the_example_has_every_variable_that_the_code_reads() -> None:
    """Each with a sentence above it."""
    read = set()
    for folder in ("rapport", "channels", "actions", "people_api", "voice_server", "ops"):
        for source in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(r"""["'](RAPPORT_[A-Z0-9_]+)["']""", source.read_text()))
    lines = EXAMPLE.read_text().splitlines()
    told = {line.partition("=")[0]: lines[number - 1] for number, line in enumerate(lines) if re.match(r"\w+=", line)}

    assert read <= set(told)
    assert all(sentence.startswith("# ") for sentence in told.values())
