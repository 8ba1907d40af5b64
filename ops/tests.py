"""`make test`: everything from nothing, and one summary.

    python -m ops.tests               all steps
    python -m ops.tests conversations some of them

Unit tests and the rest run in the environment that they are about, by folder; a test file in no suite's folder fails
the run. Rasa's own steps count as one test each. What they write is in `results/`.

Many tests speak and listen in real time, which a machine that others use as well makes late. Up to three of a suite
that failed are run once more, alone; what passes only then is named in the summary, as something to mend.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console
from rich.table import Table

from ops import environment, models, nlu_gate, training
from ops.layout import ENVIRONMENTS, RESULTS, ROOT, python_of
from ops.processes import QUIET

SUITES = {
    "services": (
        "unit/ops",
        "unit/rapport",
        "unit/actions",
        "unit/people_api",
        "unit/voice_server",
        "unit/listening_server",
        "unit/emulator",
        "contracts/test_elevenlabs_api.py",
        "contracts/test_memory_store.py",
        "contracts/test_synthesizer.py",
        "contracts/test_weaviate_store.py",
        "integration/test_emulator.py",
        "integration/test_live.py",
    ),
    "rasa": ("unit/rapport", "unit/channels", "unit/components", "unit/bench", "contracts", "integration", "browser"),
}
"""The folders and files of `tests/` that each environment runs; the domain library has to work in both."""

LEFT_OUT = {
    "services": ("unit/rapport/speech",),
    "rasa": (
        "contracts/test_elevenlabs_api.py",
        "contracts/test_memory_store.py",
        "contracts/test_weaviate_store.py",
        "integration/test_emulator.py",
        "integration/test_live.py",
        "unit/rapport/answers",
        "unit/rapport/everyday",
        "unit/rapport/experiments",
        "unit/rapport/memory",
        "unit/rapport/personality",
        "unit/rapport/privacy",
        "unit/rapport/test_people.py",
        "unit/rapport/voices",
    ),
}
"""Of those: what hears needs libraries that only Rasa's environment has; what is everyday, what knows people, and the
emulator, those of the other."""

STORIES = ROOT / "tests" / "conversations"
HELD_OUT = ROOT / "tests" / "nlu"

LIMIT_S = 50 * 60
"""Seconds until a step is given up."""

LAST_WORDS_S = 60
"""Seconds in which one that is given up may write what it knows so far."""

MOST_AGAIN = 3
"""Failed tests of a suite that are run once more; where more fail, it is not for want of time."""

SOME_FAILED = 1
"""What pytest ends with where it ran everything, and a test failed."""

_LAST_LINES = 60


@dataclass(frozen=True)
class Outcome:
    """What became of a step.

    Attributes:
        passed: Tests that passed.
        failed: Tests that failed or could not be run.
        skipped: Tests that were not run, and said why.
        note: What else there is to say.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""


def suite_outcome(report: Path, returncode: int) -> Outcome:
    """Count a pytest run by its report; one that left none, or failed without a failing test, failed once."""
    if not report.exists():
        return Outcome(failed=1, note=f"pytest ended with {returncode} before any result")
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314 - pytest wrote it just now
        counts = {name: count + int(suite.get(name, 0)) for name, count in counts.items()}
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    note = "" if returncode in (0, SOME_FAILED) else f"pytest ended with {returncode}"
    if returncode != 0 and failed == 0:
        failed, note = 1, f"pytest ended with {returncode}"
    return Outcome(passed, failed, counts["skipped"], note)


def failed_in(report: Path, root: Path = ROOT) -> list[str]:
    """The tests that failed, as pytest takes them: `tests/integration/test_voices.py::test_a_voice`; none where there
    is no report, or where a file could not even be imported."""
    if not report.exists():
        return []
    found = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest wrote it just now
        if case.find("failure") is None and case.find("error") is None:
            continue
        if not case.get("classname"):
            return []
        module, inside = Path(), case.get("classname", "").split(".")
        while inside and not (root / module).with_suffix(".py").is_file():
            module, inside = module / inside[0], inside[1:]
        found.append("::".join([f"{module.as_posix()}.py", *inside, case.get("name", "")]))
    return list(dict.fromkeys(found))  # One that failed, and whose fixture then could not end, stands there twice.


