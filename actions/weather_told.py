"""What is told of a forecast: which response, and what fills it. No action lives here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from actions.memory_turn import listed
from rapport.everyday.weather import (
    A_LITTLE_MM,
    LIGHT_RAIN,
    LIKELY,
    UNLIKELY,
    Day,
    Forecast,
    Hour,
    chance_words,
    degrees_words,
    falling,
    range_words,
    sky_words,
    snows,
    speed_words,
    usual_sky,
    wind_words,
)
from rapport.everyday.weather_asked import Aspect, Stretch
from rapport.spoken_time import clock_words, weekday_words

NEXT_HOURS = 6
"""Hours ahead that a question about rain means at least, when it is asked late in the day."""
DAYS_NAMED = 3

Told = tuple[str, dict[str, str]]
"""The response, and what fills it."""


@dataclass(frozen=True)
class Telling:
    """A forecast, as it is told to somebody.

    Attributes:
        forecast: Of the place.
        place: As it is called.
        stretch: What time is asked about.
        now: The moment there.
        fahrenheit: The person's scale, else Celsius.
        miles: The person's measure, else kilometres.
    """

    forecast: Forecast
    place: str
    stretch: Stretch
    now: datetime
    fahrenheit: bool
    miles: bool

    def of(self, aspect: Aspect) -> Told:
        """The answer to a question about that."""
        if self.stretch.past:
            return "utter_weather_past", {}
        if not self._days or not self._hours:
            return "utter_weather_too_far", {}
        tell = {
            Aspect.SKY: self._sky,
            Aspect.TEMPERATURE: self._temperature,
            Aspect.RAIN: self._rain,
            Aspect.SNOW: self._snow,
            Aspect.WIND: self._wind,
            Aspect.SUNRISE: self._sunrise,
            Aspect.SUNSET: self._sunset,
        }[aspect]
        response, values = tell()
        return response, {"place": self.place, "when": self.stretch.words or "today", **values}

    @property
    def _days(self) -> list[Day]:
        """Those of the stretch, as far as they are forecast."""
        days = (self.forecast.of(self.stretch.day + timedelta(ahead)) for ahead in range(self.stretch.days))
        return [day for day in days if day is not None]

    @property
    def _hours(self) -> list[Hour]:
        """Those of the stretch, as far as they are to come."""
        zone = self.now.tzinfo
        since, until = self.stretch.since, self.stretch.until
        if since is None or until is None:
            since = datetime.combine(self.stretch.day, time())
            until = since + timedelta(days=self.stretch.days)
            if self.stretch.day == self.now.date():
                since = self.now.replace(minute=0, second=0, microsecond=0, tzinfo=None)
                until = max(until, since + timedelta(hours=NEXT_HOURS)) if self.stretch.now else until
        return self.forecast.between(since.replace(tzinfo=zone), until.replace(tzinfo=zone))

    def _sky(self) -> Told:
        if self.stretch.days > 1:
            return self._several()
        if self.stretch.now:
            now = self.forecast.now
            values = {
                "sky": sky_words(now.sky),
                "temperature": self._degrees(now.degrees),
                "speed": speed_words(now.wind_kmh, miles=self.miles),
            }
            wet = next((hour for hour in self._hours[1:] if _wet(hour)), None)
            if wet is not None and not falling(now.sky):
                return "utter_weather_now_wet", {
                    **values,
                    "later": sky_words(_wet_sky(wet)),
                    "time": clock_words(wet.at),
                }
            day = self._days[0]
            return "utter_weather_now", {**values, "low": self._degrees(day.low), "high": self._degrees(day.high)}
        strongest = max(hour.wind_kmh for hour in self._hours)
        values = {
            "sky": sky_words(usual_sky(self._hours)),
            "range": self._range,
            "speed": speed_words(strongest, miles=self.miles),
        }
        chance = _chance(self._hours)
        if chance >= UNLIKELY and not falling(usual_sky(self._hours)):
            return "utter_weather_then_chance", {**values, "chance": chance_words(chance)}
        return "utter_weather_then", values

    def _several(self) -> Told:
        days = self._days
        if len(days) <= DAYS_NAMED - 1:
            told = [f"{weekday_words(day.day)}, {sky_words(day.sky)}, {self._degrees(day.high)}" for day in days]
            return "utter_weather_days", {"days": ". ".join(told)}
        values = {"range": self._span(min(day.low for day in days), max(day.high for day in days))}
        wet = [day for day in days if _wet_day(day)]
        if not wet:
            return "utter_weather_week_dry", values
        if len(wet) > DAYS_NAMED:
            return "utter_weather_week_wet", values
        return "utter_weather_week_days", {**values, "days": _weekdays(wet), "falls": _what_falls(wet)}

    def _temperature(self) -> Told:
        if self.stretch.now:
            day = self._days[0]
            return "utter_temperature_now", {
                "temperature": self._degrees(self.forecast.now.degrees),
                "high": self._degrees(day.high),
                "low": self._degrees(day.low),
            }
        return "utter_temperature_then", {"range": self._range}

    def _rain(self) -> Told:
        if self.stretch.now and falling(self.forecast.now.sky):
            return "utter_rain_now", {"sky": sky_words(self.forecast.now.sky)}
        if self.stretch.days > 1:
            wet = [day for day in self._days if _wet_day(day)]
            return ("utter_rain_days", {"days": _weekdays(wet[:DAYS_NAMED])}) if wet else ("utter_rain_unlikely", {})
        wet_hours = [hour for hour in self._hours if _wet(hour)]
        chance = _chance(self._hours)
        if wet_hours and chance >= LIKELY:
            return "utter_rain_likely", _falls(wet_hours[0])
        if chance >= UNLIKELY:
            return "utter_rain_possible", {"chance": chance_words(chance)}
        return "utter_rain_unlikely", {}

    def _snow(self) -> Told:
        if self.stretch.now and snows(self.forecast.now.sky):
            return "utter_rain_now", {"sky": sky_words(self.forecast.now.sky)}
        snowy = next((hour for hour in self._hours if snows(hour.sky)), None)
        if snowy is None:
            return "utter_snow_unlikely", {}
        day = self.forecast.of(snowy.at.date()) if self.stretch.days > 1 else None
        return "utter_snow_likely", {"when": f"on {weekday_words(day.day)}"} if day else {}

    def _wind(self) -> Told:
        kmh = self.forecast.now.wind_kmh if self.stretch.now else max(hour.wind_kmh for hour in self._hours)
        values = {"wind": wind_words(kmh), "speed": speed_words(kmh, miles=self.miles)}
        return ("utter_wind_now" if self.stretch.now else "utter_wind_then"), values

    def _sunrise(self) -> Told:
        moment = self._days[0].sunrise
        if moment is None:
            return "utter_no_sunrise", {}
        return ("utter_sun_rose" if moment < self.now else "utter_sun_rises"), {"time": clock_words(moment)}

    def _sunset(self) -> Told:
        moment = self._days[0].sunset
        if moment is None:
            return "utter_no_sunset", {}
        return ("utter_sun_set" if moment < self.now else "utter_sun_sets"), {"time": clock_words(moment)}

    @property
    def _range(self) -> str:
        degrees = [hour.degrees for hour in self._hours]
        return self._span(min(degrees), max(degrees))

    def _span(self, low: float, high: float) -> str:
        return range_words(low, high, fahrenheit=self.fahrenheit)

    def _degrees(self, celsius: float) -> str:
        return degrees_words(celsius, fahrenheit=self.fahrenheit)


def _wet(hour: Hour) -> bool:
    if not falling(hour.sky) and hour.precipitation_mm < A_LITTLE_MM:
        return False
    return hour.chance is None or hour.chance >= LIKELY


def _wet_day(day: Day) -> bool:
    return falling(day.sky) and (day.chance is None or day.chance >= LIKELY)


def _chance(hours: Sequence[Hour]) -> int:
    """Percent, of precipitation at any of these hours; where that is not forecast, all or nothing."""
    return max(100 * _wet(hour) if hour.chance is None else hour.chance for hour in hours)


def _falls(hour: Hour) -> dict[str, str]:
    return {"sky": sky_words(_wet_sky(hour)), "time": clock_words(hour.at)}


def _wet_sky(hour: Hour) -> int:
    return hour.sky if falling(hour.sky) else LIGHT_RAIN


def _what_falls(days: Sequence[Day]) -> str:
    return "snow" if all(snows(day.sky) for day in days) else "rain"


def _weekdays(days: Sequence[Day]) -> str:
    return listed([weekday_words(day.day) for day in days])
