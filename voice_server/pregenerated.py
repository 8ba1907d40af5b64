"""Phrases that were spoken ahead of time: immutable files named by their content, and a manifest that lists them.

Any web server or CDN can serve such a folder. `pregenerate.py` makes one.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import secrets
import wave
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rapport.errors import SettingsError
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
FORMAT = "rapport-phrases/1"

_Settings = tuple[float | str, ...]


@dataclass(frozen=True)
class Phrase:
    """A phrase in the manifest.

    Attributes:
        text: As it is spoken.
        voice: What the ladder calls the voice.
        settings: Of the voice; see `Manner.settings`.
        file: `<sha256>.wav`, beside the manifest.
        ms: Its length.
        rate_hz: Its rate.
        characters: That it cost at the provider; 0 for a local voice.
    """

    text: str
    voice: str
    settings: _Settings
    file: str
    ms: int
    rate_hz: int
    characters: int = 0


@dataclass
class Pregenerated:
    """A folder of phrases.

    Attributes:
        folder: Theirs.
        phrases: By voice, settings and text.
    """

    folder: Path
    phrases: dict[tuple[str, _Settings, str], Phrase] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path) -> Pregenerated:
        """What lies in a folder; nothing where it is not there.

        Raises:
            SettingsError: The manifest is not one of ours.
        """
        try:
            read = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(folder)
        except (OSError, ValueError) as error:
            raise SettingsError("the manifest of the phrases can't be read; make them anew") from error
        if not isinstance(read, Mapping) or read.get("format") != FORMAT:
            raise SettingsError(f"the manifest of the phrases is no {FORMAT}; make them anew")
        made = cls(folder)
        for each in read["phrases"]:
            made.add(Phrase(**{**each, "settings": tuple(each["settings"])}))
        return made

    def add(self, phrase: Phrase) -> None:
        """Take a phrase into the list."""
        self.phrases[phrase.voice, phrase.settings, phrase.text] = phrase

    def holds(self, voice: str, settings: _Settings, text: str) -> bool:
        """Whether there is such a phrase."""
        return (voice, settings, text) in self.phrases

    def read(self, voice: str, settings: _Settings, text: str) -> PcmChunk | None:
        """A phrase's speech, if its file is what it is named after. Blocks."""
        phrase = self.phrases.get((voice, settings, text))
        if phrase is None:
            return None
        try:
            content = (self.folder / phrase.file).read_bytes()
        except OSError as error:
            logger.warning("a phrase can't be read: %s", error.strerror)
            return None
        if f"{hashlib.sha256(content).hexdigest()}.wav" != phrase.file:
            logger.warning("a phrase's file is not what its name says; it is spoken instead")
            return None
        with wave.open(io.BytesIO(content)) as opened:
            return PcmChunk(opened.readframes(opened.getnframes()), opened.getframerate())

    def keep(self, text: str, voice: str, settings: _Settings, sound: PcmChunk, characters: int) -> Phrase:
        """Write a phrase's file, and take it into the list; `save` writes the list. Blocks."""
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as opened:
            opened.setnchannels(1)
            opened.setsampwidth(SAMPLE_BYTES)
            opened.setframerate(sound.rate_hz)
            opened.writeframes(sound.samples)
        content = buffer.getvalue()
        file = f"{hashlib.sha256(content).hexdigest()}.wav"
        _write(self.folder / file, content)
        phrase = Phrase(text, voice, settings, file, round(sound.duration_ms), sound.rate_hz, characters)
        self.add(phrase)
        return phrase

    def save(self) -> None:
        """Write the manifest. Blocks."""
        listed = sorted(self.phrases.values(), key=lambda each: (each.voice, each.text))
        said = {"format": FORMAT, "phrases": [asdict(each) for each in listed]}
        _write(self.folder / MANIFEST, json.dumps(said, indent=1, ensure_ascii=False).encode())


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{secrets.token_hex(8)}")
    unfinished.write_bytes(content)
    unfinished.replace(file)
