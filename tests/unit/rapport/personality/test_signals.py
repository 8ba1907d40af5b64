"""Signals: what sessions show adds up, fades, and is forgotten where it is switched off."""

from datetime import date, timedelta

import pytest

from rapport.personality.signals import THRESHOLDS, Counted, Seen, Signal, Signals

DAY = date(2026, 5, 4)


def after(signals: Signals, sessions: int, hits: int, of: int, *, day: date = DAY) -> Signals:
    for _ in range(sessions):
        signals = signals.after(Seen({Signal.CUTS: (hits, of)}), day)
    return signals


def test_little_tells_nothing() -> None:
    once = after(Signals(), 1, 5, 5)

    assert once.shows(Signal.CUTS, DAY) is None
    assert not once.holds(Signal.CUTS, DAY)
    assert after(once, 1, 5, 5).holds(Signal.CUTS, DAY)


def test_it_converges_to_how_often_it_happens() -> None:
    alternating = Signals()
    for number in range(40):
        alternating = after(alternating, 1, 8 if number % 2 else 4, 10)

    assert alternating.shows(Signal.CUTS, DAY) == pytest.approx(0.6, abs=0.05)


def test_who_changes_is_known_anew_after_some_sessions() -> None:
    impatient = after(Signals(), 20, 8, 10)

    sessions = 0
    while impatient.holds(Signal.CUTS, DAY):
        impatient = after(impatient, 1, 0, 10)
        sessions += 1

    assert 2 <= sessions <= 4


def test_without_sessions_it_fades_and_tells_nothing_any_more() -> None:
    impatient = after(Signals(), 5, 8, 10)

    assert impatient.holds(Signal.CUTS, DAY + timedelta(30))
    assert not impatient.holds(Signal.CUTS, DAY + timedelta(240))


def test_a_session_that_shows_nothing_changes_nothing() -> None:
    impatient = after(Signals(), 3, 8, 10)

    assert after(impatient, 9, 0, 0).shares == impatient.shares


@pytest.mark.parametrize("which", [Signal.CUTS, Counted.NAMES])
def test_what_is_switched_off_is_forgotten_and_not_seen_again(which: Signal | Counted) -> None:
    seen = Seen({Signal.CUTS: (8, 10)}, {Counted.NAMES: {"oslo": 2}})
    off = Signals().after(seen, DAY).switched(which, on=False).after(seen, DAY)

    assert which not in off.shares
    assert which not in off.counts
    assert {*off.shares, *off.counts} == {Signal.CUTS, *Counted} - {which}

    on = off.switched(which, on=True).after(seen, DAY)
    assert which in on.shares or which in on.counts


def test_names_are_counted_and_fade() -> None:
    signals = Signals()
    for number in range(60):
        signals = signals.after(Seen(counts={Counted.NAMES: {"oslo": 1, f"town {number}": 1}}), DAY + timedelta(number))

    counts = signals.count(Counted.NAMES, DAY + timedelta(60))
    assert next(iter(counts)) == "oslo"
    assert len(counts) == 40
    assert signals.count(Counted.NAMES, DAY + timedelta(120))["oslo"] == pytest.approx(counts["oslo"] / 2)


def test_every_signal_has_a_threshold() -> None:
    assert set(THRESHOLDS) == set(Signal)
