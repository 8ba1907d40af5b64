"""What the doctor tells of a part that does not work: the real error, and where it is."""

from __future__ import annotations

import pytest

from ops.findings import Finding, attempt, from_output, to_line


def test_what_works_has_no_problem() -> None:
    """Its result does not matter."""
    assert attempt("sums", lambda: 1 + 1, "learn them") == Finding("sums", None, "")


def test_a_failure_tells_the_error_and_the_remedy() -> None:
    """As it is, not as Rasa puts it."""

    def load() -> None:
        import no_such_module  # noqa: F401

    finding = attempt("channel", load, "mend it")

    assert finding.problem is not None
    assert finding.problem.startswith("ModuleNotFoundError: No module named 'no_such_module'")
    assert "(tests/unit/ops/test_findings.py:" in finding.problem
    assert finding.remedy == "mend it"


def test_findings_travel_between_processes() -> None:
    """Behind whatever libraries have printed."""
    findings = [Finding("a"), Finding("b", "broken: ü", "mend it", required=False)]

    assert from_output(f"Welcome to a library!\n{to_line(findings)}\n") == findings


@pytest.mark.parametrize("output", ["", "Traceback (most recent call last):\n"])
def test_a_process_that_found_nothing_is_told_apart(output: str) -> None:
    """It died before it could look."""
    with pytest.raises(ValueError, match="Expecting value"):
        from_output(output)
