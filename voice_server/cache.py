"""The top of the ladder: clauses that were spoken before, and phrases that were spoken ahead of time.

Decides on which shelf a clause belongs, or that it is not kept: one of the fixed wordings is everybody's; anything else
is its person's alone, and kept only where they agreed to be remembered. Disk and ciphers are left to a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from rapport.speech.audio import PcmChunk
from rapport.telemetry import metrics
from voice_server.clips import ClipStore, Shelf
from voice_server.manner import Manner
from voice_server.pregenerated import Pregenerated
from voice_server.script import Line
from voice_server.usage import Usage

_T = TypeVar("_T")


class ClipCache:
    """Clips, as the ladder uses them.

    Args:
        store: Where they lie.
        phrases: What was spoken ahead of time.
        usage: Told of hits and misses.
    """

    def __init__(self, store: ClipStore, phrases: Pregenerated, usage: Usage | None = None) -> None:
        self._store = store
        self._phrases = phrases
        self._usage = usage
        self._shared = store.shared_shelf()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clips")

    def close(self) -> None:
        """Finish what is being written, and end the thread. Blocks."""
        self._thread.shutdown(wait=True)

    async def holds(self, line: Line, voice: str, manner: Manner) -> bool:
        """Whether the clause can be played, in that voice."""
        shelf = self._shelf(line, manner)
        if shelf is None:
            return False
        name = shelf.name(voice, manner.settings, line.text)
        if line.fixed and self._phrases.holds(voice, manner.settings, line.text):
            return True
        return await self._in_thread(lambda: self._store.holds(shelf, name))

    async def find(self, line: Line, voice: str, manner: Manner) -> PcmChunk | None:
        """The clause's speech in that voice; None where there is none."""
        shelf = self._shelf(line, manner)
        if shelf is None:
            return None

        def read() -> PcmChunk | None:
            sound = self._phrases.read(voice, manner.settings, line.text) if line.fixed else None
            return sound or self._store.read(shelf, shelf.name(voice, manner.settings, line.text))

        sound = await self._in_thread(read)
        metrics.CLIPS.labels("hit" if sound is not None else "miss").inc()
        if self._usage is not None:
            self._usage.clip(hit=sound is not None, characters=len(line.text), cloud=manner.cloud)
        return sound

    def keep(self, line: Line, voice: str, manner: Manner, sound: PcmChunk) -> None:
        """Keep the speech of a whole clause for the next time; it is written while others are spoken."""
        shelf = self._shelf(line, manner)
        if shelf is not None and sound.samples:
            name = shelf.name(voice, manner.settings, line.text)
            self._thread.submit(self._store.write, shelf, name, sound)

    async def forget(self, owner: str) -> None:
        """Delete what was said to somebody."""
        await self._in_thread(lambda: self._store.forget(owner))

    async def traces(self, owner: str) -> list[str]:
        """What is left of it."""
        return await self._in_thread(lambda: self._store.traces(owner))

    async def sweep(self) -> None:
        """Delete what is too old."""
        await self._in_thread(self._store.sweep)

    def _shelf(self, line: Line, manner: Manner) -> Shelf | None:
        if not line.whole:
            return None
        if line.fixed:
            return self._shared
        if manner.grant.clip_key is None:
            return None
        return Shelf(manner.grant.owner, manner.grant.clip_key)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
