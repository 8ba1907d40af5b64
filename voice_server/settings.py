"""Settings of the voice server that are not of a provider's account, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rapport.errors import SettingsError
from voice_server.catalogue import FILE as VOICES
from voice_server.clips import LONGEST_S, MOST_BYTES
from voice_server.limits import Limits
from voice_server.prices import FILE


@dataclass(frozen=True)
class VoiceServerSettings:
    """What the voice server is told at its start.

    Attributes:
        key: What it and the people's side show each other; empty where it serves nobody that is known.
        grants_url: Where the people API answers, without a slash at its end; empty likewise.
        state: Folder of what it keeps.
        phrases: Folder of phrases that were spoken ahead of time.
        clip_bytes: Bytes that clips may take.
        clip_days: Days that a clip is used.
        prices: The price list.
        limits: What may be spent.
        voices: The list of voices.
        environment: Tells deployments apart in counts and logs.
    """

    key: str = field(default="", repr=False)
    grants_url: str = ""
    state: Path = Path("var/voice")
    phrases: Path = Path("var/voice/phrases")
    clip_bytes: int = MOST_BYTES
    clip_days: int = round(LONGEST_S / 24 / 3_600)
    prices: Path = FILE
    limits: Limits = field(default_factory=Limits)
    voices: Path = VOICES
    environment: str = "default"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> VoiceServerSettings:
        """Read and check the settings.

        Raises:
            SettingsError: A variable has a value that cannot work.
        """

        def text(name: str) -> str:
            return environment.get(name, "").strip()

        def number(name: str, default: int) -> int:
            said = text(name) or str(default)
            if not (said.isascii() and said.isdigit()):
                raise SettingsError(f"{name} must be a whole number")
            return int(said)

        key = text("RAPPORT_VOICE_KEY")
        url = (text("RAPPORT_GRANTS_URL") or text("RAPPORT_PEOPLE_URL")).rstrip("/")
        if url.startswith("/"):
            raise SettingsError("RAPPORT_PEOPLE_URL is a path; RAPPORT_GRANTS_URL must say http://host:port")
        state = Path(text("RAPPORT_VOICE_STATE") or cls.state)
        return cls(
            key=key,
            grants_url=url if key else "",
            state=state,
            phrases=Path(text("RAPPORT_PHRASES") or state / "phrases"),
            clip_bytes=number("RAPPORT_CLIP_BYTES", cls.clip_bytes),
            clip_days=number("RAPPORT_CLIP_DAYS", cls.clip_days),
            prices=Path(text("RAPPORT_PRICES") or FILE),
            limits=Limits.from_environment(environment),
            voices=Path(text("RAPPORT_VOICES") or VOICES),
            environment=text("RAPPORT_ENVIRONMENT") or cls.environment,
        )
