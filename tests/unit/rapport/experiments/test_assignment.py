"""Who is in which arm: the same wherever it is asked, for good, and only of who agreed to be counted."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from scipy.stats import chisquare

from rapport.experiments.assignment import NEW, REGULAR, Parts, arm_for, gets, is_held_out, keep_parts, parts_of
from rapport.experiments.plan import HOLDOUT, Arm, Experiment, Metric, Piece, Plan
from rapport.experiments.sessions import SessionCounts, keep_session
from rapport.people import People, Person
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, services_in

DAY = date(2026, 5, 4)
ARMS = (Arm("generic", 0.5, frozenset([Piece.STYLE])), Arm("personalized", 0.5))
IDS = [f"p_{number:024x}" for number in range(4_000)]


def experiment(name: str = "learnt", *, arms: tuple[Arm, ...] = ARMS, running: bool = True) -> Experiment:
    return Experiment(name, "Does it help?", running, arms, Metric.TURNS_TO_SUCCESS, 0.1)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    services = services_in(tmp_path, Channel())
    services.people.plan = lambda: Plan(experiments=(experiment(),))
    yield services.people
    services.people.store.close()  # type: ignore[attr-defined]


def arm_of(person: str, holdout: float) -> str:
    return HOLDOUT if is_held_out(person, holdout) else arm_for(person, experiment(), NEW)


def somebody(people: People, arm: str) -> Person:
    """Who agreed to be counted, and belongs in an arm."""
    who = next(each for each in IDS if arm == arm_of(each, people.plan().holdout))
    person = people.person(who)
    person.agree(Purpose.ANALYTICS, "page")
    return person


def test_arms_are_drawn_by_their_shares_in_each_stratum() -> None:
    uneven = experiment(arms=(Arm("a", 0.2), Arm("b", 0.8)))
    for stratum in (NEW, REGULAR):
        drawn = Counter(arm_for(each, uneven, stratum) for each in IDS)
        assert chisquare([drawn["a"], drawn["b"]], [800, 3_200]).pvalue > 0.001


def test_two_experiments_draw_apart_from_each_other() -> None:
    both = Counter((arm_for(each, experiment(), NEW), arm_for(each, experiment("other"), NEW)) for each in IDS)

    assert chisquare(list(both.values())).pvalue > 0.001


def test_the_holdout_is_its_share_of_the_people() -> None:
    out = {each for each in IDS if is_held_out(each, 0.1)}

    assert 300 < len(out) < 500
    assert out < {each for each in IDS if is_held_out(each, 0.2)}, "who is, stays so"


def test_what_an_arm_goes_without_is_not_gotten_and_the_exposure_is_noted(people: People) -> None:
    person = somebody(people, "generic")

    assert gets(person, Piece.PACE, DAY), "the arms don't differ in it"
    assert parts_of(person).by_name == {}
    assert not gets(person, Piece.STYLE, DAY)
    gets(person, Piece.STYLE, DAY + timedelta(9))

    part = parts_of(person).by_name["learnt"]
    assert (part.arm, part.stratum, part.since, part.exposed) == ("generic", NEW, DAY, DAY)
    assert gets(somebody(people, "personalized"), Piece.STYLE, DAY)


def test_an_arm_stays_when_the_shares_or_the_stratum_change(people: People) -> None:
    person = somebody(people, "generic")
    gets(person, Piece.STYLE, DAY)
    for _ in range(5):
        keep_session(person, SessionCounts(DAY, turns=3))
    few = (Arm("generic", 0.001, ARMS[0].without), Arm("personalized", 0.999))
    people.plan = lambda: Plan(experiments=(experiment(arms=few),))

    assert not gets(person, Piece.STYLE, DAY)
    assert parts_of(person).by_name["learnt"].stratum == NEW


def test_the_switch_ends_it_at_once(people: People) -> None:
    person = somebody(people, "generic")
    people.plan = lambda: Plan(experiments=(experiment(running=False),))

    assert gets(person, Piece.STYLE, DAY)


def test_the_holdout_gets_no_piece_of_any_kind(people: People) -> None:
    people.plan = lambda: Plan(0.2, (experiment(),))
    person = somebody(people, HOLDOUT)

    assert not any(gets(person, piece, DAY) for piece in Piece)
    assert parts_of(person).by_name["learnt"].arm == HOLDOUT
    people.plan = lambda: Plan(0.2)
    assert not gets(person, Piece.STYLE, DAY), "also where nothing is tried out"


def test_what_an_experiment_is_not_about_does_not_expose_to_it(people: People) -> None:
    people.plan = lambda: Plan(0.2, (experiment(),))
    person = somebody(people, "generic")

    assert gets(person, Piece.PACE, DAY)
    assert parts_of(person).by_name == {}


def test_who_did_not_agree_or_left_gets_everything_and_is_not_noted(people: People) -> None:
    person = somebody(people, "generic")
    keep_parts(person, Parts({}, out=True))
    assert gets(person, Piece.STYLE, DAY)
    assert parts_of(person).by_name == {}

    person.withdraw(Purpose.ANALYTICS, "page")
    assert gets(person, Piece.STYLE, DAY)
    assert not {"experiments", "sessions"} & set(person.everything()[1])
