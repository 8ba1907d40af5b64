"""What is said about lists."""

from typing import Any

import pytest

from rapport.everyday.list_phrases import (
    LONG_PAUSE_MS,
    list_named,
    thing_corrected,
    things_added,
    things_taken,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("add milk to my shopping list", "shopping"),
        ("add milk to the grocery list", "shopping"),
        ("put it on the to do list", "to-do"),
        ("what's on my list of chores", "to-do"),
        ("put sunscreen on my packing list", "packing"),
        ("add dune to my books to read list", "books to read"),
        ("make a list called holiday ideas", "holiday ideas"),
        ("add milk to the list", None),
        ("what's on my list", None),
        ("read the whole list", None),
        ("add milk", None),
        ("clear the shopping list", "shopping"),
        ("take the milk off my shopping list", "shopping"),
        ("is there milk on the shopping list", "shopping"),
    ],
)
def test_which_list(text: str, name: str | None) -> None:
    assert list_named(text) == name


def test_a_list_is_called_no_longer_than_the_page_can_have_it() -> None:
    named = list_named("make a list called " + "things for the long holiday in the far north")
    assert named == "things for the long holiday in the far"


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("add milk to my shopping list", ["milk"]),
        ("Please add milk, eggs and bread to my list.", ["milk", "eggs", "bread"]),
        ("can you put two eggs and a loaf of bread on the shopping list please", ["two eggs", "loaf of bread"]),
        ("we need milk", ["milk"]),
        ("we're out of olive oil", ["olive oil"]),
        ("i need to buy stamps", ["stamps"]),
        ("add call the dentist to my to do list", ["call the dentist"]),
        ("put mac and cheese and beans on the list", ["mac and cheese", "beans"]),
        ("add bread to the shopping list as well", ["bread"]),
        ("add to my shopping list milk and honey", ["milk", "honey"]),
        ("add something to my shopping list", []),
        ("add it to the list", []),
    ],
)
def test_what_is_added(text: str, things: list[str]) -> None:
    assert things_added(text) == things


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("take milk off my shopping list", ["milk"]),
        ("remove the eggs and the bread from the list", ["eggs", "bread"]),
        ("cross off milk", ["milk"]),
        ("tick off call the dentist", ["call the dentist"]),
        ("i got the milk", ["milk"]),
        ("i've already bought bread", ["bread"]),
        ("i've done the dishes", ["dishes"]),
        ("mark laundry as done", ["laundry"]),
        ("we don't need milk any more", ["milk"]),
    ],
)
def test_what_is_taken(text: str, things: list[str]) -> None:
    assert things_taken(text) == things


def test_what_an_answer_lists() -> None:
    assert things_added("milk and eggs please") == ["milk", "eggs"]


def test_a_pause_is_a_comma() -> None:
    """Where the speaker made one; a text that is not these words is left as it is."""
    text = "add milk orange juice eggs and bread"
    at = 0
    words: list[dict[str, Any]] = []
    for word in text.split():
        words.append({"word": word, "start_ms": at, "end_ms": at + 200})
        at += 200 + (LONG_PAUSE_MS if word in ("milk", "juice") else 40)

    assert things_added(text, words) == ["milk", "orange juice", "eggs", "bread"]
    assert things_added("add milk and eggs", words) == ["milk", "eggs"]


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("no oat milk", ("oat milk", None)),
        ("no, I said oats not goats", ("oats", "goats")),
        ("sorry i meant brown bread", ("brown bread", None)),
        ("make that three eggs", ("three eggs", None)),
        ("no", None),
    ],
)
def test_what_is_right_instead(text: str, corrected: tuple[str, str | None] | None) -> None:
    assert thing_corrected(text) == corrected
