"""Tokens for clients that speak through the provider themselves: for whoever agreed, and never the key."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient

from people_api.app import make_app
from rapport.errors import StoreUnavailable
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from rapport.settings import AccessSettings
from rapport.tokens import SessionTokens
from tests.unit.people_api.conftest import TOKEN_KEY, Caller, Clock

TOKEN = "/v1/voice/token"
ISSUED = {"token": "sutkn_1", "expires_in_s": 900, "kind": "tts_websocket"}


@dataclass
class Issuing:
    """In place of a voice server: answers each order the same, or is away."""

    answer: dict[str, Any] = field(default_factory=lambda: dict(ISSUED))
    away: bool = False
    given: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def give(self, name: str, data: Mapping[str, Any], payload: bytes | None = None) -> dict[str, Any]:
        self.given.append((name, data))
        if self.away:
            raise StoreUnavailable("away")
        return self.answer


@pytest.fixture
def voice_server() -> Issuing:
    return Issuing()


@pytest.fixture
def with_voice(services: Services, voice_server: Issuing) -> Services:
    return dataclasses.replace(services, voice=voice_server)


@pytest.fixture
def api(with_voice: Services, clock: Clock) -> Iterator[TestClient]:
    app = make_app(with_voice)
    app.state.desk.tokens = SessionTokens(AccessSettings(TOKEN_KEY), clock.epoch)
    app.state.desk.clock = clock.epoch
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def agreed(anna: Caller) -> Caller:
    anna.person.agree(Purpose.CLOUD_SPEECH, "page")
    return anna


def refused(caller: Caller) -> tuple[int, str]:
    answer = caller.api.post(TOKEN)
    return answer.status_code, answer.json()["code"]


def test_whoever_agreed_gets_one(agreed: Caller, voice_server: Issuing, services: Services) -> None:
    """The voice server is told a pseudonym, and the person finds it among what was done."""
    answer = agreed.api.post(TOKEN)

    assert (answer.status_code, answer.json()) == (200, ISSUED)
    assert answer.headers["cache-control"] == "no-store"
    assert voice_server.given == [("single-use-token", {"owner": services.proofs.owner(agreed.id)})]
    last = agreed.api.get("/v1/activity").json()["entries"][0]
    assert (last["what"], last["details"]["purpose"]) == ("token.issued", "cloud_speech")
    assert ISSUED["token"] not in str(last)


def test_without_the_consent_nobody_is_asked(anna: Caller, voice_server: Issuing) -> None:
    assert refused(anna) == (403, "cloud_consent")
    assert voice_server.given == []


def test_a_withdrawal_holds_at_once(agreed: Caller, voice_server: Issuing) -> None:
    agreed.person.withdraw(Purpose.CLOUD_SPEECH, "page")

    assert refused(agreed) == (403, "cloud_consent")
    assert voice_server.given == []


def test_somebody_who_is_not_known_agreed_to_nothing(arrive: Callable[..., Caller]) -> None:
    assert refused(arrive(agreed=False)) == (403, "cloud_consent")


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [("no-provider", 503, "no_provider"), ("limit", 409, "voice_limit")],
)
def test_what_the_voice_server_refuses_is_told(
    agreed: Caller, voice_server: Issuing, reason: str, status: int, code: str
) -> None:
    voice_server.answer = {"refused": reason}

    assert refused(agreed) == (status, code)


def test_a_provider_that_is_away_is_told(agreed: Caller, voice_server: Issuing) -> None:
    voice_server.away = True

    assert refused(agreed) == (503, "voice_away")


def test_without_a_voice_server_s_key_there_is_no_provider(
    agreed: Caller, with_voice: Services, voice_server: Issuing
) -> None:
    """Nobody takes our orders then."""
    settings = dataclasses.replace(with_voice.settings, voice_key="")
    agreed.api.app.state.desk.services = dataclasses.replace(with_voice, settings=settings)  # type: ignore[attr-defined]

    assert refused(agreed) == (503, "no_provider")
    assert voice_server.given == []


def test_it_counts_as_much(agreed: Caller) -> None:
    """As an export does: a handful at once, then wait."""
    answers = [agreed.api.post(TOKEN) for _ in range(7)]

    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
