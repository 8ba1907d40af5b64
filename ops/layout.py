"""Where things are in the checkout, for every module of the workshop.

Runs on any Python from 3.8 on: the environments may not exist yet.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
TOOLS = ROOT / ".tools"
MODELS = ROOT / "models"
RESULTS = ROOT / "results"
RUN = ROOT / "var" / "run"

ENVIRONMENTS = ("services", "rasa")
"""Names of the environments, in the order in which they are laid: the workshop's own tools come first."""


def environment(name: str) -> Path:
    """The folder of an environment, laid or not."""
    return ROOT / ".venv" / name


def python_of(name: str) -> Path:
    """The interpreter of an environment."""
    return environment(name) / "bin" / "python"
