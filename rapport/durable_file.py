"""A small file that is there whole, as it was or as it is now, also after a crash."""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Put a text in the place of what was there; its folder is made where there is none. Blocks.

    Who calls it sees to it that nobody else does so for the same file: the unfinished one has a fixed name, so that a
    crash leaves no second one.

    Raises:
        OSError: It can't be written; what was there is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
