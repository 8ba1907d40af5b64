"""Whether understanding is as good as it was, on sentences that it was not trained on.

    python -m ops.nlu_gate --accept    after `make test-nlu`: what was reached is what has to be reached from now on

Reads the reports that `rasa test nlu` writes, and holds them against `tests/nlu/baseline.json`, which is committed with
the change that moved it. Overall figures may fall by `SLACK`. Each intent has a threshold of its own: what it reached
before, less `INTENT_SLACK`, and not below `LEAST_RECALL` unless it was there already.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.layout import RESULTS, ROOT

BASELINE = ROOT / "tests/nlu/baseline.json"
SLACK = 0.01
"""Of accuracy and F1: some seven of 700 sentences, which is what new topics take from old ones and give back."""
INTENT_SLACK = 0.25
"""Of one intent's recall: two of the eight sentences that it has."""
LEAST_RECALL = 0.6
_ROUNDING = 0.001
"""Of the recall in the baseline."""

_MISSED_SHOWN = 30
_PAIRS_SHOWN = 10


def below(folder: Path, baseline: Path = BASELINE) -> list[str]:
    """What is worse than it may be, as sentences, with the sentences that were misread; empty where nothing is."""
    reached = reached_in(folder)
    if reached["intents"] is None:
        return ["rasa wrote no intent report: are there sentences in tests/nlu?"]
    before: Mapping[str, Any] = json.loads(baseline.read_text())
    wrong = [
        f"{what}: {reached[what]:.3f}, and {before[what]:.3f} before ({baseline.name})"
        for what in ("intents", "entities")
        if reached[what] is not None and before[what] is not None and reached[what] < before[what] - SLACK
    ]
    for intent, recall in reached["recall"].items():
        least = _threshold(before["recall"].get(intent, LEAST_RECALL))
        if recall < least - _ROUNDING:
            wrong.append(f"{intent}: {recall:.2f} of its sentences are read right, at least {least:.2f} are asked for")
    return wrong + _misread(folder) if wrong else []


def _threshold(before: float) -> float:
    """The recall that one intent has to reach, by what it reached before."""
    return max(before - INTENT_SLACK, min(LEAST_RECALL, before))


def confusions(folder: Path) -> list[str]:
    """Which intents are taken for which, the most frequent first, as lines; and those of which least is read right."""
    errors = _read(folder / "intent_errors.json") or []
    pairs = Counter((error["intent"], error["intent_prediction"]["name"]) for error in errors)
    lines = [f"{count:4} of {meant} read as {read}" for (meant, read), count in pairs.most_common(_PAIRS_SHOWN)]
    weakest = sorted((recall, intent) for intent, recall in reached_in(folder)["recall"].items() if recall < 1)
    if weakest:
        lines.append("least recall: " + ", ".join(f"{intent} {recall:.2f}" for recall, intent in weakest[:5]))
    return lines


def reached_in(folder: Path) -> dict[str, Any]:
    """What was reached: accuracy of `intents`, F1 of `entities`, and `recall` by intent."""
    report = _read(folder / "intent_report.json")
    recall = {
        name: round(figures["recall"], 3)
        for name, figures in sorted(report.items())
        if isinstance(figures, dict) and "recall" in figures and not name.endswith(" avg")
    }
    return {"intents": _intent_accuracy(folder), "entities": _entity_f1(folder), "recall": recall}


def figures(folder: Path) -> str:
    """What was reached, in a few words."""
    intent, entity = _intent_accuracy(folder), _entity_f1(folder)
    parts = [] if intent is None else [f"intents {intent:.3f}"]
    return ", ".join(parts if entity is None else [*parts, f"entity F1 {entity:.3f}"])


def _intent_accuracy(folder: Path) -> float | None:
    report = _read(folder / "intent_report.json")
    return report.get("accuracy", report.get("micro avg", {}).get("f1-score")) if report else None


def _entity_f1(folder: Path) -> float | None:
    """Of the best extractor: each reports apart, and what one finds another may not be made for."""
    found = [_read(path).get("micro avg", {}).get("f1-score") for path in folder.glob("*Extractor_report.json")]
    return max((value for value in found if value is not None), default=None)


def _misread(folder: Path) -> list[str]:
    errors = _read(folder / "intent_errors.json") or []
    return [
        f"  {error['text']!r}: {error['intent_prediction']['name']}, not {error['intent']}"
        for error in errors[:_MISSED_SHOWN]
    ]


def _read(path: Path) -> Any:
    return json.loads(path.read_text()) if path.exists() else {}


def main(arguments: list[str]) -> int:
    """Make what was reached last what has to be reached."""
    reached = reached_in(RESULTS / "nlu")
    if arguments != ["--accept"] or reached["intents"] is None:
        print(__doc__ if arguments != ["--accept"] else "run `make test-nlu` first", file=sys.stderr)
        return 2
    rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in reached.items()}
    BASELINE.write_text(json.dumps(rounded, indent=1) + "\n")
    print(f"{BASELINE.relative_to(ROOT)}: intents {reached['intents']:.3f}, entities {reached['entities']:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
