"""A script, read from any place."""

import asyncio

import pytest

from tests.unit.voice_server.scripts import script_of
from voice_server.script import Clause, Script

LINES = ("Good morning.", "It is ten.")
TEXT = "Good morning. It is ten. "


@pytest.mark.parametrize("start", range(len(TEXT)))
async def test_it_is_read_from_any_character(start: int) -> None:
    """What is read is what is left, and each line knows its place and what comes before it."""
    lines = [line async for line in script_of(*LINES).read(start)]

    left = [word for line in lines for word in line.text.split()]
    assert left == [word for word in TEXT[start:].split() if any(map(str.isalnum, word))]
    assert all(TEXT[line.start : line.end] == f"{line.text} " for line in lines)
    assert all(line.before == TEXT[: line.start] for line in lines)


async def test_two_readers_get_the_same() -> None:
    """Two voices may read at once, and one that stops reading loses nothing for the other."""
    come: asyncio.Queue[Clause | None] = asyncio.Queue()
    script = Script(come.get)
    first = asyncio.ensure_future(script.following(0))
    second = asyncio.ensure_future(script.following(0))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)

    come.put_nowait(Clause("Hello."))
    come.put_nowait(None)

    assert await second is not None
    assert [line.text async for line in script.read()] == ["Hello."]
    assert await script.following(7) is None
