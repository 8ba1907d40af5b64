"""Time, date and day, here and elsewhere, and how far apart two clocks are."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turns import Offer, offer, open_offers, said, take, turn_before
from rapport.choosing import choose
from rapport.place_phrases import PlaceAsked, place_asked, places_compared
from rapport.place_readings import Either, Here, Place, Settled, Spread, known_place, settle
from rapport.places import Gazetteer, load, warm
from rapport.spoken_time import (
    clock_and_part_words,
    clock_words,
    date_words,
    days_ahead,
    difference_words,
    weekday_words,
)

WEATHER = "ask_weather"
"""The intent that `actions.weather` answers, and a place or a time alone goes on with."""

HEARD_WELL = 0.5
"""The recogniser's confidence in each word of a name from which it is taken without asking."""

Clock = Callable[[], datetime]
Places = Callable[[], Gazetteer]


def utc_now() -> datetime:
    """The moment, in universal time."""
    return datetime.now(timezone.utc)


class DatetimeAction(Action, ABC):
    """Finds out which place a question is about, and answers for it, or asks.

    Args:
        places: Gives the gazetteer; loading it may take a second, so it is called in a thread.
        clock: Gives the moment, with a zone.
    """

    question: str  # the intent that it answers

    def __init__(self, places: Places | None = None, clock: Clock = utc_now) -> None:
        self._places = places or load
        self._clock = clock
        if places is None:
            warm()

    @abstractmethod
    def name(self) -> str:
        """The action's name; abstract here, because the SDK registers every concrete action."""

    @abstractmethod
    def answer_here(self, dispatcher: CollectingDispatcher, words: str, now: datetime) -> None:
        """Answer for where the person is; `now` is in their zone."""

    @abstractmethod
    def answer_there(self, dispatcher: CollectingDispatcher, words: str, place: Here, now: datetime) -> None:
        """Answer for a place; `now` is in the person's zone."""

    def answer_spread(self, dispatcher: CollectingDispatcher, words: str, place: Spread, now: datetime) -> None:
        """Answer for a country with several times: where most people live, unless a topic knows better."""
        self.answer_there(dispatcher, words, Here(place.name, place.first.zone), now)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        gazetteer = await asyncio.to_thread(self._places)
        return self.answer(dispatcher, tracker, place_of(tracker, gazetteer))

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker, asked: PlaceAsked) -> list[EventType]:
        """Answer for the place that was asked for, and remember both."""
        now = self._clock().astimezone(own_zone(tracker))
        remembered: list[EventType] = [SlotSet("datetime_question", self.question)]
        if asked.unknown:
            dispatcher.utter_message(response="utter_place_unknown", place=asked.unknown)
        elif asked.missing:
            dispatcher.utter_message(response="utter_which_place")
        elif not asked.readings:
            self.answer_here(dispatcher, said(tracker), now)
        elif asked.unsure:
            remembered.append(ask_whether(dispatcher, self.question, tracker, asked.readings[0]))
        elif isinstance(settled := settle(asked.readings, now), Either):
            remembered.append(ask_which(dispatcher, self.question, tracker, settled))
        else:
            if isinstance(settled, Spread):
                self.answer_spread(dispatcher, said(tracker), settled, now)
                settled = settled.first
            else:
                self.answer_there(dispatcher, said(tracker), settled, now)
            remembered.append(SlotSet("place_before", {"name": settled.name, "zone": settled.zone, "at": settled.at}))
        return remembered


class ActionTellTime(DatetimeAction):
    """Tell the time."""

    question = "ask_time"

    def name(self) -> str:
        return "action_tell_time"

    def answer_here(self, dispatcher: CollectingDispatcher, words: str, now: datetime) -> None:
        dispatcher.utter_message(response="utter_time", time=clock_words(now))

    def answer_there(self, dispatcher: CollectingDispatcher, words: str, place: Here, now: datetime) -> None:
        there = now.astimezone(ZoneInfo(place.zone))
        same_day = there.date() == now.date()
        dispatcher.utter_message(
            response="utter_time_there" if same_day else "utter_time_there_other_day",
            place=place.name,
            time=clock_and_part_words(there),
            weekday=weekday_words(there),
        )

    def answer_spread(self, dispatcher: CollectingDispatcher, words: str, place: Spread, now: datetime) -> None:
        dispatcher.utter_message(
            response="utter_time_spread",
            place=place.name,
            city=place.first.name,
            time=clock_and_part_words(now.astimezone(ZoneInfo(place.first.zone))),
            other_city=place.second.name,
            other_time=clock_and_part_words(now.astimezone(ZoneInfo(place.second.zone))),
        )


