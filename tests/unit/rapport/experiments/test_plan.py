"""The file of experiments: read as designers write it, and refused with a reason."""

from pathlib import Path

import pytest

from rapport.errors import SettingsError
from rapport.experiments.plan import Metric, Piece, Plan, PlanFile, read_plan

ROOT = Path(__file__).resolve().parents[4]
GOOD = """
version: 1
holdout: 0.1
experiments:
- name: brevity
  asks: Is short better?
  running: true
  arms:
  - {name: usual, share: 0.4, without: [style]}
  - {name: short, share: 0.6}
  outcome: barge_in_rate
  least_effect: 0.2
"""


def test_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "experiments.yml"
    file.write_text(GOOD)

    plan = read_plan(file)

    [experiment] = plan.running
    assert (plan.holdout, experiment.name, experiment.outcome) == (0.1, "brevity", Metric.BARGE_IN_RATE)
    assert experiment.pieces == {Piece.STYLE}


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert read_plan(tmp_path / "none.yml") == Plan()


def test_the_one_that_comes_along_is_off() -> None:
    plan = read_plan(ROOT / "data/experiments.yml")

    assert plan.experiments
    assert plan.running == ()
    assert plan.holdout == 0


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("version: 1", "version: 9", "version 9"),
        ("share: 0.4", "share: 0.5", "add up to 1"),
        ("name: short", "name: usual", "name of its own"),
        ("name: short", "name: holdout", "called holdout"),
        ("[style]", "[shoes]", "shoes"),
        ("barge_in_rate", "applause", "applause"),
        ("least_effect: 0.2", "least_effect: 2", "least_effect of brevity"),
        ("holdout: 0.1", "holdout: 1", "holdout"),
        ("  running: true\n", "", "running"),
        ("experiments:", "experiments: 3 #", "can't be used"),
        ("arms:", "arms: [", "can't be used"),
    ],
)
def test_what_can_not_be_used_is_refused_with_the_reason(tmp_path: Path, before: str, after: str, says: str) -> None:
    file = tmp_path / "experiments.yml"
    assert before in GOOD
    file.write_text(GOOD.replace(before, after))

    with pytest.raises(SettingsError, match=says):
        read_plan(file)


def test_an_experiment_is_ended_in_the_file_without_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "experiments.yml"
    file.write_text(GOOD)
    plan = PlanFile(file)
    assert plan().running

    file.write_text(GOOD.replace("running: true", "running: no, stop"))
    assert plan().running == plan().experiments, "a word is no yes or no, and what was read before holds"
    assert "experiments go on as before" in caplog.text

    file.write_text(GOOD.replace("running: true", "running: false"))
    assert plan().running == ()

    file.unlink()
    assert plan() == Plan()
