"""What a check found, in both environments: the values that `make doctor` is made of.

Standard library only.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.layout import ROOT


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What it is.
        problem: What is wrong with it; None where it is as it should be.
        remedy: How to mend that.
        required: Whether Rapport can't run without it.
    """

    name: str
    problem: str | None = None
    remedy: str = ""
    required: bool = True


def attempt(name: str, work: Callable[[], object], remedy: str = "") -> Finding:
    """Do something that shows whether a part works; the finding tells the real error, and where it came from."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what was asked for
        return Finding(name, f"{type(error).__name__}: {error}{_place(error)}", remedy)
    return Finding(name)


def to_line(findings: list[Finding]) -> str:
    """As one line, for the process that asked."""
    return json.dumps([asdict(finding) for finding in findings])


def from_output(output: str) -> list[Finding]:
    """From the last line that a process wrote; libraries may have written others before.

    Raises:
        ValueError: There is no such line.
    """
    return [Finding(**entry) for entry in json.loads(output.strip().splitlines()[-1] if output.strip() else "")]


def _place(error: BaseException) -> str:
    """The innermost line of this project that the error passed through."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT)
        and not Path(frame.filename).is_relative_to(ROOT / ".venv")
        and not Path(frame.filename).is_relative_to(ROOT / "ops")
    ]
    return f" ({Path(ours[-1].filename).relative_to(ROOT)}:{ours[-1].lineno})" if ours else ""
