"""The states of a cloned voice: what leads where, and nothing else does."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import product

import numpy as np
import pytest

from rapport.errors import WrongState
from rapport.voices.cloning import TRANSITIONS, Clone, State, Step, Take, after
from rapport.voices.speaker import DIMENSIONS

AT = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(("state", "step"), list(product(State, Step)))
def test_each_step_is_possible_or_refused(state: State, step: Step) -> None:
    """Of all pairs; a refusal changes nothing."""
    clone = Clone(state, AT, {"cloud_speech": "r"}, "name")
    if (state, step) in TRANSITIONS:
        assert clone.after(step, AT).state is TRANSITIONS[state, step]
    else:
        with pytest.raises(WrongState):
            clone.after(step, AT)


def test_nothing_is_ready_without_consent_verification_and_upload() -> None:
    """Every way from nothing to a voice that speaks goes through all of them, in that order."""

    def ways(state: State, behind: tuple[Step, ...], seen: frozenset[State]) -> list[tuple[Step, ...]]:
        if state is State.READY:
            return [behind]
        return [
            way
            for (origin, step), to in TRANSITIONS.items()
            if origin is state and to not in seen
            for way in ways(to, (*behind, step), seen | {to})
        ]

    found = ways(State.DRAFT, (), frozenset({State.DRAFT}))
    assert found
    for way in found:
        needed = [step for step in way if step in (Step.CONSENT, Step.VERIFY, Step.SUBMIT, Step.COMPLETE)]
        assert needed[:4] == [Step.CONSENT, Step.VERIFY, Step.SUBMIT, Step.COMPLETE] or needed[-1] is Step.COMPLETE
        assert needed.index(Step.CONSENT) < needed.index(Step.VERIFY) < needed.index(Step.SUBMIT)


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.REVOKED)])
def test_everything_that_is_there_can_be_revoked(state: State) -> None:
    """And only a new consent leads on from there."""
    assert after(state, Step.REVOKE) is State.REVOKED
    assert [step for origin, step in TRANSITIONS if origin is State.REVOKED] == [Step.CONSENT]


def test_samples_that_change_have_to_be_verified_anew() -> None:
    """Else somebody else's could be slipped in."""
    assert after(State.VERIFIED, Step.CHANGE) is State.CONSENTED
    with pytest.raises(WrongState):
        after(State.READY, Step.CHANGE)


def test_records_hold_all_of_it() -> None:
    """As plain JSON."""
    clone = Clone(State.FAILED, AT, {"cloud_speech": "r"}, "name", "sample_too_short")
    assert Clone.from_record(clone.as_record()) == clone
    assert Clone.from_record(None) == Clone()

    voice = np.full(DIMENSIONS, 1 / 16, dtype=np.float32)
    take = Take("0" * 16, AT, "upload", 12.5, 10.0, ({"name": "noise"},), "f" * 64, "r", voice, b"fLaC")
    back = Take.from_record(take.as_record())
    assert (back.flac, back.checks, back.at) == (take.flac, take.checks, take.at)
    assert np.allclose(back.voice, voice)
