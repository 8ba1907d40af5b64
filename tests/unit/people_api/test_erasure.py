"""Erase me: confirmed, with a receipt that anybody can verify, and honest where a part has to wait."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient

from tests.unit.people_api.conftest import Caller, Elsewhere

MEANT = {"confirm": "erase me"}


def test_the_receipt_verifies_with_the_public_key(anna: Caller, api: TestClient) -> None:
    """As the key's own description says, with nothing of ours."""
    anna.remembers("you like tea")

    receipt = anna.api.post("/v1/erasure", json=MEANT).json()

    assert receipt["memories"] == 1
    assert receipt["erased"] == ["return", "key", "memories", "conversations"]
    key = api.get("/v1/key").json()
    signed = json.dumps({**receipt, "signature": ""}, sort_keys=True, separators=(",", ":"))
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"])).verify(
        base64.b64decode(receipt["signature"]), signed.encode()
    )


@pytest.mark.parametrize("said", [{}, {"confirm": True}, {"confirm": "yes"}, {"confirm": "ERASE ME"}])
def test_it_has_to_be_meant(anna: Caller, said: dict[str, object]) -> None:
    """Nothing less than the very words."""
    assert anna.api.post("/v1/erasure", json=said).status_code == 422
    assert anna.person.known


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/me"),
        ("GET", "/v1/memories"),
        ("GET", "/v1/activity"),
        ("POST", "/v1/export"),
        ("PUT", "/v1/consents/memory"),
        ("POST", "/v1/erasure"),
    ],
)
def test_the_token_opens_nothing_afterwards(anna: Caller, method: str, path: str) -> None:
    """And nothing is kept under the old name any more."""
    anna.api.post("/v1/erasure", json=MEANT)

    refused = anna.api.request(method, path, json=None if method == "GET" else {**MEANT, "version": 1})

    assert (refused.status_code, refused.json()["code"]) == (410, "erased")


def test_a_link_from_before_opens_nothing_either(anna: Caller, api: TestClient) -> None:
    link = anna.api.post("/v1/export").json()["url"]
    anna.api.post("/v1/erasure", json=MEANT)

    assert api.get(link).json()["code"] == "ticket"


def test_what_has_to_wait_is_told(anna: Caller, elsewhere: Elsewhere, services: object) -> None:
    """In plain words, with 202: it was taken on, and is not done."""
    elsewhere.away = True

    pending = anna.api.post("/v1/erasure", json=MEANT)

    assert pending.status_code == 202
    assert pending.json()["code"] == "erasure_pending"
    assert "tried again" in pending.json()["message"]


def test_who_was_never_known_can_be_erased_too(arrive: Callable[..., Caller], elsewhere: Elsewhere) -> None:
    """Conversations under way are theirs as well."""
    caller = arrive(agreed=False)

    receipt = caller.api.post("/v1/erasure", json=MEANT).json()

    assert (receipt["who"], receipt["memories"]) == ("", 0)
    assert elsewhere.erased == [caller.id]
