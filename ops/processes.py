"""The processes of a running Rapport: how each is started, and how one knows that it is ready.

Values only; `supervisor` runs them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import yaml

from ops.layout import ROOT, python_of
from ops.ports import LOOPBACK
from ops.readiness import Probe, http_ok, wyoming_describes

OPENS_PEOPLE = ("actions", "people")
SECRETS = {
    "RAPPORT_TOKEN_KEY": ("rasa", *OPENS_PEOPLE),
    "RAPPORT_SHARED_SECRET": ("rasa",),
    "RAPPORT_KEY": OPENS_PEOPLE,
    "RAPPORT_KEY_PREVIOUS": OPENS_PEOPLE,
    "RAPPORT_WEAVIATE_KEY": OPENS_PEOPLE,
    "VAULT_TOKEN": OPENS_PEOPLE,
    "RAPPORT_VOICE_KEY": (*OPENS_PEOPLE, "voice"),
    "RAPPORT_ANSWERS_KEY": ("actions",),
    "ELEVENLABS_API_KEY": ("voice",),
    "ELEVENLABS_API_KEY_FILE": ("voice",),
    "ELEVENLABS_VOICE": ("voice",),
    "ELEVENLABS_MODEL": ("voice",),
    "ELEVENLABS_BASE_URL": ("voice",),
    "ELEVENLABS_CONCURRENCY": ("voice",),
}
"""Which processes are told which secret: what opens people's files never reaches the ones that talk with the world's
sound, or speak; a provider's key, and what the account is like, only the voice server."""

QUIET = {
    "PYTHONUNBUFFERED": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}

VOICE, LISTENING = "voice.sock", "listening.sock"
LONGEST_SOCKET_PATH = 100
"""Bytes; the system's limit is 108 on Linux and 104 on macOS, its end included."""


@dataclass(frozen=True)
class Part:
    """One process of a running Rapport.

    Attributes:
        name: As the log shows it.
        command: What to run, from the root of the checkout.
        environment: All of its environment.
        ready: Asks whether it is ready.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Probe


@dataclass(frozen=True)
class Addresses:
    """Where the processes listen, all on this machine only.

    Attributes:
        rasa_port: Of Rasa, with the channel and the page.
        actions_port: Of the action server.
        people_port: Of the people API.
        voice_uri: Of the voice server, as Wyoming writes addresses.
        listening_uri: Of the listening server, likewise; None where there is none.
        own_voice: Whether the voice server is ours to start; else `voice_uri` is one that runs already.
        own_listening: Likewise for the listening server.
    """

    rasa_port: int
    actions_port: int
    people_port: int
    voice_uri: str
    listening_uri: str | None = None
    own_voice: bool = True
    own_listening: bool = True

    @property
    def page(self) -> str:
        """The address that a person opens; browsers give the microphone to `localhost` without a certificate."""
        return f"http://localhost:{self.rasa_port}/webhooks/voice/"

    @property
    def channel(self) -> str:
        """The voice channel, as the other processes reach it."""
        return f"http://{LOOPBACK}:{self.rasa_port}/webhooks/voice"

    @property
    def actions(self) -> str:
        """Where Rasa calls actions."""
        return f"http://{LOOPBACK}:{self.actions_port}/webhook"

    @property
    def people(self) -> str:
        """The people API, as the page reaches it."""
        return f"http://localhost:{self.people_port}"


def socket_folder(folder: Path) -> Path:
    """This folder, or one elsewhere where its path would be too long for a socket's."""
    return Path(tempfile.mkdtemp(prefix="rapport-")) if len(bytes(folder / LISTENING)) > LONGEST_SOCKET_PATH else folder


def addresses_for(
    settings: Mapping[str, str], sockets: Path, *, rasa_port: int, actions_port: int, people_port: int
) -> Addresses:
    """Where to listen, and which servers are somebody else's, as the settings say.

    Args:
        settings: The environment.
        sockets: Where ours have their sockets.
        rasa_port, actions_port, people_port: Free ports.
    """
    voice, listening = settings.get("RAPPORT_VOICE_URI"), settings.get("RAPPORT_LISTENING_URI")
    return Addresses(
        rasa_port,
        actions_port,
        people_port,
        voice_uri=voice or f"unix://{sockets / VOICE}",
        listening_uri=None if listening == "off" else listening or f"unix://{sockets / LISTENING}",
        own_voice=not voice,
        own_listening=not listening,
    )


