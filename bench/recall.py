"""How well memories are found, and how far recall's confidence can be trusted.

    python -m bench.recall [--data FILE] [--json FILE] [--fit]

Runs in the `services` environment. Finding is measured on LoCoMo's conversations (Maharana et al. 2024), which are not
part of the project: `--data`, else `memory/locomo_dev4.json` under `RAPPORT_EVAL_DATA`, else under `../shared/data`;
it says so where there are none. One memory a turn, the question is the query, categories 1 to 4; hit@5 is the share of
questions with a turn of the evidence among the first five, recall@5 the mean share of the evidence there, MRR the mean
of one over the first such turn's place.

Beside Rapport's recall are measured: BM25 over the turns with their speakers, stemmed (Porter; k1 = 1.5, b = 0.75);
the cosines of their vectors; and the sum of both, standardised, over the turn and over the turn with its neighbours.
Rapport's goes through the embedded store; a turn's date and the two turns before and after it are its context. Nothing
in it was fitted on these conversations. "Leaning" is with the vector that a person of all these sessions has: what it
costs who asks for anything at all.

Confidence is measured on sentences of our own (`bench/_recall_confidence.py`); `--fit` prints the weights for
`rapport/memory/ranking.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import Stemmer

from bench import _recall_confidence as confidence
from bench.report import Report, percentiles
from rapport.embedding import SentenceEmbedder
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.indexing import STOP_WORDS
from rapport.memory.ranking import lean, rank
from rapport.memory.store import MemoryStore
from rapport.personality.person_vector import PersonVector, moved
from rapport.privacy.keys import PersonKeys

ROOT = Path(__file__).resolve().parent.parent
FIRST = 5
CANDIDATES = 50
AROUND = 2
"""Turns before and after one that are its context."""
ANY_DAY = date(2026, 1, 1)

Scores = npt.NDArray[np.float64]
Order = Sequence[int]


@dataclass(frozen=True)
class Question:
    """A question and the turns that answer it."""

    text: str
    evidence: frozenset[int]


@dataclass(frozen=True)
class Conversation:
    """A conversation's turns, each with its speaker; the dates and numbers of their sessions; its questions."""

    turns: list[str]
    dates: list[str]
    sessions: list[int]
    questions: list[Question]

    def around(self, turn: int, count: int) -> list[int]:
        """So many turns before and after one in its session."""
        near = range(max(0, turn - count), min(len(self.turns), turn + count + 1))
        return [each for each in near if each != turn and self.sessions[each] == self.sessions[turn]]


def conversations(path: Path) -> list[Conversation]:
    """LoCoMo's file."""
    return [_conversation(each["conversation"], each["qa"]) for each in json.loads(path.read_text(encoding="utf-8"))]


def _conversation(said: dict[str, Any], asked: list[dict[str, Any]]) -> Conversation:
    numbers = sorted(int(found[1]) for name in said if (found := re.fullmatch(r"session_(\d+)", name)))
    turns = [(number, turn) for number in numbers for turn in said[f"session_{number}"]]
    places = {turn["dia_id"]: place for place, (_, turn) in enumerate(turns)}
    questions = []
    for each in asked:
        # Evidence may hold several turns in one string, and leading zeros.
        named = re.findall(r"D0*(\d+):0*(\d+)", " ".join(each.get("evidence", [])))
        evidence = frozenset(places[f"D{a}:{b}"] for a, b in named if f"D{a}:{b}" in places)
        if evidence and each["category"] in (1, 2, 3, 4):
            questions.append(Question(each["question"], evidence))
    return Conversation(
        [f"{turn['speaker']}: {turn['text']}" for _, turn in turns],
        [said[f"session_{number}_date_time"] for number, _ in turns],
        [number for number, _ in turns],
        questions,
    )


def stems(text: str) -> list[str]:
    """A text's words, stemmed, without those of grammar."""
    words = [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in STOP_WORDS]
    return list(Stemmer.Stemmer("porter").stemWords(words))


def bm25(texts: Sequence[str], k1: float = 1.5, b: float = 0.75) -> Callable[[str], Scores]:
    """Scores of the texts for a question."""
    counts = [Counter(stems(text)) for text in texts]
    lengths = np.array([count.total() for count in counts])

    def scores(question: str) -> Scores:
        total = np.zeros(len(texts))
        for stem in set(stems(question)):
            often = np.array([count[stem] for count in counts])
            having = np.count_nonzero(often)
            rarity = np.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
            total += rarity * often * (k1 + 1) / (often + k1 * (1 - b + b * lengths / lengths.mean()))
        return total

    return scores


def standardised(scores: Scores) -> Scores:
    """With mean 0 and standard deviation 1."""
    spread: Scores = (scores - scores.mean()) / max(float(scores.std()), 1e-9)
    return spread


@dataclass
class Found:
    """How well something finds."""

    hits: list[float]
    recalls: list[float]
    reciprocals: list[float]

    @classmethod
    def nothing(cls) -> Found:
        """Before the first question."""
        return cls([], [], [])

    def add(self, order: Order, evidence: frozenset[int]) -> None:
        """Count one question: the turns' places, best first."""
        first = set(order[:FIRST])
        self.hits.append(float(bool(first & evidence)))
        self.recalls.append(len(first & evidence) / len(evidence))
        self.reciprocals.append(next((1 / place for place, turn in enumerate(order, 1) if turn in evidence), 0.0))


