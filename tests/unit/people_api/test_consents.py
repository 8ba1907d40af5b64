"""Consents over HTTP: the exact wording, a receipt for each decision, and what goes with a withdrawal."""

from __future__ import annotations

from collections.abc import Callable

from rapport.privacy.purposes import Purpose, wordings
from tests.unit.people_api.conftest import Caller


def test_every_purpose_is_shown_word_for_word(arrive: Callable[..., Caller]) -> None:
    """Also to who has agreed to nothing; nothing is kept for having looked."""
    caller = arrive(agreed=False)

    shown = caller.api.get("/v1/consents").json()["consents"]

    assert [each["purpose"] for each in shown] == [purpose.value for purpose in Purpose]
    assert shown[0]["written"] == wordings()[Purpose.MEMORY].written
    assert not any(each["granted"] for each in shown)
    assert not caller.person.known


def test_a_yes_is_kept_with_the_words_that_were_read(arrive: Callable[..., Caller]) -> None:
    """The receipt is what the ledger has."""
    caller = arrive(agreed=False)

    receipt = caller.api.put("/v1/consents/memory", json={"version": 1})

    assert receipt.status_code == 200
    (decision,) = caller.person.ledger().decisions
    assert receipt.json()["receipt"] == decision.receipt
    assert decision.wording == wordings()[Purpose.MEMORY].written
    assert decision.channel == "page"
    assert caller.api.get("/v1/me").json()["consents"] == ["memory"]


def test_a_yes_to_another_wording_is_none(arrive: Callable[..., Caller]) -> None:
    """A page that was left open must not agree to what it never showed."""
    caller = arrive(agreed=False)

    refused = caller.api.put("/v1/consents/memory", json={"version": 2})

    assert (refused.status_code, refused.json()["code"]) == (409, "wording_changed")
    assert not caller.person.known


def test_taking_it_back_erases_what_rested_on_it(anna: Caller) -> None:
    """And says how much that was; the ledger keeps both decisions."""
    anna.remembers("you like tea")
    anna.remembers("you have a dog")

    withdrawn = anna.api.delete("/v1/consents/memory").json()

    assert withdrawn["erased"] == 2
    assert withdrawn["receipt"]["granted"] is False
    assert anna.person.everything()[0] == []
    (memory, *_) = anna.api.get("/v1/consents").json()["consents"]
    assert (memory["granted"], memory["decided"]["receipt"]) == (False, withdrawn["receipt"]["receipt"])


def test_who_is_not_known_has_nothing_to_take_back(arrive: Callable[..., Caller]) -> None:
    caller = arrive(agreed=False)

    refused = caller.api.delete("/v1/consents/memory")

    assert (refused.status_code, refused.json()["code"]) == (404, "nothing_kept")
    assert not caller.person.known


def test_an_unknown_purpose_is_refused(anna: Caller) -> None:
    assert anna.api.put("/v1/consents/everything", json={"version": 1}).status_code == 422


def test_the_status_counts(anna: Caller) -> None:
    """Who it is, what they agreed to, how much there is and may be."""
    anna.remembers("you like tea")

    status = anna.api.get("/v1/me").json()

    assert status["person"] == anna.id
    assert status["known"] is True
    assert status["usage"]["items"] == 1
    assert status["quota"]["items"] == 20
