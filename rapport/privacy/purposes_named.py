"""Which purposes somebody speaks of: "don't send anything to the cloud", "stop remembering me"."""

from __future__ import annotations

import re

from rapport.privacy.purposes import Purpose

_WORDS = {
    # "crowd" is how the recogniser often hears "cloud".
    Purpose.CLOUD_SPEECH: r"clouds?|crowd|internet|online|servers?|provider|eleven ?labs",
    Purpose.CLOUD_ANSWERS: r"language models?|(?:asking|answers? from) (?:the |a )?(?:cloud|crowd)|chat ?gpt|a\.? ?i",
    Purpose.VOICE_PERSONALIZATION: r"voice profile|voice clone|clon(?:e|ed|ing)|voice made for me|my own voice",
    Purpose.VOICE_RECOGNITION: r"by my voice|voice ?print|recogni[sz]\w+|how i sound|(?:know|learn|forget)\w* my voice",
    Purpose.VOICE_RECORDING: r"record(?:ings?|ed)?|tap(?:es?|ed|ing)|audio",
    Purpose.LEARNING: r"from (?:our|my) (?:talks?|conversations?)|how i talk|habits?|what suits me",
    Purpose.PROACTIVE: r"suggest(?:ions?|ing)?|propos(?:e|als?|ing)",
    Purpose.UNDERSTANDING: r"sentences|didn't understand|not understand|teach\w*",
    Purpose.ANALYTICS: r"count(?:ing)?|statistics|analytics|improve|usage",
}
_MEMORY = r"remember\w*|memor\w+|know|learn\w*|keep\w*|sav(?:e|ing)|stor(?:e|ing)|about me"


def purposes_named(text: str) -> list[Purpose]:
    """The purposes that a message names; memory where it speaks of keeping, and of nothing more special.

    Args:
        text: The message, lower case.

    Returns:
        None or more, in the order of `Purpose`.
    """
    named = [purpose for purpose, words in _WORDS.items() if re.search(rf"\b(?:{words})\b", text)]
    if not named and re.search(rf"\b(?:{_MEMORY})\b", text):
        named = [Purpose.MEMORY]
    return [purpose for purpose in Purpose if purpose in named]
