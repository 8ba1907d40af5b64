"""Measures in other units, as they are said."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actions.units import ActionConvert
from tests.fakes.frankfurter import WrittenRates
from tests.fakes.public_service import serving
from tests.unit.actions.meeting import Channel, services_in


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


@pytest.fixture
def rates() -> WrittenRates:
    return WrittenRates()


@pytest.fixture
def converting(rates: WrittenRates, tmp_path: Path) -> Iterator[ActionConvert]:
    services = services_in(tmp_path, Channel())
    with serving(rates) as url:
        services = replace(services, settings=replace(services.settings, rates_url=url))
        yield ActionConvert(lambda: services)


@pytest.mark.parametrize(
    ("text", "response", "values"),
    [
        (
            "how much is ten dollars in euros",
            "utter_exchanged",
            {"number": "ten", "unit": "dollars", "result": "eight", "to": "euros"},
        ),
        (
            "how many yen are in a euro",
            "utter_exchanged",
            {"unit": "euro", "result": "one hundred and fifty", "to": "yen"},
        ),
        ("what's a swiss franc in euros", "utter_no_rate", {"unit": "Swiss franc", "to": "euros"}),
        ("what's two pounds in kilos", "utter_converted", {"to": "kilograms"}),
    ],
)
async def test_money(talk: Any, converting: ActionConvert, text: str, response: str, values: dict[str, str]) -> None:
    talk.hear(text, "convert_units")

    [reply] = await talk.run(converting)

    assert reply["response"] == response
    assert {name: reply[name] for name in values} == values


async def test_rates_that_can_not_be_had_are_told(talk: Any, converting: ActionConvert, rates: WrittenRates) -> None:
    rates.fault = "status"
    talk.hear("how much is ten dollars in euros", "convert_units")

    assert await talk.run(converting) == [{"response": "utter_rates_unavailable"}]
