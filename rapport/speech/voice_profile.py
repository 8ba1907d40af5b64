"""How somebody wants to be spoken to: a voice, and how it speaks. Values only.

Which voices there are is the voice server's to say; a name that it does not know is spoken by its own choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from rapport.errors import NotAllowed

VERSION = 1
"""Of the form that a profile is kept in."""

CLONED = "cloned"
"""The name that stands for the person's own cloned voice."""

LANGUAGES = ("en",)
"""What the assistant speaks."""

SLOWEST_PACE = 0.5
FASTEST_PACE = 2.0
"""Half and twice a voice's own pace: it keeps to these, whatever is asked for."""

RANGES: Mapping[str, tuple[float, float]] = {
    "pace": (SLOWEST_PACE, FASTEST_PACE),
    "pitch": (-6.0, 6.0),
    "cadence": (0.25, 3.0),
    "warmth": (-1.0, 1.0),
    "stability": (0.0, 1.0),
    "similarity": (0.0, 1.0),
    "style": (0.0, 1.0),
}
"""The least and the most of each number of a profile."""


@dataclass(frozen=True)
class VoiceProfile:
    """How to speak.

    Attributes:
        voice: The name of one of the voice server's voices, `cloned`, or empty for its own choice.
        pace: How fast, as a multiple of the voice's own pace.
        pitch: How much higher, in semitones; below 0 is deeper.
        cadence: How long the pauses are, as a multiple of the usual.
        warmth: The weight of the low part of the timbre against the high part; 0 leaves it, below 0 is brighter.
        stability: How evenly a provider's voice speaks; see the provider's `voice_settings`.
        similarity: How close it keeps to its model; likewise.
        style: How much it acts; likewise.
        language: One of `LANGUAGES`; a provider is held to it, so that no name is taken for a foreign sentence.
    """

    voice: str = ""
    pace: float = 1.0
    pitch: float = 0.0
    cadence: float = 1.0
    warmth: float = 0.0
    stability: float = 0.5
    similarity: float = 0.75
    style: float = 0.0
    language: str = LANGUAGES[0]

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
                raise NotAllowed(f"a voice profile's {name} must be a number from {least:g} to {most:g}")
        if not isinstance(self.voice, str) or len(self.voice) > 100:
            raise NotAllowed("a voice profile's voice must be a short text")
        if self.language not in LANGUAGES:
            raise NotAllowed(f"a voice profile's language must be one of {', '.join(LANGUAGES)}")

    def as_record(self) -> dict[str, Any]:
        """Plain JSON, with the form's version."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> VoiceProfile:
        """What `as_record` made, whole or in part; what it does not say is as usual, what is not known is left out.

        Raises:
            NotAllowed: A value is out of its range.
        """
        names = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in record.items() if name in names})


def pitch_ratio(semitones: float) -> float:
    """The ratio of frequencies; a semitone is the twelfth root of two."""
    return float(2 ** (semitones / 12))


USUAL = VoiceProfile()
