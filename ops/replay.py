"""`make replay`: held-out sentences, and what people agreed to have recorded, through the whole path once more.

    python -m ops.replay [ARGUMENTS of bench.replay]

Recordings are read from people's files by the keys of this machine, lie in a folder that only this user can read while
they are replayed, and are deleted with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ops import dotenv
from ops.layout import RESULTS, ROOT, python_of
from ops.processes import QUIET
from rapport.errors import RapportError
from rapport.experiments.recordings import Recorded, gathered
from rapport.services import services_from


def lay(sessions: Sequence[Sequence[Recorded]], folder: Path) -> None:
    """Write sessions as `bench.replay` reads them: a folder each, a turn each a JSON file and its sound."""
    for number, session in enumerate(sessions):
        at = folder / f"{number:04}"
        at.mkdir()
        for each in session:
            turn = {"text": each.text, "intent": each.intent, "slots": each.slots, "responses": each.responses}
            (at / f"{each.turn:04}.json").write_text(json.dumps(turn))
            (at / f"{each.turn:04}.flac").write_bytes(each.sound)


def main(arguments: Sequence[str]) -> int:
    """Gather, replay, and leave nothing behind."""
    console = Console(highlight=False)
    try:
        people = services_from(dotenv.settings()).people
        sessions = gathered(people.person(each) for each in people.store.people())
    except RapportError as failure:
        console.print(f"replay: {failure}", style="bold red", markup=False, soft_wrap=True)
        return 1
    console.print(f"{sum(map(len, sessions))} recorded turns of {len(sessions)} sessions")
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rapport-replay-") as folder:
        lay(sessions, Path(folder))
        command = [str(python_of("rasa")), "-m", "bench.replay", "--recordings", folder]
        command += ["--json", str(RESULTS / "replay.json"), *arguments]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
