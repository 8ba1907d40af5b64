"""Imports every part of the action server, the people API, and what speaks and listens: run in `.venv/services`.

rasa-sdk imports each module under `actions/` and makes each action without arguments; so does this, telling the real
errors. Prints its findings as one line of JSON; `doctor` asks for it.
"""

from __future__ import annotations

import importlib
import inspect as reflection
import os
import pkgutil
import warnings
from collections.abc import Iterator
from functools import partial
from types import ModuleType

from rasa_sdk import Action

from ops.findings import Finding, attempt, to_line
from ops.layout import ROOT

_PACKAGES = ("actions", "people_api", "voice_server", "listening_server")


def inspect() -> Iterator[Finding]:
    """Look at every module of our servers, and at every action."""
    for package in _PACKAGES:
        if not (ROOT / package).exists():
            yield Finding(package, f"the folder {package}/ is not there", "get it from the repository")
            continue
        for name in _modules(package):
            finding = attempt(name, partial(importlib.import_module, name), "mend it")
            yield finding
            if finding.problem is None:
                module = importlib.import_module(name)
                for kind in _concrete(module, Action):
                    yield attempt(
                        f"{name}.{kind.__name__}", partial(_name_of, kind), "mend it; abstract bases derive from ABC"
                    )


def _modules(package: str) -> Iterator[str]:
    yield package
    for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
        if not found.name.endswith("__main__"):
            yield found.name


def _name_of(kind: type[Action]) -> None:
    kind().name()


def _concrete(module: ModuleType, base: type) -> list[type]:
    return [
        kind
        for _, kind in reflection.getmembers(module, reflection.isclass)
        if issubclass(kind, base) and kind.__module__ == module.__name__ and not reflection.isabstract(kind)
    ]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.chdir(ROOT)
    print(to_line(list(inspect())))
