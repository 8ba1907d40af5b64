"""The weather: here or elsewhere, now or in the days to come. Which words tell it is decided in `weather_told`."""

import logging
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from tzlocal import get_localzone_name

from actions.datetime import (
    WEATHER,
    Clock,
    Places,
    ask_whether,
    ask_which,
    own_zone,
    place_of,
    question_before,
    utc_now,
)
from actions.person import GetServices, PersonAction
from actions.turns import said
from actions.weather_told import Telling
from rapport.errors import ConsentMissing, ServiceUnavailable
from rapport.everyday.weather_asked import Aspect, WeatherAsked, weather_asked
from rapport.people import Person
from rapport.personality.scales import FAHRENHEIT, scale_of
from rapport.place_phrases import PlaceAsked
from rapport.place_readings import Either, Spot, known_place, spot
from rapport.places import Gazetteer, load, warm
from rapport.services import get_services

IN_FAHRENHEIT = frozenset("US BS BZ KY LR PW FM MH".split())
"""Countries whose people measure temperature in Fahrenheit, by their ISO codes."""
IN_MILES = frozenset("US GB LR".split())

_log = logging.getLogger(__name__)


class ActionTellWeather(PersonAction):
    """Tell the weather.

    Args:
        services: As for `PersonAction`.
        places: Gives the gazetteer; loading it may take a second.
        clock: Gives the moment, with a zone.
    """

    anybody = True

    def __init__(
        self, services: GetServices = get_services, places: Places | None = None, clock: Clock = utc_now
    ) -> None:
        super().__init__(services)
        self._places = places or load
        self._clock = clock
        if places is None:
            warm()

    def name(self) -> str:
        return "action_tell_weather"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self._answer(dispatcher, tracker, person)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self._answer(dispatcher, tracker, None)

    def _answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, person: Person | None) -> list[EventType]:
        gazetteer = self._places()
        own_country = gazetteer.country_at(_zone_key(tracker))
        asked = weather_asked(said(tracker), self._now(own_zone(tracker)))
        goes_on = bool(tracker.latest_message.get("goes_on")) or question_before(tracker) == WEATHER
        before = tracker.get_slot("weather_before") or {}
        noted = _noted(asked, said(tracker), before if goes_on and asked.leans else {})
        place = self._place(tracker, gazetteer, asked, person, goes_on=goes_on)
        found = spot(place.readings, own_country) if place.readings else None
        if place.unsure and place.readings:
            place_before = [ask_whether(dispatcher, WEATHER, tracker, place.readings[0])]
        elif isinstance(found, Spot) and found.at is not None:
            here = {"name": found.name, "zone": found.zone, "at": found.at}
            noted |= here
            self._tell(dispatcher, asked, noted, own_country, person)
            place_before = [SlotSet("place_before", here)]
        else:
            place_before = self._ask_where(dispatcher, tracker, place, found, goes_on=goes_on)
        return [SlotSet("datetime_question", WEATHER), SlotSet("weather_before", {**before, **noted}), *place_before]

    def _now(self, zone: tzinfo | None) -> datetime:
        return self._clock().astimezone(zone)

    def _tell(
        self,
        dispatcher: CollectingDispatcher,
        asked: WeatherAsked,
        noted: Mapping[str, Any],
        own_country: str,
        person: Person | None,
    ) -> None:
        now = self._now(ZoneInfo(noted["zone"]))
        try:
            forecast = self._services().weather.forecast(*noted["at"])
        except ServiceUnavailable as error:
            _log.warning("%s", error)
            dispatcher.utter_message(response="utter_weather_unavailable")
            return
        fahrenheit = self._in_fahrenheit(person, own_country) if asked.fahrenheit is None else asked.fahrenheit
        stretch = weather_asked(noted["when"], now).stretch
        told = Telling(forecast, noted["name"], stretch, now, fahrenheit, own_country in IN_MILES)
        response, values = told.of(Aspect(noted["aspect"]))
        dispatcher.utter_message(response=response, **values)

    def _in_fahrenheit(self, person: Person | None, own_country: str) -> bool:
        scale = scale_of(person, self._clock().date())
        return scale == FAHRENHEIT if scale else own_country in IN_FAHRENHEIT

    def _ask_where(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        place: PlaceAsked,
        found: Spot | Either | None,
        *,
        goes_on: bool,
    ) -> list[EventType]:
        if isinstance(found, Either):
            return [ask_which(dispatcher, WEATHER, tracker, found, goes_on=goes_on)]
        if found is not None:
            dispatcher.utter_message(response="utter_weather_which_town", place=found.name)
        elif place.unknown:
            dispatcher.utter_message(response="utter_place_unknown", place=place.unknown)
        else:
            dispatcher.utter_message(response="utter_weather_where")
        return []

    def _place(
        self, tracker: Tracker, gazetteer: Gazetteer, asked: WeatherAsked, person: Person | None, *, goes_on: bool
    ) -> PlaceAsked:
        """The place that is named, or gone on with, or the person's own, or that of before; in this order."""
        if asked.lives:
            return _where_lives(person, asked.lives, gazetteer)
        named = place_of(tracker, gazetteer, asked.rest, bare=bool(tracker.latest_message.get("goes_on")))
        if named.readings or named.unknown or named.missing:
            return named
        before = tracker.get_slot("weather_before") or {}
        known = known_place(before["name"], before["zone"], before["at"]) if before.get("name") else None
        if known is not None and goes_on and not asked.here:
            return PlaceAsked((known,))
        home = _where_lives(person, "me", gazetteer)
        return PlaceAsked((known,)) if known is not None and not home.readings and not asked.here else home


def _noted(asked: WeatherAsked, text: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the next question may go on with: what is asked about, and the words that say when; what this one leaves
    open is as it was before."""
    aspect = asked.aspect.value if asked.aspect else before.get("aspect", Aspect.SKY.value)
    return {"aspect": aspect, "when": text if asked.said_when else before.get("when", "")}


def _zone_key(tracker: Tracker) -> str:
    zone = own_zone(tracker)
    return zone.key if isinstance(zone, ZoneInfo) else get_localzone_name()


def _where_lives(person: Person | None, who: str, gazetteer: Gazetteer) -> PlaceAsked:
    """Where somebody lives, by what was told of them."""
    try:
        known = person.memories().about(who, "lives in") if person else []
    except ConsentMissing:
        known = []
    for memory in known:
        if memory.statement and (readings := gazetteer.find(memory.statement.value)):
            return PlaceAsked(readings)
    return PlaceAsked()
