"""When words are heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.speech.word_times import WordTime, heard_by, word_times

WORDS = st.lists(st.text("abc1.:", min_size=1, max_size=8), min_size=1, max_size=12).map(" ".join)
MARKS = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 5_000)), max_size=12).map(
    lambda marks: list(zip(sorted(share for share, _ in marks), sorted(ms for _, ms in marks), strict=True))
)


@given(WORDS, MARKS, st.floats(0, 5_000))
def test_times_rise_and_cover_the_speech(text: str, marks: list[tuple[float, float]], whole_ms: float) -> None:
    times = word_times(text, marks, whole_ms)

    assert [word.text for word in times] == text.split()
    edges = [ms for word in times for ms in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert edges[0] == 0
    assert edges[-1] == round(whole_ms)


def test_without_marks_words_are_as_long_as_their_letters() -> None:
    assert word_times("one three,", (), 800) == (WordTime("one", 0, 300), WordTime("three,", 300, 800))


def test_marks_are_kept_to() -> None:
    """A word that is dwelt on takes its time."""
    assert word_times("one two", [(0.5, 700)], 800) == (WordTime("one", 0, 700), WordTime("two", 700, 800))


@pytest.mark.parametrize(("ms", "heard"), [(0, ""), (150, ""), (250, "one"), (400, "one"), (900, "one three,")])
def test_a_word_was_heard_when_most_of_it_was(ms: float, heard: str) -> None:
    assert heard_by(word_times("one three,", (), 800), ms) == heard
