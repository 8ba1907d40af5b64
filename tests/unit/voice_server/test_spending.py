"""What is counted, what it is worth, and what follows from it."""

import asyncio
import math
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.errors import SettingsError
from rapport.speech.grant import Grant
from voice_server.budget import Budget
from voice_server.cost import cost_of
from voice_server.keys import Key
from voice_server.limits import Allowance, Limit, Limits
from voice_server.manner import NEUTRAL, Manner
from voice_server.prices import Prices, read_prices
from voice_server.spending import Spending
from voice_server.usage import Request, Spent, Usage

ANN, BEN = "o_" + "a" * 24, "o_" + "b" * 24
FLASH, MULTILINGUAL = "eleven_flash_v2_5", "eleven_multilingual_v2"


def _request(owner: str = ANN, credits: float = 10.0, model: str = FLASH) -> Request:  # noqa: A002
    return Request(owner, "main:01234567", model, "socket", 20, credits, estimated=True)


@pytest.fixture
def prices() -> Prices:
    return read_prices()


class Days:
    today = "2026-11-26"

    def __call__(self) -> str:
        return self.today


def test_credits_are_summed_by_person_day_and_month(tmp_path: Path) -> None:
    days = Days()
    usage = Usage(tmp_path / "usage.db", today=days)
    usage.spoke(_request(credits=5))
    days.today = "2026-11-27"
    usage.spoke(_request(credits=10))
    usage.spoke(_request(BEN, credits=20))
    assert asyncio.run(usage.spent(ANN)) == Spent(10, 15, 30, 35)
    assert asyncio.run(usage.spent("")) == Spent(0, 0, 30, 35)
    days.today = "2026-12-01"
    assert asyncio.run(usage.spent(ANN)) == Spent()
    usage.close()


def test_counts_outlive_the_process_and_are_shared(tmp_path: Path) -> None:
    first, second = Usage(tmp_path / "usage.db"), Usage(tmp_path / "usage.db")
    for _ in range(20):
        first.spoke(_request())
        second.spoke(_request())
    first.close()
    second.close()

    again = Usage(tmp_path / "usage.db")
    assert again.totals().requests == 40
    assert again.totals().credits == {FLASH: 400.0}
    again.close()


