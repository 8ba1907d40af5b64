"""Where a reply is cut, so that its speech starts early and never inside what belongs together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.speech.clauses import ClauseCutter, cut_clauses

PIECES = [
    "word ",
    "and ",
    "Dr. ",
    "e.g. ",
    "3.14 ",
    "10,000 ",
    "No. ",
    "5 ",
    "1. ",
    "14:30 ",
    "20 °C ",
    "the U.S. ",
    "in Tokyo. ",
    "well, ",
    "(or so). ",
    "https://example.com/a,b ",
    "— ",
    "… ",
    "... ",
    "- ",
    '"Stop." ',
    "\n",
    "  ",
    "\t",
    "x" * 450,
    "because",
]
REPLIES = st.lists(st.sampled_from(PIECES) | st.text(alphabet="ab1 .,;:!?-\n\"')", max_size=20), max_size=30).map(
    "".join
)


@given(REPLIES)
def test_clauses_put_together_are_the_text(text: str) -> None:
    """Nothing of a reply is lost or changed, white space included."""
    assert "".join(cut_clauses(text)) == text


@given(REPLIES, st.lists(st.integers(0, 200), max_size=12))
def test_it_does_not_matter_in_which_pieces_text_arrives(text: str, places: list[int]) -> None:
    """Text in pieces that end anywhere, inside words too, is cut as the whole is."""
    cutter = ClauseCutter()
    clauses: list[str] = []
    start = 0
    for place in sorted(place for place in places if place < len(text)):
        clauses += cutter.feed(text[start:place])
        start = place
    clauses += cutter.feed(text[start:])

    assert clauses + cutter.flush() == cut_clauses(text)


@given(REPLIES)
def test_no_clause_is_endless(text: str) -> None:
    """A clause has a longest length, even where the text has no mark and no space."""
    assert all(len(clause.strip()) <= 400 for clause in cut_clauses(text))


@given(REPLIES)
def test_cuts_are_between_words(text: str) -> None:
    """Numbers, times and addresses stay whole: all but monstrous words are cut at white space only."""
    if any(len(word) > 200 for word in text.split()):
        return
    words = [word for clause in cut_clauses(text) for word in clause.split()]
    assert words == text.split()


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("Okay.", ["Okay."], id="one-word"),
        pytest.param("Okay, never mind.", ["Okay, never mind."], id="short-stays-whole"),
        pytest.param(
            "Sure, I'll speak slower from now on.",
            ["Sure, ", "I'll speak slower from now on."],
            id="first-comma",
        ),
        pytest.param(
            "Right now it's twenty past four in New York.",
            ["Right now it's twenty past four ", "in New York."],
            id="before-a-preposition",
        ),
        pytest.param(
            "Twelve percent of eighty is nine point six.",
            ["Twelve percent of eighty ", "is nine point six."],
            id="before-the-verb",
        ),
        pytest.param(
            "It will be about ten to five when they come home.",
            ["It will be about ten to five ", "when they come home."],
            id="a-time-stays-together",
        ),
        pytest.param("Hello! How are you?", ["Hello! ", "How are you?"], id="sentences"),
        pytest.param("One thing\nand another", ["One thing\n", "and another"], id="lines"),
        pytest.param('She said "Stop." Then she left.', ['She said "Stop." ', "Then she left."], id="quotes"),
        pytest.param("Wait... what?", ["Wait... what?"], id="an-ellipsis-ends-no-sentence"),
    ],
)
def test_a_reply_opens_with_a_short_clause(text: str, clauses: list[str]) -> None:
    """The first clause ends early, at a place where a speaker would breathe."""
    assert cut_clauses(text) == clauses


def test_later_clauses_are_longer() -> None:
    """What is made while something plays is cut less often, at its last comma."""
    text = "Well, I can add, subtract, multiply, divide, take roots, and round numbers, if you like that sort of thing."

    assert cut_clauses(text) == [
        "Well, ",
        "I can add, subtract, multiply, divide, take roots, ",
        "and round numbers, if you like that sort of thing.",
    ]


@pytest.mark.parametrize(
    "kept",
    ["Dr. Smith", "e.g. this", "the U.S. Army", "No. 5", "J. R. Miller", "St. Louis", "pi, 3.14", "about 10,000 more"],
)
def test_full_stops_that_end_no_sentence_do_not_cut(kept: str) -> None:
    """Abbreviations, initials and numbers keep what follows them."""
    assert cut_clauses(f"{kept}. Yes.")[0] == f"{kept}. "


def test_no_at_the_end_of_a_sentence_is_a_word() -> None:
    """ "No." is short for number only before one."""
    assert cut_clauses("I said no. That is all.") == ["I said no. ", "That is all."]


def test_a_certain_clause_does_not_wait() -> None:
    """The first clause is given as soon as what follows cannot change it."""
    cutter = ClauseCutter()

    assert cutter.feed("Sure, I'll ") == []
    assert cutter.feed("speak slower from now ") == []
    assert cutter.feed("on, I ") == ["Sure, "]
    assert cutter.feed("promise. ") == []
    assert cutter.flush() == ["I'll speak slower from now on, I promise. "]


def test_a_cutter_opens_the_next_text_anew() -> None:
    """After `flush`, the next text's first clause is short again."""
    cutter = ClauseCutter()
    text = "Sure, I'll speak slower from now on."
    first = cutter.feed(text) + cutter.flush()

    assert cutter.feed(text) + cutter.flush() == first
