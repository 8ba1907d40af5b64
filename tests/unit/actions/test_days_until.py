"""How long it is until a day, or since."""

from datetime import datetime, timezone

import pytest

from actions.days_until import ActionTellDaysUntil
from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance, Statement
from tests.unit.actions.meeting import SESSION, Meeting, Reply


async def asks(meeting: Meeting, text: str, zone: str = "Europe/Oslo") -> Reply:
    meeting.hears(text, "ask_days_until").message["metadata"]["timezone"] = zone
    clock = datetime(2026, 12, 23, 23, 30, tzinfo=timezone.utc)
    return await meeting.does(ActionTellDaysUntil(lambda: meeting.services, lambda: clock))


@pytest.mark.parametrize(
    ("text", "response", "span"),
    [
        ("how many days until new year", "utter_days_until", "eight days"),
        ("how many days until christmas", "utter_day_is_tomorrow", "one day"),
        ("how many days until christmas eve", "utter_day_is_today", "zero days"),
        ("how long ago was halloween", "utter_days_since", "fifty-four days"),
        ("how many weeks until new year", "utter_days_until", "one week and one day"),
        ("how many days until the moon falls", "utter_days_until_what", None),
    ],
)
async def test_days_are_counted_where_the_person_is(
    meeting: Meeting, text: str, response: str, span: str | None
) -> None:
    """In Oslo it is the twenty-fourth already."""
    reply = await asks(meeting, text)
    assert (reply.said, reply.values.get("span")) == ([response], span)


async def test_elsewhere_it_is_still_the_day_before(meeting: Meeting) -> None:
    assert (await asks(meeting, "how many days until christmas", "America/New_York")).values["span"] == "two days"


async def test_a_birthday_is_known_where_it_was_told_and_may_be_used(meeting: Meeting) -> None:
    question = "how many days until my birthday"
    assert (await asks(meeting, question)).said == ["utter_birthday_unknown"]

    told = Statement("me", "birthday", "the first of january")
    meeting.agreed().person.memories().remember(
        Draft(Kind.FACT, "your birthday is the first of january", Provenance(SESSION), told)
    )
    reply = await asks(meeting, question)
    assert (reply.values["day"], reply.values["span"]) == ("your birthday", "eight days")

    meeting.person_id = None
    assert (await asks(meeting, question)).said == ["utter_birthday_unknown"]