def test_a_person_leaves_the_counts_and_the_sums_stay(tmp_path: Path) -> None:
    usage = Usage(tmp_path / "usage.db")
    usage.spoke(_request())
    usage.spoke(_request(""))

    async def forget() -> None:
        assert await usage.traces(ANN) == ["1 counts"]
        await usage.forget(ANN)
        await usage.forget(ANN)
        assert await usage.traces(ANN) == []

    asyncio.run(forget())
    assert usage.totals().credits == {FLASH: 20.0}
    usage.close()
    assert ANN.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_a_database_that_is_held_does_not_stop_the_speech(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    usage = Usage(tmp_path / "usage.db")
    usage._thread.submit(usage._database.execute, "PRAGMA busy_timeout=1").result()
    with sqlite3.connect(tmp_path / "usage.db") as other:
        other.execute("BEGIN IMMEDIATE")
        usage.spoke(_request())
        usage.close()
        other.rollback()
    assert "usage can't be counted" in caplog.text


def test_the_provider_s_word_goes_before_the_price_list(tmp_path: Path, prices: Prices) -> None:
    usage = Usage(tmp_path / "usage.db")
    spending = Spending(prices, usage)
    for told, characters in ((7.0, 100), (None, 100), (None, 0)):
        bill = spending.begin(NEUTRAL, Key("main", "secret-word"), FLASH, "http")
        bill.sent(characters)
        bill.told_credits = told
        bill.settle()
        bill.settle()
    assert usage.totals().credits == {FLASH: 7.0 + 50.0}
    assert usage.totals().requests == 2
    usage.close()


def test_the_log_names_the_key_and_neither_tells_it_nor_whom(prices: Prices, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bill = Spending(prices).begin(Manner(grant=Grant(owner=ANN)), Key("main", "secret-word"), FLASH, "socket")
    bill.sent(40)
    bill.heard()
    bill.settle()
    assert "key main:" in caplog.text
    assert "20 credits" in caplog.text
    assert "secret-word" not in caplog.text
    assert ANN not in caplog.text


@pytest.mark.parametrize(
    ("text", "limit"),
    [("", Limit()), ("80:100", Limit(80, 100)), (":100", Limit(100, 100)), ("80", Limit(80)), ("80:", Limit(80))],
)
def test_a_limit_is_written_soft_and_hard(text: str, limit: Limit) -> None:
    assert Limit.parse("X", text) == limit


@pytest.mark.parametrize("text", ["much", "100:80", "-1:5", "1:2:3", "nan:1"])
def test_a_limit_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="RAPPORT_CREDITS_DAY"):
        Limits.from_environment({"RAPPORT_CREDITS_DAY": text})


amounts = st.floats(0, 1_000)


@given(amounts, amounts, amounts, amounts)
def test_spending_more_never_allows_more(spent: float, more: float, one: float, other: float) -> None:
    limits = Limits(person_day=Limit(min(one, other), max(one, other)))
    assert limits.allow(Spent(person_day=spent + more)) <= limits.allow(Spent(person_day=spent))


def test_the_narrowest_limit_holds() -> None:
    limits = Limits(person_day=Limit(10, 20), month=Limit(100, 200))
    assert limits.allow(Spent()) is Allowance.FULL
    assert limits.allow(Spent(person_day=10)) is Allowance.CHEAPER
    assert limits.allow(Spent(person_day=10, month=200)) is Allowance.LOCAL
    assert limits.any
    assert not Limits().any


@pytest.mark.parametrize(
    ("model", "spent", "asked"),
    [
        (MULTILINGUAL, 50.0, (True, "")),
        (MULTILINGUAL, 150.0, (True, FLASH)),
        (FLASH, 150.0, (False, "")),
        (MULTILINGUAL, 250.0, (False, "")),
    ],
)
async def test_a_budget_makes_it_cheaper_then_local(
    tmp_path: Path, prices: Prices, model: str, spent: float, asked: tuple[bool, str]
) -> None:
    usage = Usage(tmp_path / "usage.db")
    usage.spoke(_request(credits=spent))
    budget = Budget(Limits(person_month=Limit(100, 200)), usage, prices, model)

    manner = await budget.within(Manner(grant=Grant(owner=ANN, cloud=True)))

    assert (manner.cloud, manner.model) == asked
    assert (await budget.within(Manner(grant=Grant(owner=BEN, cloud=True)))).cloud
    await asyncio.to_thread(usage.close)


def test_the_price_list_is_dated_and_knows_the_cheaper_model(prices: Prices) -> None:
    assert prices.as_of >= "2026"
    assert prices.cheaper(MULTILINGUAL) in (FLASH, "eleven_turbo_v2_5")
    assert prices.cheaper(FLASH) is None
    assert prices.of("a model of tomorrow").credits_per_character == 1.0
    assert prices.of(FLASH).dollars_per_credit == pytest.approx(0.0001)


@pytest.mark.parametrize("text", ["", "as_of = 1", "[models.x]\ncredits_per_character = 0"])
def test_a_price_list_out_of_shape_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(SettingsError, match="price list"):
        read_prices(tmp_path / "prices.toml")


def test_cost_with_and_without_the_clips(tmp_path: Path, prices: Prices) -> None:
    """Ten replies of 100 characters, half of them from clips: half the price."""
    usage = Usage(tmp_path / "usage.db")
    for _ in range(10):
        usage.reply("preset", 120.0)
    for _ in range(5):
        usage.spoke(Request("", "k", FLASH, "http", 100, 50.0, estimated=False))
        usage.clip(hit=True, characters=100, cloud=True)
        usage.clip(hit=False, characters=100, cloud=True)
        usage.clip(hit=True, characters=100, cloud=False)

    cost = cost_of(usage.totals(), prices, FLASH, [])

    assert cost.basis == "counted"
    assert cost.with_clips == pytest.approx(2.5)
    assert cost.without_clips == pytest.approx(5.0)
    assert cost.hit_rate == 0.5
    assert math.isclose(cost.saved, 0.025)
    usage.close()


def test_where_nothing_was_counted_it_says_so(tmp_path: Path, prices: Prices) -> None:
    usage = Usage(tmp_path / "usage.db")
    cost = cost_of(usage.totals(), prices, FLASH, ["x" * 40, "y" * 60])
    assert (cost.basis, cost.with_clips) == ("estimated", pytest.approx(2.5))
    usage.close()
