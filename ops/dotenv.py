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

_SIGNING = "RAPPORT_TOKEN_KEY"


def create(path: Path = ROOT / ".env", example: Path = ROOT / ".env.example") -> bool:
    """Make the file from the example, with a token key of its own, readable by its owner only.

    Returns:
        Whether it was made; an existing one is left as it is.
    """
    lines = [
        f"{_SIGNING}={secrets.token_hex(32)}" if line.startswith(f"{_SIGNING}=") else line
        for line in example.read_text().splitlines()
    ]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
    return True


def settings(path: Path = ROOT / ".env", environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment, with what only the file says; an empty value in the file says nothing."""
    written = environ.parse(path.read_text()) if path.exists() else {}
    return {**{name: value for name, value in written.items() if value}, **environment}
