"""Timers, alarms and reminders over the API."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from rapport.everyday.timers import ALARM, REMINDER, TIMER, Timer, keep_timers, new_id, timers_of
from rapport.privacy.purposes import Purpose
from tests.unit.people_api.conftest import Caller

TIMERS = "/v1/timers"
DUE = datetime(2026, 11, 27, 6, 0, tzinfo=timezone.utc)


@pytest.fixture
def anna(arrive: Callable[..., Caller]) -> Caller:
    return arrive()


def some() -> list[Timer]:
    alarm = Timer(
        new_id(),
        ALARM,
        "",
        DUE,
        zone="Europe/Oslo",
        every="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        starts="2026-11-26T07:00:00",
    )
    rung = Timer(new_id(), TIMER, "pasta", DUE - timedelta(days=1), length_s=60, rang=DUE, rings=1)
    return [Timer(new_id(), REMINDER, "call mum", DUE + timedelta(hours=5)), alarm, rung]


def test_those_that_lie_ahead_are_read_and_cancelled(anna: Caller) -> None:
    timers = some()
    keep_timers(anna.person, timers)
    told = anna.api.get(TIMERS).json()["timers"]
    assert [(each["kind"], each["about"], each["due"], each["repeats"]) for each in told] == [
        ("alarm", "", "2026-11-27T06:00:00Z", "every weekday at seven o'clock in the morning"),
        ("reminder", "call mum", "2026-11-27T11:00:00Z", ""),
    ]

    assert anna.api.delete(f"{TIMERS}/{told[0]['id']}").status_code == 204
    assert anna.api.delete(f"{TIMERS}/{told[0]['id']}").json()["code"] == "no_such_timer"
    assert sorted(each.kind for each in timers_of(anna.person)) == ["reminder", "timer"]


def test_without_the_consent_there_are_none(anna: Caller) -> None:
    keep_timers(anna.person, some())
    anna.person.withdraw(Purpose.MEMORY, "page")
    for answer in (anna.api.get(TIMERS), anna.api.delete(f"{TIMERS}/{'0' * 12}")):
        assert answer.json()["code"] == "consent_missing"


def test_they_are_exported_and_erased(anna: Caller) -> None:
    keep_timers(anna.person, some())
    assert "call mum" in str(anna.person.everything()[1]["timers"])
    anna.person.erase("page")
    assert not anna.person.known
