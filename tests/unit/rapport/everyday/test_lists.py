"""A list's things: found as they are said, never twice."""

import pytest

from rapport.errors import QuotaReached
from rapport.everyday import lists
from rapport.everyday.lists import Item, NamedList

SHOPPING = NamedList("shopping", (Item("oat milk"), Item("two eggs"), Item("whole milk"), Item("bread", done=True)))


def test_what_is_there_is_not_added_twice() -> None:
    """But what was ticked off is wanted again."""
    grown, added, known = SHOPPING.with_added(["the oat milk", "bread", "cheese"])
    assert (added, known) == (["bread", "cheese"], ["oat milk"])
    assert [each.text for each in grown.open] == ["oat milk", "two eggs", "whole milk", "bread", "cheese"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("eggs", ["two eggs"]),
        ("the egg", ["two eggs"]),
        ("milk", ["oat milk", "whole milk"]),
        ("oat milk", ["oat milk"]),
        ("bread", []),
        ("", []),
    ],
)
def test_things_are_found_by_their_words(said: str, found: list[str]) -> None:
    assert [each.text for each in SHOPPING.found(said)] == found


def test_things_go_or_are_ticked_off() -> None:
    eggs = SHOPPING.found("eggs")
    assert [each.text for each in SHOPPING.without(eggs).open] == ["oat milk", "whole milk"]
    assert [each.text for each in SHOPPING.ticked(eggs).open] == ["oat milk", "whole milk"]
    assert len(SHOPPING.ticked(eggs).items) == 4


def test_what_is_most_alike() -> None:
    assert SHOPPING.alike("three eggs") == Item("two eggs")
    assert SHOPPING.alike("cheese") is None


def test_a_list_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_ITEMS", 4)
    with pytest.raises(QuotaReached):
        SHOPPING.with_added(["cheese"])
