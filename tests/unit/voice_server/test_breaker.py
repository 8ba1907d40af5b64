"""For how long a voice that fails is left alone."""

import pytest

from voice_server.breaker import FAILURES, LASTING, LONGEST_REST_S, SHORTEST_REST_S, Breaker, Kind, RungFailed


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _tripped(clock: Clock) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        assert breaker.allows()
        breaker.failed(RungFailed(Kind.SERVER))
    return breaker


def test_failures_in_a_row_trip_it() -> None:
    """Success in between starts the count anew."""
    breaker = Breaker(Clock())
    for _ in range(FAILURES * 2):
        breaker.failed(RungFailed(Kind.NETWORK))
        breaker.worked()
    assert breaker.allows()
    assert not _tripped(Clock()).allows()


def test_one_probe_goes_through_after_the_rest() -> None:
    """One utterance tries; others wait for how it ends."""
    clock = Clock()
    breaker = _tripped(clock)
    clock.now = SHORTEST_REST_S

    assert breaker.allows()
    assert not breaker.allows()
    breaker.worked()
    assert breaker.allows()


def test_rests_grow_up_to_a_limit() -> None:
    """Every probe that fails doubles the rest."""
    clock = Clock()
    breaker = _tripped(clock)
    rest_s = SHORTEST_REST_S
    for _ in range(10):
        clock.now += rest_s - 0.1
        assert not breaker.allows()
        clock.now += 0.1
        assert breaker.allows()
        breaker.failed()
        rest_s = min(rest_s * 2, LONGEST_REST_S)


def test_a_probe_that_is_given_up_lets_the_next_one_try() -> None:
    """A listener who leaves tells nothing of the voice."""
    clock = Clock()
    breaker = _tripped(clock)
    clock.now = SHORTEST_REST_S
    assert breaker.allows()
    breaker.given_up()
    assert breaker.allows()


@pytest.mark.parametrize("kind", sorted(LASTING, key=str))
def test_what_lasts_trips_at_once(kind: Kind) -> None:
    """Trying again would not mend it."""
    breaker = Breaker(Clock())
    breaker.failed(RungFailed(kind))
    assert not breaker.allows()


@pytest.mark.parametrize("kind", [Kind.CONCURRENCY, Kind.REFUSED])
def test_what_is_no_fault_of_the_voice_never_trips(kind: Kind) -> None:
    """A plan that is used up now, or one text that is refused."""
    breaker = Breaker(Clock())
    for _ in range(FAILURES * 2):
        breaker.failed(RungFailed(kind))
    assert breaker.allows()
