"""When a model is out of date, and what of Rasa's log a designer is shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.training import MODEL, RECORD, inputs_sha256, up_to_date, warnings_in


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "domain.yml", "data/nlu/greeting.yml", "components/some.py", "requirements/rasa.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / MODEL.name).write_text("model")
    record = {"inputs_sha256": inputs_sha256(tmp_path), "model_bytes": len("model")}
    (tmp_path / "models" / RECORD.name).write_text(json.dumps(record))
    return tmp_path


def test_a_model_of_what_is_here_is_up_to_date(project: Path) -> None:
    """Whatever else changes."""
    (project / "README.md").write_text("new")
    (project / "actions").mkdir()
    (project / "data" / "nlu" / "__pycache__").mkdir()
    (project / "data" / "nlu" / "__pycache__" / "some.pyc").write_text("new")

    assert up_to_date(project)


@pytest.mark.parametrize("changed", ["config.yml", "domain.yml", "data/nlu/greeting.yml", "components/some.py"])
def test_a_change_of_what_it_is_made_of_asks_for_training(project: Path, changed: str) -> None:
    """By content: a file that was only touched is none."""
    (project / changed).touch()
    assert up_to_date(project)

    (project / changed).write_text("changed")
    assert not up_to_date(project)


def test_files_that_come_go_or_move_ask_for_training(project: Path) -> None:
    """Names count as contents do."""
    (project / "data/nlu/greeting.yml").rename(project / "data/nlu/hello.yml")
    assert not up_to_date(project)


@pytest.mark.parametrize("lost", [MODEL.name, RECORD.name])
def test_a_model_that_is_not_there_asks_for_training(project: Path, lost: str) -> None:
    """As does one whose record is lost, as when training was cut."""
    (project / "models" / lost).unlink()
    assert not up_to_date(project)


def test_a_model_that_rasa_train_replaced_asks_for_training(project: Path) -> None:
    """Which then takes all from Rasa's cache."""
    (project / "models" / MODEL.name).write_text("another model")
    assert not up_to_date(project)


def test_warnings_that_one_can_do_something_about_are_shown() -> None:
    """Responses that only actions utter are not among them."""
    log = [
        "2026-01-01 INFO rasa - Training",
        "/some/io.py:100: UserWarning: The example 'hm' has two intents.",
        "  rasa.shared.utils.io.raise_warning(",
        "/some/io.py:100: UserWarning: The utterance 'utter_x' is not used in any story or rule.",
        "2026-01-01 00:00:00 WARNING  rasa.core - Something is odd",
    ]

    assert list(warnings_in(log)) == [
        "rasa warns: The example 'hm' has two intents.",
        "rasa warns: rasa.core - Something is odd",
    ]
