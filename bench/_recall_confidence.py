"""How far recall's confidence can be trusted: personal statements; questions with one answer, with none, with several.

Every question of `bench/data/personal_recall.json` is asked of people who have told much and little: all of the
memories, a seventh of them with the answer, another seventh, three or four, and one alone; and the same once the answer
was forgotten, where what else is nearest is what they have told. Weights are fitted on nine tenths of the questions and
judged on the last. What evidence counts, and from where a memory is used, was chosen on the same questions; so those of
`personal_recall_unseen.json`, written afterwards, are asked with the weights as they are in the product. They were seen
once: that `my …` in a question must be in the answer was added upon them (94 % right where used before that).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.report import Report
from rapport.embedding import SentenceEmbedder
from rapport.memory.ranking import ASK, USE, Evidence, rank, weigh
from rapport.memory.store import Filter, Match, MemoryStore
from rapport.memory.values import Kind, Memory, Provenance, Statement
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose

DATA = Path(__file__).with_name("data") / "personal_recall.json"
UNSEEN = Path(__file__).with_name("data") / "personal_recall_unseen.json"
TOLD = datetime(2026, 1, 1, tzinfo=timezone.utc)
WHERE = Filter(purposes=[Purpose.MEMORY], at=TOLD)
PARTS = 7
FOLDS = 10
RIDGE = 0.01
"""Of the weights of standardised evidence, so that they stay finite."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """What recall put first.

    Attributes:
        question: Its number.
        sort: `answered`, `unanswerable` or `ambiguous`.
        evidence: What spoke for it.
        right: It is the one answer.
    """

    question: int
    sort: str
    evidence: Evidence
    right: bool


def person(number: int) -> str:
    """An id for somebody who is made up."""
    return f"p_{number:024x}"


def memory(number: int, text: str, kind: Kind = Kind.NOTE, **known: Any) -> Memory:
    """A memory with a number for an id."""
    known = {"provenance": Provenance("bench"), **known}
    return Memory(
        f"{number:032x}", kind, text, purpose=Purpose.MEMORY, consent_version=1, created=TOLD, confirmed=TOLD, **known
    )


def asked(path: Path, store: MemoryStore, embedder: SentenceEmbedder) -> Iterator[Case]:
    """Ask everything of everybody; the store holds nobody afterwards."""
    data = json.loads(path.read_text(encoding="utf-8"))
    names = [each["id"] for each in data["memories"]]
    memories = [_personal(number, each) for number, each in enumerate(data["memories"])]
    kept = list(zip(memories, embedder.embed([each.indexed for each in memories]), strict=True))
    everything = store.open(person(PARTS), PersonKeys.fresh(), create=True)
    everything.put(kept)
    parts = [store.open(person(part), PersonKeys.fresh(), create=True) for part in range(PARTS)]
    for part, unit in enumerate(parts):
        unit.put(kept[part::PARTS])
    for number, each in enumerate(data["questions"]):
        question, right = each["question"], [names.index(name) for name in each["answers"]]
        vector = embedder.embed([question])[0]
        of_all = everything.search(question, vector, WHERE, limit=len(kept))
        yield _case(number, question, of_all, right)
        for some in _few(of_all, number, right) if len(right) == 1 else ():
            yield _case(number, question, some, right)
        if len(right) == 1:
            yield _case(number, question, parts[right[0] % PARTS].search(question, vector, WHERE), right)
        stranger = ((right or [number])[0] + PARTS // 2) % PARTS
        if all(answer % PARTS != stranger for answer in right):
            yield _case(number, question, parts[stranger].search(question, vector, WHERE), [])
        if right:
            everything.delete([memories[answer].id for answer in right])
            of_all = everything.search(question, vector, WHERE, limit=len(kept))
            yield _case(number, question, of_all, [])
            everything.put([kept[answer] for answer in right])
        nearest = max(of_all, key=lambda match: match.similarity)
        for some in _few(of_all, number, [int(nearest.memory.id, 16)]):
            yield _case(number, question, some, [])
    for each in range(PARTS + 1):
        store.erase(person(each))


def _few(matches: Sequence[Match], number: int, kept: Sequence[int]) -> Iterator[list[Match]]:
    """Those kept alone, and with a few others."""
    for others in (0, 3):
        chosen = {*kept, *((number + PARTS * PARTS * each) % len(matches) for each in range(others))}
        yield [match for match in matches if int(match.memory.id, 16) in chosen]


def _case(number: int, question: str, matches: Sequence[Match], right: Sequence[int]) -> Case:
    first = rank(matches, question)[0].memory.id
    evidence = dict(zip((match.memory.id for match in matches), weigh(matches, question), strict=True))[first]
    sort = ("unanswerable", "answered", "ambiguous")[min(len(right), 2)]
    return Case(number, sort, evidence, [int(first, 16)] == list(right))


def _personal(number: int, told: dict[str, Any]) -> Memory:
    statement = told.get("statement")
    return memory(
        number,
        told["text"],
        Kind(told["kind"]),
        provenance=Provenance("bench", words=told.get("words")),
        statement=Statement(*statement) if statement else None,
    )


def fitted(cases: Sequence[Case]) -> tuple[Numbers, float]:
    """Weights of the evidence and the bias: logistic regression by Newton's method."""
    evidence, right = _table(cases)
    middle, spread = evidence.mean(axis=0), evidence.std(axis=0)
    rows = np.column_stack([(evidence - middle) / spread, np.ones(len(right))])
    ridge = np.array([RIDGE] * evidence.shape[1] + [0.0])
    weights: Numbers = np.zeros(rows.shape[1])
    for _ in range(25):
        guess = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (guess - right) / len(right) + ridge * weights
        curve = (rows * (guess * (1 - guess))[:, None]).T @ rows / len(right) + np.diag(ridge)
        weights = weights - np.linalg.solve(curve, slope)
    plain = weights[:-1] / spread
    return plain, float(weights[-1] - plain @ middle)


