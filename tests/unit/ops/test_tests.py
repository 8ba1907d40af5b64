"""The test runner counts right: a run that proves nothing does not pass."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from ops import nlu_gate, tests
from ops.tests import Outcome, failed_in, passed_again, strays, suite_outcome, summarize

REPORT = (
    '<testsuites><testsuite tests="7" failures="{failures}" errors="{errors}" skipped="2"></testsuite></testsuites>'
)


def report(folder: Path, failures: int = 0, errors: int = 0) -> Path:
    path = folder / "suite.xml"
    path.write_text(REPORT.format(failures=failures, errors=errors))
    return path


def test_a_suite_is_counted_by_its_report(tmp_path: Path) -> None:
    """Errors of fixtures are failures."""
    assert suite_outcome(report(tmp_path), 0) == Outcome(5, 0, 2)
    assert suite_outcome(report(tmp_path, failures=2, errors=1), 1) == Outcome(2, 3, 2)


def test_a_suite_that_ended_badly_without_a_failing_test_failed(tmp_path: Path) -> None:
    """As when collecting was interrupted, or no test was there."""
    assert suite_outcome(report(tmp_path), 2) == Outcome(5, 1, 2, "pytest ended with 2")
    assert suite_outcome(tmp_path / "none.xml", 4).failed == 1


def test_a_suite_that_was_given_up_says_so_beside_what_failed(tmp_path: Path) -> None:
    assert suite_outcome(report(tmp_path, errors=3), -9) == Outcome(2, 3, 2, "pytest ended with -9")


@pytest.mark.parametrize("heeds", [True, False], ids=["heeds-it", "does-not"])
def test_what_takes_too_long_may_say_what_it_knows_and_is_ended(
    heeds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tests, "LIMIT_S", 0)
    monkeypatch.setattr(tests, "LAST_WORDS_S", 20 if heeds else 0.5)
    log = tmp_path / "log"
    program = "import time\ntry:\n    print('begun', flush=True)\n    time.sleep(60)\nfinally:\n    print('told')"
    if not heeds:
        program = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{program}"
    waited = subprocess.Popen.wait

    def wait(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        while timeout == 0 and not log.read_text():
            time.sleep(0.01)  # it has to be there before it can be interrupted
        return waited(process, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", wait)

    with log.open("wb") as output:
        assert tests._limited([sys.executable, "-c", program], output=output) == -9

    assert ("told" in log.read_text()) == heeds


def test_failed_tests_are_named_as_pytest_takes_them(tmp_path: Path) -> None:
    """A test's file, its class where it has one, and its parameters; once, though its fixture could not end either."""
    for name in ("a", "b"):
        (tmp_path / f"tests/unit/test_{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"tests/unit/test_{name}.py").touch()
    report = tmp_path / "suite.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="tests.unit.test_a" name="test_fine"/>'
        '<testcase classname="tests.unit.test_a" name="test_late[one.two]"><failure/></testcase>'
        '<testcase classname="tests.unit.test_b.TestIt" name="test_it"><error/></testcase>'
        '<testcase classname="tests.unit.test_b.TestIt" name="test_it"><error/></testcase></testsuite></testsuites>'
    )

    assert failed_in(report, tmp_path) == [
        "tests/unit/test_a.py::test_late[one.two]",
        "tests/unit/test_b.py::TestIt::test_it",
    ]


def test_what_passes_only_the_second_time_is_told() -> None:
    first, failed = Outcome(5, 2, 1), ["test_late", "test_broken"]

    assert passed_again(first, failed, Outcome(1, 1), ["test_broken"]) == Outcome(
        6, 1, 1, "passed only the second time: test_late"
    )
    assert passed_again(first, failed, Outcome(failed=1, note="no result"), failed) == Outcome(5, 1, 1, "no result")
    assert passed_again(first, failed, Outcome(failed=1, note="no result"), []) == Outcome(5, 1, 1, "no result")


def test_a_file_that_can_t_be_imported_is_not_run_once_more(tmp_path: Path) -> None:
    report = tmp_path / "suite.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="" name="tests.unit.test_a"><error/></testcase>'
        "</testsuite></testsuites>"
    )

    assert failed_in(report, tmp_path) == []
    assert failed_in(tmp_path / "none.xml", tmp_path) == []


