"""A voice of one's own over the API: enrolled under consent, verified, made, and revoked everywhere."""

from __future__ import annotations

import base64
import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient

from people_api.app import make_app
from rapport.personality.voice import grant_for
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from rapport.settings import AccessSettings
from rapport.tokens import SessionTokens
from rapport.voices.cloning import CHALLENGE, CLONE, SAMPLES
from rapport.voices.revocation import RevocationReceipt
from tests.fakes.listening import ASSISTANT, OrdersTaken, ScriptedListening, recording
from tests.unit.people_api.conftest import TOKEN_KEY, Caller, Clock

TODAY = date(2026, 5, 4)

CLONING = "/v1/voice/clone"


@pytest.fixture
def voice_server() -> OrdersTaken:
    return OrdersTaken()


@pytest.fixture
def api(services: Services, clock: Clock, voice_server: OrdersTaken) -> Iterator[TestClient]:
    with_voice = dataclasses.replace(services, voice=voice_server)
    services.people.on_withdrawal.append(with_voice.withdrawn)
    app = make_app(with_voice)
    app.state.desk.tokens = SessionTokens(AccessSettings(TOKEN_KEY), clock.epoch)
    app.state.desk.clock = lambda: clock.epoch() + 1e6 * next(times)
    app.state.desk.listening = ScriptedListening()
    times = iter(range(10**6))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def agreed(anna: Caller) -> Caller:
    anna.person.agree(Purpose.VOICE_PERSONALIZATION, "page")
    anna.person.agree(Purpose.CLOUD_SPEECH, "page")
    return anna


def state_of(caller: Caller) -> str:
    return str(caller.api.get(CLONING).json()["state"])


