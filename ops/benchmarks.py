"""`make bench`: every benchmark, one after the other, each by itself on the machine.

    python -m ops.benchmarks [NAME…] [-- ARGUMENTS of the benchmark]

A benchmark is a module `bench/NAME.py` that can be run; its figures go to `results/bench/NAME.json`. It runs in the
`rasa` environment, or in the one that a line `ENVIRONMENT = "NAME"` of it names.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys

from rich.console import Console

from ops.layout import RESULTS, ROOT, python_of
from ops.processes import QUIET

_RUNNABLE = 'if __name__ == "__main__":'
_ENVIRONMENT = re.compile(r'^ENVIRONMENT = "(\w+)"$', re.MULTILINE)


def names() -> list[str]:
    """The benchmarks that there are."""
    return sorted(path.stem for path in (ROOT / "bench").glob("[!_]*.py") if _RUNNABLE in path.read_text())


def environment_of(name: str) -> str:
    """The environment that a benchmark runs in, read from its source: importing it here could want libraries of it."""
    named = _ENVIRONMENT.search((ROOT / "bench" / f"{name}.py").read_text())
    return named[1] if named else "rasa"


def main(arguments: list[str]) -> int:
    """Run them; 1 where one failed."""
    split = arguments.index("--") if "--" in arguments else len(arguments)
    wanted, rest = arguments[:split] or names(), arguments[split + 1 :]
    console = Console(highlight=False)
    out = RESULTS / "bench"
    out.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in wanted:
        console.rule(f"bench.{name}")
        python = str(python_of(environment_of(name)))
        command = [python, "-m", f"bench.{name}", "--json", str(out / f"{name}.json"), *rest]
        if subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET}, check=False).returncode != 0:
            failed.append(name)
    if failed:
        console.print(f"failed: {', '.join(failed)}", style="bold red")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
