"""The settings in `.env`: made at the first run, read at each, never committed.

What the environment already says wins over the file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from honcho import environ

from ops.layout import ROOT

KEYS = ("RAPPORT_TOKEN_KEY", "RAPPORT_KEY", "RAPPORT_VOICE_KEY")
"""What is made at random where nobody has said it."""


def create(path: Path = ROOT / ".env", example: Path = ROOT / ".env.example") -> bool:
    """Make the file from the example, with keys of its own, readable by its owner only.

    Returns:
        Whether it was made; an existing one is left as it is.
    """
    lines = [
        f"{name}={secrets.token_hex(32)}" if (name := line.partition("=")[0]) in KEYS else line
        for line in example.read_text().splitlines()
    ]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
    return True


def complete(path: Path = ROOT / ".env", environment: Mapping[str, str] = os.environ) -> list[str]:
    """Add the keys that a file of an earlier version lacks, and that the environment does not say either.

    Returns:
        Which were added.
    """
    lacking = [name for name in KEYS if not settings(path, environment).get(name)]
    if lacking:
        written = path.read_text()
        with path.open("a") as file:
            file.write("" if written.endswith("\n") or not written else "\n")
            file.writelines(f"{name}={secrets.token_hex(32)}\n" for name in lacking)
    return lacking


def settings(path: Path = ROOT / ".env", environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment, with what only the file says; an empty value in the file says nothing."""
    written = environ.parse(path.read_text()) if path.exists() else {}
    return {**{name: value for name, value in written.items() if value}, **environment}
