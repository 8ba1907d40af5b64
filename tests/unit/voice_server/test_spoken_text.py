"""How a clause is written out before a voice gets it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.speech.spoken_text import SpokenText

SPOKEN_TEXT = SpokenText()


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        pytest.param("It's 14:30.", "It's fourteen thirty.", id="time"),
        pytest.param("It's 4:05 PM in Tokyo.", "It's four o five PM in Tokyo.", id="time-of-twelve-hours"),
        pytest.param("It is 09:00 ", "It is nine o'clock", id="full-hour"),
        pytest.param("5 km at 20 °C,", "five kilometers at twenty degrees Celsius,", id="units"),
        pytest.param(
            "It's -3°C or 72°F", "It's negative three degrees Celsius or seventy two degrees Fahrenheit", id="degrees"
        ),
        pytest.param("100 m and 5 m/s", "one hundred meters and five meters per second", id="metres"),
        pytest.param("30 km/h", "thirty kilometers per hour", id="speed"),
        pytest.param("It costs $12.50.", "It costs twelve dollars and fifty cents.", id="money"),
        pytest.param("$1.05 and $5", "one dollar and five cents and five dollars", id="little-money"),
        pytest.param("£3.99 or €0.50", "three pounds and ninety nine p or fifty cents", id="other-money"),
        pytest.param("$3.5 million", "three point five million dollars", id="much-money"),
        pytest.param("That is 12% of 80.", "That is twelve percent of eighty.", id="percent"),
        pytest.param("3.14 of 10,000", "three point one four of ten thousand", id="decimals-and-thousands"),
        pytest.param("the 21st and the 2nd", "the twenty first and the second", id="ordinals"),
        pytest.param(
            "It's Sunday, November 22, 2026.",
            "It's Sunday, the twenty second of november, twenty twenty six.",
            id="date",
        ),
        pytest.param("on 2025-03-03", "on the third of march twenty twenty five", id="iso-date"),
        pytest.param("the 1980s", "the nineteen eighties", id="decade"),
        pytest.param("Dr. Smith and Mrs. Jones", "doctor Smith and Misses Jones", id="titles"),
        pytest.param("a fruit, e.g. an apple", "a fruit, for example, an apple", id="for-example"),
        pytest.param("one vs. two, etc.", "one versus two, et cetera", id="abbreviations"),
        pytest.param("No. 5 and #6", "number five and number six", id="numbers"),
        pytest.param("7 - 3 = 4", "seven minus three equals four", id="minus"),
        pytest.param("12 * 80 and 10 / 4", "twelve times eighty and ten divided by four", id="sums"),
        pytest.param("2^10", "two to the power of ten", id="power"),
        pytest.param("555-1234", "five five five, one two three four", id="telephone"),
        pytest.param("Hello 🙂 there", "Hello there", id="pictures"),
        pytest.param("the **best** `one`", "the best one", id="markup"),
        pytest.param("say [[h@lo]]", "say h at lo", id="phoneme-notation"),
        pytest.param('"Stop," he said.', '"Stop," he said.', id="quotes"),
        pytest.param("Sure, I'll speak slower.", "Sure, I'll speak slower.", id="nothing-to-do"),
        pytest.param("It’s five.", "It's five.", id="typographic-apostrophe"),
    ],
)
def test_what_is_written_is_said(written: str, spoken: str) -> None:
    """Numbers, times, units, money, dates and abbreviations become words; punctuation stays."""
    assert SPOKEN_TEXT.written_out(written) == spoken


@pytest.mark.parametrize("written", ["", "  ", "…", "— -", "🙂", "\n", "**", "()"])
def test_nothing_to_say_is_empty(written: str) -> None:
    """Marks and pictures alone give no text, since voices fail on it."""
    assert SPOKEN_TEXT.written_out(written) == ""


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="a1 .,:;-+/*%$£€#@&()[]<>\"'|\\~^_=°½", max_size=60))
def test_no_text_is_refused(written: str) -> None:
    """Whatever the text is, something comes out that holds no notation of a voice and no control character."""
    spoken = SPOKEN_TEXT.written_out(written)

    assert "[[" not in spoken
    assert spoken.isprintable()


async def test_writing_out_leaves_the_event_loop_free() -> None:
    """The grammar runs in a thread of its own, to the same result."""
    assert await SPOKEN_TEXT.write_out("14:30") == "fourteen thirty"