def send(caller: Caller, content: bytes, to: str = "/takes") -> dict[str, object]:
    answer = caller.api.post(CLONING + to, content=content, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 200, answer.text
    said: dict[str, object] = answer.json()
    return said


def failed(said: dict[str, object]) -> list[str]:
    return [each["name"] for each in said["checks"] if not each["passed"]]  # type: ignore[attr-defined]


def verified(caller: Caller) -> None:
    send(caller, recording(0))
    words = caller.api.post(CLONING + "/challenge").json()["words"]
    assert send(caller, recording(0, words, speech_s=3.0), "/challenge/answer")["verified"] is True


def ready(caller: Caller) -> None:
    verified(caller)
    assert caller.api.post(CLONING + "/submit").json()["state"] == "ready"


def kept(caller: Caller) -> list[str]:
    opened = caller.person.opened()
    assert opened is not None
    return list(opened.unit.records("voice/"))


def test_from_consent_to_a_voice_that_speaks(agreed: Caller, voice_server: OrdersTaken, services: Services) -> None:
    """Under a name that says nothing of them, and the grant says that it may speak."""
    assert state_of(agreed) == "draft"
    owner = services.proofs.owner(agreed.id)

    taken = send(agreed, recording(0))
    assert taken["kept"] is True
    assert state_of(agreed) == "consented"
    assert not grant_for(agreed.person, owner, TODAY).cloned
    words = agreed.api.post(CLONING + "/challenge").json()["words"]
    assert len(words) == 8
    assert send(agreed, recording(0, words, speech_s=3.0), "/challenge/answer")["verified"] is True
    assert state_of(agreed) == "verified"
    assert agreed.api.post(CLONING + "/submit").json()["state"] == "ready"

    assert voice_server.there[owner].startswith("rapport-")
    assert voice_server.sent[0][:4] == b"RIFF"
    assert grant_for(agreed.person, owner, TODAY).cloned


def test_each_sample_says_where_it_comes_from(agreed: Caller) -> None:
    """When, how, its checks, its hash, and the receipt of the consent that it was taken under."""
    live = agreed.person.ledger().live()
    send(agreed, recording(0), "/takes?how=microphone")

    (take,) = agreed.api.get(CLONING).json()["takes"]

    assert take["how"] == "microphone"
    assert take["consent"] == live[Purpose.VOICE_PERSONALIZATION].receipt
    assert len(take["sha256"]) == 64
    assert [each["name"] for each in take["checks"]][:3] == ["duration", "rate", "depth"]


@pytest.mark.parametrize("purpose", [Purpose.VOICE_PERSONALIZATION, Purpose.CLOUD_SPEECH])
def test_nothing_is_taken_before_both_consents(anna: Caller, purpose: Purpose) -> None:
    """One of them is not enough, and nothing is kept."""
    anna.person.agree(purpose, "page")

    for method, path in (
        ("POST", "/takes"),
        ("POST", "/challenge"),
        ("POST", "/challenge/answer"),
        ("POST", "/submit"),
    ):
        answer = anna.api.request(method, CLONING + path, content=recording(0) if path != "/submit" else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "voice_consent")

    assert kept(anna) == []
    assert [each["granted"] for each in anna.api.get(CLONING).json()["asked"]].count(True) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(recording(0, speech_s=1.0, duration_s=1.5), "duration", id="too short"),
        pytest.param(recording(0, rate_hz=8_000), "rate", id="telephone"),
        pytest.param(recording(0, bits=8), "depth", id="8 bit"),
        pytest.param(recording(0, clipped=0.05), "clipping", id="clipped"),
        pytest.param(recording(0, level_dbfs=-60.0), "level", id="quiet"),
        pytest.param(recording(0, snr_db=8.0), "noise", id="noisy"),
        pytest.param(recording(0, speech_s=4.0, duration_s=30.0), "speech", id="mostly silence"),
        pytest.param(recording(0, agreement=0.6), "one_speaker", id="two people"),
        pytest.param(recording(0, mos=1.5), "sound", id="distorted"),
        pytest.param(recording(ASSISTANT), "not_assistant", id="the assistant itself"),
    ],
)
def test_a_take_that_won_t_do_is_refused_with_advice_and_not_kept(agreed: Caller, content: bytes, why: str) -> None:
    """In plain words; the audit trail has the reason, and no sound."""
    said = send(agreed, content)

    assert (said["kept"], failed(said)) == (False, [why])
    assert all(each["advice"] for each in said["checks"] if not each["passed"])  # type: ignore[attr-defined]
    assert kept(agreed) == []
    assert agreed.person.audited()[-1].what == "voice.sample_refused"


def test_a_second_voice_among_the_samples_is_refused(agreed: Caller) -> None:
    """Each take is held against those before it."""
    send(agreed, recording(0))

    assert failed(send(agreed, recording(1))) == ["same_voice"]


@pytest.mark.parametrize("content", [b"no sound", b"", b"RIFF\xff\xff\xff\xffWAVE"])
def test_what_is_no_sound_is_refused_and_nothing_lost(agreed: Caller, content: bytes) -> None:
    """What was there stays."""
    send(agreed, recording(0))

    answer = agreed.api.post(CLONING + "/takes", content=content)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_audio")
    assert "WAV or FLAC" in answer.json()["message"]
    assert len(agreed.api.get(CLONING).json()["takes"]) == 1


def test_a_recording_may_be_large_and_nothing_else_may(agreed: Caller) -> None:
    """Twelve megabytes for sound; the other routes keep their sixteen kilobytes."""
    assert agreed.api.post(CLONING + "/takes", content=bytes(1_000_000)).status_code == 422
    assert agreed.api.post(CLONING + "/takes", content=bytes(13 * 2**20)).status_code == 413
    assert agreed.api.post("/v1/erasure", content=bytes(20_000)).status_code == 413


