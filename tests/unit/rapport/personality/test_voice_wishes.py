"""What somebody wants of the voice."""

from typing import Any

import pytest

from rapport.personality.voice_wishes import VoiceWish, fitting, voice_wish
from rapport.speech.voice_profile import RANGES, VoiceProfile

NAMES = ("rachel", "george", "duncan", "joe", "nancy")


def voice(name: str, accent: str, gender: str, *, cloud: bool = False) -> dict[str, Any]:
    return {"name": name, "accent": accent, "gender": gender, "about": "clear", "cloud": cloud}


VOICES = [
    voice("rachel", "american", "female", cloud=True),
    voice("george", "british", "male", cloud=True),
    voice("joe", "american", "male"),
    voice("edwin", "british", "male"),
    voice("margaret", "british", "female"),
]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("use a deeper voice", VoiceWish({"pitch": -1.0})),
        ("A bit deeper, please!", VoiceWish({"pitch": -0.5})),
        ("much higher", VoiceWish({"pitch": 2.0})),
        ("your voice is too deep", VoiceWish({"pitch": 1.0})),
        ("that's too high", VoiceWish({"pitch": -1.0})),
        ("not so deep", VoiceWish({"pitch": 0.5})),
        ("less warm", VoiceWish({"warmth": -0.5})),
        ("deeper and warmer", VoiceWish({"pitch": -1.0, "warmth": 1.0})),
        ("longer pauses please", VoiceWish({"cadence": 1.0})),
        ("fewer pauses", VoiceWish({"cadence": -1.0})),
        ("sound more lively", VoiceWish({"style": 1.0})),
        ("a calmer voice", VoiceWish({"stability": 1.0})),
        ("use a british voice", VoiceWish(accent="british")),
        ("speak like someone from scotland", VoiceWish(accent="scottish")),
        ("can you talk in a woman's voice", VoiceWish(gender="female")),
        ("i'd rather hear a man", VoiceWish(gender="male")),
        ("a british woman", VoiceWish(accent="british", gender="female")),
        ("use george's voice", VoiceWish(name="george")),
        ("i'd like duncan", VoiceWish(name="duncan")),
        ("a deeper british voice", VoiceWish({"pitch": -1.0}, accent="british")),
        ("another voice", VoiceWish(another=True)),
        ("change your voice", VoiceWish(another=True)),
        ("someone else please", VoiceWish(another=True)),
        ("use my own voice", VoiceWish(own=True)),
        ("speak in my cloned voice", VoiceWish(own=True)),
        ("do something about it", VoiceWish()),
        ("", VoiceWish()),
    ],
)
def test_what_is_wanted(text: str, wish: VoiceWish) -> None:
    assert voice_wish(text, NAMES) == wish
    assert bool(wish) is bool(text and text != "do something about it")


def test_steps_stay_within_what_a_profile_may_be() -> None:
    """However often they are taken, in either direction; the rest of the profile stays."""
    profile = VoiceProfile("joe", pace=0.8)
    for words in ("deeper", "warmer", "longer pauses", "more lively", "calmer"):
        wish = voice_wish(words)
        for _ in range(30):
            profile = wish.stepped(profile)
    assert profile.pitch == RANGES["pitch"][0]
    assert profile.warmth == profile.style == profile.stability == 1.0
    assert profile.cadence == RANGES["cadence"][1]
    assert (profile.voice, profile.pace) == ("joe", 0.8)


def test_a_step_and_its_opposite_leave_it_as_it_was() -> None:
    profile = VoiceProfile()
    for there, back in (("deeper", "too deep"), ("longer pauses", "shorter pauses"), ("warmer", "too warm")):
        assert voice_wish(back).stepped(voice_wish(there).stepped(profile)) == profile


@pytest.mark.parametrize(
    ("text", "present", "cloud", "names"),
    [
        ("a british voice", "", True, ["george", "edwin", "margaret"]),
        ("a british voice", "", False, ["edwin", "margaret", "george"]),
        ("a british voice", "rachel", False, ["margaret", "edwin", "george"]),
        ("a woman's voice", "edwin", False, ["margaret", "rachel"]),
        ("an irish voice", "", True, []),
        ("rachel", "", False, ["rachel"]),
        ("another voice", "joe", False, ["edwin", "margaret", "rachel", "george"]),
        ("another voice", "joe", True, ["edwin", "margaret", "rachel", "george"]),
        ("another voice", "", True, ["rachel", "george", "joe", "edwin", "margaret"]),
        ("another voice", "margaret", False, ["joe", "edwin", "rachel", "george"]),
    ],
)
def test_which_voices_fit(text: str, present: str, cloud: bool, names: list[str]) -> None:
    """The best first: a provider's where it may be, and one like the present one in what was not asked about."""
    wish = voice_wish(text, [each["name"] for each in VOICES])
    assert [each["name"] for each in fitting(VOICES, wish, present, cloud=cloud)] == names
