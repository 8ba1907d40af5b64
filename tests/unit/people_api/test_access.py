"""Only an authenticated person reaches anything, and only their own: every way across that we could think of."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import jwt
import pytest
from fastapi.testclient import TestClient

from rapport.services import Services
from tests.unit.people_api.conftest import TOKEN_KEY, Caller, Clock

OF_A_PERSON = [
    ("GET", "/v1/me"),
    ("GET", "/v1/memories"),
    ("GET", "/v1/memories/search?q=tea"),
    ("GET", "/v1/memories/" + "0a" * 16),
    ("PATCH", "/v1/memories/" + "0a" * 16),
    ("DELETE", "/v1/memories/" + "0a" * 16),
    ("GET", "/v1/consents"),
    ("PUT", "/v1/consents/memory"),
    ("DELETE", "/v1/consents/memory"),
    ("POST", "/v1/export"),
    ("POST", "/v1/erasure"),
    ("GET", "/v1/activity"),
    ("GET", "/v1/lists"),
    ("PUT", "/v1/lists/shopping"),
    ("DELETE", "/v1/lists/shopping"),
    ("GET", "/v1/timers"),
    ("DELETE", "/v1/timers/" + "0a" * 6),
    ("GET", "/v1/learnt"),
    ("PUT", "/v1/learnt/cuts"),
    ("DELETE", "/v1/learnt"),
    ("GET", "/v1/suggestions"),
    ("PUT", "/v1/suggestions"),
    ("DELETE", "/v1/suggestions"),
    ("GET", "/v1/experiments"),
    ("PUT", "/v1/experiments"),
    ("GET", "/v1/voice"),
    ("PUT", "/v1/voice"),
    ("DELETE", "/v1/voice"),
    ("GET", "/v1/voice/voices"),
    ("POST", "/v1/voice/preview"),
    ("GET", "/v1/voice/pronunciations"),
    ("PUT", "/v1/voice/pronunciations"),
    ("GET", "/v1/voice/style"),
    ("PUT", "/v1/voice/style"),
    ("DELETE", "/v1/voice/style"),
    ("GET", "/v1/voice/clone"),
    ("DELETE", "/v1/voice/clone"),
    ("POST", "/v1/voice/clone/takes"),
    ("DELETE", "/v1/voice/clone/takes/" + "0a" * 8),
    ("POST", "/v1/voice/clone/challenge"),
    ("POST", "/v1/voice/clone/challenge/answer"),
    ("POST", "/v1/voice/clone/submit"),
    ("POST", "/v1/voice/token"),
]


def test_every_route_but_the_public_ones_is_listed_here(api: TestClient) -> None:
    """So that a new one is tried too."""
    public = {"/v1/health", "/v1/ready", "/v1/key", "/v1/export/{ticket}"}
    told = api.get("/v1/openapi.json").json()["paths"]

    routes = {(method.upper(), path) for path, methods in told.items() if path not in public for method in methods}

    id_of = {
        "/v1/memories/" + "0a" * 16: "/v1/memories/{memory_id}",
        "/v1/consents/memory": "/v1/consents/{purpose}",
        "/v1/lists/shopping": "/v1/lists/{name}",
        "/v1/timers/" + "0a" * 6: "/v1/timers/{timer_id}",
        "/v1/learnt/cuts": "/v1/learnt/{name}",
        "/v1/voice/clone/takes/" + "0a" * 8: "/v1/voice/clone/takes/{take_id}",
    }
    assert routes == {(method, id_of.get(path, path).partition("?")[0]) for method, path in OF_A_PERSON}


@pytest.mark.parametrize(("method", "path"), OF_A_PERSON)
def test_without_a_token_there_is_nothing(api: TestClient, method: str, path: str) -> None:
    refused = api.request(method, path)

    assert (refused.status_code, refused.json()["code"]) == (401, "token")
    assert refused.headers["www-authenticate"] == "Bearer"


def forged(claims: dict[str, object], header: dict[str, object], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS512", "RS256"])
def test_a_token_that_says_how_to_believe_it_is_not_believed(anna: Caller, api: TestClient, algorithm: str) -> None:
    claims = jwt.decode(anna.token, options={"verify_signature": False})
    token = forged(claims, {"alg": algorithm, "typ": "JWT"})

    for each in (token, token.rstrip(".")):
        assert api.get("/v1/me", headers={"Authorization": f"Bearer {each}"}).status_code == 401


def test_a_token_signed_with_another_key_is_not_believed(anna: Caller, api: TestClient) -> None:
    claims = jwt.decode(anna.token, options={"verify_signature": False})
    token = jwt.encode(claims, "another" * 8, "HS256")

    assert api.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_is_not_for_another_person_after_an_edit(anna: Caller, ben: Caller, api: TestClient) -> None:
    """Its claims are signed."""
    head, claims, signature = anna.token.split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    swapped = base64.urlsafe_b64encode(json.dumps({**read, "sub": ben.id}).encode()).rstrip(b"=").decode()

    assert api.get("/v1/me", headers={"Authorization": f"Bearer {head}.{swapped}.{signature}"}).status_code == 401


def test_an_expired_token_opens_nothing(anna: Caller, clock: Clock) -> None:
    """Not even within the time in which the channel would renew it."""
    clock.forward(seconds=601)

    assert anna.api.get("/v1/me").status_code == 401


def test_what_our_processes_show_each_other_is_no_session_token(
    anna: Caller, services: Services, api: TestClient
) -> None:
    """A turn proof, an export ticket and an order are each signed with the same key, for another audience."""
    for proof in (
        services.proofs.turn(anna.id, "s_1", ttl_s=60),
        services.proofs.export(anna.id),
        services.proofs.order(anna.id),
    ):
        assert api.get("/v1/me", headers={"Authorization": f"Bearer {proof}"}).status_code == 401


def test_nothing_else_is_an_export_ticket(anna: Caller, services: Services, api: TestClient) -> None:
    for proof in (
        anna.token,
        services.proofs.turn(anna.id, "s_1", ttl_s=60),
        services.proofs.order(anna.id),
        forged({"sub": anna.id, "aud": "rapport/export", "exp": 2**40, "jti": "0"}, {"alg": "none"}),
    ):
        refused = api.get(f"/v1/export/{proof}")
        assert (refused.status_code, refused.json()["code"]) == (404, "ticket")


@pytest.mark.parametrize("person", ["p_../../etc", "../p_" + "0" * 24, "p_" + "0" * 23, "system", "", "p_" + "G" * 24])
def test_a_signed_token_for_what_is_no_person_opens_nothing(api: TestClient, clock: Clock, person: str) -> None:
    """Ids name folders, so they are checked even where the signature is right."""
    claims = {"sub": person, "aud": "rapport/session", "iat": 0, "exp": clock.epoch() + 60}
    token = jwt.encode(claims, TOKEN_KEY, "HS256")

    for path in ("/v1/me", "/v1/memories"):
        assert api.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_another_s_memory_is_as_good_as_none(anna: Caller, ben: Caller) -> None:
    """Read, edited, deleted or paged from: the id alone is nothing."""
    memory = anna.remembers("you like tea")
    path = f"/v1/memories/{memory.id}"

    tried = [
        ben.api.get(path),
        ben.api.patch(path, json={"text": "you like mud"}),
        ben.api.delete(path),
        ben.api.get("/v1/memories", params={"after": memory.id}),
    ]

    assert [each.json()["code"] for each in tried] == ["no_such_memory"] * 4
    assert anna.api.get(path).json()["text"] == "you like tea"
    assert "tea" not in "".join(each.text for each in tried)


def test_nobody_finds_another_s_memory(anna: Caller, ben: Caller) -> None:
    anna.remembers("you like tea")

    assert ben.api.get("/v1/memories/search", params={"q": "you like tea"}).json() == {"found": []}
    assert ben.api.get("/v1/memories").json()["memories"] == []


def test_another_s_link_gives_the_other_s_archive_to_nobody_twice(anna: Caller, ben: Caller, api: TestClient) -> None:
    """A ticket is spent in its owner's file, whoever opens it, and whatever else is sent along."""
    anna.remembers("you like tea")
    link = anna.api.post("/v1/export").json()["url"]

    assert ben.api.get(link).status_code == 200  # whoever has the link has it: that is what a link is
    assert anna.api.get(link).status_code == 404
    assert ben.api.post("/v1/export").json()["url"] != link


