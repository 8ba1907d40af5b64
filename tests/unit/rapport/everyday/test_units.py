"""Conversions as they are asked for."""

import pytest

from rapport.everyday.units import _UNITS, _converted, _registry, conversion


@pytest.mark.parametrize(
    ("said", "number", "unit", "result", "to"),
    [
        ("what's ten miles in kilometers", 10, "miles", 16.09, "kilometers"),
        ("convert twenty degrees celsius to fahrenheit", 20, "degrees Celsius", 68, "degrees Fahrenheit"),
        ("what is minus ten celsius in fahrenheit", -10, "degrees Celsius", 14, "degrees Fahrenheit"),
        ("how many ounces are in a pound", 1, "pound", 16, "ounces"),
        ("how many ounces are in a cup", 1, "cup", 8, "ounces"),
        ("how many feet are in a mile", 1, "mile", 5280, "feet"),
        ("how many kilometres is a mile", 1, "mile", 1.61, "kilometers"),
        ("how many hours are there in a week", 1, "week", 168, "hours"),
        ("seventy kilos in pounds", 70, "kilograms", 154.32, "pounds"),
        ("half a mile in meters", 0.5, "miles", 804.67, "meters"),
        ("sixty miles an hour in kilometers an hour", 60, "miles an hour", 96.56, "kilometers an hour"),
        ("2.5 litres in pints", 2.5, "liters", 5.28, "pints"),
        ("convert inches to centimeters", 1, "inch", 2.54, "centimeters"),
    ],
)
def test_what_is_asked_is_converted(said: str, number: float, unit: str, result: float, to: str) -> None:
    found = conversion(said)
    assert found is not None
    assert (found.number, found.unit, found.to) == (number, unit, to)
    assert found.result == pytest.approx(result, abs=0.01)


def test_what_cannot_be_converted() -> None:
    found = conversion("how many meters are in a kilogram")
    assert found is not None
    assert found.result is None
    assert conversion("how many people live in china") is None


def test_every_unit_is_one() -> None:
    for name in _UNITS:
        assert _converted(1.0, name, name) == pytest.approx(1.0)
    assert _registry() is _registry()
