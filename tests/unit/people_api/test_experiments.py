"""Experiments that somebody has a part in: told, and left."""

from __future__ import annotations

from rapport.experiments.assignment import NEW, arm_for, gets, parts_of
from rapport.experiments.plan import Arm, Experiment, Metric, Piece, Plan
from rapport.experiments.sessions import SessionCounts, keep_session
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from tests.unit.people_api.conftest import Caller

ARMS = (Arm("generic", 0.5, frozenset([Piece.STYLE, Piece.PACE])), Arm("personalized", 0.5))
LEARNT = Experiment("learnt", "Does it help?", True, ARMS, Metric.RATING, 0.1)


def test_ones_part_is_told_and_left(anna: Caller, services: Services) -> None:
    services.people.plan = lambda: Plan(experiments=(LEARNT,))
    assert anna.api.get("/v1/experiments").status_code == 403
    anna.person.agree(Purpose.ANALYTICS, "page")
    assert anna.api.get("/v1/experiments").json() == {"parts": [], "out": False, "counted": 0}

    day = services.people.clock().date()
    gotten = gets(anna.person, Piece.STYLE, day)
    keep_session(anna.person, SessionCounts(day, turns=2))
    arm = arm_for(anna.id, LEARNT, NEW)
    without = ["pace", "style"] if arm == "generic" else []
    part = {"name": "learnt", "asks": "Does it help?", "arm": arm, "without": without, "since": day.isoformat()}
    assert anna.api.get("/v1/experiments").json() == {"parts": [part], "out": False, "counted": 1}
    assert gotten is (arm == "personalized")

    assert anna.api.put("/v1/experiments", json={"out": True}).json() == {"parts": [], "out": True, "counted": 1}
    assert gets(anna.person, Piece.STYLE, day)
    assert parts_of(anna.person).by_name["learnt"].arm == arm, "who comes back is where they were"


def test_one_that_was_ended_is_told_no_more(anna: Caller, services: Services) -> None:
    services.people.plan = lambda: Plan(experiments=(LEARNT,))
    anna.person.agree(Purpose.ANALYTICS, "page")
    gets(anna.person, Piece.STYLE, services.people.clock().date())

    services.people.plan = Plan

    assert anna.api.get("/v1/experiments").json()["parts"] == []
