"""The loudspeaker that keeps time, and the microphone that is never silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from channels.microphone import Microphone
from channels.playback import Playback

RATE_HZ = 8_000
LOUD = (10_000).to_bytes(2, "little", signed=True)


def tone(ms: int) -> bytes:
    return LOUD * (RATE_HZ * ms // 1_000)


class Marks:
    def __init__(self) -> None:
        self.sent: list[tuple[int, int, bool]] = []

    async def __call__(self, clause: int, ms: int, done: bool) -> None:
        self.sent.append((clause, ms, done))

    @property
    def done(self) -> list[tuple[int, int]]:
        return [(clause, ms) for clause, ms, done in self.sent if done]


@pytest.fixture
def marks() -> Marks:
    return Marks()


@pytest.fixture
async def playback(marks: Marks) -> AsyncIterator[Playback]:
    playback = Playback(RATE_HZ, marks)
    task = asyncio.create_task(playback.run())
    yield playback
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_clauses_sound_in_order_and_are_marked(playback: Playback, marks: Marks) -> None:
    playback.add(1, 0, tone(50))
    playback.end(1, 50)
    playback.add(2, 0, tone(30))
    playback.end(2, 30)
    await asyncio.wait_for(playback.idle(), 5)

    assert marks.done == [(1, 50), (2, 30)]
    assert b"".join(tick.pcm for tick in playback.sounded) == tone(80)
    assert all(tick.voiced for tick in playback.sounded)


async def test_held_it_is_silent_and_keeps_its_queue(playback: Playback, marks: Marks) -> None:
    playback.obey("hold")
    playback.add(1, 0, tone(20))
    playback.end(1, 20)
    await asyncio.sleep(0.1)
    assert playback.sounded == []

    playback.obey("resume")
    await asyncio.wait_for(playback.idle(), 5)
    assert marks.done == [(1, 20)]


async def test_stopped_it_drops_its_queue_and_what_still_comes_of_it(playback: Playback, marks: Marks) -> None:
    playback.obey("hold")
    playback.add(1, 0, tone(500))
    playback.obey("stop")
    playback.add(1, 4_000, tone(500))
    playback.end(1, 1_000)
    await asyncio.wait_for(playback.idle(), 5)

    assert playback.sounded == []
    assert marks.done == []


async def test_what_is_sent_again_after_a_lost_network_sounds_once(playback: Playback) -> None:
    playback.add(1, 0, tone(40))
    playback.add(1, 0, tone(40))
    playback.add(1, RATE_HZ * 40 // 1_000, tone(20))
    playback.end(1, 60)
    await asyncio.wait_for(playback.idle(), 5)
    playback.add(1, 0, tone(60))
    playback.end(1, 60)
    await asyncio.wait_for(playback.idle(), 5)

    assert b"".join(tick.pcm for tick in playback.sounded) == tone(60)


async def test_a_clause_without_sound_is_done_at_once(playback: Playback, marks: Marks) -> None:
    playback.end(1, 0)
    await asyncio.wait_for(playback.idle(), 5)

    assert marks.done == [(1, 0)]


async def test_the_microphone_speaks_and_is_quiet_in_frames_of_20_ms() -> None:
    frames: list[bytes] = []

    async def send(frame: bytes) -> None:
        frames.append(frame)

    microphone = Microphone(RATE_HZ, send)
    task = asyncio.create_task(microphone.run())
    spoken = microphone.say(tone(50))
    began, ended = await asyncio.wait_for(asyncio.gather(spoken.began, spoken.ended), 5)
    while len(frames) < 5:
        await asyncio.sleep(0.01)
    task.cancel()

    assert began <= ended
    assert {len(frame) for frame in frames} == {320}
    assert b"".join(frames).strip(b"\0").count(LOUD) == 400
    assert frames[-1] == bytes(320)
