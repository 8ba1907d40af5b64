"""A language model behind OpenAI's protocol: streamed, and left as soon as it fails or takes too long."""

from contextlib import aclosing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from rapport.answers.allowance import Allowance
from rapport.answers.model import OpenAiModel
from rapport.answers.prompt import CHARACTERS_A_TOKEN, Message, Prompt
from rapport.errors import ServiceUnavailable
from tests.fakes.language_model import AFTER_WORDS, WrittenModel, answering

PROMPT = Prompt((Message("system", "Be brief."), Message("user", "why is the sky blue")), (), words=30, tokens=20)
SECRET = "why is the sky blue"


def model_at(url: str, **settings: object) -> OpenAiModel:
    return OpenAiModel(url, "small", "k", **{"first_s": 60.0, "gap_s": 60.0, "whole_s": 60.0, **settings})  # type: ignore[arg-type]


def patience(told: str) -> dict[str, float]:
    """Little with what is to be too slow, and plenty otherwise: a busy machine makes nobody late."""
    return {"first_s": 0.4, "gap_s": 0.4} if told == "took too long" else {}


async def read(model: OpenAiModel) -> list[str]:
    pieces: list[str] = []
    await read_into(pieces, model)
    return pieces


async def read_into(pieces: list[str], model: OpenAiModel) -> None:
    async with aclosing(model.answer(PROMPT)) as answer:
        async for piece in answer:
            pieces.append(piece)  # noqa: PERF401 - what came before it fails is looked at


async def test_an_answer_comes_piece_by_piece() -> None:
    written = WrittenModel()
    with answering(written) as url:
        pieces = await read(model_at(url))
    assert "".join(pieces) == written.text
    assert len(pieces) > 10
    asked = written.asked[0]
    assert asked["model"] == "small"
    assert asked["stream"] is True
    assert asked["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": SECRET}]
    assert written.keys == ["Bearer k"]


async def test_a_piece_is_there_before_the_next_is_made() -> None:
    written = WrittenModel(holds_after=3)
    with answering(written) as url:
        async with aclosing(model_at(url, gap_s=5.0).answer(PROMPT)) as answer:
            first = [await anext(answer) for _ in range(3)]
            written.goes_on.set()
            rest = [piece async for piece in answer]
    assert "".join(first + rest) == written.text


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param("status", "answered 500", id="an error"),
        pytest.param("busy", "answered 429", id="too many requests"),
        pytest.param("garbage", "can't be used", id="no JSON"),
        pytest.param("silence", "took too long", id="nothing at all"),
        pytest.param("keepalives", "took too long", id="nothing but keep-alives"),
        pytest.param("unended", "broke off", id="no end"),
    ],
)
async def test_what_fails_is_told_without_a_word_of_it(fault: str, told: str) -> None:
    with answering(WrittenModel(fault=fault)) as url, pytest.raises(ServiceUnavailable, match=told) as raised:
        await read(model_at(url, **patience(told)))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        pytest.param("stall", "took too long", id="silence"),
        pytest.param("breaks", "broke off|can't be used", id="the connection is closed"),
        pytest.param("length", "length", id="its limit"),
        pytest.param("filtered", "content_filter", id="a filter"),
    ],
)
async def test_what_came_before_a_fault_is_given(fault: str, told: str) -> None:
    written, pieces = WrittenModel(fault=fault), list[str]()
    with answering(written) as url, pytest.raises(ServiceUnavailable, match=told):
        await read_into(pieces, model_at(url, **patience(told)))
    assert "".join(pieces).split() == written.text.split()[:AFTER_WORDS]


async def test_a_server_that_is_not_there() -> None:
    with answering(WrittenModel()) as url:
        pass
    with pytest.raises(ServiceUnavailable, match="can't be used"):
        await read(model_at(url))


async def test_no_more_in_a_day_than_may_be_paid_for(tmp_path: Path) -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)
    written, kept = WrittenModel(), tmp_path / "count"
    with answering(written) as url:
        for _ in range(2):  # each as after a restart
            await read(model_at(url, allowance=Allowance(kept, 2, lambda: now)))
        model = model_at(url, allowance=Allowance(kept, 2, lambda: now))
        with pytest.raises(ServiceUnavailable, match="RAPPORT_ANSWERS_A_DAY"):
            await read(model)
        now += timedelta(days=1)
        await read(model)
    assert len(written.asked) == 3


async def test_an_answer_that_can_t_be_counted_is_not_asked_for(tmp_path: Path) -> None:
    written, kept = WrittenModel(), tmp_path / "count"
    kept.write_text("yesterday")
    with answering(written) as url:
        with pytest.raises(ServiceUnavailable, match="delete it to begin anew"):
            await read(model_at(url, allowance=Allowance(kept, 2)))
        with pytest.raises(ServiceUnavailable, match="can't be used"):
            await read(model_at(url, allowance=Allowance(kept / "count", 2)))
    assert not written.asked


async def test_tokens_are_counted_as_the_cost_is_made_of_them() -> None:
    before = _tokens()
    written = WrittenModel()
    with answering(written) as url:
        await read(model_at(url))
    asked, answered = (now - then for now, then in zip(_tokens(), before, strict=True))
    assert asked == PROMPT.tokens
    assert answered == pytest.approx(len(written.text) / CHARACTERS_A_TOKEN)


def _tokens() -> list[float]:
    return [
        REGISTRY.get_sample_value("rapport_free_answer_tokens_total", {"way": way}) or 0.0
        for way in ("asked", "answered")
    ]
