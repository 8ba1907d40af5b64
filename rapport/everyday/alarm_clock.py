"""Wakes up when a timer, alarm or reminder of somebody's is due, and has the voice channel tell them.

It knows who and when, never what: that is read, under their consent, by the action that tells it. What is kept in
people's files is the only timetable there is, so it outlives this process and goes with its person; the schedule
here is made from it at the start (docs/adr/0009). One that was cancelled meanwhile disturbs nobody: there is nothing
to tell.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import TracebackType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from rapport.errors import ConsentMissing, PersonErased, RapportError, StoreUnavailable
from rapport.everyday.timers import RING_AGAIN, Timer, timers_of
from rapport.people import People

logger = logging.getLogger(__name__)

TRIED_AGAIN = timedelta(seconds=20)
"""After so long a channel that did not answer is asked anew."""
AT_ONCE = 4
"""How many people are told at a time."""


class AlarmClock:
    """Everybody's. As a context manager it runs; else it only takes note.

    Args:
        people: Everybody.
        tell_due: Has a person told what is due; raises `StoreUnavailable` where that is not possible now.
    """

    def __init__(self, people: People, tell_due: Callable[[str], int]) -> None:
        self._people = people
        self._tell_due = tell_due
        # However late a moment comes, after a suspended machine for instance, it is not left out.
        self._scheduler = BackgroundScheduler(
            timezone=timezone.utc,
            executors={"default": ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def __enter__(self) -> AlarmClock:
        self._scheduler.start()
        self._scheduler.add_job(self.set_all, id="everybody")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scheduler.shutdown(wait=False)

    def wake_for(self, person: str, timer: Timer) -> None:
        """Tell a person when this one is due, or due to be told again.

        Args:
            person: Their id.
            timer: One of theirs.
        """
        self.wake_at(person, timer.due if timer.rang is None else timer.rang + RING_AGAIN)

    def wake_at(self, person: str, moment: datetime) -> None:
        """Tell a person what is due then; once, however often it is asked for."""
        due = max(moment, datetime.now(timezone.utc)).astimezone(timezone.utc)
        name = f"{person} {moment.isoformat()}"
        self._scheduler.add_job(self._tell, "date", run_date=due, args=[person], id=name, replace_existing=True)

    def set_all(self) -> None:
        """Take note of all that is kept. Blocks, for some milliseconds a person."""
        failed = sum(not self._set_all_of(person) for person in self._people.store.people())
        if failed:
            logger.error("timers of %d people can't be read, so they are not told what is due", failed)

    def _set_all_of(self, person: str) -> bool:
        try:
            for timer in timers_of(self._people.person(person)):
                self.wake_for(person, timer)
        except (ConsentMissing, PersonErased):
            return True  # there is nothing to tell
        except RapportError:
            return False
        return True

    def _tell(self, person: str) -> None:
        try:
            self._tell_due(person)
        except StoreUnavailable as error:
            logger.warning("what is due can't be told yet: %s", error)
            self.wake_at(person, datetime.now(timezone.utc) + TRIED_AGAIN)
