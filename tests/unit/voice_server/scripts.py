"""Scripts that are known from the start."""

from collections.abc import Iterator

from tests.fakes import speaking_desk
from voice_server.manner import Manner
from voice_server.script import Clause, Script

AGREED = Manner(grant=speaking_desk.AGREED)
"""For somebody who agreed to be spoken to by a provider's voice."""


def script_of(*lines: str) -> Script:
    """A script of these lines, with no pauses between them."""
    following: Iterator[str] = iter(lines)

    async def next_line() -> Clause | None:
        line = next(following, None)
        return None if line is None else Clause(line)

    return Script(next_line)
