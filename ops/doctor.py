"""`make doctor`: looks at everything that Rapport needs, one line each, and says how to get what is missing.

Ends with 1 where something that is required is missing. It mends nothing.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ops import dotenv, environment, models, training
from ops.findings import Finding, from_output
from ops.layout import ENVIRONMENTS, ROOT, python_of
from ops.ports import holder, taken
from ops.processes import QUIET
from ops.run import PORTS
from ops.stack import announced

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def examine() -> Iterator[Finding]:
    """Everything, the base first: what is said of the rest is of use only where that is right."""
    settings = dotenv.settings()
    yield from _environments()
    for package in models.read_manifest():
        wrong = [f"models/{file.target}" for file in models.damaged(package)]
        more = f" and {len(wrong) - 1} more" if wrong[1:] else ""
        problem = f"{wrong[0]}{more} missing or damaged" if wrong else None
        yield Finding(f"models for {package.what}", problem, "`make models` fetches them")
    problem = None if training.up_to_date() else "not trained from what is here now"
    yield Finding("trained model", problem, "`make train`, or `make run`, trains it", required=False)
    yield from _inspected("services", "inspect_services", settings)
    yield from _inspected("rasa", "inspect_rasa", settings)
    yield from _settings(settings)
    yield from _ports(settings)
    yield from _optional()


def _environments() -> Iterator[Finding]:
    for name in ENVIRONMENTS:
        problem = "not there, or not as its lock file says" if environment.stale([name]) else None
        yield Finding(
            f"environment .venv/{name}", problem, f"`make run` lays it; or `python3 -m ops.environment {name}`"
        )


def _inspected(name: str, module: str, settings: Mapping[str, str]) -> Iterator[Finding]:
    if not python_of(name).exists():
        return
    # The parts are looked at as they are run, but a key that was not made yet is no fault of theirs.
    unmade = {name: secrets.token_hex(32) for name in dotenv.KEYS if not settings.get(name)}
    variables = {**settings, **QUIET, **unmade}
    answer = subprocess.run(
        [str(python_of(name)), "-m", f"ops.{module}"],
        cwd=ROOT,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    try:
        yield from from_output(answer.stdout.decode())
    except ValueError:
        said = answer.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with {answer.returncode}"]
        yield Finding(f"parts of {name}", said[-1], "`make clean` and `make run` lay the environment anew")


def _settings(settings: Mapping[str, str]) -> Iterator[Finding]:
    there = (ROOT / ".env").exists() or settings.get("RAPPORT_TOKEN_KEY")
    yield Finding("settings in .env", None if there else "not there", "`make run` writes it", required=False)
    if (ROOT / ".env").exists():
        open_to = (ROOT / ".env").stat().st_mode & 0o077
        yield Finding(
            ".env is yours alone", "others can read it" if open_to else None, "chmod 600 .env", required=False
        )


def _ports(settings: Mapping[str, str]) -> Iterator[Finding]:
    running = announced()
    for variable, default in PORTS.items():
        port = int(settings.get(variable) or default)
        ours = running is not None and port in running.ports
        problem = f"taken by {holder(port)}" if taken(port) and not ours else None
        name = f"port {port}" + (" (Rapport runs on it)" if ours else "")
        yield Finding(name, problem, f"end that, or set {variable} to another port in .env")


def _optional() -> Iterator[Finding]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    remedy = "only the page's tests need one; Debian: apt install chromium"
    yield Finding("a Chromium", None if found else "not on PATH", remedy, required=False)
    found = shutil.which("espeak-ng") or shutil.which("espeak")
    remedy = "only a last resort when the local voice fails; Debian: apt install espeak-ng"
    yield Finding("espeak-ng", None if found else "not on PATH", remedy, required=False)
    microphones = sorted(Path("/proc/asound").glob("card*/pcm*c")) if sys.platform == "linux" else [Path()]
    remedy = "only `make talk` without a FILE needs one; the page uses the browser's"
    yield Finding("a microphone", None if microphones else "this machine has none", remedy, required=False)


def main() -> int:
    """Print the findings; 1 where something required is missing."""
    console = Console(highlight=False)
    failed = 0
    for finding in examine():
        failed += finding.required and finding.problem is not None
        word, style = ("missing", "bold red") if finding.required else ("optional", "yellow")
        line = Text("ok       ", "green") if finding.problem is None else Text(word.ljust(9), style)
        line.append(finding.name)
        if finding.problem is not None:
            line.append(f": {finding.problem}")
            line.append(f" → {finding.remedy}", "bold")
        console.print(line, soft_wrap=True)
    console.print(f"\n{failed} required things are missing" if failed else "\nall that is required is there")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
