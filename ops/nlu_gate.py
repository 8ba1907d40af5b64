"""What understanding has to reach on sentences that it was not trained on, and whether it did.

Reads the reports that `rasa test nlu` writes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

INTENT_ACCURACY = 0.93
"""Of the sentences in `tests/nlu`, each written by hand apart from the training data."""
ENTITY_F1 = 0.90
"""Micro-averaged over their entities."""

_MISSED_SHOWN = 30


def below(folder: Path) -> list[str]:
    """What is under its bound, as sentences, with the sentences that were misread; empty where nothing is."""
    wrong = []
    intent, entity = _intent_accuracy(folder), _entity_f1(folder)
    if intent is None:
        return ["rasa wrote no intent report: are there sentences in tests/nlu?"]
    if intent < INTENT_ACCURACY:
        wrong.append(f"intents: {intent:.3f} of them right, at least {INTENT_ACCURACY} are asked for")
    if entity is not None and entity < ENTITY_F1:
        wrong.append(f"entities: F1 {entity:.3f}, at least {ENTITY_F1} is asked for")
    return wrong + _misread(folder) if wrong else []


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
