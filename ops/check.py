"""`make check`: everything about the code that can be said without running it.

All checks run, also after one failed; it ends with one line each.
"""

from __future__ import annotations

import subprocess
import sys
import time

from rich.console import Console
from rich.text import Text

from ops.layout import ROOT, environment

_BIN = environment("services") / "bin"

CHECKS = {
    "format": ("ruff", "format", "--check", "--quiet", "."),
    "lint": ("ruff", "check", "--quiet", "."),
    "types": ("mypy",),
    "imports": ("lint-imports", "--no-cache"),
    "locks": ("python", "-m", "ops.locks", "--check"),
    "hygiene": ("python", "-m", "ops.hygiene"),
}
"""Each check, by the name that `make check` tells it by; the commands are of `.venv/services`."""

_REMEDIES = {"format": "`make format` mends it", "lint": "`make format` mends some of it"}


def main() -> int:
    """Run the checks; 1 where one fails."""
    console = Console(highlight=False)
    summary = []
    failed = False
    for name, (command, *arguments) in CHECKS.items():
        begin = time.monotonic()
        ended = subprocess.run(
            [str(_BIN / command), *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        wrong = ended.returncode != 0
        failed = failed or wrong
        if wrong:
            console.print(Text.from_ansi(ended.stdout.decode(errors="replace")), soft_wrap=True)
        line = Text("failed   " if wrong else "ok       ", "bold red" if wrong else "green")
        line.append(f"{name:<8} {time.monotonic() - begin:5.1f} s")
        line.append(f"   {_REMEDIES[name]}" if wrong and name in _REMEDIES else "")
        summary.append(line)
    for line in summary:
        console.print(line, soft_wrap=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
