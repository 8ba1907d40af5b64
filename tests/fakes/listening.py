"""Listening to recordings that say by themselves what would be heard in them, and a voice server that takes orders.

Knows no sound: a recording is JSON, of which a test says whose voice it is, how good it is, and what is said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rapport.errors import BadAudio, StoreUnavailable
from rapport.voices.quality import Heard, Measures
from rapport.voices.sound import Recording, Samples
from rapport.voices.speaker import DIMENSIONS, Embedding, VoicePrint

GOOD = Measures(12.0, 10.0, 48_000, 16, 1, 0.0, -24.0, 30.0, 0.92, 3.2)
ASSISTANT = 255
"""The number of the assistant's own voice."""


def recording(voice: int = 0, said: Sequence[str] = (), **measures: Any) -> bytes:
    """Something recorded.

    Args:
        voice: Whose: each number is somebody else, like nobody.
        said: The words.
        measures: What is not as in a good one.
    """
    return json.dumps({"voice": voice, "said": list(said), "measures": measures}).encode()


def voice_of(number: int) -> Embedding:
    return np.eye(DIMENSIONS, dtype=np.float32)[number]


class _Own:
    def nearest(self, voice: Embedding) -> float:
        return float(voice @ voice_of(ASSISTANT))


@dataclass(frozen=True)
class _Recording(Recording):
    said: tuple[str, ...] = ()


@dataclass
class ScriptedListening:
    """In place of `rapport.voices.listening.Listening`."""

    own: _Own = field(default_factory=_Own)

    def hear(self, content: bytes) -> tuple[Recording, Heard]:
        try:
            told = json.loads(content)
            voice = voice_of(told["voice"])
        except (ValueError, KeyError, TypeError):
            raise BadAudio("the file can't be read as sound; save it again as WAV or FLAC") from None
        measures = replace(GOOD, **told["measures"])
        sound: Samples = np.full(int(measures.duration_s * 16_000), 0.1, dtype=np.float32)
        read = _Recording("WAV", 16_000, measures.bits, 1, sound, sound, tuple(told["said"]))
        return read, Heard(measures, sound, VoicePrint(voice, voice[None]))

    def words(self, recording: Recording, among: Sequence[str] | None = None) -> list[str]:
        assert isinstance(recording, _Recording)
        return list(recording.said)


@dataclass
class OrdersTaken:
    """In place of a voice server: has a provider that is `away` where a test says so.

    Attributes:
        there: Cloned voices, by owner: the name that each has.
        clips: Owners of whom there are clips.
        refuses: The reason for which the provider makes none.
        given: The names of all orders, in their order.
    """

    there: dict[str, str] = field(default_factory=dict)
    clips: set[str] = field(default_factory=set)
    away: bool = False
    refuses: str = ""
    given: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def give(self, name: str, data: Mapping[str, Any], payload: bytes | None = None) -> dict[str, Any]:
        self.given.append(name)
        if self.away:
            raise StoreUnavailable("away")
        owner = data.get("owner", "")
        if name == "can-clone":
            return {"can": True}
        if name == "clone":
            if self.refuses:
                return {"ready": False, "reason": self.refuses}
            assert sum(data["sizes"]) == len(payload or b"")
            self.sent.append(payload or b"")
            self.there[owner] = data["name"]
            self.clips.add(owner)
            return {"ready": True}
        if name == "clone-delete":
            return {"deleted": self.there.pop(owner, None) is not None}
        if name == "expire-clips":
            self.clips.discard(owner)
            return {}
        if name == "traces":
            return {"left": [*(["1 clips"] if owner in self.clips else []), "3 counts"]}
        raise StoreUnavailable("unknown-order")
