"""How a person wants to be spoken to, as it is kept about them, and what the voice server is told of it.

Everything here rests on `voice_personalization`, and goes with it; see `EACH_PURPOSE_KEEPS`. Blocks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece
from rapport.people import Person, ledger_of
from rapport.personality.signals import Signal, signals_now
from rapport.privacy.purposes import Purpose
from rapport.speech.grant import NOBODY, Grant
from rapport.speech.voice_profile import USUAL, VoiceProfile

VOICE = "voice/"
"""Begins the names of all records that are kept here."""
PROFILE = VOICE + "profile"
PRONUNCIATIONS = VOICE + "pronunciations"
CLONE = VOICE + "clone"
READY = "ready"
"""The state of a cloned voice that may speak."""
SLOWER = 0.88
"""The pace for who has answers repeated again and again, and said nothing of their own about it."""
QUICKER = 1.12
"""The pace for who speaks fast, likewise."""
MOST_PRONUNCIATIONS = 100
"""Words that somebody can say the pronunciation of."""


def voice_profile(person: Person) -> VoiceProfile:
    """How they want to be spoken to.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    kept = person.record(PROFILE, Purpose.VOICE_PERSONALIZATION)
    return VoiceProfile.from_record(kept) if kept else USUAL


def keep_voice_profile(person: Person, profile: VoiceProfile) -> None:
    """Speak to them like this from the next utterance on.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    person.keep_record(PROFILE, profile.as_record(), Purpose.VOICE_PERSONALIZATION)
    person.expire_clips()


def has_clone(person: Person) -> bool:
    """Whether a cloned voice of theirs may speak.

    Raises:
        ConsentMissing: They did not agree to have one kept.
    """
    return (person.record(CLONE, Purpose.VOICE_PERSONALIZATION) or {}).get("state") == READY


def pronunciations(person: Person) -> dict[str, str]:
    """Words that are theirs, and how to say each.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    return dict(person.record(PRONUNCIATIONS, Purpose.VOICE_PERSONALIZATION) or {})


def keep_pronunciations(person: Person, words: dict[str, str]) -> None:
    """Say these words so from the next utterance on.

    Raises:
        ConsentMissing: They did not agree to have that kept.
    """
    person.keep_record(PRONUNCIATIONS, words or None, Purpose.VOICE_PERSONALIZATION)
    person.expire_clips()


def grant_for(person: Person, owner: str, day: date) -> Grant:
    """What the voice server may do for them now.

    Args:
        person: Who is spoken to.
        owner: What the voice server calls them; see `Proofs.owner`.
        day: The day: what was learnt of their pace fades.
    """
    opened = person.opened()
    if opened is None:
        return NOBODY
    live = ledger_of(opened).live()
    personal = Purpose.VOICE_PERSONALIZATION in live
    # By name: samples of a cloned voice lie beside these, and are large.
    records = {each: opened.unit.record(each) or {} for each in (CLONE, PROFILE, PRONUNCIATIONS)} if personal else {}
    return Grant(
        owner=owner,
        cloud=Purpose.CLOUD_SPEECH in live,
        cloned=records.get(CLONE, {}).get("state") == READY,
        profile=_paced(VoiceProfile.from_record(records.get(PROFILE, {})), person, day),
        pronunciations=tuple(records.get(PRONUNCIATIONS, {}).items()),
        counted=Purpose.ANALYTICS in live,
        clip_key=opened.clip_key if Purpose.MEMORY in live else None,
    )


def _paced(profile: VoiceProfile, person: Person, day: date) -> VoiceProfile:
    """With the pace that they seem to need, where they said none."""
    if profile.pace != USUAL.pace:
        return profile
    signals = signals_now(person)
    # Who speaks fast and has things repeated all the same did not understand.
    pace = SLOWER if signals.holds(Signal.REPEATS, day) else QUICKER if signals.holds(Signal.HURRY, day) else None
    return replace(profile, pace=pace) if pace is not None and gets(person, Piece.PACE, day) else profile
