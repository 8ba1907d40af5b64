"""The weather by Open-Meteo's protocol, from a stand-in on this machine."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from rapport.errors import ServiceUnavailable
from rapport.everyday.open_meteo import OpenMeteo
from tests.fakes.open_meteo import CLOUDY, RAIN, WrittenWeather
from tests.fakes.public_service import serving

NOW = datetime.fromisoformat("2026-11-26T12:20")
OSLO = 59.91273, 10.74609


@pytest.fixture
def weather() -> WrittenWeather:
    return WrittenWeather(now=NOW, falls={15: RAIN, 16: RAIN})


@pytest.fixture
def url(weather: WrittenWeather) -> Iterator[str]:
    with serving(weather) as address:
        yield address


def test_it_gives_now_the_hours_and_the_days(url: str) -> None:
    forecast = OpenMeteo(url).forecast(*OSLO)

    assert (forecast.now.sky, forecast.now.degrees) == (CLOUDY, 6.0)
    assert forecast.now.at.isoformat() == "2026-11-26T12:00:00+01:00"
    wet = [hour for hour in forecast.hours if hour.sky == RAIN]
    assert [(hour.at.hour, hour.chance, hour.precipitation_mm) for hour in wet] == [(15, 85, 1.2), (16, 85, 1.2)]
    today = forecast.of(date(2026, 11, 26))
    assert today is not None
    assert (today.sky, today.low, today.high, today.chance) == (RAIN, 2.0, 7.0, 85)
    assert today.sunrise is not None
    assert today.sunrise.isoformat() == "2026-11-26T08:30:00+01:00"
    assert forecast.of(date(2026, 12, 11)) is not None
    assert forecast.of(date(2026, 12, 12)) is None


def test_clocks_of_the_place_change_when_they_change_there(weather: WrittenWeather, url: str) -> None:
    weather.now = datetime.fromisoformat("2026-10-24T12:00")

    forecast = OpenMeteo(url).forecast(*OSLO)

    noons = [hour.at.isoformat() for hour in forecast.hours if hour.at.hour == 12][:2]
    assert noons == ["2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00"]


def test_it_is_told_where_a_town_lies_and_nothing_more(weather: WrittenWeather, url: str) -> None:
    OpenMeteo(url).forecast(*OSLO)

    [asked] = weather.asked
    assert (asked["latitude"], asked["longitude"]) == ("59.91", "10.75")
    assert set(asked) == {"latitude", "longitude", "current", "hourly", "daily", "timezone", "forecast_days"}


def test_an_answer_that_lacks_something_is_no_forecast(weather: WrittenWeather, url: str) -> None:
    weather.fault = "lacking"

    with pytest.raises(ServiceUnavailable, match="can't be read"):
        OpenMeteo(url).forecast(*OSLO)
