"""The sweep beside the API: at the start and every interval, in a thread, and health tells when it fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from fastapi.testclient import TestClient

from people_api.app import make_app
from people_api.sweeper import Sweeper
from rapport.errors import NotErased
from rapport.people import Swept
from rapport.services import Services
from tests.unit.people_api.conftest import Caller, Clock

GOOD = Swept(people=1, deleted=0, failed=0)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_it_sweeps_at_once_and_again_in_a_thread() -> None:
    """The event loop goes on meanwhile, and ending it leaves nothing behind."""
    swept: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def sweep() -> Swept:
        loop.call_soon_threadsafe(swept.put_nowait, threading.current_thread().name)
        return GOOD

    running = asyncio.create_task(Sweeper(sweep, interval_s=0.01).run())
    threads = [await asyncio.wait_for(swept.get(), 5) for _ in range(3)]
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    assert threading.current_thread().name not in threads


@pytest.mark.parametrize(
    "sweep",
    [
        pytest.param(lambda: Swept(people=3, deleted=0, failed=1), id="one-person-failed"),
        pytest.param(lambda: (_ for _ in ()).throw(NotErased("p_1 is there")), id="an-erasure-failed"),
        pytest.param(lambda: (_ for _ in ()).throw(MemoryError("oolong")), id="something-unforeseen"),
    ],
)
async def test_a_failed_sweep_is_unhealthy_until_one_succeeds(
    sweep: Callable[[], Swept], caplog: pytest.LogCaptureFixture
) -> None:
    """The log says that it failed, and nothing of what the error says."""
    sweeps = iter([sweep, lambda: GOOD])
    sweeper = Sweeper(lambda: next(sweeps)())

    await sweeper.once()
    assert not sweeper.healthy
    assert "sweep failed" in caplog.text or "could not be swept" in caplog.text
    assert "p_1" not in caplog.text
    assert "oolong" not in caplog.text

    await sweeper.once()
    assert sweeper.healthy


async def test_a_sweep_that_never_ends_is_unhealthy_after_two_intervals() -> None:
    """Whether the first or a later one."""
    clock = Seconds()
    sweeper = Sweeper(lambda: GOOD, interval_s=10, clock=clock)
    clock.now = 20
    assert sweeper.healthy
    clock.now = 21
    assert not sweeper.healthy

    await sweeper.once()
    clock.now = 41
    assert (sweeper.healthy, sweeper.age_s) == (True, 20)
    clock.now = 42
    assert not sweeper.healthy


def test_the_api_deletes_what_has_expired(anna: Caller, services: Services, clock: Clock) -> None:
    """By itself, when it starts; health says when that was."""
    anna.remembers("you like tea")
    clock.forward(days=800)
    done = threading.Event()
    sweep = services.people.sweep

    def swept() -> Swept:
        try:
            return sweep()
        finally:
            done.set()

    services.people.sweep = swept  # type: ignore[method-assign]
    with TestClient(make_app(services)) as started:
        assert done.wait(10)
        assert started.get("/v1/ready").json() == {"ready": True}

    assert anna.person.everything()[0] == []


async def test_health_is_for_everybody_and_tells_how_long_ago(services: Services) -> None:
    """One sick person's file makes it unhealthy, and keeps nobody else out."""
    clock = Seconds()
    sweeps = iter([GOOD, Swept(people=2, deleted=0, failed=1)])
    app = make_app(services)
    app.state.sweeper = Sweeper(lambda: next(sweeps), clock=clock)
    api = TestClient(app)  # not entered, so nothing sweeps by itself
    assert api.get("/v1/health").json() == {"healthy": True, "swept_s_ago": None}

    await app.state.sweeper.once()
    clock.now = 3.5
    assert api.get("/v1/health").json() == {"healthy": True, "swept_s_ago": 3}

    await app.state.sweeper.once()
    unhealthy = api.get("/v1/health")
    assert (unhealthy.status_code, unhealthy.json()) == (503, {"healthy": False, "swept_s_ago": 3})
    assert api.get("/v1/ready").status_code == 200
