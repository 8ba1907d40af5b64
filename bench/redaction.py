"""How well personal data is found: recall and precision a category, and what it costs.

    python -m bench.redaction [--data FILE] [--json FILE]

Runs in the `services` environment on texts that are not part of the project: a JSON list of objects with `full_text`
and `spans` (`entity_type`, `start_position`, `end_position`), as presidio-research generates them. `--data`, else
`pii_presidio_generated.json` in `RAPPORT_EVAL_DATA`, else in `../shared/data`; says so where there is none.

A marked span counts as found where findings of its category cover four fifths of its letters and digits; a finding
counts as right where it touches a marked span of its category (for addresses, also a marked place).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import Report, percentiles
from rapport.privacy.redaction import Category, Finding, find

ENVIRONMENT = "services"
ROOT = Path(__file__).resolve().parent.parent
FILE = "pii_presidio_generated.json"

MARKED = {
    "CREDIT_CARD": Category.CARD,
    "US_SSN": Category.NATIONAL_ID,
    "US_DRIVER_LICENSE": Category.NATIONAL_ID,
    "IBAN_CODE": Category.BANK_ACCOUNT,
    "PHONE_NUMBER": Category.PHONE,
    "EMAIL_ADDRESS": Category.EMAIL,
    "ADDRESS": Category.ADDRESS,
}
PLACES = frozenset({"LOCATION", "GPE"})
COVERED = 0.8


@dataclass
class Tally:
    """One category's counts."""

    marked: int = 0
    found: int = 0
    findings: int = 0
    right: int = 0


def count(texts: list[dict[str, Any]]) -> tuple[dict[Category, Tally], list[float]]:
    """Counts by category, and milliseconds for each text."""
    tallies = {category: Tally() for category in Category}
    took_ms = []
    for text in texts:
        began = time.perf_counter()
        findings = find(text["full_text"])
        took_ms.append((time.perf_counter() - began) * 1_000)
        for span in text["spans"]:
            category = MARKED.get(span["entity_type"])
            if category:
                tallies[category].marked += 1
                tallies[category].found += _covered(text["full_text"], span, category, findings)
        for finding in findings:
            tallies[finding.category].findings += 1
            tallies[finding.category].right += any(_right(finding, span) for span in text["spans"])
    return tallies, took_ms


def _covered(text: str, span: dict[str, Any], category: Category, findings: list[Finding]) -> bool:
    places = [at for at in range(span["start_position"], span["end_position"]) if text[at].isalnum()]
    covered = [any(one.start <= at < one.end and one.category is category for one in findings) for at in places]
    return sum(covered) >= COVERED * len(places)


def _right(finding: Finding, span: dict[str, Any]) -> bool:
    touches = finding.start < span["end_position"] and span["start_position"] < finding.end
    kind = span["entity_type"]
    place = finding.category is Category.ADDRESS and kind in PLACES
    return bool(touches and (place or MARKED.get(kind) is finding.category))


def import_s() -> float:
    """Seconds to import and make the first finding, in a fresh interpreter, without the interpreter's own start."""
    code = (
        "import time; began = time.perf_counter(); from rapport.privacy.redaction import find; find('one');"
        "print(time.perf_counter() - began)"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return float(run.stdout)


def main() -> None:
    """Count, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(os.environ.get("RAPPORT_EVAL_DATA", ROOT.parent / "shared/data")) / FILE
    parser.add_argument("--data", type=Path, default=default, help="marked texts")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    if not options.data.is_file():
        print("skipped: there are no marked texts; --data or RAPPORT_EVAL_DATA says where they lie")
        return
    texts = json.loads(options.data.read_text(encoding="utf-8"))
    find("one")
    tallies, took_ms = count(texts)
    report = Report("redaction", f"{len(texts)} texts of {options.data.name}")
    for category, tally in tallies.items():
        if tally.marked:
            report.row(f"{category.value}, recall (n={tally.marked})", value=tally.found / tally.marked, unit="")
        if tally.findings:
            precision = tally.right / tally.findings
            report.row(f"{category.value}, precision (n={tally.findings})", value=precision, unit="")
    report.row("time a text", unit="ms", **percentiles(took_ms))
    report.row("import and first finding", value=import_s(), unit="s")
    report.row("memory, greatest", value=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024, unit="MB")
    report.print()
    if options.json:
        report.write(options.json)


if __name__ == "__main__":
    main()
