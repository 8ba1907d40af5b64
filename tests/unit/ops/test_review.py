"""What designers are shown of what was not understood, and what of it gets into the data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from ops import review
from ops.review import NO_INTENT, CannotAccept, Group, accepted, grouped, no_worse, written
from rapport.experiments.misunderstood import Misunderstood, Why
from rapport.memory.values import Vector

TODAY = date(2026, 11, 27)
WEATHER = "- intent: ask_weather\n  examples: |\n    - what's the weather\n    - will it rain in [oslo](place)\n"
LISTS = "- intent: add_to_list\n  examples: |\n    - add milk\n- intent: ask_list\n  examples: |\n    - read my list\n"


def sentence(
    text: str, *likely: str, why: Why = Why.UNCLEAR, meant: str | None = None, whose: str = "0"
) -> tuple[str, Misunderstood]:
    return whose, Misunderstood(text, why, likely, meant, TODAY)


def by_last_word(text: str) -> Vector:
    """Texts with the same last word mean the same."""
    vector = np.zeros(256, np.float32)
    vector[sum(map(ord, text.split()[-1])) % 256] = 1
    return vector


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, content in (("weather", WEATHER), ("lists", LISTS)):
        (tmp_path / f"{name}.yml").write_text(f'version: "3.1"\nnlu:\n{content}')
    held_out = tmp_path / "held_out"
    held_out.mkdir()
    (held_out / "test_weather.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: ask_weather\n  examples: |\n    - is it wet in [oslo](place)\n'
    )
    return tmp_path


def accept(data: Path, *blocks: tuple[str, str]) -> dict[str, str]:
    lines = [f"- intent: {intent}\n  examples: |\n    - {text}\n" for intent, text in blocks]
    changed = accepted("nlu:\n" + "".join(lines), data, data / "held_out")
    return {path.name: content for path, content in changed.items()}


def test_groups_are_by_meaning_and_those_of_most_people_come_first() -> None:
    groups = grouped(
        [
            sentence("play some jazz", "smalltalk_sing"),
            sentence("is it Wet  outside", "ask_weather", "ask_time"),
            sentence("how wet is it outside", "ask_time", whose="1"),
            sentence("is it wet outside", "ask_weather", whose="2"),
        ],
        by_last_word,
    )

    assert groups == [
        Group(
            "ask_weather",
            ("is it wet outside", "how wet is it outside"),
            3,
            {Why.UNCLEAR: 3},
            ("ask_time",),
        ),
        Group("smalltalk_sing", ("play some jazz",), 1, {Why.UNCLEAR: 1}, ()),
    ]


def test_what_people_chose_outweighs_what_was_likely() -> None:
    [group] = grouped(
        [
            sentence(f"{number} outside", "ask_time", meant="ask_weather" if number == 1 else None)
            for number in range(3)
        ],
        by_last_word,
    )

    assert group.intent == "ask_weather"


def test_what_was_said_to_be_wrong_is_not_proposed() -> None:
    wrong = sentence("is it wet outside", "ask_time", "ask_weather", why=Why.CORRECTED)
    nothing_else = sentence("and inside", "ask_time", why=Why.CORRECTED)

    proposed = {group.texts[0]: group.intent for group in grouped([wrong, nothing_else], by_last_word)}

    assert proposed == {"is it wet outside": "ask_weather", "and inside": None}


def test_the_file_is_nlu_data_that_tells_why() -> None:
    text = written(
        [
            Group("ask_weather", ("is it wet",), 2, {Why.UNSURE: 1, Why.CORRECTED: 2}, ("ask_time",)),
            Group(None, ("and inside",), 1, {Why.CORRECTED: 1}, ()),
        ],
        TODAY,
    )

    assert "# 2 corrected, 1 unsure; 2 people; else perhaps ask_time\n" in text
    assert "from 4 sentences" in text
    assert yaml.safe_load(text)["nlu"] == [
        {"intent": "ask_weather", "examples": "- is it wet\n"},
        {"intent": NO_INTENT, "examples": "- and inside\n"},
    ]


def test_accepted_examples_stand_at_their_intent_s_end_and_nothing_else_moves(data: Path) -> None:
    changed = accept(data, ("add_to_list", "i'm out of milk"), ("ask_weather", "is it grim out there"))

    assert changed == {
        "lists.yml": 'version: "3.1"\nnlu:\n' + LISTS.replace("- add milk\n", "- add milk\n    - i'm out of milk\n"),
        "weather.yml": f'version: "3.1"\nnlu:\n{WEATHER}    - is it grim out there\n',
    }


def test_what_is_known_or_held_out_is_not_added(data: Path) -> None:
    for text in ("What's the weather", "will it rain in oslo", "is it wet in oslo"):
        with pytest.raises(CannotAccept, match="nothing new"):
            accept(data, ("ask_weather", text))


@pytest.mark.parametrize("intent", [NO_INTENT, "no_such_intent"])
def test_an_intent_that_is_none_is_told(data: Path, intent: str) -> None:
    with pytest.raises(CannotAccept, match=intent):
        accept(data, (intent, "and inside"))


@pytest.mark.parametrize("text", ["nlu: [", "just words", "nlu:\n- intent: ask_weather\n"])
def test_what_is_no_data_is_told(data: Path, text: str) -> None:
    with pytest.raises(CannotAccept, match="no NLU data"):
        accepted(text, data, data / "held_out")


@pytest.mark.parametrize(
    ("intents", "entities", "wins"), [(0.91, 0.9, True), (0.899, 0.9, True), (0.95, 0.89, False), (0.89, 0.95, False)]
)
def test_a_model_has_to_be_no_worse_in_anything(intents: float, entities: float, wins: bool) -> None:
    assert no_worse({"intents": intents, "entities": entities}, {"intents": 0.9, "entities": 0.9}) is wins


@pytest.mark.parametrize("wins", [True, False])
def test_data_and_model_are_as_before_where_it_is_a_loss(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wins: bool
) -> None:
    """Training and testing are scripted; that both are really run is for `make review`."""
    model, record = tmp_path / "model.tar.gz", tmp_path / "inputs.json"
    model.write_text("old")
    record.write_text("old")
    reached = iter([0.9, 0.92 if wins else 0.88])
    monkeypatch.setattr(review.training, "MODEL", model)
    monkeypatch.setattr(review.training, "RECORD", record)
    monkeypatch.setattr(review.training, "up_to_date", lambda: True)
    monkeypatch.setattr(review.training, "train", lambda console: [each.write_text("new") for each in (model, record)])
    monkeypatch.setattr(review, "held_out_nlu", lambda: None)
    monkeypatch.setattr(review.nlu_gate, "reached_in", lambda folder: {"intents": next(reached), "entities": 0.9})
    monkeypatch.setattr(review, "accepted", lambda text: {data / "weather.yml": text})
    monkeypatch.setattr(review, "RESULTS", tmp_path / "results")
    before = (data / "weather.yml").read_text()
    (tmp_path / "review.yml").write_text("new data")

    assert review.main(["--accept", str(tmp_path / "review.yml")]) == (0 if wins else 1)

    assert (data / "weather.yml").read_text() == ("new data" if wins else before)
    assert {model.read_text(), record.read_text()} == {"new" if wins else "old"}
    assert not list(tmp_path.glob("*.before"))
