"""An operator's commands over what is kept about people. Settings come from the environment, as for the servers.

python -m rapport.privacy people                     who has a file, by pseudonymous id
python -m rapport.privacy export PERSON FILE.zip     everything held about a person
python -m rapport.privacy erase PERSON --yes         erase a person, and print the signed receipt
python -m rapport.privacy sweep                      delete what has expired, go on with erasures
python -m rapport.privacy rekey PERSON|--all         give people new data keys
python -m rapport.privacy rewrap                     wrap all keys with RAPPORT_KEY, after it was changed
python -m rapport.privacy audit verify               is the audit trail as it was written?
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rapport.errors import RapportError
from rapport.privacy.export import export
from rapport.services import Services, services_from

OK, FAILED = 0, 1


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command; 0 where it did what it says, 1 where it did not, 2 for a command line that makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m rapport.privacy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("people")
    exporting = commands.add_parser("export")
    exporting.add_argument("person")
    exporting.add_argument("file", type=Path)
    erase = commands.add_parser("erase")
    erase.add_argument("person")
    erase.add_argument("--yes", action="store_true", help="it cannot be undone")
    commands.add_parser("sweep")
    rekey = commands.add_parser("rekey")
    rekey.add_argument("person", nargs="?")
    rekey.add_argument("--all", action="store_true")
    commands.add_parser("rewrap")
    audit = commands.add_parser("audit")
    audit.add_argument("what", choices=["verify"])
    asked = parser.parse_args(arguments)
    try:
        services = services_from(os.environ if environment is None else environment)
        return COMMANDS[asked.command](services, asked)
    except RapportError as error:
        _tell(f"{type(error).__name__}: {error}", aside=True)
        return FAILED


def _people(services: Services, asked: argparse.Namespace) -> int:
    people = services.people.store.people()
    for person in people:
        _tell(person)
    _tell(f"{len(people)} people", aside=True)
    return OK


def _export(services: Services, asked: argparse.Namespace) -> int:
    person = services.people.person(asked.person)
    if not person.known:
        _tell("nothing is kept about this person", aside=True)
        return FAILED
    # Whoever may read the folder may not read this: it is all in the clear.
    with os.fdopen(os.open(asked.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(export(person, services.people.clock()))
    _tell(f"{asked.file}: everything, readable by you alone; hand it over safely, then delete it", aside=True)
    return OK


def _erase(services: Services, asked: argparse.Namespace) -> int:
    if not asked.yes:
        _tell("this cannot be undone; say --yes", aside=True)
        return FAILED
    receipt = services.people.person(asked.person).erase("operator")
    _tell(json.dumps({**asdict(receipt), "public_key": services.people.audit.public_key}, indent=2))
    return OK


def _sweep(services: Services, asked: argparse.Namespace) -> int:
    swept = services.people.sweep()
    pending = services.people.erasure.pending()
    _tell(f"{swept.people} people, {swept.deleted} memories deleted, {swept.failed} failed, {pending} erasures pending")
    return FAILED if swept.failed or pending else OK


def _rekey(services: Services, asked: argparse.Namespace) -> int:
    if bool(asked.person) == asked.all:
        _tell("name one person, or say --all", aside=True)
        return FAILED
    people = services.people.store.people() if asked.all else [asked.person]
    for person in people:
        services.people.person(person).rekey()
    _tell(f"{len(people)} people have new data keys")
    return OK


def _rewrap(services: Services, asked: argparse.Namespace) -> int:
    _tell(f"{services.people.rewrap()} keys wrapped anew; nothing needs RAPPORT_KEY_PREVIOUS any more")
    return OK


def _audit(services: Services, asked: argparse.Namespace) -> int:
    entries = services.people.audit.verify()
    _tell(f"{entries} entries, none edited, dropped or moved; public key {services.people.audit.public_key}")
    return OK


COMMANDS: Mapping[str, Callable[[Services, argparse.Namespace], int]] = {
    "people": _people,
    "export": _export,
    "erase": _erase,
    "sweep": _sweep,
    "rekey": _rekey,
    "rewrap": _rewrap,
    "audit": _audit,
}


def _tell(text: str, *, aside: bool = False) -> None:
    print(text, file=sys.stderr if aside else sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
