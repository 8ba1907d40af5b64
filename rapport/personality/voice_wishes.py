"""What somebody wants of the voice, from their words: "a bit deeper", "use a British voice", "can you sound warmer".

Values only; which voices there are is the voice server's to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.speech.voice_profile import RANGES, VoiceProfile

STEPS = {"pitch": 2.0, "warmth": 0.4, "stability": 0.2, "style": 0.3}
"""What a step adds to a field: as much as one hears at once."""

CADENCE_STEP = 1.5
"""What a step multiplies pauses by."""

_LITTLE, _MUCH = 0.5, 2.0
"""What "a bit" and "much" make of a step."""

_SMALLER = re.compile(r"\b(?:a (?:bit|little|touch|tad)|slightly|somewhat|not (?:quite )?(?:so|that)|less)\b")
_LARGER = re.compile(r"\b(?:much|lots?|far|way|really|very)\b")

_STEPS: Mapping[str, tuple[str, float]] = {
    r"(?:deep|low)(?:er)?|bass": ("pitch", -1.0),
    r"high(?:er)?(?: pitched)?|squeak\w*": ("pitch", 1.0),
    r"warm(?:er|th)?|soft(?:er)?|gentl\w+|mellow(?:er)?|smooth(?:er)?": ("warmth", 1.0),
    r"bright(?:er)?|crisp(?:er)?|clear(?:er)?|sharp(?:er)?": ("warmth", -1.0),
    r"(?:long(?:er)?|more|bigger) (?:pauses?|breaks?)|pause (?:more|longer)": ("cadence", 1.0),
    r"(?:short(?:er)?|fewer|less|small(?:er)?) (?:pauses?|breaks?)|pause less": ("cadence", -1.0),
    r"(?:lively|livelier|expressive|emotion\w*|excited|dramatic|animated|playful|enthusias\w+)": ("style", 1.0),
    r"(?:calm(?:er)?|steady|steadier|even|serious|neutral|flat|monotone)": ("stability", 1.0),
}
_OPPOSITE = re.compile(r"\b(?:too|not (?:quite )?(?:so|that|as)|less)(?: \w+)? $")
"""Before a word: "too deep" wants it higher, "less warm" brighter."""

_FEMALE = r"wom[ae]n'?s?|female|lady'?s?|girl'?s?|her"
_MALE = r"m[ae]n'?s?|male|guy'?s?|gentlem[ae]n'?s?|boy'?s?|him"
_ACCENTS: Mapping[str, str] = {
    r"british|britain|england|english accent|uk|u k": "british",
    r"scottish|scotch|scotland|scots": "scottish",
    r"american|america|u s|us": "american",
    r"australian|australia|aussie": "australian",
    r"irish|ireland": "irish",
    r"indian|india": "indian",
    r"canadian|canada": "canadian",
}
_OWN = re.compile(
    r"\b(?:my own voice|(?:my|the) cloned? voice|(?:my|the) (?:voice )?clone|(?:in|use|with) my voice|"
    r"my voice instead)\b"
)
_ANOTHER = re.compile(
    r"\b(?:(?:another|(?:a )?different|(?:some ?one|something|any ?one) (?:else|different)|(?:the )?(?:next|other)) ?"
    r"(?:voice|one|speaker)?|(?:change|switch)(?: (?:the|your|that|this))? voices?)\b"
)


@dataclass(frozen=True)
class VoiceWish:
    """What is wanted.

    Attributes:
        steps: By field of a voice profile, how many steps up, or down below 0.
        name: Of a voice.
        accent: As a catalogue has it.
        gender: `female` or `male`.
        own: Their own, cloned voice.
        another: Any but the present one.
    """

    steps: Mapping[str, float] = field(default_factory=dict)
    name: str = ""
    accent: str = ""
    gender: str = ""
    own: bool = False
    another: bool = False

    @property
    def of_voice(self) -> bool:
        """Whether another voice is wanted, not just another way to speak."""
        return bool(self.name or self.accent or self.gender or self.own or self.another)

    def __bool__(self) -> bool:
        return self.of_voice or bool(self.steps)

    def stepped(self, profile: VoiceProfile) -> VoiceProfile:
        """The profile, with the steps taken as far as it goes."""
        stepped = {name: _step(profile, name, steps) for name, steps in self.steps.items()}
        return VoiceProfile.from_record({**profile.as_record(), **stepped})


def voice_wish(text: str, names: Collection[str] = ()) -> VoiceWish:
    """What a message wants of the voice; nothing where it names nothing.

    Args:
        text: As it was recognised or typed.
        names: What voices are called, lower case.
    """
    said = " ".join(re.sub(r"[^a-z' ]+", " ", text.lower()).split())
    steps: dict[str, float] = {}
    for words, (name, sign) in _STEPS.items():
        if found := re.search(rf"\b(?:{words})\b", said):
            before = said[: found.start()]
            size = _size(said)
            steps[name] = (-sign if _OPPOSITE.search(before) else sign) * size
    name = next((each for each in names if re.search(rf"\b{re.escape(each)}(?:'s)?\b", said)), "")
    accent = next((accent for words, accent in _ACCENTS.items() if re.search(rf"\b(?:{words})\b", said)), "")
    gender = _gender(said)
    own = bool(_OWN.search(said))
    another = not (name or accent or gender or own or steps) and bool(_ANOTHER.search(said))
    return VoiceWish(steps, name, accent, gender, own, another)


def fitting(
    voices: Sequence[Mapping[str, Any]], wish: VoiceWish, present: str, *, cloud: bool
) -> Sequence[Mapping[str, Any]]:
    """The voices that a wish can mean, the best first.

    Args:
        voices: As the order `voices` gives them.
        wish: For a ready-made voice.
        present: The name of the one that speaks now; empty where it was not chosen.
        cloud: A provider's voices come first.
    """
    now = next((each for each in voices if each["name"] == present), None)
    if wish.name:
        return [each for each in voices if each["name"] == wish.name]
    fit = [
        each
        for each in voices
        if (not wish.accent or each["accent"] == wish.accent) and (not wish.gender or each["gender"] == wish.gender)
    ]
    if wish.another:
        place = next((number for number, each in enumerate(fit) if each is now), -1)
        fit = fit[place + 1 :] + fit[: max(place, 0)]
        return sorted(fit, key=lambda each: each["cloud"] and not cloud)
    # "A woman's voice" keeps the accent, "a British voice" the gender, where there is such a one.
    kept = {} if now is None else {name: now[name] for name in ("accent", "gender") if not getattr(wish, name)}
    return sorted(fit, key=lambda each: (each["cloud"] is not cloud, any(each[name] != kept[name] for name in kept)))


def _step(profile: VoiceProfile, name: str, steps: float) -> float:
    least, most = RANGES[name]
    value: float = getattr(profile, name)
    value = value * CADENCE_STEP**steps if name == "cadence" else value + STEPS[name] * steps
    return round(min(max(value, least), most), 3)


def _size(said: str) -> float:
    if _SMALLER.search(said):
        return _LITTLE
    return _MUCH if _LARGER.search(said) else 1.0


def _gender(said: str) -> str:
    if re.search(rf"\b(?:{_FEMALE})\b", said):
        return "female"
    return "male" if re.search(rf"\b(?:{_MALE})\b", said) else ""
