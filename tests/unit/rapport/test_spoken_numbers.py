import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.spoken_numbers import number_words, ordinal_words, whole_words, year_words

text_to_num = pytest.importorskip("text_to_num", reason="numbers are worded in the services environment")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param(0, "zero", id="nought"),
        pytest.param(121, "one hundred and twenty-one", id="whole"),
        pytest.param(-3, "minus three", id="negative"),
        pytest.param(9.6, "nine point six", id="exact-decimal"),
        pytest.param(0.125, "zero point one two five", id="few-decimals-are-said-in-full"),
        pytest.param(-0.5, "minus zero point five", id="negative-decimal"),
        pytest.param(2**0.5, "about one point four one", id="rounded"),
        pytest.param(1 / 3, "about zero point three three", id="periodic"),
        pytest.param(2 / 3, "about zero point six seven", id="rounded-up"),
        pytest.param(1 / 7000, "about zero point zero zero zero one four", id="small"),
        pytest.param(0.1 + 0.2, "zero point three", id="noise-of-doubles-is-not-heard"),
        pytest.param(4e-20, "about four times ten to the power of minus twenty", id="tiny"),
        pytest.param(387_420_489, "three hundred and eighty-seven million four hundred and twenty thousand four "
                     "hundred and eighty-nine", id="long-without-commas"),
        pytest.param(1_000_000_000, "one billion", id="magnitude"),
        pytest.param(3_874_204_890, "about three point eight seven billion", id="rounded-magnitude"),
        pytest.param(999_999_999_999, "about one trillion", id="just-below-a-trillion"),
        pytest.param(-(10**12), "minus one trillion", id="negative-magnitude"),
        pytest.param(10**40, "about ten to the power of forty", id="beyond-names"),
        pytest.param(9.99e40, "about ten to the power of forty-one", id="mantissa-rounds-up"),
    ],
)  # fmt: skip
def test_a_result_is_said_shortly(number: float, words: str) -> None:
    assert number_words(number) == words


@given(st.integers(min_value=0, max_value=999_999_999))
def test_a_whole_number_is_understood_as_itself(number: int) -> None:
    """What is said up to a billion is exact: a listener writes the same number down."""
    assert text_to_num.text2num(number_words(number), "en") == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_finite_result_has_words_without_digits_or_commas(number: float) -> None:
    words = number_words(number)

    assert words
    assert not any(character.isdigit() or character == "," for character in words)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        number_words(number)


def test_ordinals_years_and_whole_numbers() -> None:
    assert ordinal_words(22) == "twenty-second"
    assert year_words(2025) == "twenty twenty-five"
    assert whole_words(1_100) == "one thousand one hundred"
