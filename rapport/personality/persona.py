"""Who the assistant is, as designers write it in `data/persona.yml`: what it is called, its character, how its words
and its voice follow from the way of answering, what it never does. Values, and their reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any

import yaml

from rapport.errors import SettingsError
from rapport.speech.voice_profile import RANGES

FILE = Path(__file__).resolve().parents[2] / "data" / "persona.yml"
VERSION = 2
"""Of the form that the file has."""
VOLUME = "volume"
QUIETEST, LOUDEST = 0.2, 1.5
USUAL = "usual"
"""The name of the register for who wants no style in particular, beside those of the styles."""
NIGHT = "night"
"""The name of the voice for the night, beside those of the styles."""

Leaning = Mapping[str, float]
"""Fields of a voice profile, and `volume` as a factor; each for who said nothing of it."""


@dataclass(frozen=True)
class Register:
    """How free answers are worded.

    Attributes:
        words: At most, in an answer.
        wording: How, in words of the designers.
    """

    words: int = 35
    wording: str = ""


@dataclass(frozen=True)
class Persona:
    """Who the assistant is.

    Attributes:
        name: What it is called.
        voices: How the voice leans, by the name of a style, and `night`.
        night: From when to when it is night.
        character: Who it is, in a sentence or two.
        registers: How it words free answers, and in how many words at most, by the name of a style, and `usual`.
        never: What it never does, each as it completes "Never …".
    """

    name: str = "Rapport"
    voices: Mapping[str, Leaning] = field(default_factory=dict)
    night: tuple[time, time] = (time(22), time(7))
    character: str = ""
    registers: Mapping[str, Register] = field(default_factory=lambda: {USUAL: Register()})
    never: Sequence[str] = ()

    def register(self, style: str | None) -> Register:
        """How it words a free answer.

        Args:
            style: In which somebody is answered; None is the usual one.
        """
        return self.registers.get(style or USUAL, self.registers[USUAL])

    def leaning(self, style: str | None, now: time | None) -> dict[str, float]:
        """How the voice leans.

        Args:
            style: In which somebody is answered; None is the usual one.
            now: The time on their clocks, where that is known. What the night has goes before what the style has.
        """
        leaning = dict(self.voices.get(style or "", {}))
        return leaning if now is None or not self._dark(now) else {**leaning, **self.voices.get(NIGHT, {})}

    def _dark(self, now: time) -> bool:
        begins, ends = self.night
        return begins <= now < ends if begins <= ends else begins <= now or now < ends


def read_persona(file: Path = FILE) -> Persona:
    """The persona in a file, by default the one that designers edit.

    Raises:
        SettingsError: It can't be used; the message says why.
    """
    try:
        return _persona(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"{file.name} can't be used: {type(error).__name__}: {error}") from error


def _persona(read: Mapping[str, Any]) -> Persona:
    if read["version"] != VERSION:
        raise ValueError(f"it has version {read['version']}, and {VERSION} is known")
    voices = {str(name): _leaning(str(name), each) for name, each in (read.get("voices") or {}).items()}
    begins, ends = (time.fromisoformat(str(read["night"][side])) for side in ("from", "to"))
    registers = {
        str(name): Register(int(each["words"]), str(each["wording"])) for name, each in read["registers"].items()
    }
    if USUAL not in registers or any(each.words < 1 for each in registers.values()):
        raise ValueError(f"registers must have one called {USUAL}, and each some words")
    never = tuple(map(str, read["never"]))
    return Persona(str(read["name"]), voices, (begins, ends), str(read["character"]), registers, never)


def _leaning(name: str, read: Mapping[str, Any]) -> Leaning:
    for what, value in read.items():
        least, most = (QUIETEST, LOUDEST) if what == VOLUME else RANGES[what]
        if not least <= float(value) <= most:
            raise ValueError(f"{what} of {name} must be from {least} to {most}")
    return {what: float(value) for what, value in read.items()}
