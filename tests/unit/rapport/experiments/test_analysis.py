"""The analysis: it finds what is there, finds nothing where nothing is, and says how sure it is; on seeded people."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from rapport.experiments.analysis import (
    METRICS,
    TIGHTEST_AT,
    Observed,
    effect,
    people_needed,
    sizes_fit,
    widening,
)
from rapport.experiments.plan import Metric
from rapport.experiments.sessions import LEAST_PEOPLE, SessionCounts

RUNS = 200
MEAN, SPREAD = 1.6, 0.4
"""Turns to success, and how much people differ in them."""


def people(random: np.random.Generator, count: int, lift: float = 0.0, *, before: bool = True) -> list[Observed]:
    """Seeded people, half of them treated: their own level, and what varies from time to time around it."""
    levels = MEAN + SPREAD * random.standard_normal(count)
    noise = 0.15 * random.standard_normal((2, count))
    return [
        Observed(
            "personalized" if number % 2 else "generic",
            "new" if number % 3 else "regular",
            levels[number] + noise[0, number] if before else None,
            levels[number] + noise[1, number] - (lift * MEAN if number % 2 else 0.0),
        )
        for number in range(count)
    ]


def found(observed: list[Observed]) -> bool:
    told = effect(observed, "generic", "personalized", 0.1)
    assert told is not None
    return told.found


def test_a_known_effect_is_found_with_the_power_that_is_told() -> None:
    random = np.random.default_rng(6)
    told = effect(people(random, 400), "generic", "personalized", 0.1)
    assert told is not None
    assert told.needed is not None

    hits = sum(found(people(random, told.needed, lift=0.1)) for _ in range(RUNS))

    assert hits / RUNS >= 0.8
    assert sum(found(people(random, told.needed // 2, lift=0.1)) for _ in range(RUNS)) < hits


def test_over_two_hundred_null_runs_at_most_one_in_twenty_finds_something_though_one_looks_all_the_time() -> None:
    random = np.random.default_rng(7)
    misled = 0
    for _ in range(RUNS):
        everybody = people(random, 400, before=False)
        misled += any(found(everybody[:looked]) for looked in range(60, 401, 20))

    assert misled / RUNS <= 0.05


def test_what_people_did_before_makes_the_interval_narrower() -> None:
    random = np.random.default_rng(8)
    observed = people(random, 300, lift=0.05)
    blind = [Observed(each.arm, each.stratum, None, each.after) for each in observed]

    sharp, plain = (effect(each, "generic", "personalized", 0.1) for each in (observed, blind))

    assert sharp is not None
    assert plain is not None
    assert sharp.high - sharp.low < 0.6 * (plain.high - plain.low)
    assert sharp.reduced > 0.6
    assert sharp.low < -0.05 * MEAN < sharp.high


def test_of_few_people_nothing_is_told() -> None:
    random = np.random.default_rng(9)

    assert effect(people(random, 2 * LEAST_PEOPLE - 2), "generic", "personalized", 0.1) is None
    assert effect(people(random, 2 * LEAST_PEOPLE), "generic", "personalized", 0.1) is not None


def test_where_all_are_alike_there_is_nothing_to_tell() -> None:
    same = [Observed(arm, "new", None, 1.0) for arm in ("generic", "personalized") for _ in range(50)]

    assert effect(same, "generic", "personalized", 0.1) is None

    as_before = [
        Observed(arm, "new", 8.0 - days, float(days)) for arm in ("generic", "personalized") for days in (3, 4) * 30
    ]
    assert effect(as_before, "generic", "personalized", 0.1) is None


def test_looking_all_the_time_costs_some_half_as_much_again() -> None:
    factors = {count: widening(count) / 1.96 for count in (40, TIGHTEST_AT, 2_000)}

    assert 1.4 < factors[TIGHTEST_AT] < 1.6
    assert factors[TIGHTEST_AT] < min(factors[40], factors[2_000])


def test_people_needed_grow_as_the_effect_shrinks() -> None:
    few, many = people_needed(0.2, 1.0), people_needed(0.1, 1.0)

    assert few is not None
    assert many is not None
    assert 3.5 < many / few < 5
    assert people_needed(0.0, 1.0) is None


def test_a_mismatch_of_sizes_is_seen() -> None:
    assert sizes_fit([500, 510], [0.5, 0.5]) > 0.05
    assert sizes_fit([500, 620], [0.5, 0.5]) < 0.001
    assert sizes_fit([], []) == 1.0


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (Metric.TURNS_TO_SUCCESS, 1.5),
        (Metric.TASK_SUCCESS, 0.8),
        (Metric.REPHRASE_RATE, 0.1),
        (Metric.BARGE_IN_RATE, 0.25),
        (Metric.CORRECTION_RATE, 0.05),
        (Metric.SUGGESTION_ACCEPTANCE, 0.5),
        (Metric.ACCEPTED_SUGGESTIONS, 0.5),
        (Metric.RATING, 0.75),
        (Metric.RETENTION, 2.0),
    ],
)
def test_what_is_measured_of_sessions(metric: Metric, value: float) -> None:
    sessions = [
        SessionCounts(date(2026, 5, 4), 10, 3, 2, 4, 1, 10, 2, 1, 1, 1, 2, 0),
        SessionCounts(date(2026, 5, 5), 10, 2, 2, 2, 1, 10, 3, 0, 1, 0, 1, 1),
    ]

    assert METRICS[metric](sessions) == pytest.approx(value)
    assert METRICS[metric]([]) in (None, 0.0)
