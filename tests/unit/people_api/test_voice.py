"""How somebody is spoken to, as they set it."""

import dataclasses

import pytest
from fastapi.testclient import TestClient

from rapport.personality.signals import Seen, Signal, Signals, keep_signals
from rapport.personality.voice import CLONE, READY, voice_profile
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from rapport.settings import AccessSettings
from rapport.speech.grant import Grant
from rapport.speech.voice_profile import USUAL, VoiceProfile
from rapport.tokens import SessionTokens
from tests.unit.people_api.conftest import RACHEL, TOKEN_KEY, Clock, VoiceServer


@pytest.fixture
def me(api: TestClient, services: Services, clock: Clock, voice_server: VoiceServer) -> TestClient:
    """Somebody's client; `person` is their id."""
    api.app.state.desk.services = dataclasses.replace(services, voice=voice_server)  # type: ignore[attr-defined]
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


@pytest.mark.parametrize(
    "wrong", [{"pace": 9}, {"pitch": -20}, {"voice": "Some Body"}, {"loud": 1}, {"warmth": "very"}, {"language": "xx"}]
)
def test_what_cannot_be_is_refused(me: TestClient, wrong: dict[str, object]) -> None:
    me.person.agree(Purpose.VOICE_PERSONALIZATION, "page")  # type: ignore[attr-defined]
    assert me.put("/v1/voice", json=wrong).status_code == 422


def test_pronunciations_are_kept(me: TestClient) -> None:
    me.person.agree(Purpose.VOICE_PERSONALIZATION, "page")  # type: ignore[attr-defined]
    said = {"words": [{"word": "Siobhan", "spoken": "shi vawn"}]}
    assert me.put("/v1/voice/pronunciations", json=said).json() == said
    assert me.get("/v1/voice/pronunciations").json() == said
    assert me.put("/v1/voice/pronunciations", json={"words": [{"word": "", "spoken": "x"}]}).status_code == 422


def test_voices_are_listed_and_whether_ones_own_is_there(me: TestClient) -> None:
    """Without any consent: it is the server that is described."""
    assert me.get("/v1/voice/voices").json() == {"voices": [RACHEL], "provider": True, "cloned": False}

    person = me.person  # type: ignore[attr-defined]
    person.agree(Purpose.VOICE_PERSONALIZATION, "page")
    person.keep_record(CLONE, {"state": READY}, Purpose.VOICE_PERSONALIZATION)
    assert me.get("/v1/voice/voices").json()["cloned"]


@pytest.mark.parametrize("agreed", [False, True])
def test_a_preview_keeps_nothing_and_goes_no_further_than_was_agreed(
    me: TestClient, voice_server: VoiceServer, agreed: bool
) -> None:
    person = me.person  # type: ignore[attr-defined]
    if agreed:
        person.agree(Purpose.CLOUD_SPEECH, "page")
        person.agree(Purpose.MEMORY, "page")

    answer = me.post("/v1/voice/preview", json={"voice": "rachel", "pitch": -2})

    assert answer.json() == {"pcm": "AAA=", "rate_hz": 22_050}
    [(_, data)] = voice_server.given
    grant = Grant.from_json(data["grant"])
    assert (grant.cloud, grant.clip_key) == (agreed, None)
    assert grant.profile == VoiceProfile("rachel", pitch=-2)
    assert agreed or not person.known


def test_where_the_voices_are_away_it_says_so(me: TestClient, voice_server: VoiceServer) -> None:
    voice_server.away = True
    for answer in (me.get("/v1/voice/voices"), me.post("/v1/voice/preview", json={})):
        assert (answer.status_code, answer.json()["code"]) == (503, "voice_away")


def test_a_server_that_takes_no_orders_has_no_voices(services: Services, me: TestClient) -> None:
    settings = dataclasses.replace(services.settings, voice_key="")
    me.app.state.desk.services = dataclasses.replace(services, settings=settings)  # type: ignore[attr-defined]
    assert me.get("/v1/voice/voices").json() == {"voices": [], "provider": False, "cloned": False}
    assert me.post("/v1/voice/preview", json={}).json()["code"] == "voice_away"


def test_how_somebody_is_answered_is_told_changed_and_forgotten(me: TestClient) -> None:
    assert me.put("/v1/voice/style", json={"style": "concise"}).status_code == 403
    person = me.person  # type: ignore[attr-defined]
    person.agree(Purpose.VOICE_PERSONALIZATION, "page")
    person.agree(Purpose.LEARNING, "page")
    today = me.app.state.desk.services.people.clock().date()  # type: ignore[attr-defined]
    keep_signals(person, Signals().after(Seen({Signal.CUTS: (5, 10)}), today))
    learnt = {"style": "concise", "said": False, "share": 0.5}
    assert me.get("/v1/voice/style").json() == learnt

    assert me.put("/v1/voice/style", json={"style": "warm"}).json() == {"style": "warm", "said": True, "share": 0.0}
    assert me.put("/v1/voice/style", json={"style": None}).json()["style"] is None
    assert me.put("/v1/voice/style", json={"style": "rude"}).status_code == 422

    assert me.delete("/v1/voice/style").json() == learnt
    person.withdraw(Purpose.LEARNING, "page")
    assert me.get("/v1/voice/style").json() == {"style": None, "said": False, "share": 0.0}