@pytest.mark.parametrize(
    ("outcomes", "closing", "code"),
    [
        pytest.param([Outcome(5, 0, 2), Outcome(1)], "6 passed, 0 failed, 2 skipped", 0, id="passed"),
        pytest.param([Outcome(5, 1), Outcome(1)], "6 passed, 1 failed, 0 skipped", 1, id="failed"),
        pytest.param([Outcome(0, 0, 3)], "0 passed, 0 failed, 3 skipped", 1, id="nothing-run"),
    ],
)
def test_the_closing_line_sums_all_steps(
    outcomes: list[Outcome], closing: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands alone at the end; the exit code agrees with it."""
    results = [(f"step {number}", outcome, 1.0) for number, outcome in enumerate(outcomes)]

    assert summarize(results, Console(file=io.StringIO())) == code
    assert capsys.readouterr().out == closing + "\n"


def test_a_test_file_that_no_suite_runs_is_found(tmp_path: Path) -> None:
    """Else it would rot unseen."""
    for name in ("unit/ops/test_a.py", "contracts/test_b.py", "odd/test_c.py", "odd/other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert strays(tmp_path) == ["odd/test_c.py"]
    assert strays() == []


BEFORE = {"intents": 0.97, "entities": 0.93, "recall": {"greet": 1.0, "bye": 0.5}}


def nlu_reports(folder: Path, accuracy: float, f1: float, **recall: float) -> Path:
    report = {
        "accuracy": accuracy,
        "macro avg": {"recall": 0.1},
        **{name: {"recall": each} for name, each in recall.items()},
    }
    (folder / "intent_report.json").write_text(json.dumps(report))
    (folder / "CRFEntityExtractor_report.json").write_text(f'{{"micro avg": {{"f1-score": {f1}}}}}')
    (folder / "intent_errors.json").write_text(
        '[{"text": "hm", "intent": "greet", "intent_prediction": {"name": "bye", "confidence": 0.4}}]'
    )
    (folder / "baseline.json").write_text(json.dumps(BEFORE))
    return folder


def below(folder: Path) -> list[str]:
    return nlu_gate.below(folder, folder / "baseline.json")


def test_understanding_that_got_worse_is_told_with_what_was_misread(tmp_path: Path) -> None:
    """So that one sees at once what to mend."""
    wrong = below(nlu_reports(tmp_path, 0.955, 0.6, greet=0.9))

    assert wrong[0].startswith("intents: 0.955, and 0.970 before")
    assert wrong[1].startswith("entities: 0.600, and 0.930 before")
    assert wrong[2] == "  'hm': bye, not greet"


@pytest.mark.parametrize(
    ("recall", "passes"),
    [
        pytest.param({"greet": 0.75}, True, id="two-of-eight-fewer"),
        pytest.param({"greet": 0.7}, False, id="more-fewer"),
        pytest.param({"bye": 0.5}, True, id="as-few-as-before"),
        pytest.param({"bye": 0.4}, False, id="fewer-than-before"),
        pytest.param({"thank": 0.5}, False, id="too-few-of-a-new-one"),
    ],
)
def test_no_intent_is_lost_in_the_average(tmp_path: Path, recall: dict[str, float], passes: bool) -> None:
    assert (below(nlu_reports(tmp_path, 0.97, 0.93, **recall)) == []) is passes


def test_understanding_that_is_about_as_good_passes(tmp_path: Path) -> None:
    """And is told in the summary."""
    nlu_reports(tmp_path, 0.965, 0.925)

    assert below(tmp_path) == []
    assert nlu_gate.figures(tmp_path) == "intents 0.965, entity F1 0.925"


def test_what_is_confused_with_what_is_told(tmp_path: Path) -> None:
    told = nlu_gate.confusions(nlu_reports(tmp_path, 0.97, 0.93, greet=0.875, bye=1.0))

    assert told == ["   1 of greet read as bye", "least recall: greet 0.88"]


def test_the_committed_baseline_can_be_read() -> None:
    assert set(json.loads(nlu_gate.BASELINE.read_text())) == set(BEFORE)


def test_no_report_at_all_does_not_pass(tmp_path: Path) -> None:
    """As when there were no sentences."""
    assert nlu_gate.below(tmp_path) != []
