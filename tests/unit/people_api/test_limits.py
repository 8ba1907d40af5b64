"""Token buckets, on a clock of the test's own."""

from __future__ import annotations

from people_api.limits import REMEMBERED, Buckets, Limit


def test_a_rest_fills_the_bucket_up_to_its_brim() -> None:
    """However long it is."""
    buckets = Buckets(Limit(burst=3, per_s=1))

    assert [buckets.take("a", 0) for _ in range(4)] == [0, 0, 0, 1]
    assert [buckets.take("a", 1_000) for _ in range(4)] == [0, 0, 0, 1]


def test_who_waits_as_told_is_let_through() -> None:
    buckets = Buckets(Limit(burst=10, per_s=0.5))
    buckets.take("a", 0, cost=10)

    wait_s = buckets.take("a", 0, cost=4)

    assert wait_s == 8
    assert buckets.take("a", wait_s, cost=4) == 0


def test_being_refused_costs_nothing() -> None:
    buckets = Buckets(Limit(burst=1, per_s=1))
    buckets.take("a", 0)

    for _ in range(100):
        buckets.take("a", 0.5)

    assert buckets.take("a", 1) == 0


def test_each_name_has_its_own() -> None:
    buckets = Buckets(Limit(burst=1, per_s=1))

    assert [buckets.take(name, 0) for name in "aba"] == [0, 0, 1]


def test_memory_is_bounded() -> None:
    """Addresses are free to make up; the one unused longest is let go."""
    buckets = Buckets(Limit(burst=1, per_s=0.001))
    buckets.take("first", 0)

    for number in range(REMEMBERED):
        buckets.take(str(number), 0)

    assert len(buckets._levels) == REMEMBERED
    assert buckets.take("first", 0) == 0
