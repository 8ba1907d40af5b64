"""How the benchmark of understanding reads its sets and judges."""

from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="understanding is measured in Rasa's environment")

from bench._nlu_data import Example, Span
from bench.understanding import _by_line, judged


def test_tags_become_spans(tmp_path: Path) -> None:
    """A new B begins another one; an I without its B begins one, too."""
    (tmp_path / "seq.in").write_text("fly from new york to  boston on may first\nhello\n")
    (tmp_path / "label").write_text("flight\ngreet\n")
    (tmp_path / "seq.out").write_text("O O B-from I-from O B-to O B-month I-day\nO\n")

    flight, greet = _by_line(tmp_path)

    assert flight.text == "fly from new york to boston on may first"
    assert [(flight.text[span.start : span.end], span.entity) for span in flight.entities] == [
        ("new york", "from"),
        ("boston", "to"),
        ("may", "month"),
        ("first", "day"),
    ]
    assert greet == Example("hello", "greet")


def test_what_is_asked_back_is_not_answered_right() -> None:
    """And what has no intent is refused by a question back, or by being read as out of scope."""

    def read(intent: str, *, fallback: bool = False, entities: list[list[object]] | None = None) -> dict[str, object]:
        return {
            "intent": intent,
            "confidence": 0.3 if fallback else 0.9,
            "fallback": fallback,
            "entities": entities or [],
        }

    asked = [
        Example("a", "x", (Span(0, 1, "letter"),)),
        Example("b", "x"),
        Example("c", "y"),
        *[Example("d", None)] * 3,
    ]
    readings = [
        read("x", entities=[[0, 1, "letter"]]),
        read("x", fallback=True),
        read("x"),
        read("y"),
        read("out_of_scope"),
        read("y", fallback=True),
    ]

    found = judged(asked, readings)

    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["answered_right"] == pytest.approx(1 / 3)
    assert found["foreign_recall"] == pytest.approx(2 / 3)
    assert found["entity_f1"] == 1.0