def strays(tests: Path = ROOT / "tests") -> list[str]:
    """Test files that no suite runs."""
    covered = [tests / folder for folders in SUITES.values() for folder in folders]
    return [
        path.relative_to(tests).as_posix()
        for path in sorted(tests.rglob("test_*.py"))
        if not any(path.is_relative_to(folder) for folder in covered)
    ]


def run_suite(name: str) -> Outcome:
    """Run a suite's folders with pytest, as far as they are there, showing its progress."""
    folders = [f"tests/{folder}" for folder in SUITES[name] if (ROOT / "tests" / folder).exists()]
    left_out = [f"--ignore=tests/{folder}" for folder in LEFT_OUT[name]]
    outcome, failed = _pytest(name, name, [*folders, *left_out])
    if not 0 < len(failed) <= MOST_AGAIN:
        return outcome
    print("run once more:", *failed, sep="\n  ", flush=True)
    again, failed_again = _pytest(name, f"{name}-again", failed)
    return passed_again(outcome, failed, again, failed_again)


def passed_again(first: Outcome, failed: Sequence[str], again: Outcome, failed_again: Sequence[str]) -> Outcome:
    """The outcome of a suite, some of whose tests were run once more."""
    late = [test for test in failed if test not in failed_again]
    told = f"passed only the second time: {', '.join(late)}" if late else ""
    return Outcome(first.passed + again.passed, again.failed, first.skipped + again.skipped, again.note or told)


def _pytest(suite: str, name: str, arguments: Sequence[str]) -> tuple[Outcome, list[str]]:
    """Run some tests; what became of them, and which of them failed, where all of them were run."""
    report = RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    returncode = _limited([str(python_of(suite)), "-m", "pytest", *arguments, f"--junitxml={report}"], output=None)
    return suite_outcome(report, returncode), failed_in(report) if returncode == SOME_FAILED else []


