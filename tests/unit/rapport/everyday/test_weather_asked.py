"""What a question about the weather asks for."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from rapport.everyday.weather_asked import Aspect, Stretch, weather_asked

NOW = datetime(2026, 11, 26, 13, 20, tzinfo=ZoneInfo("Europe/Oslo"))  # a Thursday
TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("what's the weather like", None),
        ("and tomorrow", None),
        ("will it rain tomorrow", Aspect.RAIN),
        ("do i need an umbrella", Aspect.RAIN),
        ("will it stay dry", Aspect.RAIN),
        ("is it going to snow", Aspect.SNOW),
        ("how cold is it outside", Aspect.TEMPERATURE),
        ("do i need a jacket", Aspect.TEMPERATURE),
        ("how many degrees will it be", Aspect.TEMPERATURE),
        ("is it windy", Aspect.WIND),
        ("when does the sun set", Aspect.SUNSET),
        ("what time does the sun come up", Aspect.SUNRISE),
        ("will it be sunny", None),
    ],
)
def test_what_of_the_weather(text: str, aspect: Aspect | None) -> None:
    assert weather_asked(text, NOW).aspect is aspect


@pytest.mark.parametrize(
    ("text", "words", "day", "days"),
    [
        ("what's the weather", "", TODAY, 1),
        ("what's the weather right now", "", TODAY, 1),
        ("what's the weather today", "today", TODAY, 1),
        ("what's the weather tomorrow", "tomorrow", date(2026, 11, 27), 1),
        ("what's the weather the day after tomorrow", "on Saturday", date(2026, 11, 28), 1),
        ("will it rain on sunday", "on Sunday", date(2026, 11, 29), 1),
        ("will it rain on the fifth of december", "on December fifth", date(2026, 12, 5), 1),
        ("what about the weekend", "on the weekend", date(2026, 11, 28), 2),
        ("what's the weather this weekend", "on the weekend", date(2026, 11, 28), 2),
        ("what's the weather next week", "next week", date(2026, 11, 30), 7),
        ("weather for the next few days", "in the next days", TODAY, 7),
        ("what's the weather this week", "in the next days", TODAY, 7),
        ("what's the weather in three days", "on Sunday", date(2026, 11, 29), 1),
    ],
)
def test_which_days(text: str, words: str, day: date, days: int) -> None:
    stretch = weather_asked(text, NOW).stretch

    assert stretch == Stretch(words, day, days)


@pytest.mark.parametrize(
    ("text", "words", "since", "until"),
    [
        ("will it rain this afternoon", "this afternoon", "2026-11-26T13:00", "2026-11-26T18:00"),
        ("how cold will it be tonight", "tonight", "2026-11-26T20:00", "2026-11-27T06:00"),
        ("weather for tomorrow morning", "tomorrow morning", "2026-11-27T06:00", "2026-11-27T12:00"),
        ("weather on saturday evening", "on Saturday evening", "2026-11-28T18:00", "2026-11-28T23:00"),
        ("will it rain at five", "today at five o'clock in the afternoon", "2026-11-26T17:00", "2026-11-26T18:00"),
        ("will it rain tomorrow at noon", "tomorrow at noon", "2026-11-27T12:00", "2026-11-27T13:00"),
        ("will it rain in two hours", "at three o'clock in the afternoon", "2026-11-26T15:00", "2026-11-26T16:20"),
        ("will it rain later", "later today", "2026-11-26T14:00", "2026-11-27T00:00"),
    ],
)
def test_which_hours(text: str, words: str, since: str, until: str) -> None:
    stretch = weather_asked(text, NOW).stretch

    assert stretch.words == words
    assert (stretch.since, stretch.until) == (datetime.fromisoformat(since), datetime.fromisoformat(until))


@pytest.mark.parametrize(
    "text", ["how was the weather yesterday", "did it rain last night", "will it rain this morning"]
)
def test_what_is_over(text: str) -> None:
    assert weather_asked(text, NOW).stretch.past


def test_on_a_sunday_the_weekend_is_today() -> None:
    sunday = datetime(2026, 11, 29, 9, tzinfo=ZoneInfo("Europe/Oslo"))

    assert weather_asked("what's the weather this weekend", sunday).stretch == Stretch("today", sunday.date())


@pytest.mark.parametrize(
    ("text", "named", "here", "lives"),
    [
        ("what's the weather in paris on friday", "in paris", False, None),
        ("is it raining in new york right now", "in new york", False, None),
        ("is it going to rain", "", False, None),
        ("is it cold outside", "", True, None),
        ("what's the weather where i live", "", True, None),
        ("what's the weather where my sister lives", "", False, "my sister"),
        ("will it snow in my town tonight", "", True, None),
    ],
)
def test_where(text: str, named: str, here: bool, lives: str | None) -> None:
    asked = weather_asked(text, NOW)

    assert (asked.here, asked.lives) == (here, lives)
    assert named in asked.rest
    assert not named or "friday" not in asked.rest


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("and tomorrow", True),
        ("will it rain", True),
        ("do i need an umbrella", True),
        ("what's the weather", False),
        ("how cold is it", False),
        ("and the weather in rome", False),
    ],
)
def test_what_goes_on_with_the_question_before(text: str, leans: bool) -> None:
    assert weather_asked(text, NOW).leans is leans


@pytest.mark.parametrize(
    ("text", "fahrenheit"),
    [("in fahrenheit please", True), ("how many degrees celsius is it", False), ("how warm is it", None)],
)
def test_the_scale_that_is_named(text: str, fahrenheit: bool | None) -> None:
    assert weather_asked(text, NOW).fahrenheit is fahrenheit