def endpoints_for(
    addresses: Addresses, folder: Path, source: Path = ROOT / "endpoints.yml", events: Path | None = None
) -> Path:
    """Rasa's endpoints, with the action server where it is this time, and where its events go, if not where the file
    has them go.

    Returns:
        The file, in `folder`.
    """
    endpoints = yaml.safe_load(source.read_text()) or {}
    endpoints["action_endpoint"] = {**(endpoints.get("action_endpoint") or {}), "url": addresses.actions}
    if events is not None:
        endpoints["event_broker"] = {"type": "file", "path": str(events)}
    written = folder / "endpoints.yml"
    written.write_text(yaml.safe_dump(endpoints))
    return written


METRICS_PORT = "RAPPORT_METRICS_PORT"
MEASURED = ("rasa", "actions", "people", "voice")
"""Those that measure; each has a port of its own, from the one that is named on."""


def _metrics_port(settings: Mapping[str, str], part: str) -> dict[str, str]:
    first = settings.get(METRICS_PORT, "").strip()
    if not first.isdecimal():
        return {}  # what is no port, each of them says by itself
    return {METRICS_PORT: str(int(first) + MEASURED.index(part)) if part in MEASURED else ""}


def parts(
    addresses: Addresses, folder: Path, model: Path, settings: Mapping[str, str], events: Path | None = None
) -> list[Part]:
    """The processes to start.

    Args:
        addresses: Where they listen.
        folder: For what they need while they run.
        model: Rasa's trained model.
        settings: The environment that all of them share; secrets go only where they are needed.
        events: Rasa's events are written to this file.
    """
    ours = {"RAPPORT_CHANNEL_URL": addresses.channel, "RAPPORT_PEOPLE_URL": addresses.people}
    shared = {**ours, **{name: value for name, value in settings.items() if name not in SECRETS}}
    shared |= QUIET | {
        "RAPPORT_VOICE_URI": addresses.voice_uri,
        "RAPPORT_LISTENING_URI": addresses.listening_uri or "off",
    }

    def environment_of(part: str) -> dict[str, str]:
        told = {name: settings[name] for name, parts in SECRETS.items() if part in parts and name in settings}
        return {**shared, **told, **_metrics_port(settings, part)}

    services = str(python_of("services"))
    voice = Part(
        "voice",
        (services, "-m", "voice_server", "--uri", addresses.voice_uri),
        environment_of("voice"),
        wyoming_describes(addresses.voice_uri),
    )
    actions = Part(
        "actions",
        (services, "-m", "ops.action_server", "--quiet", "--actions", "actions", "--port", str(addresses.actions_port)),
        # rasa-sdk listens on every interface unless it is told otherwise, and has no authentication.
        {**environment_of("actions"), "SANIC_HOST": LOOPBACK},
        http_ok(f"http://{LOOPBACK}:{addresses.actions_port}/health"),
    )
    people = Part(
        "people",
        (services, "-m", "people_api", "--host", LOOPBACK, "--port", str(addresses.people_port)),
        environment_of("people"),
        http_ok(f"http://{LOOPBACK}:{addresses.people_port}/v1/ready"),
    )
    options = {
        "--interface": LOOPBACK,
        "--port": str(addresses.rasa_port),
        "--model": str(model),
        "--credentials": "credentials.yml",
        "--endpoints": str(endpoints_for(addresses, folder, events=events)),
    }
    rasa = Part(
        "rasa",
        (str(python_of("rasa")), "-m", "ops.rasa_cli", "run", *chain.from_iterable(options.items())),
        environment_of("rasa"),
        http_ok(f"http://{LOOPBACK}:{addresses.rasa_port}/webhooks/voice/health"),
    )
    found = [actions, people, rasa]
    if addresses.listening_uri and addresses.own_listening:
        listening = Part(
            "listening",
            (services, "-m", "listening_server", "--uri", addresses.listening_uri),
            environment_of("listening"),
            wyoming_describes(addresses.listening_uri),
        )
        found.insert(0, listening)
    return [voice, *found] if addresses.own_voice else found
