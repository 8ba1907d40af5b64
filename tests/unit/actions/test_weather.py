"""The weather by voice: here and elsewhere, gone on with, and told where it can't be had."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from actions.choice import ActionChoose
from actions.datetime import ActionTakePlace, ActionTellDate
from actions.timers import ActionTakeTime
from actions.weather import ActionTellWeather
from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance, Statement
from rapport.places import load
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from tests.fakes.open_meteo import RAIN, SNOW, WrittenWeather
from tests.fakes.public_service import serving
from tests.unit.actions.conftest import Talk
from tests.unit.actions.meeting import ANNA, Channel, services_in

NOW = datetime(2026, 11, 26, 12, 20, tzinfo=ZoneInfo("Europe/Oslo"))  # a Thursday


class Asking:
    """Somebody who asks about the weather, and the real actions, over a stand-in for the service."""

    def __init__(self, talk: Talk, services: Services) -> None:
        self.talk = talk
        self.services = services
        self.talk.metadata = {"timezone": "Europe/Oslo", "proof": services.proofs.turn(ANNA, talk.sender_id, ttl_s=60)}
        get_services, clock = lambda: services, lambda: NOW
        self._actions = {
            "ask_weather": ActionTellWeather(get_services, load, clock),
            "name_place": ActionTakePlace(load, clock),
            "name_time": ActionTakeTime(get_services, clock),
            "ask_date": ActionTellDate(load, clock),
            "choose_second": ActionChoose(),
        }

    async def says(self, text: str, intent: str = "ask_weather", place: str = "") -> dict[str, Any]:
        """What is answered, after what follows from it."""
        self.talk.hear(text, intent, place=place)
        said = await self.talk.run(self._actions[intent])
        while not said and self.talk.heard["intent"]["name"] != intent:
            intent = self.talk.heard["intent"]["name"]
            said = await self.talk.run(self._actions[intent])
        [reply] = said
        return reply

    def told(self, who: str, where: str) -> None:
        """With a memory of where somebody lives."""
        person = self.services.people.person(ANNA)
        person.agree(Purpose.MEMORY, "voice")
        text = f"{who} lives in {where}"
        draft = Draft(Kind.FACT, text, Provenance("s", words=text), Statement(who, "lives in", where))
        person.memories().remember(draft)


@pytest.fixture
def weather() -> WrittenWeather:
    return WrittenWeather(now=NOW.replace(tzinfo=None))


@pytest.fixture
def asking(talk: Talk, weather: WrittenWeather, tmp_path: Path) -> Iterator[Asking]:
    services = services_in(tmp_path, Channel())
    with serving(weather) as url:
        yield Asking(talk, replace(services, settings=replace(services.settings, weather_url=url)))


def told(reply: Mapping[str, Any], response: str, **values: str) -> bool:
    """Whether that is what was said."""
    assert reply["response"] == response
    assert {name: reply[name] for name in values} == values
    return True


async def test_now_in_a_place_that_is_named(asking: Asking, weather: WrittenWeather) -> None:
    reply = await asking.says("what's the weather like in oslo", place="oslo")

    assert told(
        reply, "utter_weather_now", place="Oslo", sky="an overcast sky", temperature="six degrees", high="seven degrees"
    )
    assert weather.asked[0]["latitude"] == "59.91"


async def test_rain_that_is_to_come_today_is_told_with_the_weather_now(asking: Asking, weather: WrittenWeather) -> None:
    weather.falls = {16: RAIN}

    reply = await asking.says("what's the weather in oslo", place="oslo")

    assert told(reply, "utter_weather_now_wet", later="rain", time="four o'clock")


async def test_another_day_and_another_place_go_on_with_the_question(asking: Asking, weather: WrittenWeather) -> None:
    weather.falls = {24 + 10: RAIN}
    reply = await asking.says("will it rain in oslo", place="oslo")
    assert told(reply, "utter_rain_unlikely", place="Oslo", when="today")

    reply = await asking.says("and tomorrow", "name_time")
    assert told(reply, "utter_rain_likely", place="Oslo", when="tomorrow", time="ten o'clock")

    reply = await asking.says("and in bergen", "name_place", place="bergen")
    assert told(reply, "utter_rain_likely", place="Bergen, Norway", when="tomorrow")

    reply = await asking.says("will it snow")
    assert told(reply, "utter_snow_unlikely", place="Bergen, Norway", when="tomorrow")

    reply = await asking.says("what's the weather now")
    assert told(reply, "utter_weather_now", place="Bergen, Norway")


async def test_a_time_alone_goes_on_with_a_question_about_the_date_too(asking: Asking) -> None:
    await asking.says("what's the date", "ask_date")

    assert told(await asking.says("and tomorrow", "name_time"), "utter_date_other", weekday="Friday")


async def test_without_a_place_it_is_where_the_person_lives(asking: Asking) -> None:
    asking.told("me", "bergen")

    assert told(await asking.says("what's the weather"), "utter_weather_now", place="Bergen, Norway")


async def test_where_somebody_lives_who_is_known(asking: Asking) -> None:
    asking.told("my sister", "madrid")

    reply = await asking.says("what's the weather where my sister lives tomorrow")

    assert told(reply, "utter_weather_then", place="Madrid", when="tomorrow")


async def test_what_may_no_longer_be_used_is_asked(asking: Asking) -> None:
    asking.told("me", "bergen")
    asking.services.people.person(ANNA).withdraw(Purpose.MEMORY, "voice")

    assert told(await asking.says("what's the weather"), "utter_weather_where")


async def test_a_place_that_is_asked_for_is_taken_from_the_answer(asking: Asking, weather: WrittenWeather) -> None:
    weather.falls = {24 + 10: SNOW}
    assert told(await asking.says("will it snow tomorrow"), "utter_weather_where")

    reply = await asking.says("london", "name_place", place="london")

    assert told(reply, "utter_snow_likely", place="London", when="tomorrow")


async def test_nobodys_turn_is_answered_too(asking: Asking) -> None:
    asking.talk.metadata = None

    assert told(await asking.says("what's the weather in rome", place="rome"), "utter_weather_now", place="Rome")
    assert told(await asking.says("and tomorrow", "name_time"), "utter_weather_then", when="tomorrow")


async def test_of_two_places_the_one_nearby_is_meant_and_else_it_is_asked(asking: Asking) -> None:
    assert asking.talk.metadata is not None
    reply = await asking.says("weather tomorrow in cambridge", place="cambridge")
    assert told(reply, "utter_which_place_of_two", second="Cambridge, Massachusetts")
    reply = await asking.says("the second one", "choose_second")
    assert told(reply, "utter_weather_then", place="Cambridge, Massachusetts", when="tomorrow")

    asking.talk.metadata["timezone"] = "Europe/London"
    reply = await asking.says("weather in cambridge", place="cambridge")

    assert told(reply, "utter_weather_now", place="Cambridge, United Kingdom")


@pytest.mark.parametrize(
    ("place", "response"), [("bavaria", "utter_weather_which_town"), ("flubberton", "utter_place_unknown")]
)
async def test_what_is_no_town_is_asked_back(asking: Asking, place: str, response: str) -> None:
    assert told(await asking.says(f"what's the weather in {place}", place=place), response)
    reply = await asking.says("munich", "name_place", place="munich")
    assert told(reply, "utter_weather_now", place="Munich")


async def test_a_country_is_told_by_its_largest_town(asking: Asking) -> None:
    assert told(await asking.says("weather in france", place="france"), "utter_weather_now", place="Paris")


async def test_where_people_measure_in_fahrenheit(asking: Asking) -> None:
    assert asking.talk.metadata is not None
    asking.talk.metadata["timezone"] = "America/New_York"
    reply = await asking.says("how cold is it in oslo", place="oslo")
    assert told(reply, "utter_temperature_now", temperature="forty-three degrees")

    assert told(await asking.says("and in celsius"), "utter_temperature_now", temperature="six degrees")


@pytest.mark.parametrize(
    ("text", "response", "values"),
    [
        ("what's the weather in oslo tonight", "utter_weather_then", {"range": "three to five degrees"}),
        ("how warm will it be in oslo tomorrow", "utter_temperature_then", {"range": "three to eight degrees"}),
        (
            "weather in oslo on the weekend",
            "utter_weather_days",
            {"days": "Saturday, rain, nine degrees. Sunday, an overcast sky, ten degrees"},
        ),
        ("weather in oslo next week", "utter_weather_week_dry", {"range": "six to seventeen degrees"}),
        ("weather in oslo this week", "utter_weather_week_days", {"days": "Saturday", "falls": "rain"}),
        ("will it rain in oslo this week", "utter_rain_days", {"days": "Saturday"}),
        ("will it rain in oslo next week", "utter_rain_unlikely", {"when": "next week"}),
        ("is it windy in oslo", "utter_wind_now", {"wind": "a moderate breeze", "speed": "twenty kilometers an hour"}),
        ("how windy will it be in oslo tomorrow", "utter_wind_then", {"when": "tomorrow"}),
        ("when does the sun rise in oslo", "utter_sun_rose", {"time": "half past eight"}),
        ("when does the sun set in oslo", "utter_sun_sets", {"time": "half past three"}),
        ("when does the sun rise in oslo tomorrow", "utter_sun_rises", {"time": "half past eight", "when": "tomorrow"}),
        ("how was the weather in oslo yesterday", "utter_weather_past", {}),
        ("will it rain in oslo on the first of may", "utter_weather_too_far", {}),
    ],
)
async def test_what_is_asked(
    asking: Asking, weather: WrittenWeather, text: str, response: str, values: dict[str, str]
) -> None:
    weather.falls = dict.fromkeys(range(48, 60), RAIN)

    assert told(await asking.says(text, place="oslo"), response, **values)


async def test_rain_that_falls_now(asking: Asking, weather: WrittenWeather) -> None:
    weather.falls = {12: RAIN}

    assert told(await asking.says("is it raining in oslo", place="oslo"), "utter_rain_now", sky="rain")


async def test_a_service_that_does_not_answer_is_told_and_what_was_asked_is_not_lost(
    asking: Asking, weather: WrittenWeather
) -> None:
    weather.fault = "status"
    assert told(await asking.says("will it rain in oslo tomorrow", place="oslo"), "utter_weather_unavailable")
    weather.fault = ""

    assert told(await asking.says("and in rome", "name_place", place="rome"), "utter_rain_unlikely", when="tomorrow")


async def test_a_place_that_was_not_heard_well_is_confirmed(asking: Asking, weather: WrittenWeather) -> None:
    asking.talk.hear("will it rain in oslo tomorrow", "ask_weather", place="oslo")
    asking.talk.heard["semantics"] = {"slots": [{"name": "place", "text": "oslo", "heard": 0.4}]}
    action = ActionTellWeather(lambda: asking.services, load, lambda: NOW)
    [question] = await asking.talk.run(action)
    assert told(question, "utter_is_it_place", place="Oslo, Norway")
    assert weather.asked == []

    asking.talk.hear("yes", "affirm")
    await asking.talk.run(ActionChoose())

    [reply] = await asking.talk.run(action)
    assert told(reply, "utter_rain_unlikely", place="Oslo, Norway", when="tomorrow")
