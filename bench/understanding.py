"""How well the project's own pipeline understands what others wrote: published sets, whole.

    python -m bench.understanding [--data PATH] [--sets NAME,…] [--json FILE]

Runs in the `rasa` environment. `config.yml` is trained as it is, on each set's training part, and asked sentences that
were not trained, one by one: HWU64 (the first fold's training part, a fifth of each intent held out), the same from
ten examples an intent, CLINC150 with what is in none of its intents, SNIPS and ATIS. The parts that results are
published on are used by nobody here.

"Intents" are right as they rank first. "At threshold" are those that are right and not asked back, and "out of scope"
those of no intent that are asked back or read as out of scope: both at the threshold of `config.yml`, which no set
chose. Entities are right with their exact span and kind. "Off" is the expected calibration error (ten bins).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench._nlu_data import DataSet, Example, Span, hwu64_fifth
from bench.nlu import figures, readings_of
from bench.report import machine
from ops.layout import ROOT

OUT_OF_SCOPE = "out_of_scope"

COLUMNS = (
    ("intents", "accuracy", "{:.1%}"),
    ("at threshold", "answered_right", "{:.1%}"),
    ("entities F1", "entity_f1", "{:.3f}"),
    ("off", "calibration_error", "{:.3f}"),
    ("out of scope", "foreign_recall", "{:.1%}"),
    ("AUROC", "foreign_auc", "{:.3f}"),
    ("train s", "train_s", "{:.0f}"),
    ("p50 ms", "parse_p50_ms", "{:.1f}"),
    ("p95 ms", "parse_p95_ms", "{:.1f}"),
)


def hwu64(folder: Path) -> DataSet:
    """All of it but the fifth that is asked."""
    held, rest = hwu64_fifth(folder)
    return DataSet(f"HWU64, {len(rest)} trained", rest, held)


def hwu64_10(folder: Path) -> DataSet:
    """Ten examples an intent; asked the same, but for those."""
    trained = _by_line(folder / "nlu/hwu64_train_10")
    texts = {one.text for one in trained}
    held, _ = hwu64_fifth(folder)
    return DataSet(f"HWU64, {len(trained)} trained", trained, [one for one in held if one.text not in texts])


def clinc150(folder: Path) -> DataSet:
    """150 intents, and examples of what is none of them."""
    document = json.loads((folder / "nlu/clinc150_dev.json").read_text())
    trained = [Example(text, intent) for text, intent in document["train"]]
    trained += [Example(text, OUT_OF_SCOPE) for text, _ in document["oos_train"]]
    asked = [Example(text, intent) for text, intent in document["val"]]
    asked += [Example(text, None) for text, _ in document["oos_val"]]
    return DataSet(f"CLINC150, {len(trained)} trained", trained, asked)


def snips(folder: Path) -> DataSet:
    """Seven intents with many slots."""
    return DataSet("SNIPS", _by_line(folder / "nlu/snips_train"), _by_line(folder / "nlu/snips_valid"))


def atis(folder: Path) -> DataSet:
    """Flights."""
    return DataSet("ATIS", _by_line(folder / "nlu/atis_train"), _by_line(folder / "nlu/atis_valid"))


SETS: dict[str, Callable[[Path], DataSet]] = {
    "hwu64": hwu64,
    "hwu64_10": hwu64_10,
    "clinc150": clinc150,
    "snips": snips,
    "atis": atis,
}


def judged(asked: Sequence[Example], readings: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """How much was understood."""
    inside = [(one, read) for one, read in zip(asked, readings, strict=True) if one.intent is not None]
    foreign = [read for one, read in zip(asked, readings, strict=True) if one.intent is None]
    answered = [read["intent"] == one.intent and not read["fallback"] for one, read in inside]
    refused = [read["fallback"] or read["intent"] == OUT_OF_SCOPE for read in foreign]
    return {
        **figures(asked, readings),
        "answered_right": sum(answered) / len(answered),
        "foreign_recall": sum(refused) / len(refused) if refused else None,
    }


def _by_line(folder: Path) -> list[Example]:
    """A set of three files: sentences, their intents, and, where it has entities, a tag a word (B-, I-, O)."""
    texts = (folder / "seq.in").read_text().splitlines()
    intents = (folder / "label").read_text().splitlines()
    tags = (folder / "seq.out").read_text().splitlines() if (folder / "seq.out").exists() else [""] * len(texts)
    return [
        Example(" ".join(text.split()), intent.strip(), _spans(text.split(), tagged.split()))
        for text, intent, tagged in zip(texts, intents, tags, strict=True)
    ]


def _spans(words: Sequence[str], tags: Sequence[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for word, tag in zip(words, tags or ["O"] * len(words), strict=True):
        kind = tag[2:]
        if tag.startswith("I-") and spans and spans[-1].entity == kind and spans[-1].end == at - 1:
            spans[-1] = Span(spans[-1].start, at + len(word), kind)
        elif tag != "O":
            spans.append(Span(at, at + len(word), kind))
        at += len(word) + 1
    return tuple(spans)


def main() -> None:
    """Measure, print a row a set, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--data", type=Path, default=default_data, help="the folder that holds nlu/")
    parser.add_argument("--sets", default=",".join(SETS), help=f"of {', '.join(SETS)}")
    parser.add_argument("--pipeline", default="config", help="config, or a file of bench/pipelines")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    if not (options.data / "nlu").is_dir():
        print("bench.understanding: skipped, no nlu/ under --data")
        return
    print(f"bench.understanding, {options.pipeline}; {machine()}")
    print(" " * 28 + "".join(f"{title:>14}" for title, _, _ in COLUMNS))
    rows = []
    for name in options.sets.split(","):
        data = SETS[name](options.data)
        with tempfile.TemporaryDirectory(prefix="rapport-nlu-") as folder:
            texts = [one.text for one in data.asked]
            row, readings = readings_of(options.pipeline, data, texts, Path(folder))
        figures_of = judged(data.asked, readings)
        if not isinstance(data.trained, Path) and not any(one.entities for one in data.trained):
            figures_of["entity_f1"] = None  # none were shown to it
        rows.append({"set": name, "what": data.what, "asked": len(texts), **row, **figures_of})
        cells = ("–" if rows[-1][key] is None else form.format(rows[-1][key]) for _, key, form in COLUMNS)
        print(f"{data.what:<28}" + "".join(f"{cell:>14}" for cell in cells), flush=True)
        if options.json:  # after each, since all of them take a while
            document = {"bench": "understanding", "machine": machine(), "rows": rows}
            options.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