class TellDay(DatetimeAction):
    """Tells of a day, today or the one that was asked for; what of it, its responses decide."""

    here: str
    there: str
    other: str
    by_weekday: bool

    def answer_here(self, dispatcher: CollectingDispatcher, words: str, now: datetime) -> None:
        self._tell(dispatcher, self.here, words, now.date())

    def answer_there(self, dispatcher: CollectingDispatcher, words: str, place: Here, now: datetime) -> None:
        today = now.astimezone(ZoneInfo(place.zone)).date()
        self._tell(dispatcher, self.there, words, today, place=place.name)

    def _tell(self, dispatcher: CollectingDispatcher, response: str, words: str, today: date, **known: str) -> None:
        ahead = days_ahead(words, today, by_weekday=self.by_weekday)
        day = today + timedelta(days=ahead)
        dispatcher.utter_message(
            response=self.other if ahead else response, weekday=weekday_words(day), date=date_words(day), **known
        )


class ActionTellDate(TellDay):
    """Tell the date."""

    question = "ask_date"
    here, there, other = "utter_date", "utter_date_there", "utter_date_other"
    by_weekday = True

    def name(self) -> str:
        return "action_tell_date"


class ActionTellDay(TellDay):
    """Tell the day of the week."""

    question = "ask_day"
    here, there, other = "utter_day", "utter_day_there", "utter_day_other"
    by_weekday = False

    def name(self) -> str:
        return "action_tell_day"


class ActionTellTimeDifference(DatetimeAction):
    """Tell how far a place's clocks are ahead, of the person's or of another place's."""

    question = "ask_time_difference"

    def name(self) -> str:
        return "action_tell_time_difference"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        gazetteer = await asyncio.to_thread(self._places)
        if two := places_compared(said(tracker), gazetteer):
            self._compare(dispatcher, *(settle(asked.readings, self._clock()) for asked in two))
            return [SlotSet("datetime_question", self.question)]
        return self.answer(dispatcher, tracker, place_of(tracker, gazetteer, bare=True))

    def answer_here(self, dispatcher: CollectingDispatcher, words: str, now: datetime) -> None:
        dispatcher.utter_message(response="utter_which_place")

    def answer_there(self, dispatcher: CollectingDispatcher, words: str, place: Here, now: datetime) -> None:
        ahead = _ahead(now.astimezone(ZoneInfo(place.zone)), now)
        response = "utter_ahead" if ahead > timedelta() else "utter_behind" if ahead else "utter_same_time"
        dispatcher.utter_message(response=response, place=place.name, difference=difference_words(ahead))

    def answer_spread(self, dispatcher: CollectingDispatcher, words: str, place: Spread, now: datetime) -> None:
        self.answer_there(dispatcher, words, place.first, now)

    def _compare(self, dispatcher: CollectingDispatcher, one: Settled, other: Settled) -> None:
        first, second = (_likeliest(settled) for settled in (one, other))
        now = self._clock()
        ahead = _ahead(now.astimezone(ZoneInfo(first.zone)), now.astimezone(ZoneInfo(second.zone)))
        if ahead < timedelta():
            first, second = second, first
        dispatcher.utter_message(
            response="utter_ahead_of" if ahead else "utter_same_time_as",
            place=first.name,
            other_place=second.name,
            difference=difference_words(ahead),
        )


class ActionTakePlace(Action):
    """Take a place that was named by itself: as an answer, or for the question before ("and in paris").

    Args:
        places: As for `DatetimeAction`.
        clock: Likewise.
    """

    def __init__(self, places: Places | None = None, clock: Clock = utc_now) -> None:
        self._places = places or load
        answers = (ActionTellTime, ActionTellDate, ActionTellDay, ActionTellTimeDifference)
        self._answers = {answer.question: answer(self._places, clock) for answer in answers}

    def name(self) -> str:
        return "action_take_place"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        offers = open_offers(tracker)
        chosen = choose(said(tracker), [each.says for each in offers]) if offers else None
        if chosen is not None:
            return take(offers[chosen], tracker)
        asked = place_of(tracker, await asyncio.to_thread(self._places), bare=True)
        question = tracker.get_slot("datetime_question") or ""
        if question == WEATHER and (asked.readings or asked.unknown):
            return ask_again(tracker, WEATHER)
        answer = self._answers.get(question)
        if not asked.readings and not asked.unknown:
            dispatcher.utter_message(response="utter_which_place" if answer else "utter_rephrase")
            return []
        if answer:
            return answer.answer(dispatcher, tracker, asked)
        if asked.unknown:
            dispatcher.utter_message(response="utter_place_unknown", place=asked.unknown)
            return []
        place = asked.readings[0]
        dispatcher.utter_message(response="utter_place_without_question", place=place.name)
        return [offer([reading(ActionTellTime.question, tracker, place)])]


