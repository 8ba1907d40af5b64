"""A person's voice, as it is recognised by: kept under `voice_recognition`, and gone with it. Blocks."""

from __future__ import annotations

from rapport.errors import ConsentMissing
from rapport.people import VOICEPRINT, Person
from rapport.privacy.purposes import Purpose
from rapport.voices.speaker import WEIGHTS_SHA256, Embedding, as_text, from_text

VERSION = 1
"""Of the form that it is kept in."""


def voiceprint(person: Person) -> Embedding | None:
    """Their voice; None where it was not learnt yet, or by another network.

    Raises:
        ConsentMissing: They did not agree to be recognised.
    """
    kept = person.record(VOICEPRINT, Purpose.VOICE_RECOGNITION) or {}
    return from_text(kept["voice"]) if kept.get("network") == WEIGHTS_SHA256 else None


def is_known_by_voice(person: Person) -> bool:
    """Whether they agreed to be recognised, and can be."""
    try:
        return voiceprint(person) is not None
    except ConsentMissing:
        return False


def keep_voiceprint(person: Person, voice: Embedding) -> None:
    """Recognise them by this voice from the next session on.

    Raises:
        ConsentMissing: They did not agree to be recognised.
    """
    record = {"version": VERSION, "network": WEIGHTS_SHA256, "voice": as_text(voice)}
    person.keep_record(VOICEPRINT, record, Purpose.VOICE_RECOGNITION)
