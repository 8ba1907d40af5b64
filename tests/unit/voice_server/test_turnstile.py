"""Who is let through to a voice first."""

import asyncio

import pytest

from voice_server.turnstile import Turnstile


async def _started(*tasks: "asyncio.Task[None]") -> None:
    for _ in tasks:
        await asyncio.sleep(0)


async def test_urgent_ones_go_first() -> None:
    """The first clause of a reply passes the later ones of others; else the order is kept."""
    turnstile = Turnstile()
    order: list[str] = []

    async def pass_through(name: str, *, urgent: bool) -> None:
        async with turnstile.passing(urgent=urgent):
            order.append(name)

    async with turnstile.passing(urgent=False):
        waiting = [
            asyncio.create_task(pass_through("later 1", urgent=False)),
            asyncio.create_task(pass_through("later 2", urgent=False)),
            asyncio.create_task(pass_through("first 1", urgent=True)),
            asyncio.create_task(pass_through("first 2", urgent=True)),
        ]
        await _started(*waiting)
        assert order == []
    await asyncio.gather(*waiting)

    assert order == ["first 1", "first 2", "later 1", "later 2"]


async def test_no_more_than_its_places_are_inside() -> None:
    """With two places, two are inside at once and not three."""
    turnstile = Turnstile(places=2)
    inside = most = 0

    async def pass_through() -> None:
        nonlocal inside, most
        async with turnstile.passing(urgent=False):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(pass_through() for _ in range(6)))

    assert most == 2


@pytest.mark.parametrize("granted", [False, True], ids=["while-waiting", "as-its-turn-comes"])
async def test_one_that_leaves_takes_no_place(granted: bool) -> None:
    """Cancelled in the queue, or just as its turn comes, it does not block the others."""
    turnstile = Turnstile()

    async def pass_through() -> None:
        async with turnstile.passing(urgent=False):
            pass

    held = turnstile.passing(urgent=False)
    await held.__aenter__()
    waiting = asyncio.create_task(pass_through())
    await _started(waiting)
    if granted:
        await held.__aexit__(None, None, None)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    if not granted:
        await held.__aexit__(None, None, None)

    assert waiting.cancelled()
    await asyncio.wait_for(pass_through(), 1)
