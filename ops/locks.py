"""Writes the lock files, and checks without a network that they still answer what was asked for.

python3 -m ops.locks            lock anew, keeping what is locked where it still fits
python3 -m ops.locks --upgrade  lock anew, taking the newest that fits
python3 -m ops.locks --check    in `.venv/services`: does each .txt hold what its .in asks for?
"""

from __future__ import annotations

import re
import subprocess
import sys

from ops import registry
from ops.environment import SetupFailed, find_python310, find_uv, python310_candidates
from ops.layout import REQUIREMENTS

NAMES = ("rasa", "services", "uv")

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ \\;]+)", re.MULTILINE)


def lock(*, upgrade: bool) -> None:
    """Resolve each .in for Python 3.10 into a .txt with hashes and without any host name.

    Raises:
        SetupFailed: uv found no solution, or reached no registry; it said which.
    """
    uv = str(find_uv())
    variables = registry.uv_environment()
    python = find_python310(python310_candidates(variables))
    if python:
        variables["UV_PYTHON_DOWNLOADS"] = "never"
    for name in NAMES:
        print(f"locking {name}", flush=True)
        command = [uv, "pip", "compile", "--quiet", "--python-version", "3.10", "--generate-hashes"]
        command += ["--no-emit-index-url", "--no-header", "--no-annotate", f"{name}.in", "-o", f"{name}.txt"]
        command += ["--python", str(python)] if python else []
        command += ["--upgrade"] if upgrade else []
        if subprocess.run(command, cwd=REQUIREMENTS, env=variables, check=False).returncode != 0:
            raise SetupFailed(f"requirements/{name}.in could not be locked; what uv said is above")


def outdated(wanted: str, locked: str) -> list[str]:
    """The requirements of an .in file's text that a lock file's text does not answer."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    versions = {canonicalize_name(name): version for name, version in _PINNED.findall(locked)}
    lines = (line.split("#")[0].strip() for line in wanted.splitlines())
    missing = []
    for requirement in (Requirement(line) for line in lines if line):
        version = versions.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missing.append(str(requirement))
    return missing


def check() -> list[str]:
    """What is wrong with the lock files, one sentence each; empty where nothing is."""
    wrong = []
    for name in NAMES:
        text = (REQUIREMENTS / f"{name}.txt").read_text()
        missing = outdated((REQUIREMENTS / f"{name}.in").read_text(), text)
        if missing:
            wrong.append(f"requirements/{name}.txt does not answer {', '.join(missing)}: run `make lock`")
        if "://" in text:
            wrong.append(f"requirements/{name}.txt names a host: lock with `make lock` only")
        if text.count("==") > text.count("--hash="):
            wrong.append(f"requirements/{name}.txt has requirements without hashes: lock with `make lock` only")
    return wrong


def main(arguments: list[str]) -> int:
    """Lock, or check the locks."""
    if "--check" in arguments:
        wrong = check()
        print("\n".join(wrong) or "the lock files answer what was asked for")
        return 1 if wrong else 0
    try:
        lock(upgrade="--upgrade" in arguments)
    except SetupFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
