import pytest

from rapport.person_names import LONGEST, name_in, spelled


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("call me sam", "Sam"),
        ("sam", "Sam"),
        ("uh just sam please", "Sam"),
        ("hi my name is anna lee", "Anna Lee"),
        ("the name's lucy", "Lucy"),
        ("i go by the name of olivia", "Olivia"),
        ("my name is actually thomas", "Thomas"),
        ("i'd like to be called charlie", "Charlie"),
        ("from now on call me captain", "Captain"),
        ("change my name to sophie", "Sophie"),
        ("My name is O'Neill.", "O'Neill"),
        ("jean-luc", "Jean-Luc"),
        ("Call me McKay, please!", "McKay"),
        ("Zoë", "Zoë"),
    ],
)
def test_a_name_is_found_in_what_was_said(said: str, name: str) -> None:
    assert name_in(said) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("no, samuel", "Samuel"),
        ("no it's samuel not sam", "Samuel"),
        ("not sam samuel", "Samuel"),
        ("don't call me sam call me samuel", "Samuel"),
        ("my name isn't sam it's samuel", "Samuel"),
        ("no i said pam", "Pam"),
    ],
)
def test_a_correction_names_the_right_one(said: str, name: str) -> None:
    assert name_in(said) == name


@pytest.mark.parametrize("said", ["it's spelled s a m", "sam s a m", "call me s. a. m.", "no s a m"])
def test_letters_that_were_spelled_make_the_name(said: str) -> None:
    assert name_in(said) == "Sam"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no",
        "yes",
        "not sam",
        "that's wrong",
        "that's not my name",
        "call me",
        "what time is it",
        "i am a vegan",
        "i don't want to tell you",
        "sam4",
        "x" * (LONGEST + 1),
        "one two three four five",
    ],
)
def test_what_is_no_name_is_none(said: str) -> None:
    assert name_in(said) is None


def test_a_name_is_spelled_for_the_ear() -> None:
    assert spelled("Sam") == "S, A, M"
    assert spelled("Anna Lee") == "A, N, N, A. L, E, E"
    assert spelled("O'Neill") == "O, N, E, I, L, L"
