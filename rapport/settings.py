"""Settings of the voice channel and of what is kept about people, read once from the environment.

What is configured, its unit and its default, is told by the fields below and by `.env.example`; nothing else in
Rapport reads `os.environ` for them. Secrets come from the environment only, and are never part of `repr`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rapport.errors import SettingsError
from rapport.loopback import is_loopback
from rapport.privacy.retention import Retention

TOKEN_KEY_BYTES = 32
"""Shortest key for HMAC-SHA-256 that RFC 7518, section 3.2, allows."""


@dataclass(frozen=True)
class AccessSettings:
    """Who may open a session.

    Attributes:
        token_key: Signs session tokens; at least 32 bytes of text. `make run` puts a random one into `.env`.
        shared_secret: Where set, a token is given only to who sends it, and names the person.
        oidc_issuer: Where set, a token is given only for this issuer's identity tokens.
        oidc_audience: The audience that identity tokens must carry; required with an issuer.
        origins: Origins of pages, besides the server's own, that may open a socket.
        token_ttl_s: Seconds in which a token opens sessions.
    """

    token_key: str = field(repr=False)
    shared_secret: str | None = field(default=None, repr=False)
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    origins: tuple[str, ...] = ()
    token_ttl_s: int = 600


@dataclass(frozen=True)
class SessionLimits:
    """What one session, one person and one server may use.

    Attributes:
        message_bytes: Largest message a client may send.
        session_s: Longest session, in seconds.
        idle_s: Seconds without speech, text or a reply after which a session closes.
        turn_s: Longest turn of speech that is heard before it is answered.
        linger_s: Seconds that a session waits for its client to come back.
        sessions_per_person: Open sessions of one person, waiting ones included.
        sessions: Open sessions in all.
        unsent_bytes: Bytes that may wait for a client that reads slowly.
    """

    message_bytes: int = 64 * 1024
    session_s: int = 3600
    idle_s: int = 300
    turn_s: int = 30
    linger_s: int = 30
    sessions_per_person: int = 4
    sessions: int = 32
    unsent_bytes: int = 4 * 1024 * 1024


@dataclass(frozen=True)
class VoiceSettings:
    """The voice channel's settings.

    Attributes:
        access: Who may open a session.
        limits: What sessions may use.
        voice_uri: Where the voice server listens, `unix:///path` or `tcp://host:port`; any Wyoming voice will do.
        listening_uri: Likewise, of what hears again what the channel is unsure of; None where nobody does.
        vosk_model: Folder of the Vosk model.
        people_url: The people API's address as the page reaches it, without a slash at its end: `http://host:port`, or
            a path such as `/people` where one origin serves both.
        grants_url: The same as the channel reaches it; empty where it is not in reach, and nobody is known by it.
    """

    access: AccessSettings
    limits: SessionLimits = SessionLimits()
    voice_uri: str = "unix://var/voice.sock"
    listening_uri: str | None = None
    vosk_model: Path = Path("models/vosk")
    people_url: str = "http://localhost:5056"
    grants_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> VoiceSettings:
        """Read and check the settings.

        Raises:
            SettingsError: A variable is missing or has a value that cannot work; the message says which.
        """
        read = _Reader(environment)
        access = AccessSettings(
            token_key=read.token_key(),
            shared_secret=read.text("RAPPORT_SHARED_SECRET"),
            oidc_issuer=read.text("RAPPORT_OIDC_ISSUER"),
            oidc_audience=read.text("RAPPORT_OIDC_AUDIENCE"),
            origins=tuple((read.text("RAPPORT_ORIGINS") or "").split()),
        )
        if access.oidc_issuer and not access.oidc_audience:
            raise SettingsError("RAPPORT_OIDC_AUDIENCE is missing; RAPPORT_OIDC_ISSUER needs it")
        if access.oidc_issuer and access.shared_secret:
            raise SettingsError("set RAPPORT_SHARED_SECRET or RAPPORT_OIDC_ISSUER, not both")
        limits = SessionLimits(
            session_s=read.number("RAPPORT_SESSION_S", SessionLimits.session_s),
            idle_s=read.number("RAPPORT_IDLE_S", SessionLimits.idle_s),
            turn_s=read.number("RAPPORT_TURN_S", SessionLimits.turn_s),
            linger_s=read.number("RAPPORT_LINGER_S", SessionLimits.linger_s),
            sessions_per_person=read.number("RAPPORT_SESSIONS_PER_PERSON", SessionLimits.sessions_per_person),
            sessions=read.number("RAPPORT_SESSIONS", SessionLimits.sessions),
        )
        people_url = (read.text("RAPPORT_PEOPLE_URL") or cls.people_url).rstrip("/")
        # It goes into the page's security policy, where a space or a semicolon would begin something else.
        if not re.fullmatch(r"(?:https?://[\w.\-\[\]:]+)?(?:/[\w.\-/]*)?", people_url):
            raise SettingsError("RAPPORT_PEOPLE_URL must be http://host:port, https://host, or a path such as /people")
        return cls(
            access,
            limits,
            read.voice_uri(),
            read.listening_uri(),
            Path(read.text("RAPPORT_VOSK_MODEL") or cls.vosk_model),
            people_url,
            (read.text("RAPPORT_GRANTS_URL") or (people_url if "://" in people_url else "")).rstrip("/"),
        )


@dataclass(frozen=True)
class AnswersSettings:
    """The language model that answers freely.

    Attributes:
        url: Where it answers, by OpenAI's protocol.
        model: Its name there.
        key: For who asks; empty where none is wanted.
        own: It is the operator's; else it is a provider's, and asked only for who agreed to that.
        a_day: Answers in a day, for everybody together.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    own: bool = False
    a_day: int = 1_000

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> AnswersSettings | None:
        """Read and check the settings; None where no server is named.

        Raises:
            SettingsError: A variable is missing or has a value that cannot work; the message says which.
        """
        read = _Reader(environment)
        if read.text("RAPPORT_ANSWERS_URL") is None:
            return None
        url = read.web_address("RAPPORT_ANSWERS_URL", "")
        model = read.text("RAPPORT_ANSWERS_MODEL")
        if model is None:
            raise SettingsError("RAPPORT_ANSWERS_MODEL is missing; RAPPORT_ANSWERS_URL needs it")
        own = read.text("RAPPORT_ANSWERS_OWN")
        if own not in (None, "yes", "no"):
            raise SettingsError("RAPPORT_ANSWERS_OWN must be yes or no")
        return cls(
            url,
            model,
            read.text("RAPPORT_ANSWERS_KEY") or "",
            own == "yes" or (own is None and is_loopback(urlsplit(url).hostname or "")),
            read.number("RAPPORT_ANSWERS_A_DAY", cls.a_day),
        )


