"""What the people's side tells the voice server about who an utterance is for. Values only.

The voice server opens nobody's file: it shows the people API the proof that came with a request, and gets this.
Without it, an utterance is for nobody: spoken by a local voice, and not kept.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rapport.speech.voice_profile import USUAL, VoiceProfile


@dataclass(frozen=True)
class Grant:
    """What may be done for a person, now.

    Attributes:
        owner: Stands for the person where the voice server counts, keeps or deletes; empty for nobody.
        cloud: The person agreed to `cloud_speech`: text may go to a provider.
        cloned: Their cloned voice may speak: it is ready, and agreed to.
        profile: How they want to be spoken to.
        pronunciations: Words, and how they are to be said, as a voice would read them.
        counted: They agreed to `analytics`: how well they are spoken to may be counted.
        clip_key: Encrypts clips of what is said to them, and dies with their key; None where nothing may be kept.
    """

    owner: str = ""
    cloud: bool = False
    cloned: bool = False
    profile: VoiceProfile = USUAL
    pronunciations: tuple[tuple[str, str], ...] = ()
    counted: bool = False
    clip_key: bytes | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "owner": self.owner,
            "cloud": self.cloud,
            "cloned": self.cloned,
            "profile": self.profile.as_record(),
            "pronunciations": [list(each) for each in self.pronunciations],
            "counted": self.counted,
            "clip_key": base64.b64encode(self.clip_key).decode() if self.clip_key else None,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Grant:
        """What `as_json` made.

        Raises:
            KeyError, TypeError, ValueError, NotAllowed: It is something else.
        """
        return cls(
            str(said["owner"]),
            said["cloud"] is True,
            said["cloned"] is True,
            VoiceProfile.from_record(said["profile"]),
            tuple((str(word), str(spoken)) for word, spoken in said["pronunciations"]),
            said["counted"] is True,
            base64.b64decode(said["clip_key"], validate=True) if said["clip_key"] else None,
        )


NOBODY = Grant()
