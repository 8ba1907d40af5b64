"""The report: over the people of a real store, only those who agreed and stayed in, and in sums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from rapport.experiments.__main__ import main
from rapport.experiments.assignment import NEW, Part, Parts, keep_parts
from rapport.experiments.plan import Arm, Experiment, Metric, Piece
from rapport.experiments.report import Participant, gather, page, stand, table
from rapport.experiments.sessions import SessionCounts, keep_session
from rapport.people import People, utc_now
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, services_in

DAY = date(2026, 5, 4)
ARMS = (Arm("generic", 0.5, frozenset([Piece.STYLE])), Arm("personalized", 0.5))
LEARNT = Experiment("learnt", "Does it help?", True, ARMS, Metric.TURNS_TO_SUCCESS, 0.1)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    services = services_in(tmp_path, Channel())
    yield services.people
    services.people.store.close()  # type: ignore[attr-defined]


def participant(random: np.random.Generator, arm: str, *, skill: float = 0.0) -> Participant:
    """Who needs some two turns for each of ten tasks, fewer the more skilled the arm makes Rapport."""

    def session(day: int, extra: float) -> SessionCounts:
        return SessionCounts(DAY + timedelta(day), turns=20, tasks=10, solved=10, steps=10 + int(random.poisson(extra)))

    part = Part(arm, NEW, DAY, DAY + timedelta(3))
    return Participant(part, [session(day, 10) for day in range(3)], [session(day, 10 - skill) for day in range(3, 8)])


def test_an_effect_is_told_with_its_interval_and_the_plot() -> None:
    random = np.random.default_rng(1)
    everybody = [
        participant(random, arm.name, skill=4 * (arm.name == "personalized")) for arm in ARMS for _ in range(60)
    ]

    standing = stand(LEARNT, everybody)

    assert standing.sizes == {"generic": 60, "personalized": 60}
    assert not standing.mismatch
    [decides] = [line for line in standing.lines if line.role == "decides"]
    assert (decides.measure, decides.says) == ("turns_to_success", "less")
    assert decides.effect is not None
    assert decides.effect.low < -0.4 < decides.effect.high
    told = table(standing)
    assert "turns_to_success" in told
    assert "too few people, or all alike" in told
    html = page([standing], utc_now(), ["A <note>."])
    assert "<svg" in html
    assert "A &lt;note&gt;." in html
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=.?http", re.sub(r"<metadata>.*</metadata>", "", html, flags=re.DOTALL))


def test_sizes_that_do_not_fit_are_told_first() -> None:
    random = np.random.default_rng(2)
    everybody = [participant(random, "generic") for _ in range(60)] + [
        participant(random, "personalized") for _ in range(20)
    ]

    told = table(stand(LEARNT, everybody))

    assert "DON'T FIT THEIR SHARES" in told.splitlines()[2]


def test_only_who_agreed_was_exposed_and_stayed_in_is_gathered(people: People) -> None:
    exposed = Part("generic", NEW, DAY, DAY + timedelta(1))
    for number, (part, out) in enumerate(
        ((exposed, False), (exposed, True), (Part("generic", NEW, DAY), False), (exposed, False))
    ):
        person = people.person(f"p_{number:024x}")
        person.agree(Purpose.ANALYTICS, "page")
        for day in range(3):
            keep_session(person, SessionCounts(DAY + timedelta(day), turns=1))
        keep_parts(person, Parts({"learnt": part}, out))
    people.person(f"p_{3:024x}").withdraw(Purpose.ANALYTICS, "page")

    found, failed = gather(people, LEARNT)

    assert failed == 0
    [one] = found
    assert [session.day for session in one.before] == [DAY]
    assert len(one.after) == 2


def test_the_command_tells_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {
        "RAPPORT_TOKEN_KEY": "t" * 32,
        "RAPPORT_KEY": "00" * 32,
        "RAPPORT_STATE": str(tmp_path / "state"),
        "RAPPORT_MEMORY": f"embedded:{tmp_path / 'people'}",
        "RAPPORT_EXPERIMENTS": str(tmp_path / "none.yml"),
    }
    assert main(["report"], environment) == 0
    assert "There are no experiments" in capsys.readouterr().out

    html = tmp_path / "report.html"
    environment["RAPPORT_EXPERIMENTS"] = "data/experiments.yml"
    assert main(["report", "--html", str(html)], environment) == 0
    assert "too few people" in capsys.readouterr().out
    assert "Does what is learnt from talks help?" in html.read_text()

    (tmp_path / "bad.yml").write_text("version: 7")
    environment["RAPPORT_EXPERIMENTS"] = str(tmp_path / "bad.yml")
    assert main(["report"], environment) == 1
    assert "bad.yml can't be used" in capsys.readouterr().err
