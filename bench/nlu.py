"""Pipelines of understanding, side by side: how much is read rightly, what that costs in time and memory.

    python -m bench.nlu [--data PATH] [--pipelines NAME,…] [--sets NAME,…] [--json FILE]

Runs in the `rasa` environment. A pipeline is a file of `bench/pipelines`, or `config`, the project's own; those with
DIET train for minutes to an hour and are run where they are named (`--pipelines all`). Sets are the project's own
(`data/nlu`, asked `tests/nlu`), and HWU64 and CLINC150, sampled to the size of a bot, where `--data` has them.

Every pipeline is trained and asked in processes of its own, sentence by sentence. Right are intents as they rank
first, before any fallback. "Kept" and "refused" are shares of known and of foreign sentences at the confidence that
keeps 95 % of the rightly read ones, so that pipelines can be compared whatever their confidences mean; `off` is how
far those are from meaning what they say (expected calibration error, ten bins, on known sentences). "Heard" is the
share of right intents among sentences of the project's own that the local voice spoke and Vosk recognised, and "said"
that of the same sentences as they were written.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from bench._nlu_data import DATA_SETS, DataSet, Example, write_training_file
from bench._nlu_heard import heard
from bench.report import machine, percentiles
from ops.layout import ROOT
from ops.processes import QUIET

PIPELINES = ROOT / "bench/pipelines"
QUICK = ("sparse_logistic", "minilm_logistic", "sparse_linear", "minilm_linear")
KEPT = 0.95
"""The share of rightly read sentences that a threshold is chosen to keep."""

COLUMNS = (
    ("right", "accuracy", "{:.1%}"),
    ("F1", "macro_f1", "{:.3f}"),
    ("entities", "entity_f1", "{:.3f}"),
    ("off", "calibration_error", "{:.3f}"),
    ("said", "said_accuracy", "{:.1%}"),
    ("heard", "heard_accuracy", "{:.1%}"),
    ("AUC", "foreign_auc", "{:.3f}"),
    ("refused", "foreign_refused", "{:.1%}"),
    ("train s", "train_s", "{:.0f}"),
    ("CPU s", "train_cpu_s", "{:.0f}"),
    ("load s", "load_s", "{:.1f}"),
    ("CPU s", "load_cpu_s", "{:.1f}"),
    ("p50 ms", "parse_p50_ms", "{:.1f}"),
    ("p95 ms", "parse_p95_ms", "{:.1f}"),
    ("MB", "memory_mb", "{:.0f}"),
)


def figures(asked: Sequence[Example], readings: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """How much of what was asked was read rightly, and how well confidences tell."""
    pairs = list(zip(asked, readings, strict=True))
    known = [(one, read) for one, read in pairs if one.intent is not None]
    right = np.array([read["intent"] == one.intent for one, read in known])
    sure = np.array([read["confidence"] for _, read in known])
    foreign = np.array([read["confidence"] for one, read in pairs if one.intent is None])
    intents = sorted({str(one.intent) for one, _ in known})
    found: dict[str, float | None] = {
        "accuracy": float(right.mean()),
        "macro_f1": float(
            f1_score(
                [one.intent for one, _ in known],
                [str(read["intent"]) for _, read in known],
                labels=intents,
                average="macro",
                zero_division=0,
            )
        ),
        "entity_f1": _entity_f1(known),
        "calibration_error": _calibration_error(sure, right),
        "foreign_auc": None,
        "foreign_refused": None,
    }
    if len(foreign):
        is_known = np.concatenate([np.ones(len(known)), np.zeros(len(foreign))])
        found["foreign_auc"] = float(roc_auc_score(is_known, np.concatenate([sure, foreign])))
        found["foreign_refused"] = float((foreign < np.quantile(sure[right], 1 - KEPT)).mean())
    return found


def _entity_f1(pairs: Sequence[tuple[Example, dict[str, Any]]]) -> float | None:
    """Over exact spans with their kinds; None where the set has no entities."""
    wanted = [{(span.start, span.end, span.entity) for span in one.entities} for one, _ in pairs]
    if not any(wanted):
        return None
    found = [{tuple(span) for span in read["entities"]} for _, read in pairs]
    hits = sum(len(one & other) for one, other in zip(wanted, found, strict=True))
    return 2 * hits / (sum(map(len, wanted)) + sum(map(len, found)))


def _calibration_error(sure: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    bins = np.clip((sure * 10).astype(int), 0, 9)
    gaps = [abs(sure[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean() for at in set(bins)]
    return float(sum(gaps))


def train_pipeline(pipeline: str, trained: Path | Sequence[Example], folder: Path) -> tuple[dict[str, Any], Path]:
    """Train a pipeline: what that cost, and the model's archive."""
    if not isinstance(trained, Path):
        write_training_file(trained, folder / "nlu.yml")
        trained = folder / "nlu.yml"
    config = ROOT / "config.yml" if pipeline == "config" else PIPELINES / f"{pipeline}.yml"
    return _worker(folder, "train", str(config), str(trained), str(folder)), folder / "model.tar.gz"


