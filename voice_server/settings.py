"""Settings of the voice server that are not of a provider's account, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rapport.errors import SettingsError


@dataclass(frozen=True)
class VoiceServerSettings:
    """What the voice server is told at its start.

    Attributes:
        key: What it and the people's side show each other; empty where it serves nobody that is known.
        grants_url: Where the people API answers, without a slash at its end; empty likewise.
        state: Folder of what it keeps.
    """

    key: str = field(default="", repr=False)
    grants_url: str = ""
    state: Path = Path("var/voice")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> VoiceServerSettings:
        """Read and check the settings.

        Raises:
            SettingsError: A variable has a value that cannot work.
        """

        def text(name: str) -> str:
            return environment.get(name, "").strip()

        key = text("RAPPORT_VOICE_KEY")
        url = (text("RAPPORT_GRANTS_URL") or text("RAPPORT_PEOPLE_URL")).rstrip("/")
        if url.startswith("/"):
            raise SettingsError("RAPPORT_PEOPLE_URL is a path; RAPPORT_GRANTS_URL must say http://host:port")
        return cls(key, url if key else "", Path(text("RAPPORT_VOICE_STATE") or cls.state))
