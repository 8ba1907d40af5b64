"""Scripts that are known from the start."""

from collections.abc import Iterator

from voice_server.script import Script


def script_of(*lines: str) -> Script:
    """A script of these lines, with no pauses between them."""
    following: Iterator[str] = iter(lines)

    async def next_line() -> tuple[str, float] | None:
        line = next(following, None)
        return None if line is None else (line, 0.0)

    return Script(next_line)
