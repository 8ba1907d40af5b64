"""Speech as it would be written, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.privacy.dictated import LABEL, OPAQUE, as_written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        pytest.param("my pin is one two three four", "my pin is 1234", id="digits"),
        pytest.param("oh seven seven double five triple oh nine", "077550009", id="repeats-and-noughts"),
        pytest.param("oh my god, one of them", "oh my god, 1 of them", id="oh-as-a-word"),
        pytest.param("twenty-one b baker street", "21 b baker street", id="tens"),
        pytest.param("nineteen eighty four", "1984", id="year"),
        pytest.param("one, two", "1, 2", id="a-comma-parts-numbers"),
        pytest.param("４１１１\u200b–١", "4111-1", id="digits-and-dashes-of-other-scripts"),
        pytest.param("[card ending 4242] one", f"{OPAQUE} 1", id="label"),
    ],
)
def test_number_words_become_digits(said: str, written: str) -> None:
    assert as_written(said).text == written


@given(st.text())
def test_every_character_leads_back_into_the_source(text: str) -> None:
    written = as_written(text)

    assert len(written.text) == len(written.starts) == len(written.ends)
    assert list(written.starts) == sorted(written.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(written.starts, written.ends, strict=True))


def test_a_span_of_digits_leads_back_to_their_words() -> None:
    said = "the pin is one two three four ok"
    written = as_written(said)
    start = written.text.index("1234")

    first, last = written.source(start, start + 4)

    assert said[first:last] == "one two three four"


@pytest.mark.parametrize("text", ["[phone]", "[card ending 4242]", "[national id:abcdefghijklmnop]", OPAQUE])
def test_labels_are_known(text: str) -> None:
    assert LABEL.fullmatch(text)
