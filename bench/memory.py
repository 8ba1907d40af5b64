"""What remembering costs: write, search, sweep, rekey and erase, at 100, 1,000 and 10,000 memories a person.

    python -m bench.memory [--sizes N…] [--people N] [--json FILE]

Runs in the `services` environment, on every memory store that is there: the embedded one, and Weaviate where
`RAPPORT_WEAVIATE_URL` is set. Vectors are random unit vectors, texts are of made-up words that are as unevenly frequent
as those of a language (Zipf), so that a question's words are found in many memories; embedding a text is part
of a recall only. Each figure is taken over all people of a size.

- write: one memory, kept for good, where so many are
- search: one question, its words and its vector, filtered by purpose and expiry; warm
- recall: the same with making the question's vector before and ranking after it
- search after a write: the same, first thing after a memory was written
- sweep: find what has expired, 2 % of all, delete it and compact
- rekey: encrypt everything with another key
- erase: everything of a person, with the wrapped key
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from bench.report import Report, percentiles
from rapport.embedding import DIMENSIONS
from rapport.memory.ranking import rank
from rapport.memory.store import Filter, MemoryStore
from rapport.memory.values import Kind, Memory, Provenance, Statement, Vector
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose
from rapport.privacy.screening import SentenceModel

ENVIRONMENT = "services"

SIZES = (100, 1_000, 10_000)
PEOPLE = 3
WRITES, SEARCHES, SWEEPS = 20, 60, 2
WORDS = 8_000
TEXT_WORDS, QUESTION_WORDS = 9, 4
FIRST_WORD = 30
"""Ranks of words below this are taken to be words of grammar, which stores leave out of questions."""

NOW = datetime.now(timezone.utc)
MODEL = SentenceModel(Path("models/minilm"))
STEPS = ("write", "search", "recall", "search after a write", "sweep", "rekey", "erase")


class Inventor:
    """Makes memories and questions from random words and vectors; the same ones at every run."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(11)
        weights = 1 / np.arange(1, WORDS + 1)
        self._chances = weights / weights.sum()

    def vector(self) -> Vector:
        """A random direction."""
        drawn = self._random.standard_normal(DIMENSIONS).astype(np.float32)
        vector: Vector = drawn / np.linalg.norm(drawn)
        return vector

    def words(self, count: int, first: int = 0) -> str:
        """Made-up words, the frequent ones often."""
        ranks = self._random.choice(WORDS - first, count, p=self._chances[first:] / self._chances[first:].sum())
        return " ".join(f"w{first + rank}" for rank in ranks)

    def memory(self, *, expires: datetime | None = None) -> Memory:
        """One with text, own words and a statement."""
        text = self.words(TEXT_WORDS)
        return Memory(
            id=secrets.token_hex(16),
            kind=Kind.FACT,
            text=text,
            provenance=Provenance("bench", words=f"remember that {text}"),
            purpose=Purpose.MEMORY,
            consent_version=1,
            created=NOW,
            confirmed=NOW,
            statement=Statement("me", "likes", self.words(2), many=True),
            expires=expires or NOW + timedelta(days=365),
        )


class Times:
    """Milliseconds by step."""

    def __init__(self) -> None:
        self.ms: dict[str, list[float]] = {step: [] for step in STEPS}

    @contextlib.contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Time what is done inside."""
        start = time.perf_counter()
        yield
        self.ms[step].append((time.perf_counter() - start) * 1_000)


def main() -> None:
    """Measure every store at every size, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="memories a person")
    parser.add_argument("--people", type=int, default=PEOPLE, help="people of each size")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="rapport-memory-") as name,
        contextlib.closing(_Stores(Path(name))) as stores,
    ):
        report = Report("memory", ", ".join(stores.made))
        for size in options.sizes:
            for title, store in stores.made.items():
                times = Times()
                for _ in range(options.people):
                    _one_person(store, size, times)
                for step, taken in times.ms.items():
                    report.row(f"{title}, {size:,}: {step}", **percentiles(taken), unit="ms")
    report.print()
    if options.json:
        report.write(options.json)


class _Stores:
    """The stores that are there, by name."""

    def __init__(self, folder: Path) -> None:
        from rapport.memory.embedded_store import EmbeddedStore

        self.made: dict[str, MemoryStore] = {"embedded": EmbeddedStore(folder)}
        url = os.environ.get("RAPPORT_WEAVIATE_URL")
        if url:
            from rapport.memory.weaviate_store import WeaviateStore

            self.made["weaviate"] = WeaviateStore(url)

    def close(self) -> None:
        """Close all."""
        for store in self.made.values():
            store.close()


def _one_person(store: MemoryStore, size: int, times: Times) -> None:
    person, keys, inventor = f"p_{secrets.token_hex(12)}", PersonKeys.fresh(), Inventor()
    where = Filter(purposes=[Purpose.MEMORY], at=NOW)
    unit = store.open(person, keys, create=True)
    try:
        store.keep_wrapped_key(person, secrets.token_bytes(60), before=None)
        unit.put((inventor.memory(), inventor.vector()) for _ in range(size))
        unit.search("", inventor.vector(), where)
        for _ in range(SEARCHES):
            words, vector = inventor.words(QUESTION_WORDS, FIRST_WORD), inventor.vector()
            with times.of("search"):
                found = unit.search(words, vector, where)
            if len(found) < min(50, size):
                raise SystemExit("bench.memory: a search found less than it should")
        for _ in range(SEARCHES):
            words = inventor.words(QUESTION_WORDS, FIRST_WORD)
            with times.of("recall"):
                rank(unit.search(words, MODEL(words), where), question=words)
        for _ in range(WRITES):
            written = inventor.memory(), inventor.vector()
            words, vector = inventor.words(QUESTION_WORDS, FIRST_WORD), inventor.vector()
            with times.of("write"):
                unit.put([written])
            with times.of("search after a write"):
                unit.search(words, vector, where)
        for _ in range(SWEEPS):
            unit.put((inventor.memory(expires=NOW), inventor.vector()) for _ in range(max(1, size // 50)))
            with times.of("sweep"):
                unit.delete(unit.expired(NOW))
                unit.compact()
        with times.of("rekey"):
            unit.rekey(PersonKeys.fresh())
    finally:
        with times.of("erase"):
            store.erase(person)
            store.destroy_wrapped_key(person)
    if store.traces(person):
        raise SystemExit("bench.memory: an erased person left something behind")


if __name__ == "__main__":
    main()