def ask_again(tracker: Tracker, question: str) -> list[EventType]:
    """The events that take the latest message for a question that it goes on with: "and in paris"."""
    message = {**tracker.latest_message, "intent": {"name": question, "confidence": 1.0}, "goes_on": True}
    return take(Offer("", message), tracker)


def question_before(tracker: Tracker) -> str:
    """What the turn before asked, by its intent, if it was about a place's time, day or weather; else ""."""
    before = turn_before(tracker)
    return str(before.slots.get("datetime_question") or "") if before is not None else ""


def own_zone(tracker: Tracker) -> tzinfo | None:
    """The person's zone, as their client gave it; None is the server's."""
    key = (tracker.latest_message.get("metadata") or {}).get("timezone")
    if not isinstance(key, str):
        return None
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def place_of(tracker: Tracker, gazetteer: Gazetteer, words: str | None = None, *, bare: bool = False) -> PlaceAsked:
    """The place that the latest message names, or what is left of its words; "there" is the one before."""
    entities = [each for each in tracker.latest_message.get("entities") or () if each.get("entity") == "place"]
    for entity in entities:
        if zone := entity.get("zone"):  # one that was offered, and chosen
            return PlaceAsked((known_place(entity["value"], zone, entity.get("at")),))
    words = said(tracker) if words is None else words
    asked = place_asked(words, [str(each["value"]) for each in entities], gazetteer, bare=bare)
    if not asked.there:
        return replace(asked, unsure=_heard_badly(tracker))
    before = tracker.get_slot("place_before")
    return (
        PlaceAsked((known_place(before["name"], before["zone"], before.get("at")),))
        if before
        else PlaceAsked(missing=True)
    )


def _heard_badly(tracker: Tracker) -> bool:
    """Whether a word of the place's name was heard with little confidence."""
    slots = (tracker.latest_message.get("semantics") or {}).get("slots") or ()
    heard = [slot["heard"] for slot in slots if slot["name"] == "place" and slot["heard"] is not None]
    return bool(heard) and min(heard) < HEARD_WELL


def ask_which(
    dispatcher: CollectingDispatcher, question: str, tracker: Tracker, two: Either, **circumstances: Any
) -> EventType:
    """Ask which of two places is meant, and leave the question open for the answer."""
    places = (two.first, two.second)
    dispatcher.utter_message(
        response="utter_which_place_of_two",
        first=two.first.label,
        second=two.second.label,
        likely=[each.label.lower().replace(",", "") for each in places],
    )
    return offer([reading(question, tracker, each, **circumstances) for each in places])


def ask_whether(dispatcher: CollectingDispatcher, question: str, tracker: Tracker, place: Place) -> EventType:
    """Ask whether a place is meant that was not heard well, and leave the question open for the answer."""
    dispatcher.utter_message(response="utter_is_it_place", place=place.label)
    return offer([replace(reading(question, tracker, place), no="utter_which_place")])


def reading(question: str, tracker: Tracker, place: Place, **circumstances: Any) -> Offer:
    """The question, asked for one of the places that could be meant."""
    entity = {"entity": "place", "value": place.label, "zone": place.zones[0].key, "at": place.zones[0].at}
    intent = {"name": question, "confidence": 1.0}
    text = tracker.latest_message.get("text")
    return Offer(place.label, {"text": text, "intent": intent, "entities": [entity], **circumstances})


def _likeliest(settled: Settled) -> Here:
    if isinstance(settled, Here):
        return settled
    if isinstance(settled, Spread):
        return settled.first
    return Here(settled.first.label, settled.first.zones[0].key)


def _ahead(one: datetime, other: datetime) -> timedelta:
    return (one.utcoffset() or timedelta()) - (other.utcoffset() or timedelta())
