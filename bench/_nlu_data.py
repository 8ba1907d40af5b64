"""What `bench.nlu` trains on and asks: published sets, sampled to the size of a bot, and the project's own."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from ops.layout import ROOT

SEED = 7
HWU_TRAINED_PER_INTENT = 30
CLINC_TRAINED_PER_INTENT = 15
ASKED = 1_000
"""Most held-out sentences asked: a share of 0.9 is then known to two points, nineteen times in twenty."""
SPOKEN = 60
"""Sentences of the project's own that are spoken and recognised."""


@dataclass(frozen=True)
class Span:
    """An entity in a sentence: characters from `start` up to `end`."""

    start: int
    end: int
    entity: str


@dataclass(frozen=True)
class Example:
    """A sentence and how it is to be read; an intent of None is none that was trained."""

    text: str
    intent: str | None
    entities: tuple[Span, ...] = ()


@dataclass(frozen=True)
class DataSet:
    """What is trained and what is asked.

    Attributes:
        what: The set in a few words.
        trained: A training file of Rasa's, or examples to make one from.
        asked: Sentences that were not trained.
        spoken: Those of them to be asked as they are heard, too.
    """

    what: str
    trained: Path | Sequence[Example]
    asked: Sequence[Example] = field(repr=False)
    spoken: Sequence[Example] = field(default=(), repr=False)


def hwu64_fifth(folder: Path) -> tuple[list[Example], list[Example]]:
    """HWU64: 64 intents of a home assistant with 54 kinds of entities, from the first fold's training part.

    Returns:
        A fifth of each intent, to be asked, and the rest: an intent's examples together, in an order of chance.
    """
    document = json.loads((folder / "nlu/hwu64_fold1_train.rasa.json").read_text())
    examples = {
        example["text"]: Example(
            example["text"],
            example["intent"],
            tuple(Span(one["start"], one["end"], one["entity"]) for one in example["entities"]),
        )
        for example in document["rasa_nlu_data"]["common_examples"]
    }
    held, rest = [], []
    for of_intent in _by_intent(list(examples.values())):
        fifth = max(1, len(of_intent) // 5)
        held += of_intent[:fifth]
        rest += of_intent[fifth:]
    return held, rest


def hwu64(folder: Path) -> DataSet:
    """HWU64, so many an intent."""
    held, others = hwu64_fifth(folder)
    rest = [one for _, each in groupby(others, lambda one: one.intent) for one in list(each)[:HWU_TRAINED_PER_INTENT]]
    return DataSet(f"HWU64, {HWU_TRAINED_PER_INTENT} an intent, {len(rest)} in all", rest, _sample(held, ASKED))


def clinc150(folder: Path) -> DataSet:
    """CLINC150: 150 intents, and sentences that have none of them."""
    document = json.loads((folder / "nlu/clinc150_dev.json").read_text())
    trained = [
        example
        for of_intent in _by_intent([Example(text, intent) for text, intent in document["train"]])
        for example in of_intent[:CLINC_TRAINED_PER_INTENT]
    ]
    asked = _sample([Example(text, intent) for text, intent in document["val"]], ASKED)
    outside = [Example(text, None) for part in ("oos_val", "oos_train") for text, _ in document[part]]
    what = f"CLINC150, {CLINC_TRAINED_PER_INTENT} an intent, {len(trained)} in all, {len(outside)} out of scope asked"
    return DataSet(what, trained, [*asked, *outside])


def own(folder: Path | None = None) -> DataSet:
    """The project's own examples, asked what `tests/nlu` holds out."""
    from rasa.shared.importers.utils import training_data_from_paths

    held = training_data_from_paths([str(each) for each in sorted((ROOT / "tests/nlu").glob("*.yml"))], "en")
    asked = [
        Example(
            message.get("text"),
            message.get("intent"),
            tuple(Span(one["start"], one["end"], one["entity"]) for one in message.get("entities") or ()),
        )
        for message in held.intent_examples
    ]
    return DataSet("the project's own, asked tests/nlu", ROOT / "data/nlu", asked, _sample(asked, SPOKEN))


DATA_SETS: dict[str, Callable[[Path], DataSet]] = {"own": own, "hwu64": hwu64, "clinc150": clinc150}


def write_training_file(examples: Sequence[Example], path: Path) -> None:
    """Write examples as Rasa reads them."""
    by_intent: defaultdict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_intent[str(example.intent)].append(f"- {_annotated(example)}\n")
    nlu: list[dict[str, Any]] = [
        {"intent": intent, "examples": "".join(lines)} for intent, lines in sorted(by_intent.items())
    ]
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True, width=10_000))


def _annotated(example: Example) -> str:
    text = example.text
    for span in sorted(example.entities, key=lambda one: one.start, reverse=True):
        text = f"{text[: span.start]}[{text[span.start : span.end]}]({span.entity}){text[span.end :]}"
    return text


def _by_intent(examples: Sequence[Example]) -> list[list[Example]]:
    """Examples an intent, each list in an order of chance that is always the same."""
    by_intent: defaultdict[str, list[Example]] = defaultdict(list)
    for example in sorted(examples, key=lambda one: one.text):
        by_intent[str(example.intent)].append(example)
    chance = random.Random(SEED)
    return [chance.sample(by_intent[intent], len(by_intent[intent])) for intent in sorted(by_intent)]


def _sample(examples: Sequence[Example], most: int) -> list[Example]:
    return random.Random(SEED).sample(list(examples), min(most, len(examples)))
