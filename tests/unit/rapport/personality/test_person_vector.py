"""The person vector: where it goes, how it fades, and what it is compared with."""

from datetime import date, timedelta

import numpy as np
import pytest

from rapport.memory.values import Vector
from rapport.personality.person_vector import HALF_LIFE_DAYS, PersonVector, moved

DAY = date(2026, 5, 4)


def axis(number: int) -> Vector:
    vector = np.zeros(384, np.float32)
    vector[number] = 1
    return vector


def after(sessions: int, *about: Vector, before: PersonVector | None = None) -> PersonVector:
    for _ in range(sessions):
        before = moved(before, about, DAY, "model-1")
    assert before is not None
    return before


def test_it_converges_to_what_is_talked_about() -> None:
    lengths = [float(np.linalg.norm(after(sessions, axis(0)).vector)) for sessions in (1, 4, 20)]

    assert lengths == [pytest.approx(0.3), pytest.approx(0.76, abs=0.01), pytest.approx(1.0, abs=0.01)]


def test_new_talks_take_the_place_of_old_ones() -> None:
    changed = after(4, axis(1), before=after(20, axis(0)))

    assert changed.nearness(axis(1)) > 3 * changed.nearness(axis(0))


def test_it_halves_while_nothing_is_said() -> None:
    vector = after(20, axis(0))

    assert vector.on(DAY + timedelta(HALF_LIFE_DAYS)).nearness(axis(0)) == pytest.approx(0.5, abs=0.01)
    assert vector.on(DAY - timedelta(5)).nearness(axis(0)) == vector.nearness(axis(0)), "a clock that was set back"


def test_a_session_about_nothing_leaves_it() -> None:
    vector = after(1, axis(0))

    assert moved(vector, [], DAY + timedelta(30), "model-1") is vector
    assert moved(None, [], DAY, "model-1") is None


def test_it_is_kept_and_of_one_model() -> None:
    vector = after(3, axis(0), axis(7))

    again = PersonVector.from_record(vector.as_record(), "model-1")
    assert again is not None
    np.testing.assert_allclose(again.vector, vector.vector, atol=1e-5)
    assert PersonVector.from_record(vector.as_record(), "model-2") is None
    assert PersonVector.from_record(None, "model-1") is None
