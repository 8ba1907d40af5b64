"""Measures in other units, as they are said."""

from typing import Any

import pytest

from actions.units import ActionConvert


@pytest.mark.parametrize(
    ("text", "response", "values"),
    [
        (
            "what's ten miles in kilometers",
            "utter_converted",
            {"number": "ten", "unit": "miles", "result": "sixteen point zero nine", "to": "kilometers"},
        ),
        (
            "how many feet in a mile",
            "utter_converted",
            {"result": "five thousand two hundred and eighty", "to": "feet"},
        ),
        ("how many grams are in a meter", "utter_cannot_convert", {"unit": "meter", "to": "grams"}),
        ("convert something", "utter_convert_what", {}),
    ],
)
async def test_an_answer(talk: Any, text: str, response: str, values: dict[str, str]) -> None:
    talk.hear(text, "convert_units")
    [reply] = await talk.run(ActionConvert())
    assert reply["response"] == response
    assert {name: reply[name] for name in values} == values
