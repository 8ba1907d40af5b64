"""What a designer is told about a reading."""

from pathlib import Path

import pytest

from components.explain import explained, main

RULES = """
version: "3.1"
rules:
- rule: Tell the weather
  steps:
  - intent: ask_weather
  - action: action_tell_weather
- rule: Something else
  steps:
  - action: action_tell_weather
"""


def reading(name: str, confidence: float, example: str | None = None) -> dict[str, object]:
    evidence = {"example": example, "similarity": 0.93} if example else None
    return {"name": name, "confidence": confidence, "evidence": evidence}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "weather.yml").write_text(RULES)
    return tmp_path


def test_a_reading_is_told_with_what_speaks_for_it_and_what_follows(rules: Path) -> None:
    slot = {"name": "place", "value": "Oslo", "text": "oslo", "extractor": "CRF", "confidence": 0.98}
    semantics = {
        "intent": reading("ask_weather", 0.9, "will it rain"),
        "understood": True,
        "alternatives": [reading("ask_time", 0.05)],
        "slots": [slot],
    }

    assert list(explained(semantics, rules)) == [
        '  ask_weather  0.900  like "will it rain" (0.93)',
        "  ask_time     0.050",
        '  place = Oslo  ("oslo", CRF, 0.98)',
        "  rule: Tell the weather -> action_tell_weather",
    ]


def test_what_is_asked_back_follows_no_rule(rules: Path) -> None:
    semantics = {"intent": reading("ask_weather", 0.3), "understood": False, "alternatives": [], "slots": []}

    assert list(explained(semantics, rules)) == [
        "  ask_weather  0.300",
        "  too unsure, or too near to the second: it is asked back",
    ]


def test_without_a_model_it_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hello", "--model", str(tmp_path / "none.tar.gz")]) == 1
    assert "make train" in capsys.readouterr().err
