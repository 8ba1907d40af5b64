from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from actions.choice import ActionChoose
from actions.datetime import (
    ActionTakePlace,
    ActionTellDate,
    ActionTellDay,
    ActionTellTime,
    ActionTellTimeDifference,
)
from rapport.places import load

Clock = Callable[[], datetime]


async def test_the_time_is_the_persons(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it", "ask_time")

    assert await talk.run(ActionTellTime(load, clock)) == [{"response": "utter_time", "time": "half past one"}]
    assert talk.slots["datetime_question"] == "ask_time"


@pytest.mark.parametrize("metadata", [None, {}, {"timezone": None}, {"timezone": "Mars/Olympus"}, {"timezone": "../x"}])
async def test_without_a_usable_zone_it_is_the_servers(talk: Any, clock: Clock, metadata: Any) -> None:
    """`rasa shell` sends no metadata, and a client may send nonsense."""
    talk.metadata = metadata
    talk.hear("what time is it", "ask_time")

    assert (await talk.run(ActionTellTime(load, clock)))[0]["response"] == "utter_time"


async def test_the_time_elsewhere_names_the_place_and_the_part_of_the_day(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in tokyo", "ask_time", place="tokyo")

    [reply] = await talk.run(ActionTellTime(load, clock))

    assert reply["response"] == "utter_time_there"
    assert (reply["place"], reply["time"]) == ("Tokyo", "half past nine in the evening")


async def test_another_day_there_is_said(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in auckland", "ask_time", place="auckland")

    [reply] = await talk.run(ActionTellTime(load, clock))

    assert reply["response"] == "utter_time_there_other_day"
    assert (reply["time"], reply["weekday"]) == ("half past one in the morning", "Sunday")


async def test_a_place_by_itself_takes_up_the_question_before(talk: Any, clock: Clock) -> None:
    talk.hear("what day is it in tokyo", "ask_day", place="tokyo")
    await talk.run(ActionTellDay(load, clock))
    talk.hear("and in paris", "name_place", place="paris")

    [reply] = await talk.run(ActionTakePlace(load, clock))

    assert reply["response"] == "utter_day_there"
    assert (reply["place"], reply["weekday"]) == ("Paris", "Saturday")


async def test_there_is_the_place_before(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in tokyo", "ask_time", place="tokyo")
    await talk.run(ActionTellTime(load, clock))
    talk.hear("what's the date there", "ask_date")

    [reply] = await talk.run(ActionTellDate(load, clock))

    assert reply["response"] == "utter_date_there"
    assert reply["place"] == "Tokyo"


async def test_there_without_a_place_before_asks_for_it(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it there", "ask_time")

    assert await talk.run(ActionTellTime(load, clock)) == [
        {"response": "utter_which_place", "metadata": {"expects": "short"}}
    ]


async def test_a_question_that_breaks_off_is_asked_back_and_completed(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in the", "ask_time")
    assert (await talk.run(ActionTellTime(load, clock)))[0]["response"] == "utter_which_place"
    talk.hear("london", "name_place", place="london")

    [reply] = await talk.run(ActionTakePlace(load, clock))

    assert (reply["response"], reply["place"]) == ("utter_time_there", "London")


async def test_an_unknown_place_is_asked_for_in_its_own_words(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in flubberton", "ask_time", place="flubberton")

    [reply] = await talk.run(ActionTellTime(load, clock))

    assert (reply["response"], reply["place"]) == ("utter_place_unknown", "flubberton")


@pytest.mark.parametrize(
    ("answer", "intent", "place", "zone"),
    [
        ("the second one", "choose_second", "Springfield, Massachusetts", "America/New_York"),
        ("the first one", "choose_first", "Springfield, Illinois", "America/Chicago"),
        ("yes", "affirm", "Springfield, Illinois", "America/Chicago"),
    ],
)
async def test_an_ambiguous_place_is_chosen_by_number(
    talk: Any, clock: Clock, answer: str, intent: str, place: str, zone: str
) -> None:
    talk.hear("what time is it in springfield", "ask_time", place="springfield")
    [question] = await talk.run(ActionTellTime(load, clock))
    assert question["response"] == "utter_which_place_of_two"
    assert question["metadata"] == {"expects": "short"}

    talk.hear(answer, intent)
    assert await talk.run(ActionChoose()) == []
    assert talk.heard["intent"]["name"] == "ask_time"
    [reply] = await talk.run(ActionTellTime(load, clock))

    assert reply["place"] == place
    assert talk.slots["place_before"]["zone"] == zone
    assert talk.slots["offers"] is None


async def test_an_ambiguous_place_is_chosen_by_its_state(talk: Any, clock: Clock) -> None:
    talk.hear("what's the date in springfield", "ask_date", place="springfield")
    await talk.run(ActionTellDate(load, clock))
    talk.hear("massachusetts", "name_place", place="massachusetts")

    assert await talk.run(ActionTakePlace(load, clock)) == []
    [reply] = await talk.run(ActionTellDate(load, clock))

    assert reply["place"] == "Springfield, Massachusetts"


async def test_another_place_answers_an_ambiguous_one_too(talk: Any, clock: Clock) -> None:
    """A correction: not one of the two, but a third."""
    talk.hear("what time is it in springfield", "ask_time", place="springfield")
    await talk.run(ActionTellTime(load, clock))
    talk.hear("no i meant chicago", "name_place", place="chicago")

    [reply] = await talk.run(ActionTakePlace(load, clock))

    assert (reply["response"], reply["place"]) == ("utter_time_there", "Chicago")


async def test_a_country_with_several_times_gives_two(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in the united states", "ask_time", place="the united states")

    [reply] = await talk.run(ActionTellTime(load, clock))

    assert reply["response"] == "utter_time_spread"
    assert (reply["city"], reply["time"]) == ("New York City", "half past seven in the morning")
    assert (reply["other_city"], reply["other_time"]) == ("Los Angeles", "half past four in the morning")


@pytest.mark.parametrize(
    ("said", "response", "weekday"),
    [
        ("what's the date", "utter_date", "Saturday"),
        ("what's the date tomorrow", "utter_date_other", "Sunday"),
        ("what date is it in three days", "utter_date_other", "Tuesday"),
    ],
)
async def test_the_date_of_today_and_of_other_days(
    talk: Any, clock: Clock, said: str, response: str, weekday: str
) -> None:
    talk.hear(said, "ask_date")

    [reply] = await talk.run(ActionTellDate(load, clock))

    assert (reply["response"], reply["weekday"]) == (response, weekday)


async def test_whether_it_is_friday_is_answered_with_the_day_it_is(talk: Any, clock: Clock) -> None:
    talk.hear("is it friday today", "ask_day")

    [reply] = await talk.run(ActionTellDay(load, clock))

    assert (reply["response"], reply["weekday"]) == ("utter_day", "Saturday")


@pytest.mark.parametrize(
    ("said", "place", "response", "difference"),
    [
        ("how far ahead is tokyo", "tokyo", "utter_ahead", "eight hours"),
        ("how far ahead is mumbai", "mumbai", "utter_ahead", "four and a half hours"),
        ("how far behind is new york", "new york", "utter_behind", "six hours"),
        ("is rome ahead of us", "rome", "utter_same_time", "zero minutes"),
        ("what's the time difference to america", "america", "utter_behind", "six hours"),
        ("how far ahead is it", "", "utter_which_place", None),
    ],
)
async def test_how_far_apart_clocks_are(
    talk: Any, clock: Clock, said: str, place: str, response: str, difference: str | None
) -> None:
    talk.hear(said, "ask_time_difference", place=place)

    [reply] = await talk.run(ActionTellTimeDifference(load, clock))

    assert (reply["response"], reply.get("difference")) == (response, difference)


@pytest.mark.parametrize("pair", ["london and new york", "new york and london"])
async def test_two_places_are_compared_in_the_order_of_their_clocks(talk: Any, clock: Clock, pair: str) -> None:
    talk.hear(f"what's the time difference between {pair}", "ask_time_difference")

    [reply] = await talk.run(ActionTellTimeDifference(load, clock))

    assert reply["response"] == "utter_ahead_of"
    assert (reply["place"], reply["other_place"], reply["difference"]) == ("London", "New York", "five hours")


async def test_a_place_before_any_question_offers_its_time(talk: Any, clock: Clock) -> None:
    talk.hear("paris", "name_place", place="paris")
    [question] = await talk.run(ActionTakePlace(load, clock))
    assert question["response"] == "utter_place_without_question"

    talk.hear("yes", "affirm")
    await talk.run(ActionChoose())
    [reply] = await talk.run(ActionTellTime(load, clock))

    assert reply["place"] == "Paris, France"


async def test_a_chosen_place_is_answered_in_the_persons_zone_still(talk: Any, clock: Clock) -> None:
    """The message that is taken as if said carries this turn's metadata on."""
    talk.hear("paris", "name_place", place="paris")
    await talk.run(ActionTakePlace(load, clock))
    talk.metadata = {"timezone": "Pacific/Auckland"}
    talk.hear("yes", "affirm")
    await talk.run(ActionChoose())

    [reply] = await talk.run(ActionTellTime(load, clock))

    assert reply["response"] == "utter_time_there_other_day"


async def test_what_was_taken_for_a_place_and_is_none_is_asked_for_again(talk: Any, clock: Clock) -> None:
    talk.hear("which state do we have", "name_place")
    assert (await talk.run(ActionTakePlace(load, clock)))[0]["response"] == "utter_rephrase"

    talk.hear("what time is it", "ask_time")
    await talk.run(ActionTellTime(load, clock))
    talk.hear("which state do we have", "name_place")
    assert (await talk.run(ActionTakePlace(load, clock)))[0]["response"] == "utter_which_place"


async def test_an_unknown_place_by_itself_is_asked_for(talk: Any, clock: Clock) -> None:
    talk.hear("and in flubberton", "name_place", place="flubberton")

    assert (await talk.run(ActionTakePlace(load, clock)))[0]["response"] == "utter_place_unknown"


def heard_badly(talk: Any, *, sure: float) -> None:
    """The place of the latest message was heard with this confidence."""
    talk.heard["semantics"] = {"slots": [{"name": "place", "text": "tokyo", "heard": sure}]}


async def test_a_place_that_was_not_heard_well_is_confirmed(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in tokyo", "ask_time", place="tokyo")
    heard_badly(talk, sure=0.4)
    [question] = await talk.run(ActionTellTime(load, clock))
    assert (question["response"], question["place"]) == ("utter_is_it_place", "Tokyo, Japan")

    talk.hear("yes", "affirm")
    assert await talk.run(ActionChoose()) == []

    [reply] = await talk.run(ActionTellTime(load, clock))
    assert (reply["response"], reply["place"]) == ("utter_time_there", "Tokyo, Japan")


async def test_one_that_was_another_is_asked_for(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in tokyo", "ask_time", place="tokyo")
    heard_badly(talk, sure=0.4)
    await talk.run(ActionTellTime(load, clock))
    talk.hear("no", "deny")
    assert (await talk.run(ActionChoose()))[0]["response"] == "utter_which_place"

    talk.hear("paris", "name_place", place="paris")

    assert (await talk.run(ActionTakePlace(load, clock)))[0]["place"] == "Paris"


async def test_a_word_that_is_no_name_may_be_heard_badly(talk: Any, clock: Clock) -> None:
    talk.hear("what time is it in tokyo", "ask_time", place="tokyo")
    heard_badly(talk, sure=0.8)

    assert (await talk.run(ActionTellTime(load, clock)))[0]["response"] == "utter_time_there"
