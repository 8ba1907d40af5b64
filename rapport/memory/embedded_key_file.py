"""A small file that is there whole or not at all, and that is written over before it is let go: the wrapped key."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put content in the place of what was there, at once; what was there is written over.

    Who calls it holds a lock: the unfinished file has a fixed name, so that a crash leaves no second one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.touch(mode=0o600)
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    former = path.open("r+b") if path.exists() else None
    try:
        unfinished.replace(path)
        sync(path.parent)
        sync(path.parent.parent)
        if former is not None:
            _write_over(former.fileno())
    finally:
        if former is not None:
            former.close()


def shred(path: Path) -> None:
    """Write over a file as far as the medium allows (flash keeps copies that no program reaches), and delete it."""
    with path.open("r+b") as file:
        _write_over(file.fileno())
    path.unlink()


def sync(folder: Path) -> None:
    """Make names that came or went in a folder last."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _write_over(file: int) -> None:
    os.pwrite(file, secrets.token_bytes(os.fstat(file).st_size), 0)
    os.fsync(file)
