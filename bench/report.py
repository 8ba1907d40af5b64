"""What a benchmark found, as a table and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and how many there were; linear between neighbours, as most tools have it."""
    if len(values) < 2:
        only = values[0] if values else float("nan")
        return {"p50": only, "p95": only, "n": len(values)}
    cuts = quantiles(values, n=20, method="inclusive")
    return {"p50": cuts[9], "p95": cuts[18], "n": len(values)}


@dataclass
class Report:
    """A benchmark's rows.

    Attributes:
        name: The benchmark's.
        what: What it was run on.
    """

    name: str
    what: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    def row(self, title: str, **figures: Any) -> None:
        """Add a line: `p50`, `p95` and `n`, or `value`, each with a `unit`."""
        self.rows.append({"title": title, **figures})

    def print(self) -> None:
        """Print it for people."""
        width = max(len(row["title"]) for row in self.rows)
        print(f"\nbench.{self.name}: {self.what}; {machine()}")
        for row in self.rows:
            if "value" in row:
                figures = f"{row['value']:>9.3g} {row['unit']}"
            else:
                figures = f"p50 {row['p50']:>7.1f}  p95 {row['p95']:>7.1f} {row['unit']}  (n={row['n']})"
            print(f"  {row['title']:<{width}}  {figures}")

    def write(self, path: Path) -> None:
        """Write it for programs."""
        document = {"bench": self.name, "what": self.what, "machine": machine(), "rows": self.rows}
        path.write_text(json.dumps(document, indent=2) + "\n")


def machine() -> str:
    """What it ran on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
