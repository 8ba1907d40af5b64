"""rasa-sdk's action server, which first opens what its actions will use.

So a wrong setting is told at once, and nobody waits for a model to load. What people set a timer for is told from here,
for as long as it runs.

    python -m ops.action_server ARGUMENTS of rasa_sdk
"""

from __future__ import annotations

import runpy
import sys

from rapport.errors import RapportError
from rapport.services import get_services


def main() -> None:
    """Run it; ends the process with a message where people's data can't be used."""
    try:
        services = get_services()
        services.warm_up()
    except RapportError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    with services.alarm_clock:
        runpy.run_module("rasa_sdk", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