class TestTheChallenge:
    """Whose words, whose voice, and once."""

    @pytest.fixture(autouse=True)
    def sampled(self, agreed: Caller) -> None:
        send(agreed, recording(0))

    def asked(self, caller: Caller) -> list[str]:
        return list(caller.api.post(CLONING + "/challenge").json()["words"])

    def test_needs_a_voice_to_compare_with(self, ben: Caller) -> None:
        ben.person.agree(Purpose.VOICE_PERSONALIZATION, "page")
        ben.person.agree(Purpose.CLOUD_SPEECH, "page")

        assert ben.api.post(CLONING + "/challenge").json()["code"] == "voice_state"

    @pytest.mark.parametrize(("voice", "why"), [(1, ["same_voice"]), (ASSISTANT, ["not_assistant", "same_voice"])])
    def test_in_another_s_voice_is_refused(self, agreed: Caller, voice: int, why: list[str]) -> None:
        said = send(agreed, recording(voice, self.asked(agreed), speech_s=3.0), "/challenge/answer")

        assert (said["verified"], failed(said), said["tries_left"]) == (False, why, 2)
        assert state_of(agreed) == "consented"

    def test_answered_before_won_t_do_again(self, agreed: Caller) -> None:
        """A recording of an earlier answer has other words."""
        before = self.asked(agreed)
        now = self.asked(agreed)
        assert before != now

        assert failed(send(agreed, recording(0, before, speech_s=3.0), "/challenge/answer")) == ["words"]

    def test_works_once(self, agreed: Caller) -> None:
        words = self.asked(agreed)
        send(agreed, recording(0, words, speech_s=3.0), "/challenge/answer")

        again = agreed.api.post(CLONING + "/challenge/answer", content=recording(0, words, speech_s=3.0))

        assert again.json()["code"] == "voice_state"

    def test_may_be_missed_three_times(self, agreed: Caller) -> None:
        words = self.asked(agreed)
        left = [send(agreed, recording(0, ["river"]), "/challenge/answer")["tries_left"] for _ in range(3)]
        assert left == [2, 1, 0]

        late = agreed.api.post(CLONING + "/challenge/answer", content=recording(0, words))

        assert late.json()["code"] == "voice_state"

    def test_does_not_wait_for_long(self, agreed: Caller, clock: Clock) -> None:
        words = self.asked(agreed)
        clock.forward(minutes=4)

        assert agreed.api.post(CLONING + "/challenge/answer", content=recording(0, words)).status_code == 409

    def test_forgives_two_words_that_were_misheard(self, agreed: Caller) -> None:
        words = self.asked(agreed)
        said = send(agreed, recording(0, [*words[:6], "other", "words"], speech_s=3.0), "/challenge/answer")

        assert said["verified"] is True

    def test_ends_with_the_samples_it_was_for(self, agreed: Caller) -> None:
        words = self.asked(agreed)
        send(agreed, recording(0))

        assert agreed.api.post(CLONING + "/challenge/answer", content=recording(0, words)).status_code == 409


def test_samples_that_change_have_to_be_verified_anew(agreed: Caller) -> None:
    """Whether one comes or one goes."""
    verified(agreed)
    (take,) = agreed.api.get(CLONING).json()["takes"]

    assert agreed.api.delete(f"{CLONING}/takes/{take['id']}").status_code == 204

    assert state_of(agreed) == "consented"
    assert agreed.api.post(CLONING + "/submit").json()["code"] == "voice_state"
    assert agreed.api.delete(f"{CLONING}/takes/{take['id']}").json()["code"] == "no_such_take"


def test_a_refusal_of_the_provider_is_told_and_can_be_mended(agreed: Caller, voice_server: OrdersTaken) -> None:
    """By its code."""
    verified(agreed)
    voice_server.refuses = "voice_limit_reached"

    said = agreed.api.post(CLONING + "/submit").json()
    assert (said["state"], said["reason"]) == ("failed", "voice_limit_reached")

    voice_server.refuses = ""
    assert agreed.api.post(CLONING + "/submit").json()["state"] == "ready"


