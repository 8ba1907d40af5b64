"""How a word is to be said."""

import pytest

from rapport.personality.pronunciation import LONGEST, pronunciation


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my name is pronounced shi vawn", ("Siobhan", "shi vawn")),
        ("My name is pronounced like shi-vawn.", ("Siobhan", "shi-vawn")),
        ("no, say my name like shi vawn please", ("Siobhan", "shi vawn")),
        ("pronounce my name shi vawn", ("Siobhan", "shi vawn")),
        ("say nguyen like win", ("nguyen", "win")),
        ("Say Nguyen as win", ("Nguyen", "win")),
        ("can you pronounce quay like key from now on", ("quay", "key")),
        ("leicester is pronounced lester", ("leicester", "lester")),
        ("the name hermione is said her my oh nee", ("hermione", "her my oh nee")),
        ("my name sounds like maya", ("Siobhan", "maya")),
        ("it should be pronounced dee ay go", ("Siobhan", "dee ay go")),
        ("you say my name wrong", None),
        ("my name is pronounced correctly", None),
        ("say it again", None),
        ("say key like key", None),
        ("", None),
    ],
)
def test_a_word_and_its_sound(text: str, found: tuple[str, str] | None) -> None:
    assert pronunciation(text, "Siobhan") == found


def test_my_name_needs_a_name() -> None:
    assert pronunciation("my name is pronounced shi vawn", None) is None


def test_what_is_too_long_is_no_word() -> None:
    assert pronunciation(f"say {'a' * LONGEST} like b", None) is not None
    assert pronunciation(f"say {'a' * (LONGEST + 1)} like b", None) is None