@dataclass(frozen=True)
class PeopleSettings:
    """Settings of whatever opens people's memories: action server, people API, commands.

    Attributes:
        token_key: Signs and checks tokens, as the voice channel's.
        key: Where the key-encryption key is; `rapport.privacy.keys.key_encryption` says how that is written.
        key_previous: Former ones, that still open what they wrapped.
        vault_token: For a key in Vault.
        memory: Where memories are kept: `embedded:FOLDER` or `weaviate://host[:port]`.
        weaviate_key: Weaviate's API key, where it wants one.
        state: Folder of the audit trail, of tombstones and of erasures under way.
        channel_url: The voice channel, which is told to let go of an erased person.
        sentence_model: Folder of the model that makes vectors.
        models: Folder of the speech models, for the samples of cloned voices.
        quota_items: Memories a person.
        quota_bytes: Bytes of texts and vectors a person.
        retention: How long what is kept.
        origins: Origins of pages that may use the people API.
        voice_uri: The voice server, which is given orders.
        voice_key: Its key; empty where it is not ours, and then it is given none.
        weather_url: Where Open-Meteo's protocol is spoken, without a path.
        rates_url: Where Frankfurter's protocol is spoken, for rates of exchange.
        experiments: The file of experiments that designers edit; without it there are none.
        answers: What answers freely; None where nothing does.
        shell_person: Who talks in `rasa shell`, for designers: anybody who can reach the action server can then be
            that person, so never set it where people's data is.
    """

    token_key: str = field(repr=False)
    key: str = field(repr=False)
    key_previous: str = field(default="", repr=False)
    vault_token: str = field(default="", repr=False)
    memory: str = "embedded:./var/people"
    weaviate_key: str = field(default="", repr=False)
    state: Path = Path("var/state")
    channel_url: str = "http://127.0.0.1:5005/webhooks/voice"
    sentence_model: Path = Path("models/minilm")
    models: Path = Path("models")
    quota_items: int = 10_000
    quota_bytes: int = 64 * 1024 * 1024
    retention: Retention = field(default_factory=Retention)
    origins: tuple[str, ...] = ()
    voice_uri: str = "unix://var/voice.sock"
    voice_key: str = field(default="", repr=False)
    weather_url: str = "https://api.open-meteo.com"
    rates_url: str = "https://api.frankfurter.dev"
    experiments: Path = Path("data/experiments.yml")
    answers: AnswersSettings | None = None
    shell_person: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> PeopleSettings:
        """Read and check the settings.

        Raises:
            SettingsError: A variable is missing or has a value that cannot work; the message says which.
        """
        read = _Reader(environment)
        key = read.text("RAPPORT_KEY")
        if key is None:
            raise SettingsError(
                "RAPPORT_KEY is missing: the key that encrypts people's keys; `make run` writes one into .env"
            )
        memory = read.text("RAPPORT_MEMORY") or cls.memory
        if not memory.startswith(("embedded:", "weaviate://")):
            raise SettingsError("RAPPORT_MEMORY must be embedded:FOLDER or weaviate://host:port")
        return cls(
            token_key=read.token_key(),
            key=key,
            key_previous=read.text("RAPPORT_KEY_PREVIOUS") or "",
            vault_token=read.text("VAULT_TOKEN") or "",
            memory=memory,
            weaviate_key=read.text("RAPPORT_WEAVIATE_KEY") or "",
            state=Path(read.text("RAPPORT_STATE") or cls.state),
            channel_url=read.text("RAPPORT_CHANNEL_URL") or cls.channel_url,
            sentence_model=Path(read.text("RAPPORT_SENTENCE_MODEL") or cls.sentence_model),
            quota_items=read.number("RAPPORT_MEMORIES", cls.quota_items),
            quota_bytes=read.number("RAPPORT_MEMORY_BYTES", cls.quota_bytes),
            retention=Retention.parse(read.text("RAPPORT_RETENTION_DAYS") or ""),
            origins=tuple((read.text("RAPPORT_ORIGINS") or "").split()),
            voice_uri=read.voice_uri(),
            voice_key=read.text("RAPPORT_VOICE_KEY") or "",
            weather_url=read.web_address("RAPPORT_WEATHER_URL", cls.weather_url),
            rates_url=read.web_address("RAPPORT_RATES_URL", cls.rates_url),
            experiments=Path(read.text("RAPPORT_EXPERIMENTS") or cls.experiments),
            answers=AnswersSettings.from_environment(environment),
            shell_person=read.text("RAPPORT_SHELL_PERSON"),
        )


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def number(self, name: str, default: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not value.isdecimal() or int(value) == 0:
            raise SettingsError(f"{name} must be a whole number above 0")
        return int(value)

    def web_address(self, name: str, default: str) -> str:
        value = (self.text(name) or default).rstrip("/")
        if not value.startswith(("http://", "https://")):
            raise SettingsError(f"{name} must be http://host:port or https://host")
        return value

    def voice_uri(self) -> str:
        uri = self.text("RAPPORT_VOICE_URI") or VoiceSettings.voice_uri
        if not uri.startswith(("unix://", "tcp://")):
            raise SettingsError("RAPPORT_VOICE_URI must be unix:///path or tcp://host:port")
        return uri

    def listening_uri(self) -> str | None:
        uri = self.text("RAPPORT_LISTENING_URI")
        if uri in (None, "off"):
            return None
        if not uri.startswith(("unix://", "tcp://")):
            raise SettingsError("RAPPORT_LISTENING_URI must be unix:///path, tcp://host:port, or off")
        return uri

    def token_key(self) -> str:
        key = self.text("RAPPORT_TOKEN_KEY")
        if key is None or len(key.encode()) < TOKEN_KEY_BYTES:
            raise SettingsError(
                f"RAPPORT_TOKEN_KEY must be at least {TOKEN_KEY_BYTES} random bytes of text; "
                "`make run` writes one into .env, and `openssl rand -hex 32` makes one"
            )
        return key
