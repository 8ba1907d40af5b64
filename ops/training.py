"""Trains Rasa's model where something that it is made of changed.

    python -m ops.training           train where something changed
    python -m ops.training --force   let Rasa look, whatever is recorded here

What has to be trained is Rasa's to decide, by the fingerprints of its own cache. But asking it takes seconds of
imports, at every `make run`. So the sha256 of what its fingerprints are made of is kept beside the model, and Rasa is
asked only where that differs.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ops.layout import MODELS, RESULTS, ROOT, python_of
from ops.processes import QUIET

NAME = "rapport"
MODEL = MODELS / f"{NAME}.tar.gz"
RECORD = MODELS / "rapport.inputs.json"

INPUTS = (
    "config.yml",
    "domain.yml",
    "domain",
    "data/nlu",
    "data/rules",
    "data/stories",
    "components",
    "requirements/rasa.txt",
    "ops/models.toml",
)
"""What a model depends on: files, and folders with all that is in them."""

LOG = RESULTS / "training.log"

_WARNING = re.compile(r"^.*(?: WARNING |UserWarning: )(?P<said>.*)$")
_OF_NO_INTEREST = (
    "is not used in any story or rule",
    "training data consisting of lookup tables",
    "training data consisting of entity examples",
)
"""Rasa says the first of every response that an action utters, and the others since it does not know our extractor for
what it is, a CRFEntityExtractor."""
_LAST_LINES = 40
_IGNORED = {"__pycache__"}


class TrainingFailed(Exception):
    """Rasa did not train; what it said is in the log."""


def inputs_sha256(root: Path = ROOT) -> str:
    """One sha256, in hex, over the names and contents of all that a model depends on."""
    digest = hashlib.sha256()
    for path in _files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def up_to_date(root: Path = ROOT) -> bool:
    """Whether the model was trained from what is here now."""
    record, model = root / RECORD.relative_to(ROOT), root / MODEL.relative_to(ROOT)
    if not (record.exists() and model.exists()):
        return False
    made: dict[str, object] = json.loads(record.read_text())
    return made == {"inputs_sha256": inputs_sha256(root), "model_bytes": model.stat().st_size}


def train(console: Console) -> None:
    """Have Rasa train, or take from its cache, a model of what is here now; shows what it warns of.

    Raises:
        TrainingFailed: Rasa ended with an error.
    """
    inputs = inputs_sha256()
    begin = time.monotonic()
    RECORD.unlink(missing_ok=True)
    LOG.parent.mkdir(exist_ok=True)
    command = [str(python_of("rasa")), "-m", "ops.rasa_cli", "train"]
    command += ["--out", str(MODELS), "--fixed-model-name", NAME]
    console.print("training the assistant", style="bold")
    with LOG.open("wb") as log, console.status("training: about a minute"):
        ended = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **QUIET}, stdout=log, stderr=subprocess.STDOUT, check=False
        )
    said = LOG.read_text(errors="replace").splitlines()
    failed = ended.returncode != 0 or not MODEL.exists()
    for line in said[-_LAST_LINES:] if failed else warnings_in(said):
        console.print(Text.from_ansi(line), soft_wrap=True)
    if failed:
        raise TrainingFailed("Rasa could not train; what it said is above. `make validate` checks the data.")
    console.print(f"trained in {time.monotonic() - begin:.0f} s; all that Rasa said is in {LOG.relative_to(ROOT)}")
    RECORD.write_text(json.dumps({"inputs_sha256": inputs, "model_bytes": MODEL.stat().st_size}))


def warnings_in(lines: Iterable[str]) -> Iterator[str]:
    """What Rasa warns of in its log that a designer can do something about."""
    for match in filter(None, map(_WARNING.match, lines)):
        if not any(said in match["said"] for said in _OF_NO_INTEREST):
            yield f"rasa warns: {match['said'].strip()}"


def _files(root: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = root / name
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file() and not _IGNORED & {*file.parts})


def main(arguments: list[str]) -> int:
    """Train where it is needed."""
    if "--force" not in arguments and up_to_date():
        print("the model is up to date")
        return 0
    try:
        train(Console(highlight=False))
    except TrainingFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
