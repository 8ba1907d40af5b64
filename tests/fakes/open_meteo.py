"""A weather service on this machine that speaks Open-Meteo's protocol: every place has the weather that a test wrote.

It answers what is asked for and nothing else, with the names and shapes of https://open-meteo.com/en/docs. It knows no
models: what falls at an hour, and what a day sums up to, are just written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.public_service import WrittenService

CLOUDY, RAIN, SNOW = 3, 63, 73


@dataclass
class WrittenWeather(WrittenService):
    """What it answers with.

    Attributes:
        now: The moment, on the place's clocks.
        zone: The place's.
        falls: WMO codes by the hour from today's midnight on, where anything falls; clouds elsewhere.
        degrees: Celsius at midnight; each hour until three in the afternoon is one third of a degree warmer.
        wind_kmh: At any time.
    """

    path = "/v1/forecast"

    now: datetime = field(kw_only=True)
    zone: str = "Europe/Oslo"
    falls: dict[int, int] = field(default_factory=dict)
    degrees: float = 2.0
    wind_kmh: float = 20.0

    @property
    def today(self) -> date:
        return self.now.date()

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        """A forecast, as asked."""
        days = int(asked["forecast_days"])
        hours = [self._hour(number) for number in range(24 * days)]
        daily = [self._day(ahead, hours[24 * ahead : 24 * ahead + 24]) for ahead in range(days)]
        current = next(hour for hour in reversed(hours) if hour["time"] <= self.now.strftime("%Y-%m-%dT%H:%M"))
        zone = ZoneInfo(self.zone)
        return {
            "latitude": float(asked["latitude"]),
            "longitude": float(asked["longitude"]),
            "generationtime_ms": 0.2,
            "utc_offset_seconds": int(self.now.replace(tzinfo=zone).utcoffset().total_seconds()),  # type: ignore[union-attr]
            "timezone": self.zone,
            "current": {"time": current["time"], "interval": 900}
            | {name: current[name] for name in asked["current"].split(",")},
            "hourly": _columns(hours, asked["hourly"]),
            "daily": _columns(daily, asked["daily"]),
        }

    def _hour(self, number: int) -> dict[str, Any]:
        at = datetime.combine(self.today, time()) + timedelta(hours=number)
        sky = self.falls.get(number, CLOUDY)
        return {
            "time": at.strftime("%Y-%m-%dT%H:%M"),
            "temperature_2m": round(self.degrees + (15 - abs(15 - at.hour)) / 3 + number // 24, 1),
            "precipitation": 1.2 if number in self.falls else 0.0,
            "precipitation_probability": 85 if number in self.falls else 5,
            "weather_code": sky,
            "wind_speed_10m": self.wind_kmh,
        }

    def _day(self, ahead: int, hours: list[dict[str, Any]]) -> dict[str, Any]:
        day = (self.today + timedelta(ahead)).isoformat()
        return {
            "time": day,
            "weather_code": max(hour["weather_code"] for hour in hours),
            "temperature_2m_min": min(hour["temperature_2m"] for hour in hours),
            "temperature_2m_max": max(hour["temperature_2m"] for hour in hours),
            "precipitation_probability_max": max(hour["precipitation_probability"] for hour in hours),
            "precipitation_sum": sum(hour["precipitation"] for hour in hours),
            "wind_speed_10m_max": max(hour["wind_speed_10m"] for hour in hours),
            "sunrise": f"{day}T08:30",
            "sunset": f"{day}T15:30",
        }


def _columns(rows: list[dict[str, Any]], names: str) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in ("time", *names.split(","))}
