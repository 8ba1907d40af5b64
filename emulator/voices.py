"""The voices: ready-made ones, and those that were added, with their samples and settings. Kept in memory only."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from emulator.refusals import Refused, new_id

LEAST_SAMPLE_S = 10.0
"""Seconds of samples that a clone needs at least."""


class VoiceSettings(BaseModel):
    """How a voice speaks; only the speed is heard here."""

    stability: float | None = Field(default=0.5, ge=0, le=1)
    use_speaker_boost: bool | None = True
    similarity_boost: float | None = Field(default=0.75, ge=0, le=1)
    style: float | None = 0.0
    speed: float | None = 1.0


@dataclass(frozen=True)
class Sample:
    """A recording of a voice that was added."""

    id: str
    file_name: str
    mime_type: str
    content: bytes
    duration_s: float

    def as_json(self) -> dict[str, Any]:
        """As a voice lists it."""
        return {
            "sample_id": self.id,
            "file_name": self.file_name,
            "mime_type": self.mime_type,
            "size_bytes": len(self.content),
            "hash": hashlib.md5(self.content, usedforsecurity=False).hexdigest(),
            "duration_secs": self.duration_s,
        }


@dataclass
class Voice:
    """A voice.

    Attributes:
        category: `premade`, or `cloned` where it was added.
    """

    id: str
    name: str
    category: str = "premade"
    description: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    settings: VoiceSettings = field(default_factory=VoiceSettings)
    created_at: int = 0

    def as_json(self, *, with_settings: bool) -> dict[str, Any]:
        """As the endpoints give it."""
        return {
            "voice_id": self.id,
            "name": self.name,
            "category": self.category,
            "description": self.description,
            "labels": self.labels,
            "samples": [sample.as_json() for sample in self.samples],
            "available_for_tiers": [],
            "high_quality_base_model_ids": [],
            "settings": self.settings.model_dump() if with_settings else None,
            "is_owner": self.category == "cloned",
            "created_at_unix": self.created_at,
        }


PREMADE: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("21m00Tcm4TlvDq8ikWAM", "Rachel", {"gender": "female", "accent": "american", "age": "young"}),
    ("EXAVITQu4vr4xnSDxMaL", "Sarah", {"gender": "female", "accent": "american", "age": "young"}),
    ("JBFqnCBsd6RMkjVDRZzb", "George", {"gender": "male", "accent": "british", "age": "middle_aged"}),
    ("Xb7hH8MSUJpSbSDYk0k2", "Alice", {"gender": "female", "accent": "british", "age": "middle_aged"}),
    ("IKne3meq5aSn9XLyUdCD", "Charlie", {"gender": "male", "accent": "australian", "age": "young"}),
    ("pNInz6obpgDQGcFmaJgB", "Adam", {"gender": "male", "accent": "american", "age": "middle_aged"}),
)
"""Ids and names that the provider's examples use; all speak with the local voice, each in a timbre of its own."""


class Voices:
    """All voices of the account.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._voices = {voice_id: Voice(voice_id, name, labels=dict(labels)) for voice_id, name, labels in PREMADE}

    def all(self) -> list[Voice]:
        """Ready-made ones first, then in the order they came."""
        return list(self._voices.values())

    @property
    def added(self) -> int:
        """How many were added."""
        return sum(voice.category == "cloned" for voice in self._voices.values())

    def get(self, voice_id: str) -> Voice:
        """The voice of an id.

        Raises:
            Refused: There is none.
        """
        if voice_id not in self._voices:
            raise Refused("voice_not_found")
        return self._voices[voice_id]

    def own(self, voice_id: str) -> Voice:
        """The voice of an id, to be changed.

        Raises:
            Refused: There is none, or it is not one's own.
        """
        voice = self.get(voice_id)
        if voice.category != "cloned":
            raise Refused("voice_not_editable")
        return voice

    def add(self, name: str, samples: Sequence[Sample], description: str | None, labels: dict[str, str]) -> Voice:
        """Clone a voice from samples.

        Raises:
            Refused: They are too short.
        """
        if sum(sample.duration_s for sample in samples) < LEAST_SAMPLE_S:
            raise Refused("sample_too_short")
        voice = Voice(new_id(), name, "cloned", description, labels, list(samples), created_at=int(self._clock()))
        self._voices[voice.id] = voice
        return voice

    def delete(self, voice_id: str) -> None:
        """Let go of a voice and its samples.

        Raises:
            Refused: As for `own`.
        """
        del self._voices[self.own(voice_id).id]


def read_sample(file_name: str, mime_type: str, content: bytes) -> Sample:
    """A sample from an uploaded file.

    Raises:
        Refused: It is no audio that libsndfile reads.
    """
    import soundfile

    try:
        duration_s = float(soundfile.info(io.BytesIO(content)).duration)
    except (RuntimeError, TypeError, ValueError) as error:
        raise Refused("invalid_sample") from error
    return Sample(new_id(), file_name, mime_type, content, duration_s)
