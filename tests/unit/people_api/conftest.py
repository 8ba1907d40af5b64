"""The people API on a real embedded store in a temporary folder; vectors know words, and no meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from people_api.app import make_app
from rapport.embedding import DIMENSIONS
from rapport.errors import StoreUnavailable
from rapport.memory.drafts import Draft, Quota, Screened
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.values import Kind, Memory, Provenance, Sensitivity, Vector
from rapport.people import People, Person
from rapport.privacy.audit import AuditTrail
from rapport.privacy.erasure import Erasure, Tombstones
from rapport.privacy.keys import LocalKeyEncryption
from rapport.privacy.purposes import Purpose
from rapport.privacy.retention import Retention
from rapport.services import Services
from rapport.settings import AccessSettings, PeopleSettings
from rapport.speech.voice_orders import VoiceOrders
from rapport.tokens import Proofs, SessionTokens
from tests.fakes.speaking_desk import VOICE_KEY

TOKEN_KEY = "t" * 32


def words_as_vector(text: str) -> Vector:
    """A unit vector in which texts that share words are near each other: no meaning, but quick."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for word in text.lower().split() or [""]:
        vector[[byte + 128 * (place % 2) for place, byte in enumerate(hashlib.sha256(word.encode()).digest())]] += 1
    scaled: Vector = vector / np.linalg.norm(vector)
    return scaled


words_as_vector.version = "words_as_vector-1"  # type: ignore[attr-defined]


def plain_screen(text: str, *, asked: bool = True) -> Screened:
    """Knows two words, where the real one knows many patterns."""
    if "password" in text:
        return Screened(text, refused=True, found=("password",))
    if "allergic" in text:
        return Screened(text, sensitivity=Sensitivity.SENSITIVE, found=("health",))
    return Screened(text)


@dataclass
class Elsewhere:
    """What is kept outside the store; out of reach where a test says so."""

    name: str = "conversations"
    away: bool = False
    erased: list[str] = field(default_factory=list)

    def erase(self, person: str) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.erased.append(person)

    def traces(self, person: str) -> list[str]:
        return []


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def epoch(self) -> float:
        return self.now.timestamp()

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def services(tmp_path: Path, clock: Clock, elsewhere: Elsewhere) -> Iterator[Services]:
    settings = PeopleSettings(
        token_key=TOKEN_KEY,
        key="00" * 32,
        memory=f"embedded:{tmp_path / 'people'}",
        state=tmp_path / "state",
        origins=("https://page.example",),
        voice_uri=f"unix://{tmp_path / 'voice.sock'}",
        voice_key=VOICE_KEY,
    )
    store = EmbeddedStore(tmp_path / "people")
    audit = AuditTrail(settings.state / "audit", bytes(32), clock)
    erasure = Erasure(
        store,
        [elsewhere],
        audit,
        Tombstones(settings.state / "erased", bytes(32)),
        journals=settings.state / "erasing",
        searched=[settings.state, tmp_path / "people"],
        clock=clock,
    )
    people = People(
        store,
        LocalKeyEncryption([bytes(32)]),
        audit,
        erasure,
        embed=words_as_vector,
        screen=plain_screen,
        quota=Quota(items=20),
        retention=Retention(),
        clock=clock,
    )
    yield Services(
        people, Proofs(TOKEN_KEY, clock.epoch), settings, VoiceOrders(settings.voice_uri, settings.voice_key)
    )
    store.close()


@pytest.fixture
def api(services: Services, clock: Clock) -> Iterator[TestClient]:
    """The API, at a fixed time, with a client that sends no token."""
    app = make_app(services)
    app.state.desk.tokens = SessionTokens(AccessSettings(TOKEN_KEY), clock.epoch)
    app.state.desk.clock = clock.epoch
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


RACHEL = {"name": "rachel", "accent": "american", "gender": "female", "about": "calm", "cloud": True}


@dataclass
class VoiceServer:
    """Tells of one voice, and how it sounds; away for all other orders, and where a test says so."""

    away: bool = False
    given: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def give(self, name: str, data: Mapping[str, Any], payload: bytes | None = None) -> dict[str, Any]:
        answers = {"voices": {"voices": [RACHEL], "provider": True}, "preview": {"pcm": "AAA=", "rate_hz": 22_050}}
        if self.away or name not in answers:
            raise StoreUnavailable("away")
        self.given.append((name, data))
        return answers[name]


@pytest.fixture
def voice_server() -> VoiceServer:
    return VoiceServer()


@dataclass
class Caller:
    """Somebody with a session token.

    Attributes:
        id: Their person's.
        token: Their session token.
        api: A client that sends it.
        person: What is kept about them.
    """

    id: str
    token: str
    api: TestClient
    person: Person

    def remembers(self, text: str, kind: Kind = Kind.FACT, **told: str) -> Memory:
        """Keep something, as the actions do."""
        provenance = Provenance(
            session="s_1", turn=1, words=told.get("words", text), source=told.get("source", "asked")
        )
        return self.person.memories().remember(Draft(kind, text, provenance), confirmed=True).memory


@pytest.fixture
def arrive(api: TestClient, services: Services, clock: Clock) -> Callable[..., Caller]:
    """Brings somebody new, who has agreed to be remembered unless told otherwise."""

    def arrive(*, agreed: bool = True) -> Caller:
        tokens = SessionTokens(AccessSettings(TOKEN_KEY), clock.epoch)
        issued = tokens.issue(credential=None, person=None, previous=None)
        client = TestClient(api.app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {issued.token}"})
        person = services.people.person(issued.person)
        if agreed:
            person.agree(Purpose.MEMORY, "voice")
        return Caller(issued.person, issued.token, client, person)

    return arrive


@pytest.fixture
def anna(arrive: Callable[..., Caller]) -> Caller:
    return arrive()


@pytest.fixture
def ben(arrive: Callable[..., Caller]) -> Caller:
    return arrive()
