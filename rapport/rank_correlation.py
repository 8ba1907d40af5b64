"""Whether two series rise and fall together, whatever their scales: Spearman's, by SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 10
"""Pairs from which it is told."""


@dataclass(frozen=True)
class Together:
    """How far they do.

    Attributes:
        rank: -1, one falls as the other rises, to 1.
        p: How likely it is to come to that by chance.
    """

    rank: float
    p: float

    def __str__(self) -> str:
        return f"{self.rank:+.2f} (p {self.p:.2f})"


def together(these: Sequence[float], those: Sequence[float]) -> Together | None:
    """How far they do; None where there are too few, or one of them never changes."""
    if len(these) < LEAST or len(set(these)) < 2 or len(set(those)) < 2:
        return None
    from scipy.stats import spearmanr  # heavy, and only for reports

    found = spearmanr(these, those)
    return Together(float(found.statistic), float(found.pvalue))
