"""A program that is kept running: started, waited for until it is ready, and started again when it dies.

Knows nothing of what the program does: who starts it does. The child ends with this process (`tether.py`).
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

START_LIMIT_S = 60.0
"""A start that takes longer has hung: Piper is ready in 3 to 7 s."""

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
"""The pause before a restart doubles from the first to the longest while the program keeps dying."""

STEADY_S = 30.0
"""A program that was ready for this long has recovered: the next pause is the first one again."""

STOP_LIMIT_S = 2.0
"""How long the program may take to obey SIGTERM."""

_TETHER = Path(__file__).with_name("tether.py")
_COMPLAINT_BYTES = 2_000


class KeptChild:
    """One program under supervision.

    Args:
        name: What the log calls it.
        argv: The program's absolute path and its arguments.
        become_ready: Returns once the program can be used; cancelled when the program ends before that.
    """

    def __init__(self, name: str, argv: Sequence[str], become_ready: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._argv = argv
        self._become_ready = become_ready
        self._ready = asyncio.Event()
        self._settled = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._supervision: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the program is up and has become ready."""
        return self._ready.is_set()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, and return once it is ready or its first start has failed; `ready` tells which."""
        self._supervision = asyncio.create_task(self._supervise())
        await self._settled.wait()

    def replace(self) -> None:
        """Kill the program, which no longer does its work, so that it is started afresh."""
        self._ready.clear()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def stop(self) -> None:
        """End the program, and wait until it is gone."""
        if self._supervision is not None:
            self._supervision.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervision

    async def _supervise(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while True:
            try:
                ready_s = await self._run_once()
            except OSError as error:
                logger.error("%s could not be started: %s", self._name, error.strerror)
                ready_s = 0.0
            self._settled.set()
            if ready_s >= STEADY_S:
                backoff_s = FIRST_BACKOFF_S
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, LONGEST_BACKOFF_S)

    async def _run_once(self) -> float:
        """Run the program until it ends; the seconds for which it was ready."""
        clock = asyncio.get_running_loop().time
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(_TETHER),
            str(os.getpid()),
            *self._argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is for us; we stop the program in order
        )
        self._process = process
        ready_at = None
        complaint = bytearray()
        exited = asyncio.create_task(process.wait())
        draining = asyncio.create_task(self._drain(process, complaint))
        preparing = asyncio.ensure_future(self._become_ready())
        try:
            await asyncio.wait({exited, preparing}, timeout=START_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
            if preparing.done() and not exited.done() and preparing.exception() is None:
                ready_at = clock()
                self._ready.set()
                self._settled.set()
                logger.info("%s is ready", self._name)
            elif not exited.done():
                logger.warning("%s did not become ready; it is started again", self._name)
                process.kill()
            await asyncio.wait({exited})
        finally:
            self._ready.clear()
            preparing.cancel()
            await self._end(process, exited)
            await asyncio.wait({draining}, timeout=STOP_LIMIT_S)
            draining.cancel()
            await asyncio.gather(preparing, draining, return_exceptions=True)
        logger.warning("%s ended with status %s; it is started again", self._name, process.returncode)
        if ready_at is None:
            # Only of a start that failed: once it works, what it writes might quote what was said.
            logger.warning("%s wrote: %s", self._name, complaint.decode(errors="replace").strip())
            return 0.0
        return clock() - ready_at

    async def _drain(self, process: asyncio.subprocess.Process, complaint: bytearray) -> None:
        assert process.stderr is not None
        while written := await process.stderr.read(4096):
            if not self._ready.is_set():
                complaint += written
                del complaint[:-_COMPLAINT_BYTES]

    async def _end(self, process: asyncio.subprocess.Process, exited: "asyncio.Task[int]") -> None:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait({exited}, timeout=STOP_LIMIT_S)
        if process.returncode is None:
            process.kill()
        await asyncio.wait({exited})
