"""Session tokens: who gets one, for whom, and for how long."""

import json
import time
from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from rapport.errors import NotAllowed
from rapport.settings import AccessSettings
from rapport.tokens import RENEWAL_S, Proofs, SessionTokens

OPEN = AccessSettings(token_key="k" * 32)
ISSUER = "https://id.example"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_anyone_gets_a_token_for_a_fresh_person() -> None:
    tokens = SessionTokens(OPEN)

    first = tokens.issue(credential=None, person=None, previous=None)
    second = tokens.issue(credential=None, person=None, previous=None)

    assert tokens.person_of(first.token) == first.person != second.person


def test_a_name_is_not_believed_without_the_secret() -> None:
    token = SessionTokens(OPEN).issue(credential=None, person="anna", previous=None)

    assert (
        token.person
        != SessionTokens(replace(OPEN, shared_secret="s")).issue(credential="s", person="anna", previous=None).person
    )


def test_a_token_of_before_keeps_its_person() -> None:
    clock = Clock()
    tokens = SessionTokens(OPEN, clock)
    first = tokens.issue(credential=None, person=None, previous=None)
    clock.now += RENEWAL_S

    assert tokens.issue(credential=None, person=None, previous=first.token).person == first.person


def test_an_expired_token_opens_nothing() -> None:
    clock = Clock()
    tokens = SessionTokens(OPEN, clock)
    token = tokens.issue(credential=None, person=None, previous=None)
    clock.now += token.expires_in_s + 1

    with pytest.raises(NotAllowed, match="expired"):
        tokens.person_of(token.token)


def test_a_very_old_token_earns_no_new_one() -> None:
    clock = Clock()
    tokens = SessionTokens(OPEN, clock)
    token = tokens.issue(credential=None, person=None, previous=None)
    clock.now += token.expires_in_s + RENEWAL_S + 1

    with pytest.raises(NotAllowed):
        tokens.issue(credential=None, person=None, previous=token.token)


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", jwt.encode({"sub": "p_1", "exp": 9e9}, "other" * 8, "HS256")])
def test_a_forged_token_opens_nothing(forged: str) -> None:
    with pytest.raises(NotAllowed):
        SessionTokens(OPEN).person_of(forged)


def test_an_unsigned_token_opens_nothing() -> None:
    """The "none" algorithm, an old trick."""
    unsigned = jwt.encode({"sub": "p_1", "exp": 9e9, "aud": "rapport/session"}, "", "none")

    with pytest.raises(NotAllowed):
        SessionTokens(OPEN).person_of(unsigned)


def test_a_token_for_something_else_opens_nothing() -> None:
    other = jwt.encode({"sub": "p_1", "exp": 9e9, "aud": "another/service"}, OPEN.token_key, "HS256")

    with pytest.raises(NotAllowed):
        SessionTokens(OPEN).person_of(other)


def test_the_shared_secret_names_the_person_by_a_pseudonym() -> None:
    tokens = SessionTokens(replace(OPEN, shared_secret="open sesame"))

    first = tokens.issue(credential="open sesame", person="anna", previous=None)

    assert first.person == tokens.issue(credential="open sesame", person="anna", previous=None).person
    assert "anna" not in json.dumps(jwt.decode(first.token, options={"verify_signature": False}))


@pytest.mark.parametrize("credential", [None, "", "guess", "öpen sesame"])
def test_without_the_shared_secret_nobody_gets_a_token(credential: str | None) -> None:
    tokens = SessionTokens(replace(OPEN, shared_secret="open sesame"))

    with pytest.raises(NotAllowed):
        tokens.issue(credential=credential, person="anna", previous=None)


def test_the_shared_secret_wants_a_person() -> None:
    with pytest.raises(NotAllowed, match="name the person"):
        SessionTokens(replace(OPEN, shared_secret="s")).issue(credential="s", person=None, previous=None)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> rsa.RSAPrivateKey:
    """An identity provider whose keys are fetched without a network."""
    key = rsa.generate_private_key(65537, 2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": "1", "use": "sig"}
    monkeypatch.setattr(jwt.PyJWKClient, "fetch_data", lambda self: {"keys": [public]})
    return key


def identity(key: rsa.RSAPrivateKey, **changed: object) -> str:
    claims = {"sub": "anna", "iss": ISSUER, "aud": "rapport", "exp": time.time() + 60} | changed
    return jwt.encode(claims, key, "RS256", headers={"kid": "1"})


def test_an_identity_token_names_the_person_by_a_pseudonym(provider: rsa.RSAPrivateKey) -> None:
    tokens = SessionTokens(replace(OPEN, oidc_issuer=ISSUER, oidc_audience="rapport"))

    token = tokens.issue(credential=identity(provider), person="mallory", previous=None)

    assert token.person == tokens.issue(credential=identity(provider), person=None, previous=None).person
    assert "anna" not in token.person


@pytest.mark.parametrize(
    "changed", [{"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}], ids=["audience", "issuer", "expired"]
)
def test_a_wrong_identity_token_is_refused(provider: rsa.RSAPrivateKey, changed: dict[str, object]) -> None:
    tokens = SessionTokens(replace(OPEN, oidc_issuer=ISSUER, oidc_audience="rapport"))

    with pytest.raises(NotAllowed):
        tokens.issue(credential=identity(provider, **changed), person=None, previous=None)


def test_a_token_of_before_is_no_identity(provider: rsa.RSAPrivateKey) -> None:
    """With a provider, only the provider says who somebody is."""
    previous = SessionTokens(OPEN).issue(credential=None, person=None, previous=None)
    tokens = SessionTokens(replace(OPEN, oidc_issuer=ISSUER, oidc_audience="rapport"))

    with pytest.raises(NotAllowed):
        tokens.issue(credential=None, person=None, previous=previous.token)


NOW = 1_800_000_000.0


def proofs(now: float = NOW, key: str = "k" * 32) -> Proofs:
    return Proofs(key, lambda: now)


def test_a_turn_s_proof_holds_for_its_session_only() -> None:
    proof = proofs().turn("p_1", "s_1", ttl_s=60)

    assert proofs().person_of_turn(proof, "s_1") == "p_1"
    with pytest.raises(NotAllowed):
        proofs().person_of_turn(proof, "s_2")
    with pytest.raises(NotAllowed):
        proofs(NOW + 61).person_of_turn(proof, "s_1")
    with pytest.raises(NotAllowed):
        proofs(key="x" * 32).person_of_turn(proof, "s_1")


def test_no_token_passes_for_another_kind() -> None:
    ours = proofs()
    settings = AccessSettings(token_key="k" * 32)
    tokens = {
        "session": SessionTokens(settings, lambda: NOW).issue(credential=None, person=None, previous=None).token,
        "turn": ours.turn("p_1", "s_1", ttl_s=60),
        "export": ours.export("p_1"),
        "order": ours.order("p_1"),
    }
    checks = {
        "session": SessionTokens(settings, lambda: NOW).person_of,
        "turn": lambda token: ours.person_of_turn(token, "s_1"),
        "export": ours.ticket_of,
        "order": ours.person_of_order,
    }
    for kind, check in checks.items():
        for other, token in tokens.items():
            if kind == other:
                assert check(token)
                continue
            with pytest.raises(NotAllowed):
                check(token)


def test_every_export_ticket_has_a_number_of_its_own() -> None:
    first, second = (proofs().ticket_of(proofs().export("p_1")) for _ in range(2))

    assert first.person == second.person == "p_1"
    assert first.number != second.number