@pytest.mark.parametrize(
    "path",
    [
        "/v1/memories/..%2f..%2fme",
        "/v1/memories/%2e%2e/%2e%2e/etc/passwd",
        "/v1/memories/" + "0A" * 16,
        "/v1/memories/" + "0a" * 16 + "%00",
        "/v1/memories/" + "0a" * 16 + "%0a",
        "/v1/memories/" + "0a" * 500,
        "/v1/memories/p_" + "0" * 24,
        "/v1/export/%00",
        "/v1/export/" + "a" * 5_000,
        "/v1/export/..%2f..%2fkey",
        "/v1//me",
        "/v1/me/",
        "/V1/me",
    ],
)
def test_odd_paths_find_nothing(anna: Caller, path: str) -> None:
    """Each is refused in the API's own shape, before anything is looked up."""
    refused = anna.api.get(path)

    assert refused.status_code in (404, 410, 422)
    assert set(refused.json()) == {"code", "message"}


def test_every_answer_stays_out_of_caches_and_frames(anna: Caller, api: TestClient) -> None:
    for answer in (anna.api.get("/v1/me"), api.get("/v1/me"), api.get("/nowhere"), api.get("/v1/ready")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:5005", True),
        ("http://127.0.0.1:5005", True),
        ("https://page.example", True),
        ("http://localhost:5056", False),
        ("http://localhost", False),
        ("https://evil.example", False),
        ("https://page.example.evil.example", False),
        ("null", False),
    ],
)
def test_only_the_page_s_own_origins_may_read_answers(anna: Caller, origin: str, allowed: bool) -> None:
    """Problems too, so that the page can tell them."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization",
    }

    preflight = anna.api.options("/v1/memories", headers=asked)
    answer = anna.api.get("/v1/me", headers={"Origin": origin})
    problem = anna.api.get("/v1/nowhere", headers={"Origin": origin})

    for each in (preflight, answer, problem):
        assert each.headers.get("access-control-allow-origin") == (origin if allowed else None)
        assert "access-control-allow-credentials" not in each.headers
    assert (preflight.status_code == 200) is allowed


def test_a_huge_request_is_refused_unread(anna: Caller) -> None:
    """Whether or not it says how long it is."""

    def pieces() -> object:
        for _ in range(40):
            yield b"x" * 1_000

    known = anna.api.post("/v1/erasure", content=b"x" * 40_000)
    unknown = anna.api.post("/v1/erasure", content=pieces())

    assert (known.status_code, known.json()["code"]) == (413, "too_large")
    assert (unknown.status_code, unknown.json()["code"]) == (413, "too_large")


def test_who_asks_too_often_is_told_when_to_come_back(anna: Caller, ben: Caller, clock: Clock) -> None:
    """A limit a person: others go on."""
    answers = [anna.api.get("/v1/me") for _ in range(61)]

    assert [each.status_code for each in answers] == [200] * 60 + [429]
    assert answers[-1].json()["code"] == "too_many_requests"
    assert ben.api.get("/v1/me").status_code == 200
    clock.forward(seconds=int(answers[-1].headers["retry-after"]))
    assert anna.api.get("/v1/me").status_code == 200


def test_an_address_is_limited_before_tokens_are_looked_at(arrive: Callable[..., Caller], api: TestClient) -> None:
    """Else tokens could be guessed at leisure."""
    statuses = {api.get("/v1/me").status_code for _ in range(240)}

    assert statuses == {401}
    assert api.get("/v1/me").status_code == 429
    assert api.get("/v1/ready").status_code == 200


def test_exports_and_erasures_count_for_more(anna: Caller) -> None:
    """They read everything."""
    statuses = [anna.api.post("/v1/export").status_code for _ in range(6)]

    assert statuses == [201] * 5 + [429]


def test_what_breaks_is_told_to_nobody_but_the_log_and_there_without_content(
    anna: Caller, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception's text can hold what was said."""

    def broken(text: str) -> object:
        raise RuntimeError(f"can't embed {text}")

    services.people.embed = broken  # type: ignore[assignment]

    answer = anna.api.get("/v1/memories/search", params={"q": "oolong"})

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "oolong" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text
