"""What the voice server is told of who is spoken to, and who is told it."""

import pytest
from fastapi.testclient import TestClient

from rapport.errors import ConsentMissing
from rapport.personality.voice import keep_pronunciations, keep_voice_profile, pronunciations, voice_profile
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from rapport.speech.grant import NOBODY, Grant
from rapport.speech.voice_profile import USUAL, VoiceProfile
from tests.fakes.speaking_desk import VOICE_KEY

PERSON = "p_" + "1" * 24


def _grant(api: TestClient, services: Services) -> Grant:
    proof = services.proofs.speaking(PERSON, ttl_s=60)
    answer = api.post("/v1/speaking", json={"proof": proof}, headers={"Authorization": f"Bearer {VOICE_KEY}"})
    assert answer.status_code == 200
    return Grant.from_json(answer.json())


def test_nobody_known_gets_nothing(api: TestClient, services: Services) -> None:
    assert _grant(api, services) == NOBODY
    assert not services.people.person(PERSON).known


def test_a_consent_holds_from_the_yes_to_the_withdrawal(api: TestClient, services: Services) -> None:
    person = services.people.person(PERSON)
    person.agree(Purpose.CLOUD_SPEECH, "page")

    granted = _grant(api, services)
    assert (granted.cloud, granted.clip_key, granted.profile) == (True, None, USUAL)
    assert granted.owner.startswith("o_")
    assert PERSON[2:] not in granted.owner

    person.withdraw(Purpose.CLOUD_SPEECH, "voice")
    assert not _grant(api, services).cloud


def test_the_profile_goes_along_and_goes_with_its_consent(api: TestClient, services: Services) -> None:
    person = services.people.person(PERSON)
    with pytest.raises(ConsentMissing):
        keep_voice_profile(person, VoiceProfile(pitch=-2.0))
    person.agree(Purpose.VOICE_PERSONALIZATION, "page")
    keep_voice_profile(person, VoiceProfile(pitch=-2.0))
    keep_pronunciations(person, {"Siobhan": "shi vawn"})

    granted = _grant(api, services)
    assert granted.profile == voice_profile(person) == VoiceProfile(pitch=-2.0)
    assert dict(granted.pronunciations) == pronunciations(person) == {"Siobhan": "shi vawn"}

    person.withdraw(Purpose.VOICE_PERSONALIZATION, "page")
    assert _grant(api, services).profile == USUAL
    person.agree(Purpose.VOICE_PERSONALIZATION, "page")
    assert voice_profile(person) == USUAL
    assert pronunciations(person) == {}


def test_clips_are_kept_only_for_who_is_remembered(api: TestClient, services: Services) -> None:
    person = services.people.person(PERSON)
    person.agree(Purpose.MEMORY, "page")
    key = _grant(api, services).clip_key
    assert key is not None
    assert len(key) == 32
    assert _grant(api, services).clip_key == key

    person.withdraw(Purpose.MEMORY, "page")
    assert _grant(api, services).clip_key is None


@pytest.mark.parametrize("bearer", ["", "Bearer wrong", "Bearer"])
def test_only_the_voice_server_may_ask(api: TestClient, services: Services, bearer: str) -> None:
    proof = services.proofs.speaking(PERSON, ttl_s=60)
    answer = api.post("/v1/speaking", json={"proof": proof}, headers={"Authorization": bearer})
    assert answer.status_code == 401


def test_another_proof_will_not_do(api: TestClient, services: Services) -> None:
    for proof in (services.proofs.turn(PERSON, "s_1", ttl_s=60), services.proofs.speaking(PERSON, ttl_s=-1), "x"):
        answer = api.post("/v1/speaking", json={"proof": proof}, headers={"Authorization": f"Bearer {VOICE_KEY}"})
        assert answer.status_code == 401


def test_an_erased_person_is_nobody(api: TestClient, services: Services) -> None:
    person = services.people.person(PERSON)
    person.agree(Purpose.CLOUD_SPEECH, "page")
    person.erase("page")
    assert _grant(api, services) == NOBODY
