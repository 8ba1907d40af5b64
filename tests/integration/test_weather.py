"""The weather by voice, through the running stack: elsewhere, where one lives, and where it can't be had."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.fakes.open_meteo import RAIN, WrittenWeather
from tests.integration.speaking import ask, heard_in, typed

Spoken = Callable[[str], bytes]


@pytest.fixture
def wet_tomorrow(weather: WrittenWeather) -> Iterator[WrittenWeather]:
    weather.falls = dict.fromkeys(range(24, 48), RAIN)
    yield weather
    weather.falls, weather.fault = {}, ""


async def test_the_weather_is_asked_about_and_gone_on_with(
    stack: Stack, spoken: Spoken, vosk: RecognizerModel, wet_tomorrow: WrittenWeather
) -> None:
    token = await asyncio.to_thread(fetch_token, stack.page)

    async with VoiceClient.connect(stack.page, token=token) as client:
        _, reply = await ask(client, spoken("what's the weather like in berlin tomorrow"))
        assert "Berlin tomorrow" in reply
        assert "rain" in reply
        await client.playback.idle()
        assert "degrees" in heard_in(client, vosk)  # "rain" alone is heard as "ring" now and then
        _, reply = await ask(client, spoken("and in madrid"))
        assert "Madrid tomorrow" in reply
        await client.playback.idle()

        for text in ("remember that i live in rome", "yes", "yes"):  # it may, and this too
            await typed(client, text)

    async with VoiceClient.connect(stack.page, token=token) as client:
        _, reply = await ask(client, spoken("will it rain tomorrow"))
        assert "Rome" in reply
        await client.playback.idle()


async def test_a_service_that_is_away_is_told(stack: Stack, spoken: Spoken, wet_tomorrow: WrittenWeather) -> None:
    wet_tomorrow.fault = "status"
    token = await asyncio.to_thread(fetch_token, stack.page)

    async with VoiceClient.connect(stack.page, token=token) as client:
        _, reply = await ask(client, spoken("what's the weather like in paris"))

        assert "weather" in reply
