"""`make run`: from a fresh clone to a page to talk to.

    python -m ops.run                     as .env says
    python -m ops.run --prepare-only      all but the running
    python -m ops.run --bare --folder F   for `ops.stack`: free ports, nothing prepared, no .env
                     [--events FILE]      Rasa's events go there

Lays what is missing, then runs the processes until Ctrl-C. When all are ready, `stack.json` in the folder says where
they listen and which they are.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from ops import dotenv, environment, models, training
from ops.layout import ENVIRONMENTS, ROOT, RUN
from ops.ports import free_port, holder, taken
from ops.processes import Addresses, addresses_for, parts, socket_folder
from ops.supervisor import Supervisor

PORTS = {"RAPPORT_PORT": 5005, "RAPPORT_ACTIONS_PORT": 5055, "RAPPORT_PEOPLE_PORT": 5056}
"""The variables that move our ports, and their defaults."""


class CannotRun(Exception):
    """Something is in the way; the message says what, and what to do about it."""


def chosen_addresses(settings: Mapping[str, str], sockets: Path) -> Addresses:
    """Where to listen, as the settings say.

    Raises:
        CannotRun: A port is no number, or is taken.
    """
    ports = {}
    for variable, default in PORTS.items():
        said = settings.get(variable) or str(default)
        if not said.isdecimal() or not 0 < int(said) < 65536:
            raise CannotRun(f"{variable} must be a port, 1 to 65535")
        ports[variable] = int(said)
        if taken(ports[variable]):
            raise CannotRun(
                f"port {said} is taken by {holder(ports[variable])}: end that, "
                f"or set {variable} to another port in .env"
            )
    if len(set(ports.values())) < len(ports):
        raise CannotRun(f"{', '.join(PORTS)} must differ")
    rasa, actions, people = ports.values()
    return addresses_for(settings, sockets, rasa_port=rasa, actions_port=actions, people_port=people)


def prepare(console: Console) -> None:
    """Have the environments, the models and the trained model as the files here say; quick where they are."""
    environment.lay(ENVIRONMENTS)
    models.ensure(console)
    if not training.up_to_date():
        training.train(console)


def run(
    settings: Mapping[str, str],
    addresses: Addresses,
    folder: Path,
    console: Console,
    tether: int | None = None,
    events: Path | None = None,
) -> int:
    """Run the processes until a signal comes, or one ends, or the tether's other end is closed.

    Returns:
        The exit code: 0 after a signal.
    """
    announcement = folder / "stack.json"
    supervisor = Supervisor(parts(addresses, folder, training.MODEL, settings, events), console, tether=tether)

    def announce() -> None:
        facts = {
            "page": addresses.page,
            "rasa_port": addresses.rasa_port,
            "actions_port": addresses.actions_port,
            "people": addresses.people,
            "voice_uri": addresses.voice_uri,
            "supervisor_pid": os.getpid(),
            "pids": supervisor.pids,
        }
        unfinished = announcement.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(facts))
        unfinished.replace(announcement)
        console.print(Panel.fit(f"[bold]Talk to it: {addresses.page}[/]\nCtrl-C stops it.", border_style="green"))

    try:
        return supervisor.run(announce)
    finally:
        announcement.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Run it; see the module."""
    parser = argparse.ArgumentParser(prog="python -m ops.run")
    parser.add_argument("--bare", action="store_true", help="free ports, nothing prepared, no .env; ends with stdin")
    parser.add_argument("--prepare-only", action="store_true", help="lay, fetch and train, and start nothing")
    parser.add_argument("--folder", type=Path, default=RUN, help="for sockets and stack.json")
    parser.add_argument("--events", type=Path, help="write Rasa's events to this file")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    os.chdir(ROOT)
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    sockets = socket_folder(folder)
    try:
        if options.bare:
            settings: Mapping[str, str] = os.environ
            addresses = addresses_for(
                settings, sockets, rasa_port=free_port(), actions_port=free_port(), people_port=free_port()
            )
        else:
            if dotenv.create():
                console.print("rapport: wrote .env, with keys of its own; keep a copy of RAPPORT_KEY", style="bold")
            for name in dotenv.complete():
                console.print(f"rapport: wrote {name} into .env; keep a copy", style="bold")
            settings = dotenv.settings()
            if options.prepare_only:
                prepare(console)
                return 0
            chosen_addresses(settings, sockets)  # Before minutes of laying and training, not after.
            prepare(console)
            addresses = chosen_addresses(settings, sockets)
    except (CannotRun, environment.SetupFailed, models.ModelsFailed, training.TrainingFailed) as failure:
        console.print(f"rapport: {failure}", style="bold red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130
    else:
        tether = sys.stdin.fileno() if options.bare else None
        return run(settings, addresses, folder, console, tether, options.events)
    finally:
        if sockets != folder:
            shutil.rmtree(sockets, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
