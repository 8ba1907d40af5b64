"""Memories over HTTP: listed, searched, edited, forgotten; each only with consent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance, Statement
from rapport.privacy.purposes import Purpose
from tests.unit.people_api.conftest import Caller, Clock


def test_a_memory_says_what_it_is_where_it_comes_from_what_for_and_until_when(anna: Caller) -> None:
    """All that the page shows of it."""
    anna.remembers("your sister lives in Oslo", Kind.RELATION, words="my sister lives in oslo")

    (memory,) = anna.api.get("/v1/memories").json()["memories"]

    assert memory["text"] == "your sister lives in Oslo"
    assert memory["kind"] == "relation"
    assert memory["told"]["words"] == "my sister lives in oslo"
    assert memory["told"]["source"] == "asked"
    assert memory["purpose"] == "memory"
    assert memory["created"] == "2026-05-01T12:00:00Z"
    assert memory["expires"] == "2031-04-30T12:00:00Z"


def test_pages_follow_each_other_without_gap_or_repetition(anna: Caller, clock: Clock) -> None:
    """Those told last come first."""
    for number in range(7):
        anna.remembers(f"your number is {number}{number}{number}")
        clock.forward(minutes=1)

    texts, after = [], ""
    while after is not None:
        page = anna.api.get("/v1/memories", params={"limit": 3, **({"after": after} if after else {})}).json()
        texts += [memory["text"] for memory in page["memories"]]
        after = page["next"]

    assert texts == [f"your number is {number}{number}{number}" for number in reversed(range(7))]


def test_only_one_kind(anna: Caller) -> None:
    anna.remembers("you like tea", Kind.PREFERENCE)
    anna.remembers("you have a dog")

    page = anna.api.get("/v1/memories", params={"kind": "preference"}).json()

    assert [memory["text"] for memory in page["memories"]] == ["you like tea"]


def test_a_page_after_what_is_gone_is_told(anna: Caller) -> None:
    """Else the list would silently begin again."""
    memory = anna.remembers("you like tea")
    anna.api.delete(f"/v1/memories/{memory.id}")

    gone = anna.api.get("/v1/memories", params={"after": memory.id})

    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_memory")


def test_searching_finds_by_words(anna: Caller) -> None:
    """Also by a word's beginning, as one types; what has nothing to do with it is left out."""
    anna.remembers("your sister lives in Oslo")
    anna.remembers("you like tea")

    found = {
        words: anna.api.get("/v1/memories/search", params={"q": words}).json()["found"]
        for words in ("sister", "sis", "xylophone")
    }

    assert [each["memory"]["text"] for each in found["sister"]] == ["your sister lives in Oslo"]
    assert [each["memory"]["text"] for each in found["sis"]] == ["your sister lives in Oslo"]
    assert found["xylophone"] == []
    assert 0 <= found["sister"][0]["confidence"] <= 1


def test_an_edit_takes_the_place_of_what_was(anna: Caller) -> None:
    """It says so itself, and its canonical form follows where only the value changed."""
    statement = Statement("my sister", "lives in", "Oslo")
    draft = Draft(Kind.RELATION, "your sister lives in Oslo", Provenance("s_1"), statement)
    before = anna.person.memories().remember(draft).memory

    after = anna.api.patch(f"/v1/memories/{before.id}", json={"text": "your sister lives in Bergen"}).json()

    assert after["told"]["source"] == "page"
    assert after["kind"] == "relation"
    assert [each["text"] for each in anna.api.get("/v1/memories").json()["memories"]] == ["your sister lives in Bergen"]
    (known,) = anna.person.memories().about("my sister")
    assert known.statement == Statement("my sister", "lives in", "Bergen")


def test_an_edit_of_the_spelling_is_kept(anna: Caller) -> None:
    """Though to the memory it says the same."""
    before = anna.remembers("your sister lives in oslo")

    after = anna.api.patch(f"/v1/memories/{before.id}", json={"text": "Your sister lives in OSLO"})

    assert after.json()["text"] == "Your sister lives in OSLO"
    assert [each["text"] for each in anna.api.get("/v1/memories").json()["memories"]] == ["Your sister lives in OSLO"]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        pytest.param("you are allergic to nuts", 409, "confirmation_needed", id="sensitive"),
        pytest.param("your password is hunter2", 422, "not_kept", id="never-kept"),
        pytest.param("", 422, "bad_request", id="empty"),
        pytest.param("x" * 1_001, 422, "bad_request", id="long"),
        pytest.param("a\x00b", 422, "bad_request", id="control-character"),
    ],
)
def test_an_edit_is_judged_like_what_is_said(anna: Caller, text: str, status: int, code: str) -> None:
    """What it was before stays."""
    before = anna.remembers("you like tea")

    refused = anna.api.patch(f"/v1/memories/{before.id}", json={"text": text})

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert anna.api.get(f"/v1/memories/{before.id}").json()["text"] == "you like tea"
    assert text not in refused.text or not text


def test_something_sensitive_is_kept_once_confirmed(anna: Caller) -> None:
    before = anna.remembers("you like tea")

    kept = anna.api.patch(f"/v1/memories/{before.id}", json={"text": "you are allergic to nuts", "confirmed": True})

    assert kept.json()["sensitivity"] == "sensitive"


def test_half_a_character_is_refused(anna: Caller) -> None:
    """JSON can hold one half of a surrogate pair, which no file can."""
    before = anna.remembers("you like tea")

    refused = anna.api.patch(f"/v1/memories/{before.id}", content=rb'{"text": "\ud83d"}')

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_request")


def test_a_forgotten_memory_is_gone(anna: Caller) -> None:
    """The second time there is nothing to forget."""
    memory = anna.remembers("you like tea")

    first = anna.api.delete(f"/v1/memories/{memory.id}")
    second = anna.api.delete(f"/v1/memories/{memory.id}")

    assert first.json() == {"deleted": 1}
    assert (second.status_code, second.json()["code"]) == (404, "no_such_memory")
    assert anna.api.get("/v1/memories").json()["memories"] == []


def test_a_full_store_says_so(anna: Caller) -> None:
    """And takes nothing in the place of what is there."""
    for number in range(20):
        anna.remembers(f"{number}")
    first = anna.api.get("/v1/memories").json()["memories"][0]

    refused = anna.api.patch(f"/v1/memories/{first['id']}", json={"text": "something else"})

    assert (refused.status_code, refused.json()["code"]) == (409, "quota")


def test_nothing_is_read_without_consent(arrive: Callable[..., Caller]) -> None:
    """Whether it was never given or taken back."""
    never = arrive(agreed=False)
    former = arrive()
    memory = former.remembers("you like tea")
    former.person.withdraw(Purpose.MEMORY, "voice")

    for caller in (never, former):
        for path in ("/v1/memories", "/v1/memories/search?q=tea", f"/v1/memories/{memory.id}"):
            refused = caller.api.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "consent_missing")
    assert not never.person.known