def run_rasa(name: str, arguments: Sequence[str], judge: Callable[[], list[str]] = list) -> Outcome:
    """Run a command of Rasa's; what it says goes to a file, and is shown where it failed.

    Args:
        name: Of the step.
        arguments: Of `rasa`.
        judge: Looks at what it wrote, and says what is not good enough.
    """
    log = RESULTS / f"{name}.log"
    with log.open("wb") as output:
        returncode = _limited([str(python_of("rasa")), "-m", "ops.rasa_cli", *arguments], output=output)
    wrong = judge() if returncode == 0 else [f"rasa ended with {returncode}; all of it is in {log.relative_to(ROOT)}"]
    if wrong:
        print("\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:]))
        print(*wrong, sep="\n")
        return Outcome(failed=1, note=wrong[0])
    return Outcome(passed=1)


def validate() -> Outcome:
    """Is the assistant's data in itself right?"""
    return run_rasa("validate", ["data", "validate", "--data", "data"])


def conversations() -> Outcome:
    """Does every conversation of `tests/conversations` go as written?"""
    arguments = ["--stories", str(STORIES), "--model", str(training.MODEL), "--out", str(RESULTS / "conversations")]
    outcome = run_rasa(
        "conversations", ["test", "core", "--e2e", "--fail-on-prediction-errors", "--no-plot", *arguments]
    )
    failed_stories = RESULTS / "conversations" / "failed_test_stories.yml"
    if outcome.failed and failed_stories.exists():
        print(failed_stories.read_text())
    return outcome


def held_out_nlu() -> Outcome:
    """Are sentences that were not trained on understood as well as the gate asks?"""
    arguments = ["--nlu", str(HELD_OUT), "--model", str(training.MODEL)]
    return _understood("nlu", arguments, nlu_gate.below)


def cross_validation() -> Outcome:
    """Is each fifth of `data/nlu` understood by what the other four teach? Told, not judged: it varies by the split."""
    return _understood("cross-validation", ["--nlu", "data/nlu", "--cross-validation", "--folds", "5"], lambda out: [])


def _understood(name: str, arguments: Sequence[str], judge: Callable[[Path], list[str]]) -> Outcome:
    """Have Rasa test NLU, and tell what is confused with what."""
    out = RESULTS / name
    outcome = run_rasa(name, ["test", "nlu", "--no-plot", *arguments, "--out", str(out)], lambda: judge(out))
    print(*nlu_gate.confusions(out), sep="\n")
    return Outcome(outcome.passed, outcome.failed, note=outcome.note or nlu_gate.figures(out))


STEPS: dict[str, Callable[[], Outcome]] = {
    "services": lambda: run_suite("services"),
    "validate": validate,
    "conversations": conversations,
    "nlu": held_out_nlu,
    "rasa": lambda: run_suite("rasa"),
}
"""Each step, by the name it is called by; the quick ones come first."""

ON_DEMAND: dict[str, Callable[[], Outcome]] = {"cross-validation": cross_validation}
"""Steps that are run only where they are named: minutes long."""

_UNTRAINED = {"services", "validate", "cross-validation"}


def prepare(steps: Sequence[str], console: Console) -> None:
    """Lay, fetch and train what these steps need."""
    environment.lay(ENVIRONMENTS)
    models.ensure(console)
    if set(steps) - _UNTRAINED and not training.up_to_date():
        training.train(console)
    RESULTS.mkdir(exist_ok=True)


def run_steps(steps: Sequence[str], console: Console) -> Iterator[tuple[str, Outcome, float]]:
    """Run them one after the other, also after one failed."""
    for step in steps:
        console.rule(step)
        begin = time.monotonic()
        outcome = (STEPS | ON_DEMAND)[step]()
        yield step, outcome, time.monotonic() - begin


def summarize(results: Sequence[tuple[str, Outcome, float]], console: Console) -> int:
    """Print the table and the closing line; 1 where anything failed, or nothing was run."""
    table = Table("step", "passed", "failed", "skipped", "seconds", "")
    for step, outcome, seconds in results:
        cells = map(str, (outcome.passed, outcome.failed, outcome.skipped))
        table.add_row(step, *cells, f"{seconds:.0f}", outcome.note, style="bold red" if outcome.failed else None)
    console.print(table)
    passed, failed, skipped = (
        sum(getattr(outcome, name) for _, outcome, _ in results) for name in ("passed", "failed", "skipped")
    )
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or not passed else 0


def _limited(command: Sequence[str], *, output: int | object | None) -> int:
    """Run a command in a process group of its own, which is ended where it takes too long, or where we are.

    One that takes too long is interrupted first, so that it tells what failed until then.
    """
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **QUIET},
        stdin=subprocess.DEVNULL,
        stdout=output,  # type: ignore[arg-type]
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
        # What a shell runs in the background is deaf to interrupts, and so is all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        return process.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
        print(f"given up after {LIMIT_S // 60} minutes", flush=True)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LAST_WORDS_S)
        return -signal.SIGKILL
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(arguments: list[str]) -> int:
    """Run the steps named, or all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # So that what is running is ended too.
    console = Console(highlight=False)
    unknown = set(arguments) - set(STEPS | ON_DEMAND)
    if unknown:
        print(f"no such step: {', '.join(sorted(unknown))}; there are {', '.join(STEPS | ON_DEMAND)}", file=sys.stderr)
        return 2
    steps = arguments or list(STEPS)
    if not arguments:
        shutil.rmtree(RESULTS, ignore_errors=True)
    try:
        prepare(steps, console)
    except (environment.SetupFailed, models.ModelsFailed, training.TrainingFailed) as failure:
        console.print(str(failure), style="bold red", markup=False, soft_wrap=True)
        return summarize([("preparation", Outcome(failed=1, note=str(failure).splitlines()[0]), 0.0)], console)
    except KeyboardInterrupt:
        return 130
    results: list[tuple[str, Outcome, float]] = []
    try:
        results.extend(run_steps(steps, console))
    except KeyboardInterrupt:
        return 130
    if strays():
        results.append(("strays", Outcome(failed=len(strays()), note=f"in no suite: {', '.join(strays())}"), 0.0))
    return summarize(results, console)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
