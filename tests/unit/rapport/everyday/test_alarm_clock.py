"""Who is woken, and when; by real time, in some milliseconds."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from rapport.errors import StoreUnavailable
from rapport.everyday import alarm_clock as module
from rapport.everyday.alarm_clock import AlarmClock
from rapport.everyday.timers import TIMER, Timer, keep_timers, new_id
from rapport.people import People
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, services_in

ANNA, BEN = "p_" + "a" * 24, "p_" + "b" * 24
SOON_S = 5


class Told:
    """The channel: notes who is to be told; away as often as it is said."""

    def __init__(self, away: int = 0) -> None:
        self.people: list[str] = []
        self._away = away
        self._news = threading.Condition()

    def __call__(self, person: str) -> int:
        with self._news:
            if self._away:
                self._away -= 1
                raise StoreUnavailable("the voice channel does not answer")
            self.people.append(person)
            self._news.notify_all()
        return 1

    def wait(self, count: int) -> list[str]:
        with self._news:
            assert self._news.wait_for(lambda: len(self.people) >= count, SOON_S)
            return sorted(self.people)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    """Anna, who may be remembered, and Ben, who took that back."""
    services = services_in(tmp_path, Channel())
    for person in (ANNA, BEN):
        services.people.person(person).agree(Purpose.MEMORY, "voice")
    yield services.people
    services.people.store.close()  # type: ignore[attr-defined]


def in_ms(ms: int) -> Timer:
    due = datetime.now(timezone.utc) + timedelta(milliseconds=ms)
    return Timer(new_id(), TIMER, "", due, length_s=60)


def test_what_is_kept_is_known_at_the_start(people: People) -> None:
    """What was due meanwhile is told at once, what is due soon in time, and of who withdrew nothing is read."""
    keep_timers(people.person(ANNA), [in_ms(-60_000), in_ms(50)])
    keep_timers(people.person(BEN), [in_ms(50)])
    people.person(BEN).withdraw(Purpose.MEMORY, "voice")
    told = Told()
    with AlarmClock(people, told):
        assert told.wait(2) == [ANNA, ANNA]


def test_it_wakes_when_one_is_due_and_not_before(people: People) -> None:
    told = Told()
    with AlarmClock(people, told) as clock:
        clock.wake_for(ANNA, in_ms(3_600_000))
        clock.wake_for(BEN, in_ms(50))
        assert told.wait(1) == [BEN]


def test_a_channel_that_is_away_is_asked_again(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIED_AGAIN", timedelta(milliseconds=20))
    told = Told(away=2)
    with AlarmClock(people, told) as clock:
        clock.wake_for(ANNA, in_ms(0))
        assert told.wait(1) == [ANNA]


def test_a_file_that_can_not_be_read_does_not_keep_the_others_from_being_told(
    people: People, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep_timers(people.person(ANNA), [in_ms(50)])
    for file in (tmp_path / "people").rglob(f"*{BEN}*"):
        if file.is_file() and file.stat().st_size > 200:
            file.write_bytes(bytes(4096))
    told = Told()
    with AlarmClock(people, told):
        assert told.wait(1) == [ANNA]
    assert ANNA not in caplog.text
    assert BEN not in caplog.text
