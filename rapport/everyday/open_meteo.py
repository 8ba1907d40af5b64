"""The weather by Open-Meteo's protocol: https://open-meteo.com/en/docs, "Weather Forecast API".

The public service wants no key and is free for non-commercial use; anybody may run one of their own, and name it in
RAPPORT_WEATHER_URL. It is told where a town lies, to a hundredth of a degree, and nothing about who asks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rapport.everyday.public_service import PublicService
from rapport.everyday.weather import Day, Forecast, Hour

DAYS = 16
"""The most that it forecasts."""
FRESH_S = 600.0
"""Seconds until it is asked again: it works out its current weather every fifteen minutes."""

_CURRENT = "temperature_2m,precipitation,weather_code,wind_speed_10m"
_HOURLY = f"{_CURRENT},precipitation_probability"
_DAILY = (
    "weather_code,temperature_2m_min,temperature_2m_max,precipitation_probability_max,precipitation_sum,"
    "wind_speed_10m_max,sunrise,sunset"
)


class OpenMeteo:
    """A service that speaks Open-Meteo's protocol. Safe from any thread.

    Args:
        url: Where it answers, without a path.
        clock: Monotonic seconds.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = PublicService(url, setting="RAPPORT_WEATHER_URL", fresh_s=FRESH_S, read=_forecast, clock=clock)

    def forecast(self, latitude: float, longitude: float) -> Forecast:
        """See `WeatherService`."""
        asked: dict[str, str | float] = {
            "latitude": round(latitude, 2),
            "longitude": round(longitude, 2),
            "current": _CURRENT,
            "hourly": _HOURLY,
            "daily": _DAILY,
            "timezone": "auto",
            "forecast_days": DAYS,
        }
        return self._service.ask("/v1/forecast", asked)


def _forecast(answer: Mapping[str, Any]) -> Forecast:
    zone = ZoneInfo(answer["timezone"])
    current = answer["current"]
    hourly = [_hour(each, zone) for each in _rows(answer["hourly"]) if each["temperature_2m"] is not None]
    daily = [_day(each, zone) for each in _rows(answer["daily"]) if each["temperature_2m_max"] is not None]
    return Forecast(_hour({**current, "precipitation_probability": None}, zone), hourly, daily)


def _rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _hour(row: Mapping[str, Any], zone: tzinfo) -> Hour:
    chance = row["precipitation_probability"]
    return Hour(
        at=datetime.fromisoformat(row["time"]).replace(tzinfo=zone),
        sky=int(row["weather_code"]),
        degrees=float(row["temperature_2m"]),
        chance=None if chance is None else int(chance),
        precipitation_mm=float(row["precipitation"] or 0),
        wind_kmh=float(row["wind_speed_10m"] or 0),
    )


def _day(row: Mapping[str, Any], zone: tzinfo) -> Day:
    chance = row["precipitation_probability_max"]
    return Day(
        day=date.fromisoformat(row["time"]),
        sky=int(row["weather_code"]),
        low=float(row["temperature_2m_min"]),
        high=float(row["temperature_2m_max"]),
        chance=None if chance is None else int(chance),
        precipitation_mm=float(row["precipitation_sum"] or 0),
        wind_kmh=float(row["wind_speed_10m_max"] or 0),
        sunrise=_sun(row["sunrise"], row["time"], zone),
        sunset=_sun(row["sunset"], row["time"], zone),
    )


def _sun(moment: str | None, day: str, zone: tzinfo) -> datetime | None:
    """A moment of that day; near the poles, on days without, the protocol gives one of 1970 or none."""
    return datetime.fromisoformat(moment).replace(tzinfo=zone) if moment and moment.startswith(day) else None
