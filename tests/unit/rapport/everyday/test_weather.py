"""The weather in words."""

from datetime import datetime, timezone

import pytest

from rapport.everyday.weather import (
    Hour,
    chance_words,
    degrees_words,
    falling,
    range_words,
    sky_words,
    snows,
    speed_words,
    usual_sky,
    wind_words,
)


def hours(*skies: int) -> list[Hour]:
    return [Hour(datetime(2026, 11, 26, tzinfo=timezone.utc), sky, 5, 10, 0, 5) for sky in skies]


@pytest.mark.parametrize(
    ("celsius", "fahrenheit", "words"),
    [
        (12.4, False, "twelve degrees"),
        (1, False, "one degree"),
        (-1, False, "minus one degree"),
        (-0.4, False, "zero degrees"),
        (-7.6, False, "minus eight degrees"),
        (20, True, "sixty-eight degrees"),
    ],
)
def test_degrees(celsius: float, fahrenheit: bool, words: str) -> None:
    assert degrees_words(celsius, fahrenheit=fahrenheit) == words


def test_a_range_names_its_unit_once() -> None:
    assert range_words(-2.2, 3.1, fahrenheit=False) == "minus two to three degrees"
    assert range_words(3.1, 3.4, fahrenheit=False) == "three degrees"


def test_a_sky_is_named_also_where_its_code_is_new() -> None:
    assert sky_words(63) == "rain"
    assert sky_words(64) == "rain"


def test_what_falls_for_a_third_of_the_time_is_told() -> None:
    assert usual_sky(hours(3, 3, 3, 3, 61, 61)) == 61
    assert usual_sky(hours(3, 3, 3, 3, 3, 61)) == 3
    assert usual_sky(hours(0, 0, 3)) == 0


def test_snow_falls_and_fog_does_not() -> None:
    assert snows(73)
    assert not snows(63)
    assert falling(73)
    assert falling(95)
    assert not falling(45)


@pytest.mark.parametrize(
    ("kmh", "words"),
    [(0, "no wind"), (5, "a light breeze"), (45, "a strong breeze"), (70, "a gale"), (130, "hurricane winds")],
)
def test_wind(kmh: float, words: str) -> None:
    assert wind_words(kmh) == words


def test_speed_and_chance() -> None:
    assert speed_words(20.2, miles=False) == "twenty kilometers an hour"
    assert speed_words(1.7, miles=True) == "one mile an hour"
    assert chance_words(34) == "thirty percent"
