"""An operator's command over experiments. Settings come from the environment, as for the servers.

python -m rapport.experiments report                   how each stands, as a table
python -m rapport.experiments report --html FILE       and as a page with plots
python -m rapport.experiments ratings                  how talks are rated, by what spoke and how soon
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rapport.errors import RapportError
from rapport.experiments import ratings
from rapport.experiments.report import gather, page, stand, table
from rapport.experiments.sessions import LEAST_PEOPLE
from rapport.services import Services, services_from

OK, FAILED = 0, 1
_UNREAD = "{} people could not be read, and are not counted: look at the key and store."


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command; 0 where it did what it says, 1 where it did not, 2 for a command line that makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m rapport.experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    report = commands.add_parser("report")
    report.add_argument("--html", type=Path, metavar="FILE", help="also write a page with plots to this file")
    commands.add_parser("ratings")
    asked = parser.parse_args(arguments)
    try:
        services = services_from(os.environ if environment is None else environment)
        return _ratings(services) if asked.command == "ratings" else _report(services, asked.html)
    except RapportError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return FAILED


def _report(services: Services, html: Path | None) -> int:
    people, standings, failed = services.people, [], 0
    for experiment in people.plan().experiments:
        participants, unread = gather(people, experiment)
        failed = max(failed, unread)
        standings.append(stand(experiment, participants))
    if not standings:
        print(f"There are no experiments in {services.settings.experiments}.")
    for standing in standings:
        print(table(standing), end="\n\n")
    if failed:
        print(_UNREAD.format(failed), file=sys.stderr)
    if html is not None:
        html.write_text(page(standings, people.clock()), encoding="utf-8")
        print(f"{html}: the same, with plots")
    return FAILED if failed else OK


def _ratings(services: Services) -> int:
    everybody, unread = ratings.gather(services.people)
    rows = ratings.rated(everybody)
    if rows:
        print(ratings.table(rows))
    else:
        print(f"{len(everybody)} people rated what was spoken; of fewer than {LEAST_PEOPLE} nothing is told.")
    if unread:
        print(_UNREAD.format(unread), file=sys.stderr)
    return FAILED if unread else OK


if __name__ == "__main__":
    sys.exit(main())
