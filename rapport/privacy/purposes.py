"""The purposes that a person can agree to, with their exact wording and its version.

The wording lives in `purposes.yml` beside this file. Whoever changes what a wording means gives it the next version;
consents to an older version are then asked for anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("purposes.yml")


class Purpose(str, Enum):
    """What something about a person may be kept and used for."""

    MEMORY = "memory"
    VOICE_PERSONALIZATION = "voice_personalization"
    VOICE_RECOGNITION = "voice_recognition"
    VOICE_RECORDING = "voice_recording"
    CLOUD_SPEECH = "cloud_speech"
    CLOUD_ANSWERS = "cloud_answers"
    LEARNING = "learning"
    PROACTIVE = "proactive"
    UNDERSTANDING = "understanding"
    ANALYTICS = "analytics"


@dataclass(frozen=True)
class Wording:
    """What a person is asked, word for word.

    Attributes:
        version: Counts up from 1 with every change of meaning.
        title: For the page's switch.
        spoken: The question as it is asked aloud; a yes to it is the consent.
        written: The page's text beside the switch.
    """

    version: int
    title: str
    spoken: str
    written: str


@lru_cache(maxsize=1)
def wordings() -> dict[Purpose, Wording]:
    """The current wording of every purpose."""
    read = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {purpose: Wording(**read[purpose.value]) for purpose in Purpose}
