"""Which voice speaks an utterance: the one that its person chose, where it may and can speak in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from rapport.speech.voice_profile import CLONED
from voice_server.catalogue import Catalogue
from voice_server.elevenlabs import Speaking
from voice_server.first_audio import FirstAudio
from voice_server.ladder import BUDGET_S
from voice_server.manner import Manner


class VoiceChoice:
    """The voices, and who may have which.

    A cloned voice is often slower than a ready-made one. So it speaks as long as it begins in time; one that lately did
    not speaks what can wait, and the ready-made one the rest.

    Args:
        catalogue: The ready-made voices that can speak here.
        clone_of: The provider's id of the cloned voice of somebody; None where there is none.
        first_audio: How soon the provider's voices begin.
        speaking: What the provider is asked for; None without a provider.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        clone_of: Callable[[str], str | None],
        first_audio: FirstAudio,
        speaking: Callable[[Manner], Speaking] | None,
    ) -> None:
        self._catalogue = catalogue
        self._clone_of = clone_of
        self._first_audio = first_audio
        self._speaking = speaking

    def choose(self, manner: Manner) -> Manner:
        """The manner with its voice; a voice that there is not leaves the choice to the server."""
        wanted = manner.profile.voice
        if wanted == CLONED and manner.grant.cloned and self._speaking is not None:
            cloned = replace(manner, clone=self._clone_of(manner.grant.owner) or "")
            if cloned.clone and (manner.can_wait or self._in_time(self._speaking(cloned).name)):
                return cloned
        return replace(manner, preset=self._catalogue.of(wanted))

    async def listed(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order `voices`: `{"voices": [{name, accent, gender, about, cloud}], "provider": bool}`."""
        presets = [each.as_json() for each in self._catalogue.presets.values()]
        return {"voices": presets, "provider": self._speaking is not None}

    def _in_time(self, voice: str) -> bool:
        p95_ms = self._first_audio.p95_ms(voice)
        return p95_ms is None or p95_ms <= BUDGET_S * 1_000
