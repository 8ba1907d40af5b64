"""The emulator's own ears: a listening server as its child, started with the first request that wants it."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from wyoming.client import AsyncUnixClient
from wyoming.info import Describe

from rapport.errors import RecognitionFailed
from rapport.kept_child import KeptChild
from rapport.speech.recognizer import Transcript
from rapport.speech.second_opinion import WyomingSecondOpinion

PROBE_INTERVAL_S = 0.05
LONGEST_S = 30.0


class LocalEars:
    """Whisper, in a process of its own.

    Args:
        models: The folder that holds `whisper/`.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        self._folder: Path | None = None
        self._child: KeptChild | None = None
        self._starting = asyncio.Lock()

    async def hear(self, pcm: bytes) -> Transcript:
        """The words of an utterance: 16 kHz, 16 bit, mono.

        Raises:
            RecognitionFailed: The listening server did not start, or failed.
        """
        async with self._starting:
            if self._child is None:
                await self._start()
        assert self._folder is not None
        return await WyomingSecondOpinion(f"unix://{self._folder / 'ears'}", longest_s=LONGEST_S).hear(pcm, "")

    async def aclose(self) -> None:
        """End it."""
        if self._child is not None:
            await self._child.stop()
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="emulator-ears-"))
        socket = self._folder / "ears"

        async def hears() -> None:
            while not await _answers(socket):  # noqa: ASYNC110 - another process becomes ready, and tells nobody
                await asyncio.sleep(PROBE_INTERVAL_S)

        program = (sys.executable, "-m", "listening_server", "--uri", f"unix://{socket}")
        child = KeptChild("listening server", (*program, "--model", str(self._models / "whisper")), hears)
        await child.start()
        if not child.ready:
            await child.stop()
            raise RecognitionFailed("the listening server did not start; `make models` fetches its model")
        self._child = child


async def _answers(socket: Path) -> bool:
    try:
        async with AsyncUnixClient(str(socket)) as client:
            await client.write_event(Describe().event())
            return await client.read_event() is not None
    except OSError:
        return False
