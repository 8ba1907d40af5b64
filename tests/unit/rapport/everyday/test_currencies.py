"""Money in other money: what is asked, and what it comes to at the rates of a stand-in."""

from datetime import date

import pytest

from rapport.errors import ServiceUnavailable
from rapport.everyday.currencies import CURRENCIES, ExchangeAsked, Rates, exchange_asked, money_called
from rapport.everyday.frankfurter import Frankfurter
from tests.fakes.frankfurter import WrittenRates
from tests.fakes.public_service import serving


@pytest.mark.parametrize(
    ("said", "number", "base", "to"),
    [
        ("how much is ten dollars in euros", 10, "USD", "EUR"),
        ("how much is a pound in dollars", 1, "GBP", "USD"),
        ("what's a hundred euros in pounds sterling", 100, "EUR", "GBP"),
        ("how many yen are in a dollar", 1, "USD", "JPY"),
        ("how many dollars do i get for a hundred euros", 100, "EUR", "USD"),
        ("convert two hundred swiss francs to euros", 200, "CHF", "EUR"),
        ("what's the exchange rate from dollars to euros", 1, "USD", "EUR"),
        ("convert a thousand norwegian kroner into swedish kronor", 1000, "NOK", "SEK"),
        ("twenty bucks in euros", 20, "USD", "EUR"),
        ("fifty canadian dollars in us dollars", 50, "CAD", "USD"),
        ("three hundred new zealand dollars in australian dollars", 300, "NZD", "AUD"),
        ("twelve point five euros in pounds", 12.5, "EUR", "GBP"),
        ("how much is one thousand five hundred rupees in dollars", 1500, "INR", "USD"),
    ],
)
def test_what_is_asked(said: str, number: float, base: str, to: str) -> None:
    assert exchange_asked(said) == ExchangeAsked(number, base, to)


@pytest.mark.parametrize(
    "said", ["ten pounds in kilos", "how many ounces in a pound", "what's ten miles in kilometers"]
)
def test_measures_are_no_money(said: str) -> None:
    assert exchange_asked(said) is None


@pytest.mark.parametrize("code", CURRENCIES)
def test_each_currency_is_understood_as_it_is_said(code: str) -> None:
    other = "euros" if code != "EUR" else "dollars"
    for number, said in ((1, "one"), (7, "seven")):
        asked = exchange_asked(f"{said} {money_called(code, number).lower()} in {other}")
        assert asked is not None
        assert (asked.number, asked.base) == (number, code)


def test_what_it_comes_to() -> None:
    rates = Rates(date(2026, 11, 25), {"USD": 1.25, "GBP": 0.8})

    assert rates.exchanged(ExchangeAsked(10, "EUR", "USD")) == 12.5
    assert rates.exchanged(ExchangeAsked(10, "USD", "EUR")) == 8
    assert rates.exchanged(ExchangeAsked(25, "USD", "GBP")) == 16
    assert rates.exchanged(ExchangeAsked(25, "USD", "CHF")) is None


def test_rates_by_frankfurters_protocol() -> None:
    written = WrittenRates()
    with serving(written) as url:
        service = Frankfurter(url)
        assert service.rates() == Rates(date(2026, 11, 25), {"USD": 1.25, "GBP": 0.8, "JPY": 150.0})
        service.rates()
        assert written.asked == [{"base": "EUR"}]

        written.fault = "lacking"
        with pytest.raises(ServiceUnavailable):
            Frankfurter(url).rates()