def plain(talk: Conversation, embedder: SentenceEmbedder) -> dict[str, Callable[[str], Scores]]:
    """What is usually done, by name."""
    windows = [
        "\n".join(talk.turns[each] for each in sorted([turn, *talk.around(turn, 1)])) for turn in range(len(talk.turns))
    ]
    words, window_words = bm25(talk.turns), bm25(windows)
    vectors, window_vectors = embedder.embed(talk.turns), embedder.embed(windows)

    def cosines(of: npt.NDArray[np.float32], question: str) -> Scores:
        products: Scores = (of @ embedder.embed([question])[0]).astype(np.float64)
        return products

    return {
        "BM25 alone": words,
        "MiniLM alone": lambda question: cosines(vectors, question),
        "plain sum": lambda question: (
            standardised(words(question))
            + standardised(cosines(vectors, question))
            + standardised(window_words(question))
            + standardised(cosines(window_vectors, question))
        ),
    }


class Ordering(Protocol):
    """Puts a conversation's turns in order for a question."""

    def __call__(self, question: str, *, leaning: bool = False) -> Order:
        """Best first; `leaning` with the person's vector, after all their sessions."""


def _vector(talk: Conversation, vectors: npt.NDArray[np.float32]) -> PersonVector:
    """Where somebody is after the sessions of a conversation, all on one day."""
    vector = PersonVector(np.zeros(vectors.shape[1], np.float32), ANY_DAY, "")
    for session in sorted(set(talk.sessions)):
        said = [each for each, of in zip(vectors, talk.sessions, strict=True) if of == session]
        vector = moved(vector, said, ANY_DAY, "") or vector
    return vector


def rapports(talk: Conversation, number: int, store: MemoryStore, embedder: SentenceEmbedder) -> Ordering:
    """Recall as the product does it."""
    memories = [
        confidence.memory(
            turn,
            talk.turns[turn],
            context="\n".join([talk.dates[turn], *(talk.turns[each] for each in talk.around(turn, AROUND))]),
        )
        for turn in range(len(talk.turns))
    ]
    unit = store.open(confidence.person(number), PersonKeys.fresh(), create=True)
    vectors = embedder.embed([each.indexed for each in memories])
    unit.put(zip(memories, vectors, strict=True))
    vector = _vector(talk, vectors)

    def order(question: str, *, leaning: bool = False) -> Order:
        matches = unit.search(question, embedder.embed([question])[0], confidence.WHERE, limit=CANDIDATES)
        ranked = rank(matches, question)
        if leaning:
            ranked = lean(ranked, lambda memory: vector.nearness(embedder.embed([memory.indexed])[0]))
        return [int(each.memory.id, 16) for each in ranked]

    return order


def finding(report: Report, path: Path, store: MemoryStore, embedder: SentenceEmbedder) -> None:
    """LoCoMo: hit@5, recall@5 and MRR of each way, in one run."""
    found: dict[str, Found] = {}
    took_ms = []
    for number, talk in enumerate(conversations(path), confidence.PARTS + 1):
        ways, ours = plain(talk, embedder), rapports(talk, number, store, embedder)
        for question in talk.questions:
            before = time.perf_counter()
            order = ours(question.text)
            took_ms.append((time.perf_counter() - before) * 1_000)
            for name, scores in ways.items():
                places = np.argsort(-scores(question.text), kind="stable").tolist()
                found.setdefault(name, Found.nothing()).add(places, question.evidence)
            found.setdefault("Rapport", Found.nothing()).add(order, question.evidence)
            leaning = ours(question.text, leaning=True)
            found.setdefault("Rapport, leaning", Found.nothing()).add(leaning, question.evidence)
    for name, each in found.items():
        asked = f"%  (n={len(each.hits)})"
        report.row(f"{name}: hit@{FIRST}", value=100 * float(np.mean(each.hits)), unit=asked)
        report.row(f"{name}: recall@{FIRST}", value=100 * float(np.mean(each.recalls)), unit="%")
        report.row(f"{name}: MRR", value=float(np.mean(each.reciprocals)), unit="")
    report.row("Rapport: from question to order", **percentiles(took_ms), unit="ms")


def main() -> None:
    """Measure, print a table, and write JSON where asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.recall", description="How well memories are found.")
    shared = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--data", type=Path, default=shared / "memory/locomo_dev4.json", help="a file in LoCoMo's form")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--fit", action="store_true", help="also print the confidence's weights")
    options = parser.parse_args()
    embedder = SentenceEmbedder(ROOT / "models/minilm", kept=50_000)
    report = Report("recall", "LoCoMo, one memory a turn; personal statements for the confidence")
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder))
        try:
            if options.data.is_file():
                finding(report, options.data, store, embedder)
            else:
                print(
                    "bench.recall: LoCoMo skipped, its file is absent; --data or RAPPORT_EVAL_DATA says where it lies"
                )
            cases, unseen = (
                list(confidence.asked(path, store, embedder)) for path in (confidence.DATA, confidence.UNSEEN)
            )
        finally:
            store.close()
    confidence.add_rows(report, "confidence", cases, confidence.held_out(cases))
    confidence.add_rows(report, "unseen", unseen, confidence.as_shipped(unseen))
    report.print()
    if options.fit:
        weights, bias = confidence.fitted(cases)
        print("  similarity, coverage, lead, elsewhere, bias:", ", ".join(f"{each:.2f}" for each in (*weights, bias)))
    if options.json:
        report.write(options.json)


if __name__ == "__main__":
    main()
