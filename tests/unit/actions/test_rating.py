"""Whether it helped is asked seldom, of who agreed to be counted, and counted whichever way it is answered."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.counting import counted
from actions.rating import QUESTION, WELL, ActionAskRating
from actions.turns import Turn
from rapport.experiments.ratings import SELDOM, SESSIONS_BEFORE
from rapport.experiments.sessions import SessionCounts, keep_session
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, services_in

NOW = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)


@pytest.fixture
def meeting(tmp_path: Path, domain: dict[str, Any]) -> Meeting:
    services = services_in(tmp_path, Channel())
    services.people.clock = lambda: NOW
    met = Meeting(services, domain).agreed(Purpose.ANALYTICS)
    for _ in range(SESSIONS_BEFORE):
        keep_session(met.person, SessionCounts(date(2026, 11, 1), turns=1))
    return met


def asking(meeting: Meeting) -> ActionAskRating:
    return ActionAskRating(lambda: meeting.services)


async def test_it_is_asked_once_in_a_long_while(meeting: Meeting) -> None:
    meeting.hears("thanks", "thank")
    assert (await meeting.does(asking(meeting))).said == [QUESTION]
    assert meeting.slots["offers"][0]["message"]["intent"]["name"] == WELL
    assert meeting.slots["offers"][0]["no"] == "utter_rated_badly"
    assert (await meeting.does(asking(meeting))).said == []
    meeting.services.people.clock = lambda: NOW + SELDOM - timedelta(days=1)
    assert (await meeting.does(asking(meeting))).said == []
    meeting.services.people.clock = lambda: NOW + SELDOM
    assert (await meeting.does(asking(meeting))).said == [QUESTION]


async def test_nobody_is_asked_without_their_consent(meeting: Meeting) -> None:
    meeting.person.withdraw(Purpose.ANALYTICS, "page")
    assert (await meeting.hears("thanks", "thank").does(asking(meeting))).said == []


async def test_withdrawal_deletes_when_it_was_asked(meeting: Meeting) -> None:
    await meeting.hears("thanks", "thank").does(asking(meeting))
    meeting.person.withdraw(Purpose.ANALYTICS, "page")
    assert not [name for name in meeting.person.everything()[1] if name.startswith("rating")]


async def test_off_the_record_and_of_nobody_nothing_is_asked(meeting: Meeting) -> None:
    assert (await meeting.hears("thanks", "thank", off_record=True).does(asking(meeting))).said == []
    meeting.person_id = None
    assert (await meeting.hears("thanks", "thank", off_record=False).does(asking(meeting))).said == []


async def test_who_is_new_is_not_asked(tmp_path: Path, domain: dict[str, Any]) -> None:
    new = Meeting(services_in(tmp_path, Channel()), domain).agreed(Purpose.ANALYTICS)
    assert (await new.hears("thanks", "thank").does(asking(new))).said == []


def turn(intent: str, *responses: str) -> Turn:
    replies = [{"metadata": {"utter_action": each}} for each in responses]
    return Turn({"text": intent, "intent": {"name": intent}, "intent_ranking": []}, replies)


@pytest.mark.parametrize(
    ("after", "good", "bad"),
    [
        pytest.param([turn("affirm")], 1, 0, id="yes"),
        pytest.param([turn("deny", "utter_rated_badly")], 0, 1, id="no"),
        pytest.param([turn("speak_louder"), turn("affirm")], 1, 0, id="yes, after an aside"),
        pytest.param([turn("ask_time", "x"), turn("affirm")], 0, 0, id="something else"),
        pytest.param([], 0, 0, id="nothing"),
    ],
)
def test_its_answer_is_a_rating(after: list[Turn], good: int, bad: int) -> None:
    counts = counted([turn("thank", "utter_welcome", QUESTION), *after], NOW.date(), 700, "piper")
    assert (counts.good, counts.bad) == (good, bad)
    assert (counts.first_audio_ms, counts.spoken_by) == (700, "piper")


def test_an_other_yes_is_none() -> None:
    assert counted([turn("thank", "utter_welcome"), turn("affirm")], NOW.date()).good == 0
