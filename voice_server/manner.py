"""How one utterance is to be spoken, and for whom: what the request asks for, over what its person's grant says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from rapport.speech.grant import NOBODY, Grant
from rapport.speech.voice_profile import FASTEST_PACE, SLOWEST_PACE, USUAL, VoiceProfile, pitch_ratio
from voice_server.catalogue import Preset


@dataclass(frozen=True)
class Manner:
    """How to speak.

    Attributes:
        profile: The voice, and how it speaks.
        grant: For whom, and what they agreed to.
        model: The provider's model; empty for the account's own.
        paid: Whether the provider may be asked, as far as money goes.
        preset: The ready-made voice that the profile names; None where it names none that there is.
        clone: The provider's id of the person's own voice, where that speaks; it goes before any other.
        can_wait: Nobody minds if it begins later, so a voice that takes its time may speak.
    """

    profile: VoiceProfile = USUAL
    grant: Grant = NOBODY
    model: str = ""
    paid: bool = True
    preset: Preset | None = None
    clone: str = ""
    can_wait: bool = False

    @property
    def pace(self) -> float:
        """What the voice is asked for, as a multiple of its own pace: a higher pitch makes its sound quicker again."""
        ratio = pitch_ratio(self.profile.pitch)
        return min(max(self.profile.pace / ratio, SLOWEST_PACE), FASTEST_PACE)

    @property
    def cloud(self) -> bool:
        """Whether a provider is asked: the text may leave this machine, it can be paid for, and no local voice is
        preferred."""
        return self.grant.cloud and self.paid and (self.preset is None or self.preset.cloud)

    def prefers(self, engine: str) -> str | None:
        """What an engine calls the voice that was chosen; None where none of its voices was."""
        return self.preset.id if self.preset is not None and self.preset.engine == engine else None

    @property
    def settings(self) -> tuple[float, ...]:
        """All of the profile that a voice makes something of; the rest is done to its sound afterwards."""
        profile = self.profile
        return (
            round(self.pace, 3),
            round(profile.cadence, 3),
            round(profile.stability, 3),
            round(profile.similarity, 3),
            round(profile.style, 3),
        )

    @classmethod
    def of(cls, asked: Mapping[str, Any], grant: Grant = NOBODY) -> Manner:
        """What a request asks for, where it does, and else what the grant says.

        Args:
            asked: Fields of a voice profile; what is none is left out, and a pace is brought into its range. Among it
                `leaning`, with fields for where neither it nor the grant's profile says otherwise.
            grant: For whom.

        Raises:
            NotAllowed: A value is out of its range.
        """
        names = {each.name for each in fields(VoiceProfile)}
        wanted = {name: value for name, value in asked.items() if name in names}
        if "pace" in wanted:
            wanted["pace"] = min(max(wanted["pace"], SLOWEST_PACE), FASTEST_PACE)
        leaning = asked.get("leaning")
        for name, value in (leaning if isinstance(leaning, Mapping) else {}).items():
            if name in names and name not in wanted and getattr(grant.profile, name) == getattr(USUAL, name):
                wanted[name] = value
        return cls(replace(grant.profile, **wanted), grant, can_wait=asked.get("can_wait") is True)


NEUTRAL = Manner()