def readings_of(
    pipeline: str, data: DataSet, texts: Sequence[str], folder: Path
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Train a pipeline on a set, and ask it texts: what that cost, and how each was read."""
    row, model = train_pipeline(pipeline, data.trained, folder)
    questions = folder / "questions.json"
    questions.write_text(json.dumps(list(texts)))
    asked = _worker(folder, "ask", str(model), str(questions))
    readings, milliseconds = asked.pop("readings"), asked.pop("parse_ms")
    parse = percentiles(milliseconds)
    return row | {**asked, "parse_p50_ms": parse["p50"], "parse_p95_ms": parse["p95"]}, readings


def measure(pipeline: str, data: DataSet, recognised: Sequence[Example], folder: Path) -> dict[str, Any]:
    """Train a pipeline on a set and ask it; `recognised` is what was heard of the set's spoken sentences."""
    texts = [one.text for one in (*data.asked, *data.spoken, *recognised)]
    row, readings = readings_of(pipeline, data, texts, folder)
    of_asked, of_spoken = readings[: len(data.asked)], readings[len(data.asked) :]
    row |= {"said_accuracy": None, "heard_accuracy": None}
    if recognised:
        row["said_accuracy"] = figures(data.spoken, of_spoken[: len(data.spoken)])["accuracy"]
        row["heard_accuracy"] = figures(recognised, of_spoken[len(data.spoken) :])["accuracy"]
    return row | figures(data.asked, of_asked)


def _worker(folder: Path, *arguments: str) -> dict[str, Any]:
    environment = {**os.environ, **QUIET, "RASA_CACHE_DIRECTORY": str(folder / "cache")}
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-W", "ignore", "-m", "bench._nlu_worker", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"bench.nlu: {arguments[0]} failed:\n{done.stderr[-3_000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _print_row(row: dict[str, Any], width: int) -> None:
    cells = ("–" if row[key] is None else form.format(row[key]) for _, key, form in COLUMNS)
    print(f"  {row['pipeline']:<{width}}" + "".join(f"{cell:>9}" for cell in cells), flush=True)


def main() -> None:
    """Measure, print a table a set, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = sorted(path.stem for path in PIPELINES.glob("*.yml"))
    default_data = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data"))
    parser.add_argument("--data", type=Path, default=default_data, help="the folder that holds nlu/")
    parser.add_argument("--pipelines", default=",".join(QUICK), help=f"of {', '.join(known)}, config")
    parser.add_argument("--sets", default=",".join(DATA_SETS), help=f"of {', '.join(DATA_SETS)}")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    pipelines = [*known, "config"] if options.pipelines == "all" else options.pipelines.split(",")

    rows: list[dict[str, Any]] = []
    for name in options.sets.split(","):
        if name != "own" and not (options.data / "nlu").is_dir():
            print(f"\n{name}: skipped, no nlu/ under --data")
            continue
        data = DATA_SETS[name](options.data)
        recognised = heard(data.spoken) if data.spoken else []
        print(f"\nbench.nlu, {data.what}; {len(data.asked)} asked; {machine()}")
        width = max(map(len, pipelines))
        print(" " * (width + 2) + "".join(f"{title:>9}" for title, _, _ in COLUMNS))
        for pipeline in pipelines:
            with tempfile.TemporaryDirectory(prefix="rapport-nlu-") as folder:
                row = {"set": name, "pipeline": pipeline, **measure(pipeline, data, recognised, Path(folder))}
            rows.append(row)
            _print_row(row, width)
            if options.json:  # after each, since all of them take hours
                document = {"bench": "nlu", "machine": machine(), "rows": rows}
                options.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
