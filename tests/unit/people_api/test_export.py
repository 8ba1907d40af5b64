"""Exports: all of it, readable, once, and only with a link that is meant for it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from rapport.memory.values import Kind
from rapport.services import Services
from tests.unit.people_api.conftest import Caller, Clock

NASTY = "you like <script>alert('\"&</script>"


def archive_of(caller: Caller, api: TestClient) -> zipfile.ZipFile:
    link = caller.api.post("/v1/export").json()["url"]
    return zipfile.ZipFile(io.BytesIO(api.get(link).content))


def test_everything_held_is_in_it(anna: Caller, api: TestClient, clock: Clock) -> None:
    """Memories with their history and provenance, consents with their wording, profile, audit entries, quota."""
    anna.person.update_profile(name="Anna")
    old = anna.remembers("your sister lives in Oslo", Kind.RELATION, words="my sister lives in oslo")
    anna.api.patch(f"/v1/memories/{old.id}", json={"text": "she moved away"})

    archive = archive_of(anna, api)
    data = json.loads(archive.read("data.json"))

    assert sorted(archive.namelist()) == ["data.json", "index.html"]
    assert {memory["text"] for memory in data["memories"]} == {"your sister lives in Oslo", "she moved away"}
    was = next(memory for memory in data["memories"] if memory["id"] == old.id)
    assert was["provenance"]["words"] == "my sister lives in oslo"
    assert was["superseded_by"]
    assert data["consents"][0]["wording"].startswith("May I remember")
    assert data["profile"] == {"name": "Anna"}
    assert {"consent.granted", "memory.written"} <= {entry["what"] for entry in data["activity"]}
    assert data["quota"]["items"] == 20
    assert data["person"] == anna.id
    assert data["made"] == clock.now.isoformat()


def test_nothing_that_was_said_can_become_part_of_the_page(anna: Caller, api: TestClient) -> None:
    """It is escaped, in every place where it stands; and the page loads nothing."""
    anna.person.update_profile(name=NASTY)
    anna.remembers(NASTY, words=NASTY)

    page = archive_of(anna, api).read("index.html").decode()

    assert "<script" not in page
    assert page.count("you like &lt;script&gt;") == 3
    assert "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page


def test_it_is_a_file_that_no_cache_keeps(anna: Caller, api: TestClient) -> None:
    got = api.get(anna.api.post("/v1/export").json()["url"])

    assert got.headers["content-type"] == "application/zip"
    assert got.headers["content-disposition"] == 'attachment; filename="rapport-2026-05-01.zip"'
    assert got.headers["cache-control"] == "no-store"


def test_nothing_is_left_on_the_disk(anna: Caller, api: TestClient, tmp_path: Path) -> None:
    """Neither an archive nor its content."""
    anna.remembers("you like oolong")
    before = {file.name for file in tmp_path.rglob("*")}

    archive_of(anna, api)

    assert {file.name for file in tmp_path.rglob("*")} == before
    assert not any(b"oolong" in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_the_audit_trail_notes_it(anna: Caller, api: TestClient) -> None:
    archive_of(anna, api)

    assert anna.api.get("/v1/activity").json()["entries"][0]["what"] == "export.made"


def test_a_link_works_once(anna: Caller, api: TestClient) -> None:
    """Also for its owner."""
    link = anna.api.post("/v1/export").json()["url"]

    first, second = api.get(link), api.get(link)

    assert first.status_code == 200
    assert (second.status_code, second.json()["code"]) == (404, "ticket")


def test_a_used_link_stays_used_after_a_restart(anna: Caller, api: TestClient, services: Services) -> None:
    """It is remembered in the person's own file, as long as it has not expired, and dies with them."""
    link = anna.api.post("/v1/export").json()["url"]
    api.get(link)
    services.people.store.close()

    assert api.get(link).status_code == 404
    assert "spent" in anna.person.everything()[1]


def test_expired_numbers_are_let_go(anna: Caller, api: TestClient, clock: Clock) -> None:
    archive_of(anna, api)
    clock.forward(minutes=9)
    fresh = anna.api.post("/v1/export").json()["url"]
    clock.forward(minutes=2)
    api.get(fresh)

    assert len(anna.person.everything()[1]["spent"]) == 1


def test_a_link_expires(anna: Caller, api: TestClient, clock: Clock) -> None:
    """After ten minutes."""
    link = anna.api.post("/v1/export").json()["url"]
    clock.forward(seconds=601)

    assert api.get(link).status_code == 404


def test_of_whom_nothing_is_kept_nothing_is_sent(arrive: Callable[..., Caller], services: Services) -> None:
    """And nothing is kept for having asked."""
    caller = arrive(agreed=False)

    refused = caller.api.post("/v1/export")
    by_voice = caller.api.get(f"/v1/export/{services.proofs.export(caller.id)}")

    assert refused.json()["code"] == by_voice.json()["code"] == "nothing_kept"
    assert not caller.person.known
