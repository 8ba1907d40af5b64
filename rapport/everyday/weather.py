"""The weather as values, the port to where it comes from, and how it is put into words.

Pure. What is asked about it is read in `weather_asked`; `open_meteo` fetches it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from rapport.spoken_numbers import whole_words

SKIES = {
    0: "clear sky",
    1: "mostly clear sky",
    2: "some clouds",
    3: "an overcast sky",
    45: "fog",
    48: "freezing fog",
    51: "light drizzle",
    53: "drizzle",
    55: "heavy drizzle",
    56: "light freezing drizzle",
    57: "freezing drizzle",
    61: "light rain",
    63: "rain",
    65: "heavy rain",
    66: "light freezing rain",
    67: "freezing rain",
    71: "light snow",
    73: "snow",
    75: "heavy snow",
    77: "snow grains",
    80: "light showers",
    81: "showers",
    82: "heavy showers",
    85: "light snow showers",
    86: "heavy snow showers",
    95: "thunderstorms",
    96: "thunderstorms with hail",
    99: "thunderstorms with heavy hail",
}
"""WMO weather codes (table 4677, as far as forecasts use them) as they are said."""

LIGHT_RAIN = 61
_WET, _SNOWY = range(51, 100), frozenset((71, 73, 75, 77, 85, 86))

BEAUFORT = (
    (1, "no wind"),
    (12, "a light breeze"),
    (29, "a moderate breeze"),
    (39, "a fresh breeze"),
    (50, "a strong breeze"),
    (62, "a strong wind"),
    (89, "a gale"),
    (118, "a storm"),
)
"""Kilometres an hour below which wind is called so: Beaufort's scale, its neighbours joined as people call them."""
HURRICANE = "hurricane winds"

LIKELY, UNLIKELY = 60, 20
"""Percent from which rain is told as likely, and below which as unlikely."""
A_LITTLE_MM = 0.1

KM_A_MILE = 1.609344


@dataclass(frozen=True)
class Hour:
    """The weather at an hour.

    Attributes:
        at: When, aware, on the place's clocks.
        sky: WMO weather code.
        degrees: Celsius.
        chance: Percent, of precipitation; None where that is not forecast.
        precipitation_mm: In the hour.
        wind_kmh: At ten metres.
    """

    at: datetime
    sky: int
    degrees: float
    chance: int | None
    precipitation_mm: float
    wind_kmh: float


@dataclass(frozen=True)
class Day:
    """The weather of a day.

    Attributes:
        day: Which, at the place.
        sky: The worst WMO weather code of it.
        low: Celsius.
        high: Celsius.
        chance: Percent, of precipitation; None where that is not forecast.
        precipitation_mm: In all.
        wind_kmh: The most, at ten metres.
        sunrise: Aware, on the place's clocks; None where the sun does not rise.
        sunset: Likewise.
    """

    day: date
    sky: int
    low: float
    high: float
    chance: int | None
    precipitation_mm: float
    wind_kmh: float
    sunrise: datetime | None
    sunset: datetime | None


@dataclass(frozen=True)
class Forecast:
    """What is known of a place's weather: now, by the hour, by the day, in order."""

    now: Hour
    hours: Sequence[Hour]
    days: Sequence[Day]

    def between(self, since: datetime, until: datetime) -> list[Hour]:
        """The hours of a stretch of time, from the one that it begins in."""
        return [hour for hour in self.hours if since <= hour.at < until]

    def of(self, day: date) -> Day | None:
        """A day, if it is forecast."""
        return next((each for each in self.days if each.day == day), None)


class WeatherService(Protocol):
    """Where the weather comes from."""

    def forecast(self, latitude: float, longitude: float) -> Forecast:
        """The weather of a place. Blocks, for some seconds at most.

        Raises:
            ServiceUnavailable: It can't be reached, or does not answer as it should.
        """


def sky_words(code: int) -> str:
    """A weather code as it is said; an unknown one by its group's first."""
    return SKIES.get(code) or SKIES[max(known for known in SKIES if known <= code)]


def usual_sky(hours: Sequence[Hour]) -> int:
    """What the sky is like through some hours: what falls, if anything does for a third of them, else the usual."""
    wet = [hour.sky for hour in hours if falling(hour.sky)]
    counted = Counter(wet if 3 * len(wet) >= len(hours) else [hour.sky for hour in hours])
    return max(counted, key=lambda code: (counted[code], code))


def falling(code: int) -> bool:
    """Whether rain, snow or the like falls."""
    return code in _WET


def snows(code: int) -> bool:
    """Whether what falls is snow."""
    return code in _SNOWY


def chance_words(chance: int) -> str:
    """ "thirty percent", by tens."""
    return f"{whole_words(round(chance, -1))} percent"


def wind_words(kmh: float) -> str:
    """Wind as people call it: "a fresh breeze"."""
    return next((words for below, words in BEAUFORT if kmh < below), HURRICANE)


def degrees_words(celsius: float, *, fahrenheit: bool) -> str:
    """ "minus three degrees"; one is a degree."""
    number = round(celsius * 9 / 5 + 32 if fahrenheit else celsius)
    return f"{_signed(number)} degree{'' if abs(number) == 1 else 's'}"


def range_words(low: float, high: float, *, fahrenheit: bool) -> str:
    """ "two to seven degrees", or where they are the same to the ear, one of them."""
    first, last = (round(each * 9 / 5 + 32 if fahrenheit else each) for each in (low, high))
    if first == last:
        return degrees_words(high, fahrenheit=fahrenheit)
    return f"{_signed(first)} to {degrees_words(high, fahrenheit=fahrenheit)}"


def speed_words(kmh: float, *, miles: bool) -> str:
    """ "twenty kilometers an hour"."""
    unit = "mile" if miles else "kilometer"
    number = round(kmh / KM_A_MILE if miles else kmh)
    return f"{whole_words(number)} {unit}{'' if number == 1 else 's'} an hour"


def _signed(number: int) -> str:
    return f"minus {whole_words(-number)}" if number < 0 else whole_words(number)
