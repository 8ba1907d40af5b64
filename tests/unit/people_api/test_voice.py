"""How somebody is spoken to, as they set it."""

import pytest
from fastapi.testclient import TestClient

from rapport.personality.voice import voice_profile
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from rapport.settings import AccessSettings
from rapport.speech.voice_orders import VoiceOrders
from rapport.speech.voice_profile import USUAL, VoiceProfile
from rapport.tokens import SessionTokens
from tests.unit.people_api.conftest import TOKEN_KEY, Clock


@pytest.fixture
def me(api: TestClient, services: Services, clock: Clock) -> TestClient:
    """Somebody's client; `person` is their id."""
    issued = SessionTokens(AccessSettings(TOKEN_KEY), clock.epoch).issue(credential=None, person=None, previous=None)
    api.headers["Authorization"] = f"Bearer {issued.token}"
    api.person = services.people.person(issued.person)  # type: ignore[attr-defined]
    return api


def test_nothing_is_kept_without_the_consent(me: TestClient) -> None:
    for answer in (me.get("/v1/voice"), me.put("/v1/voice", json={"pitch": -2}), me.delete("/v1/voice")):
        assert (answer.status_code, answer.json()["code"]) == (403, "consent_missing")


def test_a_profile_is_kept_read_and_reset(me: TestClient) -> None:
    person = me.person  # type: ignore[attr-defined]
    person.agree(Purpose.VOICE_PERSONALIZATION, "page")
    assert me.get("/v1/voice").json()["pace"] == 1.0

    assert me.put("/v1/voice", json={"pitch": -2, "pace": 0.9, "voice": "cloned"}).status_code == 200

    assert voice_profile(person) == VoiceProfile("cloned", pace=0.9, pitch=-2)
    assert me.get("/v1/voice").json()["pitch"] == -2
    assert me.delete("/v1/voice").status_code == 200
    assert voice_profile(person) == USUAL


@pytest.mark.parametrize("wrong", [{"pace": 9}, {"pitch": -20}, {"voice": "somebody"}, {"loud": 1}, {"warmth": "very"}])
def test_what_cannot_be_is_refused(me: TestClient, wrong: dict[str, object]) -> None:
    me.person.agree(Purpose.VOICE_PERSONALIZATION, "page")  # type: ignore[attr-defined]
    assert me.put("/v1/voice", json=wrong).status_code == 422


def test_pronunciations_are_kept(me: TestClient) -> None:
    me.person.agree(Purpose.VOICE_PERSONALIZATION, "page")  # type: ignore[attr-defined]
    said = {"words": [{"word": "Siobhan", "spoken": "shi vawn"}]}
    assert me.put("/v1/voice/pronunciations", json=said).json() == said
    assert me.get("/v1/voice/pronunciations").json() == said
    assert me.put("/v1/voice/pronunciations", json={"words": [{"word": "", "spoken": "x"}]}).status_code == 422


def test_a_token_needs_the_consent_and_a_provider(me: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    person = me.person  # type: ignore[attr-defined]
    assert me.post("/v1/voice/token").json()["code"] == "consent_missing"
    person.agree(Purpose.CLOUD_SPEECH, "page")
    assert me.post("/v1/voice/token").json()["code"] == "no_provider"  # no voice server runs

    made = {"token": "sutkn_1", "kind": "tts_websocket", "expires_in_s": 900}
    monkeypatch.setattr(VoiceOrders, "give", lambda self, name, data: made)
    assert me.post("/v1/voice/token").json() == made
    assert person.audited()[-1].what == "speech.token_issued"
