"""What the voices of ElevenLabs have in common: the account's settings, and its errors sorted by kind.

Keys (`keys.py`) live in this process alone: they are taken out of the environment before any child is started.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rapport.errors import SettingsError
from rapport.speech.audio import SAMPLE_BYTES
from rapport.speech.voice_profile import LANGUAGES
from voice_server.breaker import Kind, RungFailed
from voice_server.catalogue import ELEVENLABS
from voice_server.keys import Key, Keys, read_keys
from voice_server.manner import Manner

BASE_URL = "https://api.elevenlabs.io"
MODEL = "eleven_flash_v2_5"
VOICE = "21m00Tcm4TlvDq8ikWAM"
"""Rachel, one of the ready-made voices that every account has."""

CONCURRENCY = 4
"""What the free plan allows the flash models (2025-08); paid plans allow more."""

RATE_HZ = 22_050
"""The local voice's rate, which every plan may ask for: so nothing is resampled where one voice takes over."""

SLOWEST, FASTEST = 0.7, 1.2
"""What `voice_settings.speed` may be; a pace beyond is brought to the nearer end."""

WITHOUT_LANGUAGE = frozenset(["eleven_multilingual_v2"])
"""Models that can't be held to a language, and refuse to be told one."""

_ACCOUNT = "ELEVENLABS_"
_CODES = {
    Kind.AUTH: "invalid_api_key missing_permissions needs_authorization ip_not_allowed invalid_token "
    "authentication_error authorization_error",
    Kind.QUOTA: "quota_exceeded insufficient_credits payment_required",
    Kind.CONCURRENCY: "too_many_concurrent_requests concurrent_limit_exceeded max_active_conversations",
    Kind.VOICE: "voice_not_found model_not_found model_not_supported",
    Kind.SERVER: "system_busy internal_server_error internal_error voice_failed",
    Kind.STALLED: "input_timeout_exceeded",
}
_KINDS = {code: kind for kind, codes in _CODES.items() for code in codes.split()}
_KINDS_OF_STATUS = {401: Kind.AUTH, 402: Kind.QUOTA, 403: Kind.AUTH, 404: Kind.VOICE, 429: Kind.SERVER}


@dataclass(frozen=True)
class Speaking:
    """What an utterance asks of the provider.

    Attributes:
        voice: A voice's id.
        model: A model's id.
        settings: As the provider's `voice_settings` has them.
        language: That it is held to.
    """

    voice: str
    model: str
    settings: Mapping[str, float]
    language: str = LANGUAGES[0]

    @property
    def name(self) -> str:
        """What the ladder calls the voice, by whichever rung."""
        return f"elevenlabs {self.voice} {self.model}"


@dataclass(frozen=True)
class Account:
    """How we speak with the provider.

    Attributes:
        keys: The API keys.
        voice: A voice's id.
        model: A model's id; one that has sockets.
        base_url: Where the provider, or an emulator of it, answers.
        concurrency: Utterances that may be spoken at once, as the plan allows.
    """

    keys: Keys
    voice: str = VOICE
    model: str = MODEL
    base_url: str = BASE_URL
    concurrency: int = CONCURRENCY

    def speaking(self, manner: Manner) -> Speaking:
        """What an utterance in this manner asks for."""
        profile = manner.profile
        settings = {
            "stability": profile.stability,
            "similarity_boost": profile.similarity,
            "style": profile.style,
            "speed": speed_of(manner.pace),
        }
        return Speaking(
            manner.clone or manner.prefers(ELEVENLABS) or self.voice,
            manner.model or self.model,
            settings,
            profile.language,
        )

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str]) -> Account | None:
        """The account that the environment names, or None without a key; its variables are gone afterwards.

        Raises:
            SettingsError: A variable cannot be what it says.
        """
        said = {name: environment.pop(name).strip() for name in list(environment) if name.startswith(_ACCOUNT)}
        keys = _keys(said)
        if keys is None:
            return None
        return cls(
            keys,
            said.get("ELEVENLABS_VOICE") or VOICE,
            said.get("ELEVENLABS_MODEL") or MODEL,
            _base_url(said),
            _concurrency(said),
        )


def _keys(said: Mapping[str, str]) -> Keys | None:
    file, key = said.get("ELEVENLABS_API_KEY_FILE"), said.get("ELEVENLABS_API_KEY")
    if file and key:
        raise SettingsError("set ELEVENLABS_API_KEY or ELEVENLABS_API_KEY_FILE, not both")
    if file:
        return Keys(read_keys(Path(file)), Path(file))
    if not key:
        return None
    try:
        return Keys([Key("default", key)])
    except SettingsError as error:
        raise SettingsError(f"ELEVENLABS_API_KEY can't be right: {error}") from None


def _base_url(said: Mapping[str, str]) -> str:
    url = (said.get("ELEVENLABS_BASE_URL") or BASE_URL).rstrip("/")
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise SettingsError("ELEVENLABS_BASE_URL must be https://HOST, or http:// on this machine: the key goes there")
    return url


def _concurrency(said: Mapping[str, str]) -> int:
    text = said.get("ELEVENLABS_CONCURRENCY") or str(CONCURRENCY)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError("ELEVENLABS_CONCURRENCY must be a whole number above 0")
    return int(text)


def held_to(language: str, model: str) -> dict[str, str]:
    """The parameter that holds a model to a language, where it can be."""
    return {} if model in WITHOUT_LANGUAGE else {"language_code": language}


def speed_of(pace: float) -> float:
    """The provider's speed for a pace."""
    return min(max(pace, SLOWEST), FASTEST)


def failure(code: object = None, status: int | None = None) -> RungFailed:
    """The error for a code, else for an HTTP status; a code that is known is told, as nothing else is."""
    if isinstance(code, str) and code in _KINDS:
        return RungFailed(_KINDS[code], code)
    if status is None:
        return RungFailed(Kind.SERVER)
    kind = _KINDS_OF_STATUS.get(status, Kind.SERVER if status >= 500 else Kind.REFUSED)
    return RungFailed(kind, f"status {status}")


def failure_of_answer(status: int | None, body: object) -> RungFailed:
    """The error for an answer's body, in either of the shapes that errors have: parsed, or as it came."""
    if isinstance(body, (str, bytes)):
        try:
            body = json.loads(body)
        except ValueError:
            body = None
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, dict):
        codes = [detail.get("code"), detail.get("status")]
        known = next((code for code in codes if isinstance(code, str) and code in _KINDS), None)
        return failure(known, status)
    return failure(None, status)


class WholeSamples:
    """Joins pieces of 16-bit PCM that end anywhere into pieces of whole samples."""

    def __init__(self) -> None:
        self._odd = b""

    def feed(self, pcm: bytes) -> bytes:
        """What is whole by now; half a sample waits for its other half."""
        pcm = self._odd + pcm
        whole = len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES
        self._odd = pcm[whole:]
        return pcm[:whole]
