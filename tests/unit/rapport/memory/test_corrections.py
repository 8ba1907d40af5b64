import pytest

from rapport.memory.corrections import correction
from rapport.memory.facts import Fact, fact


def corrected(first: str, words: str) -> Fact | None:
    last = fact(first)
    assert last is not None
    return correction(words, text=last.text, kind=last.kind, statement=last.statement)


@pytest.mark.parametrize(
    ("first", "words", "told", "value"),
    [
        ("my sister lives in oslo", "no she moved to bergen", "your sister moved to bergen", "bergen"),
        ("my sister lives in oslo", "no bergen", "your sister lives in bergen", "bergen"),
        ("my sister lives in oslo", "actually it's bergen", "your sister lives in bergen", "bergen"),
        ("my sister lives in oslo", "not oslo but bergen", "your sister lives in bergen", "bergen"),
        ("my sister lives in oslo", "not oslo bergen", "your sister lives in bergen", "bergen"),
        ("my sister lives in oslo", "no i said bergen not oslo", "your sister lives in bergen", "bergen"),
        ("my sister lives in oslo", "that's not right she lives in bergen", "your sister lives in bergen", "bergen"),
        ("my sister lives in oslo", "i meant in bergen", "your sister lives in bergen", "bergen"),
        ("my favourite coffee is a flat white", "actually it's a latte", "your favourite coffee is a latte", "a latte"),
        (
            "my favourite coffee is a flat white",
            "change that to a latte",
            "your favourite coffee is a latte",
            "a latte",
        ),
        ("my dog is called rex", "you got that wrong the dog is called max", "your dog is called max", "max"),
        ("i have four cats", "sorry i meant three", "you have three cats", "three cats"),
        ("i have an interview on monday", "no it's on friday", "you have an interview on friday", "on friday"),
        ("i have an interview on monday", "change that to friday", "you have an interview on friday", "on friday"),
        ("my flight leaves at nine", "correction it's at ten", "your flight leaves at ten", "at ten"),
        ("my brother works at the bank", "no he works at the zoo", "your brother works at the zoo", "the zoo"),
        ("my sister is a doctor", "no she's a nurse", "your sister is a nurse", "a nurse"),
    ],
)
def test_a_correction_is_completed_from_what_it_corrects(first: str, words: str, told: str, value: str) -> None:
    found = corrected(first, words)

    assert found is not None
    assert found.statement is not None
    assert (found.text, found.statement.value) == (told, value)


def test_a_correction_may_be_about_somebody_else() -> None:
    found = corrected("my sister lives in oslo", "no my brother lives in oslo")

    assert found is not None
    assert found.statement is not None
    assert found.statement.subject == "my brother"


@pytest.mark.parametrize("words", ["that's wrong", "no", "you got that wrong", "what do you mean by that then hey"])
def test_a_correction_may_leave_open_what_is_right(words: str) -> None:
    assert corrected("my sister lives in oslo", words) is None


def test_a_routine_is_corrected_in_full_or_not_at_all() -> None:
    assert corrected("i go swimming on tuesdays", "no on wednesdays") is None
    found = corrected("i go swimming on tuesdays", "no i go swimming on wednesdays")
    assert found is not None
    assert found.text == "you go swimming on wednesdays"
