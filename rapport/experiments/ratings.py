"""How people rate their talks, beside what spoke and how soon; and how seldom they are asked.

Ratings are counted per session (`sessions`): thumbs on the page, and the answer to a question that is asked at most
once in thirty days. All of it rests on `analytics`. Blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from rapport.errors import ConsentMissing
from rapport.experiments.sessions import LEAST_PEOPLE, SessionCounts, of_everybody, sessions_of
from rapport.privacy.purposes import Purpose
from rapport.rank_correlation import Together, together

if TYPE_CHECKING:
    from rapport.people import People, Person

RECORD = "rating_asked"
SELDOM = timedelta(days=30)
SESSIONS_BEFORE = 3
"""Nobody is asked before they know what they would rate."""
CHANCE = 0.05
"""Of an interval to miss."""


def may_ask(person: Person, day: date) -> bool:
    """Whether they may be asked how it was; never without their consent to be counted."""
    try:
        if len(sessions_of(person)) < SESSIONS_BEFORE:
            return False
        asked = (person.record(RECORD, Purpose.ANALYTICS) or {}).get("day")
    except ConsentMissing:
        return False
    return asked is None or date.fromisoformat(asked) + SELDOM <= day


def note_asked(person: Person, day: date) -> None:
    """They were asked on that day.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    person.keep_record(RECORD, {"day": day.isoformat()}, Purpose.ANALYTICS)


@dataclass(frozen=True)
class Rated:
    """How the sessions of many were rated that one voice spoke most of.

    Attributes:
        voice: What spoke; `all` for every one of them.
        people: Who rated.
        sessions: That were rated.
        good: Share of good ones among the ratings, 0 to 1.
        low, high: Its 95 % interval (Wilson's).
        first_audio_ms: Median of the sessions' medians.
        with_latency: How a session's share goes with its first sound; None where that can't be told.
    """

    voice: str
    people: int
    sessions: int
    good: float
    low: float
    high: float
    first_audio_ms: float
    with_latency: Together | None


def gather(people: People) -> tuple[list[list[SessionCounts]], int]:
    """Everybody's sessions that were rated and spoken, and how many people could not be read."""

    def rated_by(person: Person) -> list[SessionCounts] | None:
        sessions = sessions_of(person)
        return [each for each in sessions if each.good + each.bad and each.first_audio_ms is not None] or None

    return of_everybody(people, rated_by)


def rated(everybody: Sequence[Sequence[SessionCounts]]) -> list[Rated]:
    """How they rated, by voice and in all; where fewer than `LEAST_PEOPLE` did, nothing is told."""
    voices = sorted({each.spoken_by for sessions in everybody for each in sessions if each.spoken_by})
    groups = [("all", everybody)]
    groups += [(voice, [[each for each in of if each.spoken_by == voice] for of in everybody]) for voice in voices]
    rows = [_summed(voice, [sessions for sessions in group if sessions]) for voice, group in groups]
    return [row for row in rows if row is not None]


def _summed(voice: str, group: Sequence[Sequence[SessionCounts]]) -> Rated | None:
    if len(group) < LEAST_PEOPLE:
        return None
    from statsmodels.stats.proportion import proportion_confint

    sessions = [each for of in group for each in of]
    good, ratings = sum(each.good for each in sessions), sum(each.good + each.bad for each in sessions)
    low, high = proportion_confint(good, ratings, alpha=CHANCE, method="wilson")
    firsts = [each.first_audio_ms or 0 for each in sessions]
    with_latency = together([each.good / (each.good + each.bad) for each in sessions], firsts)
    share = good / ratings
    return Rated(voice, len(group), len(sessions), share, float(low), float(high), median(firsts), with_latency)


def table(rows: Iterable[Rated]) -> str:
    """As lines of text."""
    lines = [f"{'voice':<20} {'people':>6} {'sessions':>8} {'good':>16} {'first sound':>12}  rating with lateness"]
    for row in rows:
        good = f"{row.good:.0%} ({row.low:.0%} to {row.high:.0%})"
        ranks = row.with_latency or "nothing to tell"
        lines.append(
            f"{row.voice:<20} {row.people:>6} {row.sessions:>8} {good:>16} {row.first_audio_ms:>9.0f} ms  {ranks}"
        )
    return "\n".join(lines)