def held_out(cases: Sequence[Case]) -> Numbers:
    """Each case's confidence with weights that its question had no part in."""
    evidence, _ = _table(cases)
    fold = np.array([case.question % FOLDS for case in cases])
    confidence = np.empty(len(cases))
    for each in range(FOLDS):
        weights, bias = fitted([case for case, of in zip(cases, fold, strict=True) if of != each])
        confidence[fold == each] = 1 / (1 + np.exp(-evidence[fold == each] @ weights - bias))
    return confidence


def _table(cases: Sequence[Case]) -> tuple[Numbers, Numbers]:
    return np.array([astuple(case.evidence) for case in cases]), np.array([float(case.right) for case in cases])


def add_rows(report: Report, title: str, cases: Sequence[Case], confidence: Numbers) -> None:
    """What would be said to each question, and whether the confidence means what it says."""
    _, right = _table(cases)
    sort = np.array([case.sort for case in cases])
    use, ask = confidence >= USE, (confidence >= ASK) & (confidence < USE)

    def share(of: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float:
        return float(100 * (of & among).sum() / among.sum())

    report.row(f"{title}: first one right, answered", value=share(right == 1, sort == "answered"), unit="%")
    report.row(f"{title}: right where used", value=share(right == 1, use), unit=f"%  (n={use.sum()})")
    for each in ("answered", "unanswerable", "ambiguous"):
        among = sort == each
        report.row(f"{title}: used, {each}", value=share(use, among), unit=f"%  (n={among.sum()})")
        report.row(f"{title}: asked back, {each}", value=share(ask, among), unit="%")
    error = 0.0
    for low in np.arange(0, 1, 0.1):
        within = (confidence >= low) & (confidence < low + 0.1)
        if within.any():
            said, was = confidence[within].mean(), right[within].mean()
            error += abs(said - was) * within.mean()
            report.row(f"{title}: right where said {said:.2f}", value=float(was), unit=f"   (n={within.sum()})")
    report.row(f"{title}: expected calibration error", value=float(error), unit="")


def as_shipped(cases: Sequence[Case]) -> Numbers:
    """Each case's confidence in the product."""
    return np.array([case.evidence.confidence for case in cases])
