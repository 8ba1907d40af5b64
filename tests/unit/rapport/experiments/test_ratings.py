"""How talks are rated, by what spoke and how soon: sums over twenty people and more, and nothing of fewer."""

from datetime import date

import pytest

from rapport.experiments.ratings import rated, table
from rapport.experiments.sessions import LEAST_PEOPLE, SessionCounts

DAY = date(2026, 11, 1)


def session(good: int, bad: int, ms: int, voice: str = "piper") -> SessionCounts:
    return SessionCounts(DAY, good=good, bad=bad, first_audio_ms=ms, spoken_by=voice)


def test_of_few_people_nothing_is_told() -> None:
    assert rated([[session(1, 0, 500)]] * (LEAST_PEOPLE - 1)) == []


def test_each_voice_with_enough_people_has_a_row() -> None:
    slow = [[session(at % 2, 1 - at % 2, 1_500 + at, "elevenlabs-http")] for at in range(LEAST_PEOPLE)]
    quick = [[session(1, 0, 400 + at), session(2, 0, 500 + at)] for at in range(LEAST_PEOPLE)]
    few = [[session(1, 0, 300, "clip")]] * 3
    rows = {row.voice: row for row in rated([*slow, *quick, *few])}

    assert set(rows) == {"all", "piper", "elevenlabs-http"}
    assert rows["piper"].good == 1.0
    assert rows["elevenlabs-http"].good == 0.5
    assert rows["elevenlabs-http"].low < 0.5 < rows["elevenlabs-http"].high
    assert rows["piper"].people == LEAST_PEOPLE
    assert rows["piper"].sessions == 2 * LEAST_PEOPLE
    assert rows["all"].with_latency is not None
    assert rows["all"].with_latency.rank < -0.3, "what was late was liked less"
    assert rows["piper"].with_latency is None, "all of it was liked"
    told = table(rows.values())
    assert "elevenlabs-http" in told
    assert "50% (30% to 70%)" in told


def test_a_session_keeps_what_spoke() -> None:
    kept = session(1, 0, 500)
    assert SessionCounts.from_record(kept.as_record()) == kept
    assert SessionCounts.from_record({"day": "2026-11-01"}) == SessionCounts(DAY), "as they were kept before"


@pytest.mark.parametrize("empty", [[], [[]]])
def test_nobody_at_all(empty: list[list[SessionCounts]]) -> None:
    assert rated(empty) == []
