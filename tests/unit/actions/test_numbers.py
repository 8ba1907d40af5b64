from typing import Any

import pytest

from actions.numbers import ActionCalculate


async def test_a_result_is_said_and_kept(talk: Any) -> None:
    talk.hear("what is twelve percent of eighty", "calculate")

    assert await talk.run(ActionCalculate()) == [{"response": "utter_result", "result": "nine point six"}]
    assert talk.slots["last_result"] == pytest.approx(9.6)


async def test_a_sum_goes_on_with_the_result_before(talk: Any) -> None:
    talk.hear("seven times eight", "calculate")
    await talk.run(ActionCalculate())
    talk.hear("plus ten", "calculate")

    assert (await talk.run(ActionCalculate()))[0]["result"] == "sixty-six"


async def test_a_result_of_nought_is_said_and_gone_on_with(talk: Any) -> None:
    talk.hear("two minus two", "calculate")
    assert (await talk.run(ActionCalculate()))[0]["result"] == "zero"
    talk.hear("plus three", "calculate")

    assert (await talk.run(ActionCalculate()))[0]["result"] == "three"


@pytest.mark.parametrize(
    ("said", "response"),
    [
        ("ten divided by zero", "utter_divided_by_zero"),
        ("square root of minus four", "utter_no_real_answer"),
        ("nine to the power of nine to the power of nine", "utter_number_too_large"),
        ("can you do math for me", "utter_sum_unclear"),
        ("", "utter_sum_unclear"),
    ],
)
async def test_a_sum_without_a_result_says_why_and_keeps_the_last(talk: Any, said: str, response: str) -> None:
    talk.slots["last_result"] = 7
    talk.hear(said, "calculate")

    assert [reply["response"] for reply in await talk.run(ActionCalculate())] == [response]
    assert talk.slots["last_result"] == 7
