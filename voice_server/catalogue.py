"""The voices that people can choose from, from a dated file: what they are called, and which rung speaks each."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from rapport.errors import SettingsError
from rapport.speech.voice_profile import CLONED

FILE = Path(__file__).with_name("voices.toml")

ELEVENLABS, PIPER, ESPEAK = "elevenlabs", "piper", "espeak-ng"
ENGINES = frozenset([ELEVENLABS, PIPER, ESPEAK])

_NAME = re.compile("[a-z]{1,40}")


@dataclass(frozen=True)
class Preset:
    """A ready-made voice.

    Attributes:
        name: As people say it, and as a profile's `voice` has it; lower case letters.
        engine: Which rung speaks it.
        id: What the rung calls it.
        accent: As people ask for it: `british`.
        gender: `female` or `male`.
        about: Completes "It sounds …".
    """

    name: str
    engine: str
    id: str
    accent: str
    gender: str
    about: str

    def __post_init__(self) -> None:
        said = (self.name, self.id, self.accent, self.gender, self.about)
        if self.engine not in ENGINES or not all(isinstance(each, str) and each for each in said):
            raise ValueError("a voice of no known engine, or with something missing")
        if not _NAME.fullmatch(self.name) or self.name == CLONED:
            raise ValueError("a voice's name is lower case letters, and not what the person's own is called")
        if self.gender not in ("female", "male"):
            raise ValueError("a voice is female or male, for who asks for one")

    @property
    def cloud(self) -> bool:
        """Whether a provider speaks it, so that the text leaves this machine."""
        return self.engine == ELEVENLABS

    def as_json(self) -> dict[str, Any]:
        """What people may know of it."""
        return {
            "name": self.name,
            "accent": self.accent,
            "gender": self.gender,
            "about": self.about,
            "cloud": self.cloud,
        }


@dataclass(frozen=True)
class Catalogue:
    """The ready-made voices, the best of each kind first.

    Attributes:
        presets: By name.
    """

    presets: Mapping[str, Preset]

    def of(self, name: str) -> Preset | None:
        """The voice of that name, if there is one."""
        return self.presets.get(name)

    def spoken_by(self, engines: Collection[tuple[str, str | None]]) -> Catalogue:
        """Only what can be spoken here.

        Args:
            engines: Which engines there are, with the one voice that each has; None for an engine that has them all.
        """
        return Catalogue(
            {
                name: each
                for name, each in self.presets.items()
                if (each.engine, None) in engines or (each.engine, each.id) in engines
            }
        )


def read_catalogue(file: Path = FILE) -> Catalogue:
    """A list of voices.

    Raises:
        SettingsError: It can't be read, or is out of shape.
    """
    try:
        read = tomli.loads(file.read_text(encoding="utf-8"))
        return Catalogue({name: Preset(name, **voice) for name, voice in read["voices"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError("the list of voices can't be used; compare it with voice_server/voices.toml") from error
