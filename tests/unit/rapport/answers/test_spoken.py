"""What of a language model's words may be said: plain clauses, whole, and never that something was done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.answers.spoken import Refused, Spoken

RULES = "You are Ada, a voice assistant. Never claim to have done anything at all. Be plain."


def spoken(text: str, **settings: object) -> tuple[Spoken, str]:
    made = Spoken(**{"words": 60, "rules": RULES, **settings})  # type: ignore[arg-type]
    clauses = made.feed(text) + made.flush()
    assert " ".join(clauses) == made.text
    return made, made.text


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("Cats purr when they are calm.", "Cats purr when they are calm.", id="plain"),
        pytest.param("**Cats** purr, _mostly_.", "Cats purr, mostly.", id="emphasis"),
        pytest.param("# Cats\n- They purr.\n- They sleep.", "Cats They purr. They sleep.", id="a list"),
        pytest.param("1. Boil it.\n2. Eat it.", "Boil it. Eat it.", id="numbers"),
        pytest.param("See https://example.org/a?b=c for more.", "See for more.", id="a link"),
        pytest.param("Sure 😀! It purrs.", "Sure! It purrs.", id="a picture"),
        pytest.param("<think>The user wants <b>cats</b>.</think>They purr.", "They purr.", id="thinking aloud"),
        pytest.param("<think>It never ends", "", id="thinking without end"),
        pytest.param("If a < b, then b is more.", "If a < b, then b is more.", id="less than"),
        pytest.param("  \n\n ", "", id="nothing"),
    ],
)
def test_only_what_can_be_spoken_is_said(written: str, said: str) -> None:
    assert spoken(written)[1] == said


def test_marks_are_taken_out_and_noted_where_there_is_such_a_memory() -> None:
    made, text = spoken("You like tea [m1], so have some [m2, m9].", marks=["m1", "m2"])
    assert text == "You like tea, so have some."
    assert made.cited == {"m1", "m2"}


def test_names_come_back() -> None:
    assert spoken("Ask NAME_1, or [NAME_2].", names={"NAME_1": "Anna", "NAME_2": "Jo"})[1] == "Ask Anna, or Jo."


def test_an_answer_ends_with_the_sentence_that_reaches_its_length() -> None:
    made, text = spoken("One two three. Four five six. Seven eight nine.", words=5)
    assert text == "One two three. Four five six."
    assert made.over
    assert made.refused is None


@pytest.mark.parametrize(
    "claim",
    [
        "I've deleted everything about you.",
        "Okay, I will remember that.",
        "I have set a timer for you.",
        "I'll send it to Anna.",
        "Sure, I just turned off the lights.",
        "I’ve made a note of it.",
        "Your data has been erased.",
        "Done. I booked a table.",
    ],
)
def test_that_something_was_done_is_never_said(claim: str) -> None:
    made, text = spoken(f"Here is a fact. {claim} Goodbye.")
    assert made.refused is Refused.ACT
    assert "Goodbye" not in text
    assert claim not in text


@pytest.mark.parametrize(
    "harmless",
    [
        "I would keep it in a cool place.",
        "Banks store money, and people save it.",
        "The data is stored on a disk.",
        "Elephants remember a lot.",
        "I think you should call a doctor.",
    ],
)
def test_what_only_sounds_like_it_is_said(harmless: str) -> None:
    assert spoken(harmless)[1] == harmless


def test_nobody_told_anything_where_no_memory_says_so() -> None:
    assert spoken("You told me that you like tea.")[0].refused is Refused.INVENTED
    assert spoken("You told me that you like tea [m1].", marks=["m1"])[0].refused is None
    assert spoken("You mentioned that you are tired.", talked=True)[0].refused is None


def test_the_rules_stay_unsaid() -> None:
    made, text = spoken("Gladly. My rules say: never claim to have done anything at all.")
    assert made.refused is Refused.RULES
    assert "anything at all" not in text


ANSWERS = (
    "Well, **cats** purr [m1] when calm. <think>hm</think>They sleep, too. I've deleted it. More.",
    "1. Boil NAME_1's egg, for about 3.5 minutes.\n2. See https://example.org now. Eat it!",
    "If a < b, then b > a. You told me so. Never claim to have done anything at all, please.",
)


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 100), max_size=12))
def test_it_does_not_matter_where_pieces_end(answer: str, cuts: list[int]) -> None:
    """The same is said however a server cuts an answer."""
    whole = Spoken(words=40, rules=RULES, marks=["m1"], names={"NAME_1": "Anna"})
    said = whole.feed(answer) + whole.flush()
    places = [0, *sorted(min(cut, len(answer)) for cut in cuts), len(answer)]
    parts = Spoken(words=40, rules=RULES, marks=["m1"], names={"NAME_1": "Anna"})
    pieces = [answer[start:end] for start, end in zip(places[:-1], places[1:], strict=True)]
    clauses = [clause for piece in pieces for clause in parts.feed(piece)]
    assert clauses + parts.flush() == said
    assert (parts.cited, parts.refused) == (whole.cited, whole.refused)
