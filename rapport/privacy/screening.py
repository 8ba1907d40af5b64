"""What is looked at before a memory is written: personal data (`redaction`) and sensitive topics (`sensitivity`)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from rapport.embedding import SentenceEmbedder
from rapport.memory.drafts import Screened
from rapport.memory.values import Sensitivity, Vector
from rapport.privacy.redaction import ASKED, PASSING, redact
from rapport.privacy.sensitivity import SensitivityJudge

VERSION_DIGITS = 12


class SentenceModel:
    """Makes vectors and judges texts with the model of a folder, which is loaded at the first. Threads may share it.

    Args:
        folder: The model's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def version(self) -> str:
        """Changes with the model: vectors of two versions don't compare."""
        return self._embedder.version[:VERSION_DIGITS]

    def __call__(self, text: str) -> Vector:
        """A text's vector."""
        vector: Vector = self._embedder.embed([text])[0]
        return vector

    def screen(self, text: str, *, asked: bool) -> Screened:
        """Say what may be kept of a text.

        Args:
            text: As it would be kept.
            asked: The person asked to have it kept; else it was said in passing, or derived.
        """
        redacted = redact(text, ASKED if asked else PASSING)
        found = tuple(dict.fromkeys(finding.category.value for finding in redacted.findings))
        if redacted.dropped:
            return Screened("", refused=True, found=found)
        topic = self._judge.topic(redacted.text)
        if topic is not None:
            found = (*found, topic.value)
        sensitive = redacted.confirm or topic is not None
        return Screened(redacted.text, False, Sensitivity.SENSITIVE if sensitive else Sensitivity.NORMAL, found)

    @cached_property  # locked, on this Python, so that it is loaded once
    def _embedder(self) -> SentenceEmbedder:
        return SentenceEmbedder(self._folder)

    @cached_property
    def _judge(self) -> SensitivityJudge:
        return SensitivityJudge(self._embedder)
