"""Activity: the audit entries about whoever asks, and about nobody else."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.people_api.conftest import Caller


def test_the_latest_come_first_page_by_page(anna: Caller, ben: Caller) -> None:
    """Ben's entries lie between Anna's, and are not told."""
    for number in range(4):
        anna.remembers(f"{number}")
        ben.remembers(f"{number}")

    entries, after = [], None
    while True:
        params = {"limit": 2, **({"after": after} if after else {})}
        page = anna.api.get("/v1/activity", params=params).json()
        entries += page["entries"]
        after = page["next"]
        if after is None:
            break

    assert [entry["what"] for entry in entries] == ["memory.written"] * 4 + ["consent.granted"]
    numbers = [entry["number"] for entry in entries]
    assert numbers == sorted(numbers, reverse=True)


def test_no_entry_holds_what_was_said(anna: Caller) -> None:
    anna.remembers("you like oolong")
    anna.api.get("/v1/memories/search", params={"q": "oolong"})

    assert "oolong" not in anna.api.get("/v1/activity").text


def test_of_whom_nothing_is_kept_there_is_none(arrive: Callable[..., Caller]) -> None:
    caller = arrive(agreed=False)

    assert caller.api.get("/v1/activity").json() == {"entries": [], "next": None}
    assert not caller.person.known
