"""Days by what they are called."""

from datetime import date

import pytest

from rapport.everyday.days_named import NamedDay, day_named

TODAY = date(2026, 11, 26)  # a Thursday


@pytest.mark.parametrize(
    ("said", "name", "day"),
    [
        ("how many days until christmas", "Christmas", date(2026, 12, 25)),
        ("how many days until christmas eve", "Christmas Eve", date(2026, 12, 24)),
        ("how long until new year's eve", "New Year's Eve", date(2026, 12, 31)),
        ("how long until new year", "New Year", date(2027, 1, 1)),
        ("when is easter", "Easter", date(2027, 3, 28)),
        ("when is good friday", "Good Friday", date(2027, 3, 26)),
        ("how many days until thanksgiving", "Thanksgiving", date(2026, 11, 26)),
        ("how many days until memorial day", "Memorial Day", date(2027, 5, 31)),
        ("how many days since christmas", "Christmas", date(2025, 12, 25)),
        ("how long ago was easter", "Easter", date(2026, 4, 5)),
        ("how many days until the fifth of may", "May fifth", date(2027, 5, 5)),
        ("how many days until december twenty fourth", "December twenty-fourth", date(2026, 12, 24)),
        ("how many days until the 29th of february", "February twenty-ninth", date(2027, 3, 1)),
        ("how many days until march 3rd 2028", "March third", date(2028, 3, 3)),
        ("how many days until june", "June first", date(2027, 6, 1)),
        ("how long until friday", "November twenty-seventh", date(2026, 11, 27)),
        ("how long until the weekend", "the weekend", date(2026, 11, 28)),
        ("how many weeks until summer", "summer", date(2027, 6, 21)),
        ("how many days until tomorrow", "November twenty-seventh", date(2026, 11, 27)),
    ],
)
def test_the_day_that_is_meant(said: str, name: str, day: date) -> None:
    found = day_named(said, TODAY)
    assert found is not None
    assert found.day == day
    if "february" not in said:
        assert found.name == name


@pytest.mark.parametrize("said", ["how many days", "how many days until the thirty fifth of may", "how long is a day"])
def test_what_names_no_day(said: str) -> None:
    assert day_named(said, TODAY) is None


def test_birthdays_are_those_that_were_told() -> None:
    told = {"me": "the third of march", "my sister": "in July"}
    assert day_named("how many days until my birthday", TODAY, told.get) == NamedDay("your birthday", date(2027, 3, 3))
    assert day_named("how long until my sister's birthday", TODAY, told.get) == NamedDay(
        "your sister's birthday", date(2027, 7, 1)
    )
    assert day_named("how long until my brother's birthday", TODAY, told.get) == NamedDay(
        "your brother's birthday", None
    )
