"""How long it is until a day, or since: a feast, a date, a weekday, or a birthday that is remembered."""

from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import Clock, own_zone, utc_now
from actions.person import GetServices, PersonAction
from actions.turns import said
from rapport.errors import ConsentMissing
from rapport.everyday.days_named import Birthday, day_named
from rapport.people import Person
from rapport.services import get_services
from rapport.spoken_numbers import count_words
from rapport.spoken_time import weekday_words

WEEK = 7


class ActionTellDaysUntil(PersonAction):
    """Count the days to a day, or since it.

    Args:
        services: As for `PersonAction`.
        clock: Gives the moment, with a zone.
    """

    anybody = True

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock

    def name(self) -> str:
        return "action_tell_days_until"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        def birthday(who: str) -> str | None:
            try:
                known = person.memories().about(who, "birthday")
            except ConsentMissing:
                return None
            return next((each.statement.value for each in known if each.statement), None)

        return self._tell(dispatcher, tracker, birthday)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return self._tell(dispatcher, tracker, lambda who: None)

    def _tell(self, dispatcher: CollectingDispatcher, tracker: Tracker, birthday: Birthday) -> list[EventType]:
        now: datetime = self._clock().astimezone(own_zone(tracker))
        named = day_named(said(tracker), now.date(), birthday)
        if named is None:
            dispatcher.utter_message(response="utter_days_until_what")
        elif named.day is None:
            dispatcher.utter_message(response="utter_birthday_unknown", day=named.name)
        else:
            days = (named.day - now.date()).days
            response = {0: "utter_day_is_today", 1: "utter_day_is_tomorrow", -1: "utter_day_was_yesterday"}.get(
                days, "utter_days_until" if days > 0 else "utter_days_since"
            )
            dispatcher.utter_message(
                response=response,
                day=named.name,
                span=_span(abs(days), in_weeks="week" in said(tracker)),
                weekday=weekday_words(named.day),
            )
        return []


def _span(days: int, *, in_weeks: bool) -> str:
    """ "twenty-nine days", or in weeks: "four weeks and one day"."""
    weeks, rest = divmod(days, WEEK)
    if not in_weeks or not weeks:
        return count_words(days, "day")
    return count_words(weeks, "week") + (f" and {count_words(rest, 'day')}" if rest else "")
