"""Lays the two locked environments, from nothing but some Python.

    python3 -m ops.environment            both
    python3 -m ops.environment services   one

Runs on any Python from 3.8 on, without packages. It finds a Python 3.10 (or has uv fetch one), finds uv (or puts a
pinned one into `.tools/uv`), and syncs each environment with its lock file, only where that file changed since.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops import registry
from ops.layout import ENVIRONMENTS, REQUIREMENTS, ROOT, TOOLS, environment, python_of

OLDEST_UV = (0, 7, 0)
"""`uv pip compile --format pylock.toml`, which finds the models, came shortly before."""

_PROBE = """
import json, sys
import bz2, ctypes, sqlite3, ssl, zlib
print(json.dumps([list(sys.version_info[:3]), getattr(sys, "_base_executable", None) or sys.executable]))
"""
"""A Python that was built without one of these modules can't run Rasa."""


class SetupFailed(Exception):
    """The environments can't be laid; the message says what to do about it."""


def python310_candidates(variables: dict[str, str]) -> Iterator[Path]:
    """Places where a Python 3.10 may be, likeliest first. Not all exist, and a pyenv shim may exist and fail."""
    home = Path(variables.get("HOME") or "~").expanduser()
    for folder in variables.get("PATH", os.defpath).split(os.pathsep):
        yield Path(folder) / "python3.10"
    yield Path(sys.executable)
    for folder in variables.get("PATH", os.defpath).split(os.pathsep):
        yield Path(folder) / "python3"
    data = variables.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    for where, pattern in (
        (variables.get("PYENV_ROOT") or str(home / ".pyenv"), "versions/3.10*/bin/python3.10"),
        (variables.get("UV_PYTHON_INSTALL_DIR") or str(Path(data) / "uv" / "python"), "cpython-3.10*/bin/python3.10"),
        (variables.get("ASDF_DATA_DIR") or str(home / ".asdf"), "installs/python/3.10*/bin/python3.10"),
        ("/opt", "*/bin/python3.10"),
        ("/usr/local/opt", "python@3.10/bin/python3.10"),
    ):
        yield from sorted(Path(where).glob(pattern), reverse=True)


def find_python310(candidates: Iterable[Path]) -> Path | None:
    """The first candidate that really runs as Python 3.10 with all that Rasa needs of it."""
    tried = set()
    for candidate in candidates:
        if candidate in tried or not candidate.is_file():
            continue
        tried.add(candidate)
        try:
            answer = subprocess.run(
                [str(candidate), "-I", "-c", _PROBE],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if answer.returncode == 0:
            version, executable = json.loads(answer.stdout)
            if version[:2] == [3, 10]:
                return Path(executable)
    return None


def find_uv() -> Path:
    """The uv to use: a recent one on PATH, else the pinned one of `.tools/uv`, which is put there where missing.

    Raises:
        SetupFailed: There is none, and it can't be installed.
    """
    wanted = _read_lock("uv.txt")
    own = TOOLS / "uv"
    stamp = own / ".laid"
    if (own / "bin" / "uv").exists() and _text(stamp) == wanted:
        return own / "bin" / "uv"
    found = shutil.which("uv")
    if found and _uv_version(found) >= OLDEST_UV:
        return Path(found)
    _say("putting uv into .tools/uv")
    shutil.rmtree(own, ignore_errors=True)
    lock = str(REQUIREMENTS / "uv.txt")
    python = getattr(sys, "_base_executable", None) or sys.executable
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", lock]
    # Debian's python3 comes without venv, others without pip: either will do.
    with_venv = subprocess.run([python, "-m", "venv", str(own)], capture_output=True, check=False).returncode == 0
    pip = [str(own / "bin" / "python"), "-m", "pip", *install]
    if not with_venv:
        shutil.rmtree(own, ignore_errors=True)
        pip = [python, "-m", "pip", *install, "--target", str(own)]
    if subprocess.run(pip, check=False).returncode != 0:
        raise SetupFailed(
            "uv could not be installed. Is there a network, and does pip reach its registry? "
            "Where Python has neither pip nor venv, install them (Debian: apt install python3-venv), "
            "or install uv yourself and put it on PATH."
        )
    stamp.write_text(wanted)
    return own / "bin" / "uv"


def lay(names: Iterable[str]) -> None:
    """Bring each named environment in step with its lock file; does nothing where it already is.

    Raises:
        SetupFailed: Something is missing that the user has to get.
    """
    with _alone():
        wanting = stale(names)
        if not wanting:
            return
        uv = find_uv()
        variables = registry.uv_environment()
        python = find_python310(python310_candidates(variables))
        if python:
            variables["UV_PYTHON_DOWNLOADS"] = "never"
        for name in wanting:
            _say(f"laying .venv/{name}: some minutes at first, since " + _size(name))
            _stamp(name).unlink(missing_ok=True)
            if not _runs(python_of(name)):
                shutil.rmtree(environment(name), ignore_errors=True)
                _run(
                    [uv, "venv", "--quiet", "--python", python or "3.10", environment(name)],
                    variables,
                    "no Python 3.10 was found, and uv could not fetch one. Install it (for example with "
                    "`pyenv install 3.10`, or your system's python3.10 with its venv module) and try again.",
                )
            sync: list[str | Path] = [
                uv,
                "pip",
                "sync",
                "--python",
                python_of(name),
                "--require-hashes",
                "--compile-bytecode",
            ]
            _run(
                [*sync, REQUIREMENTS / f"{name}.txt"],
                variables,
                f"the packages of {name} could not be installed; what uv said is above. "
                "Is there a network, and does it reach the package registry? Trying again goes on from here.",
            )
            _stamp(name).write_text(_wanted(name))


def stale(names: Iterable[str]) -> list[str]:
    """Those of the named environments that are not there, or not as their lock files say."""
    return [name for name in names if _text(_stamp(name)) != _wanted(name) or not _runs(python_of(name))]


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time lay environments in this checkout."""
    folder = ROOT / ".venv"
    folder.mkdir(exist_ok=True)
    with (folder / ".laying").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another process that lays the environments")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: Sequence[str | Path], variables: dict[str, str], failure: str) -> None:
    if subprocess.run([str(part) for part in command], env=variables, cwd=ROOT, check=False).returncode != 0:
        raise SetupFailed(failure)


def _runs(python: Path) -> bool:
    return find_python310([python]) is not None


def _stamp(name: str) -> Path:
    """Written last, so an environment that was cut while it was laid is laid again."""
    return environment(name) / ".laid"


def _wanted(name: str) -> str:
    return _read_lock(f"{name}.txt")


def _read_lock(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest()


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def _uv_version(uv: str) -> tuple[int, ...]:
    said = subprocess.run([uv, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said.decode())[:3])


def _size(name: str) -> str:
    return {"rasa": "Rasa and TensorFlow are 2.5 GB", "services": "it is 0.5 GB"}[name]


def _say(text: str) -> None:
    print(f"rapport: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Lay the environments named by the arguments, or both."""
    try:
        lay(arguments or ENVIRONMENTS)
    except SetupFailed as failure:
        _say(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
