"""What is asked for goes before what the person chose, and that before how the persona leans."""

from rapport.speech.grant import Grant
from rapport.speech.voice_profile import VoiceProfile
from voice_server.manner import Manner

LEANING = {"pace": 0.9, "warmth": 0.3}


def test_the_persona_leans_where_nobody_said_anything() -> None:
    profile = Manner.of({"leaning": LEANING}).profile

    assert (profile.pace, profile.warmth) == (0.9, 0.3)


def test_what_was_chosen_or_asked_for_goes_before() -> None:
    chosen = Grant("anna", profile=VoiceProfile(pace=1.2))

    profile = Manner.of({"leaning": LEANING}, chosen).profile
    assert (profile.pace, profile.warmth) == (1.2, 0.3)

    profile = Manner.of({"leaning": LEANING, "pace": 1.0, "warmth": -0.5}, chosen).profile
    assert (profile.pace, profile.warmth) == (1.0, -0.5)


def test_what_no_profile_has_is_passed_over() -> None:
    assert Manner.of({"leaning": {"smell": 1.0}}).profile == VoiceProfile()
    assert Manner.of({"leaning": "warmly"}).profile == VoiceProfile()
