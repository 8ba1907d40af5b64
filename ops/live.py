"""`make test-live`: the tests that are marked `live`, at the provider itself, with a real key and on a budget.

    python -m ops.live

The key is the environment's, or that of `.env`. `ELEVENLABS_BASE_URL` points it elsewhere, such as at an emulator.
"""

from __future__ import annotations

import os
import subprocess
import sys

from ops.dotenv import settings
from ops.layout import ROOT, python_of
from ops.processes import QUIET

KEYS = ("ELEVENLABS_API_KEY", "ELEVENLABS_API_KEY_FILE")
CHARACTERS = "RAPPORT_LIVE_CHARACTERS"
TESTS = ("tests/integration/test_live.py", "tests/contracts/test_synthesizer.py")
"""In this order: what is wrong with the account shows at once, and cheaply."""

PASSED_ON = ("ELEVENLABS_", CHARACTERS)
"""Of `.env`; the tests bring everything else themselves."""


def main() -> int:
    """Run them; 2 where they can't be."""
    told = settings()
    if not any(told.get(name) for name in KEYS):
        print(
            "There is no key of the provider. Set ELEVENLABS_API_KEY, or ELEVENLABS_API_KEY_FILE, in the environment "
            f"or in .env; {CHARACTERS} says how many characters may be asked for (3000).",
            file=sys.stderr,
        )
        return 2
    most = told.get(CHARACTERS, "")
    if most and not (most.isascii() and most.isdigit()):
        print(f"{CHARACTERS} must be a whole number of characters", file=sys.stderr)
        return 2
    passed_on = {name: value for name, value in told.items() if name.startswith(PASSED_ON)}
    command = [str(python_of("services")), "-m", "pytest", "-m", "live", *TESTS]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **QUIET, **passed_on, "LIVE_PROVIDER": "1"}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
