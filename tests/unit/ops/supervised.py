"""Runs a supervisor over small stand-in processes: `python supervised.py STAND_IN… [--patience S] [--grace S]`.

A stand-in is `NAME=BEHAVIOUR`. Each writes its pid to the file `NAME.pid` in the working directory, and so shows that
it is ready.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from ops import supervisor
from ops.processes import Part
from ops.supervisor import Supervisor

HERE = "import os, pathlib, signal, subprocess, sys, time; name = sys.argv[1]; folder = pathlib.Path(sys.argv[2])\n"
READY = "(folder / f'{name}.pid').write_text(str(os.getpid())); print(name, 'is here', flush=True);"
BEHAVIOURS = {
    "serve": READY + "signal.pause()",
    "stubborn": "signal.signal(signal.SIGTERM, signal.SIG_IGN);" + READY + "[time.sleep(1) for _ in range(60)]",
    "parent": "child = subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL);"
    + "(folder / 'grandchild.pid').write_text(str(child.pid));"
    + READY
    + "signal.pause()",
    "die": READY + "print('something broke', file=sys.stderr); time.sleep(0.5); sys.exit(3)",
    "succeed": READY + "time.sleep(0.5)",
    "crash": READY + "time.sleep(0.5); os.kill(os.getpid(), signal.SIGSEGV)",
    "heed": "def end(*_): (folder / f'{name}.told').write_text(str(time.monotonic())); sys.exit()\n"
    "signal.signal(signal.SIGTERM, end);" + READY + "signal.pause()",
    "finish": "def end(*_): time.sleep(0.5); (folder / f'{name}.ended').write_text(str(time.monotonic())); sys.exit()\n"
    "signal.signal(signal.SIGTERM, end);" + READY + "signal.pause()",
    "dither": "print('not yet', flush=True); signal.pause()",
}


def part(name: str, behaviour: str, folder: Path) -> Part:
    async def ready() -> bool:
        return (folder / f"{name}.pid").exists()

    command = (sys.executable, "-c", HERE + BEHAVIOURS[behaviour], name, str(folder))
    return Part(name, command, os.environ, ready)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("stand_ins", nargs="+")
    parser.add_argument("--patience", type=float, default=20)
    parser.add_argument("--grace", type=float, default=10)
    options = parser.parse_args()
    supervisor.GRACE_S = options.grace
    folder = Path.cwd()
    parts = [part(*stand_in.split("="), folder) for stand_in in options.stand_ins]
    watched = Supervisor(parts, Console(), patience_s=options.patience, tether=sys.stdin.fileno())
    return watched.run(lambda: print("all ready", sorted(watched.pids), flush=True))


if __name__ == "__main__":
    sys.exit(main())