def test_a_provider_that_is_away_loses_nothing(agreed: Caller, voice_server: OrdersTaken) -> None:
    """The same again goes on with it, under the same name."""
    verified(agreed)
    voice_server.away = True

    assert agreed.api.post(CLONING + "/submit").json()["code"] == "voice_away"
    assert state_of(agreed) == "submitted"

    voice_server.away = False
    assert agreed.api.post(CLONING + "/submit").json()["state"] == "ready"


class TestRevocation:
    """Samples, embeddings, the provider's voice, clips; verified, with a receipt."""

    @pytest.fixture(autouse=True)
    def speaking(self, agreed: Caller) -> None:
        ready(agreed)

    def assert_gone(self, caller: Caller, voice_server: OrdersTaken) -> None:
        assert [name for name in kept(caller) if name.startswith((SAMPLES, CHALLENGE))] == []
        assert voice_server.there == {}
        assert voice_server.clips == set()

    def assert_signed(self, caller: Caller, receipt: dict[str, object]) -> None:
        key = base64.b64decode(caller.api.get("/v1/key").json()["public_key"])
        read = RevocationReceipt(**{**receipt, "erased": tuple(receipt["erased"])})  # type: ignore[arg-type]
        Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(read.signature), read.signed_text.encode())

    def test_by_the_page(self, agreed: Caller, voice_server: OrdersTaken) -> None:
        """The receipt verifies, and can be had again; there is nothing to revoke twice."""
        receipt = agreed.api.delete(CLONING).json()

        self.assert_gone(agreed, voice_server)
        self.assert_signed(agreed, receipt)
        assert receipt["samples"] == 1
        assert receipt["erased"] == ["use", "embeddings", "samples", "provider's voice", "clips"]
        standing = agreed.api.get(CLONING).json()
        assert (standing["state"], standing["receipt"], standing["revoking"]) == ("revoked", receipt, False)
        assert agreed.api.delete(CLONING).json() == {"state": "draft"}

    @pytest.mark.parametrize("purpose", [Purpose.VOICE_PERSONALIZATION, Purpose.CLOUD_SPEECH])
    def test_by_withdrawing_what_it_rests_on(
        self, agreed: Caller, voice_server: OrdersTaken, services: Services, purpose: Purpose
    ) -> None:
        """By voice, say; the provider is not waited for, and the receipt is there afterwards."""
        agreed.person.withdraw(purpose, "voice")
        assert not grant_for(agreed.person, services.proofs.owner(agreed.id), TODAY).cloned

        for thread in threading.enumerate():
            if thread.name == "revoking":
                thread.join(10)

        self.assert_gone(agreed, voice_server)
        self.assert_signed(agreed, agreed.api.get(CLONING).json()["receipt"])

    def test_with_a_provider_that_is_away(
        self, agreed: Caller, voice_server: OrdersTaken, services: Services, api: TestClient
    ) -> None:
        """Used no more at once; finished by the sweep, also when the consent is gone by then, and named nowhere."""
        voice_server.away = True
        pending = agreed.api.delete(CLONING)
        assert (pending.status_code, pending.json()["code"]) == (202, "revocation_pending")
        assert agreed.api.get(CLONING).json()["revoking"] is True
        assert not grant_for(agreed.person, services.proofs.owner(agreed.id), TODAY).cloned
        assert [name for name in kept(agreed) if name.startswith(SAMPLES)] == []
        for file in (services.settings.state / "revoking").iterdir():
            assert agreed.id not in file.read_text() + file.name
        agreed.person.withdraw(Purpose.VOICE_PERSONALIZATION, "voice")

        with_voice = dataclasses.replace(services, voice=voice_server)
        assert with_voice.revocations.resume() == 1
        voice_server.away = False
        assert with_voice.revocations.resume() == 0

        self.assert_gone(agreed, voice_server)
        self.assert_signed(agreed, agreed.api.get(CLONING).json()["receipt"])

    def test_goes_before_another_one_is_begun(self, agreed: Caller, voice_server: OrdersTaken, api: TestClient) -> None:
        """Else its deletion, once the provider answers, would take the new one along."""
        voice_server.away = True
        agreed.api.delete(CLONING)
        assert agreed.api.post(CLONING + "/takes", content=recording(0)).json()["code"] == "voice_state"

        voice_server.away = False
        assert agreed.api.delete(CLONING).status_code == 200
        ready(agreed)
        assert len(voice_server.there) == 1

    @pytest.mark.parametrize("purpose", [Purpose.VOICE_PERSONALIZATION])
    def test_leaves_nothing_of_the_voice_behind_without_the_consent(self, agreed: Caller, purpose: Purpose) -> None:
        """Not even that there was one; the receipt lies elsewhere."""
        agreed.person.withdraw(purpose, "voice")
        for thread in threading.enumerate():
            if thread.name == "revoking":
                thread.join(10)

        assert kept(agreed) == []

    @pytest.mark.parametrize("step", ["clone-delete", "expire-clips", "traces", "receipt"])
    def test_over_a_crash_at_any_step(
        self,
        agreed: Caller,
        voice_server: OrdersTaken,
        services: Services,
        monkeypatch: pytest.MonkeyPatch,
        step: str,
    ) -> None:
        """The next process goes on with it, and signs one receipt."""

        class Crash(BaseException):
            pass

        crashing = dataclasses.replace(services, voice=voice_server)
        give = voice_server.give

        def dies(name: str, *order: object) -> dict[str, object]:
            if name == step:
                raise Crash
            return give(name, *order)  # type: ignore[arg-type]

        def dies_signing(text: str) -> str:
            raise Crash

        with monkeypatch.context() as patched:
            patched.setattr(voice_server, "give", dies)
            if step == "receipt":
                patched.setattr(services.people.audit, "sign", dies_signing)
            with pytest.raises(Crash):
                crashing.revocations.revoke(agreed.person)

        assert not grant_for(agreed.person, services.proofs.owner(agreed.id), TODAY).cloned
        assert dataclasses.replace(services, voice=voice_server).revocations.resume() == 0
        self.assert_gone(agreed, voice_server)
        self.assert_signed(agreed, agreed.api.get(CLONING).json()["receipt"])
        assert [entry.what for entry in agreed.person.audited()].count("voice.revoked") == 1

    def test_then_another_can_be_made(self, agreed: Caller, voice_server: OrdersTaken) -> None:
        """Under another name."""
        (before,) = voice_server.there.values()
        agreed.api.delete(CLONING)

        ready(agreed)

        assert before not in voice_server.there.values()

    def test_is_in_the_audit_trail_without_content(self, agreed: Caller) -> None:
        """Each step of its life, by name."""
        agreed.api.delete(CLONING)

        told = [entry.what for entry in agreed.person.audited() if entry.what.startswith("voice.")]
        assert told == [
            "voice.consented",
            "voice.verified",
            "voice.submitted",
            "voice.ready",
            "voice.revoking",
            "voice.revoked",
        ]


def test_a_voice_of_nobody_is_a_draft(arrive: Callable[..., Caller]) -> None:
    """Nothing is kept, and nothing begun."""
    nobody = arrive(agreed=False)

    assert state_of(nobody) == "draft"
    assert nobody.api.delete(CLONING).json() == {"state": "draft"}
    assert not nobody.person.known


@pytest.mark.parametrize("away", [False, True])
def test_it_says_whether_a_voice_could_be_made_at_all(anna: Caller, voice_server: OrdersTaken, away: bool) -> None:
    """Before anybody reads twelve seconds for nothing."""
    voice_server.away = away

    assert anna.api.get(CLONING).json()["available"] is not away


def test_samples_are_in_the_export(agreed: Caller) -> None:
    """They are theirs."""
    send(agreed, recording(0))

    _, records = agreed.person.everything()

    assert {CLONE} <= set(records)
    assert any(name.startswith(SAMPLES) for name in records)
