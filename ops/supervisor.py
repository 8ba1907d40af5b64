"""Runs the processes of a Rapport together: one log, one readiness, one end.

honcho starts them, gathers their output and ends them all when one ends or a signal comes. Added here are the waiting
until each answers, the telling of what went wrong, and the certainty that nothing is left behind. What the processes
are is said in `processes`.
"""

from __future__ import annotations

import asyncio
import os
import select
import shlex
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

import honcho.manager
from honcho.printer import Message
from rich.console import Console
from rich.text import Text

from ops.layout import ROOT
from ops.processes import Part

PATIENCE_S = 300
"""Seconds until a process that is still not ready is given up: a cold disk and a busy machine take minutes."""

GRACE_S = 15
"""Seconds that processes have to end after SIGTERM, before SIGKILL. Rasa takes 3, on a busy machine 5."""

LAST_LINES = 20
_ASK_EVERY_S = 0.1
_COLOURS = ("magenta", "green", "cyan", "yellow", "blue")


class Log:
    """What honcho prints to: one line a message, with the time and its process in that process's colour."""

    def __init__(self, console: Console, names: Sequence[str]) -> None:
        self.width = max(map(len, names), default=0)  # honcho sets and reads it.
        self.last: dict[str, deque[str]] = {name: deque(maxlen=LAST_LINES) for name in names}
        self._console = console
        self._colours = dict(zip(names, cycle(_COLOURS), strict=False))

    def write(self, message: Message) -> None:
        """Print the message's lines; honcho's own remarks are told by the supervisor, in its words."""
        if message.name not in self.last:
            return
        data = message.data
        for line in (data.decode("utf-8", "replace") if isinstance(data, bytes) else data).splitlines():
            self.last[message.name].append(line)
            prefix = f"{message.time:%H:%M:%S} {message.name.ljust(self.width)} | "
            self._console.print(
                Text(prefix, self._colours[message.name]) + Text.from_ansi(line), soft_wrap=True, highlight=False
            )


class Supervisor:
    """Starts processes, waits until they are ready, and ends them.

    Attributes:
        pids: Of each process that was started, by its name.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        console: Console,
        *,
        patience_s: float = PATIENCE_S,
        tether: int | None = None,
    ) -> None:
        """Take what is to be run.

        Args:
            parts: The processes.
            console: Where their log goes.
            patience_s: Seconds until one that is not ready is given up.
            tether: A pipe's end; when its other end is closed, as by the death of who holds that, all are ended.
        """
        self.pids: dict[str, int] = {}
        self._parts = parts
        self._console = console
        self._patience_s = patience_s
        self._tether = tether
        self._log = Log(console, [part.name for part in parts])
        self._failed: dict[str, str] = {}  # How, by name; what ends once all are being ended has not failed.
        self._ending_since: float | None = None
        self._over = threading.Event()
        self._waiter: threading.Thread | None = None
        self._on_ready: Callable[[], None] = lambda: None

    def run(self, on_ready: Callable[[], None]) -> int:
        """Run until a signal comes or a process ends; must be called in the main thread.

        Args:
            on_ready: Called once, in another thread, when every process is ready.

        Returns:
            0 after a signal; 1 after a process ended by itself or did not get ready.
        """
        self._on_ready = on_ready
        honcho.manager.KILL_WAIT = GRACE_S
        self._manager = manager = _LastFirst(printer=self._log)
        manager.events = _Watched(manager.events, self._see, self._tick)
        for part in self._parts:
            manager.add_process(
                part.name, f"exec {shlex.join(part.command)}", env=dict(part.environment), cwd=str(ROOT)
            )
        # The terminal was closed: end as if asked to.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        try:
            manager.loop()
        finally:
            self._over.set()
            if self._waiter:
                self._waiter.join()
            self._end_leftovers()
        return self._tell_end()

    def _see(self, event: Message) -> None:
        if event.type == "start":
            self.pids[event.name] = event.data["pid"]
            # Not before all are started: honcho forks, and a fork copies no threads but all their locks.
            if len(self.pids) == len(self._parts):
                self._waiter = threading.Thread(target=lambda: asyncio.run(self._wait()), name="readiness")
                self._waiter.start()
        elif event.type == "stop" and not self._failed and self._manager.returncode is None:
            # No signal came before, and honcho has not told anyone to end yet.
            code = event.data["returncode"]
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended by itself, with code {code}"
            self._failed[event.name] = how

    def _tick(self) -> None:
        """See to the end: honcho kills what is slow to end only once another process has ended."""
        started = len(self.pids) == len(self._parts)
        if started and self._tether is not None and _closed(self._tether):
            self._tether = None
            signal.raise_signal(signal.SIGTERM)
        if self._failed and started:
            self._manager.terminate()
        self._manager.go_on_ending()
        if self._ending_since is None:
            if self._failed or self._manager.returncode is not None:
                self._ending_since = time.monotonic()
                self._over.set()
                self._tell_failures() if self._failed else self._say("stopping")
        elif time.monotonic() - self._ending_since > GRACE_S and started:
            self._manager.kill()

    async def _wait(self) -> None:
        begin = time.monotonic()
        waiting = {part.name for part in self._parts}

        async def wait_for(part: Part) -> None:
            while not self._over.is_set():
                if await part.ready():
                    waiting.discard(part.name)
                    self._say(f"{part.name} is ready after {time.monotonic() - begin:.1f} s")
                    return
                if time.monotonic() - begin > self._patience_s:
                    self._failed[part.name] = f"was not ready after {self._patience_s:.0f} s"
                    return
                await asyncio.sleep(_ASK_EVERY_S)

        with self._console.status("starting") as status:

            async def show() -> None:
                while waiting and not self._over.is_set():
                    status.update(f"starting {', '.join(sorted(waiting))} · {time.monotonic() - begin:.0f} s")
                    await asyncio.sleep(1)

            shown = asyncio.ensure_future(show())
            try:
                await asyncio.gather(*(wait_for(part) for part in self._parts))
            finally:
                shown.cancel()
                with suppress(asyncio.CancelledError):
                    await shown
        if not waiting:
            self._on_ready()

    def _end_leftovers(self) -> None:
        """End what the processes may have left behind: each was started as the leader of a group of its own."""
        for pid in self.pids.values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _tell_end(self) -> int:
        if not self._failed:
            self._say("stopped")
            return 0
        for name in self._failed:
            self._tell_last_lines(name)
        self._tell_failures()
        self._say("`make doctor` looks at every part, and says what is missing")
        return 1

    def _tell_failures(self) -> None:
        for name, how in self._failed.items():
            self._say(f"{name} {how}, so all are stopped", style="bold red")

    def _tell_last_lines(self, name: str) -> None:
        lines = self._log.last[name]
        self._say(f"the last {len(lines)} lines of {name}:" if lines else f"{name} had said nothing")
        for line in lines:
            self._console.print(Text("    ") + Text.from_ansi(line), soft_wrap=True, highlight=False)

    def _say(self, text: str, style: str = "bold") -> None:
        self._console.print(f"rapport: {text}", style=style, highlight=False, markup=False, soft_wrap=True)


class _LastFirst(honcho.manager.Manager):
    """Ends the process that was added last, and once that is gone the others.

    The last is Rasa: when its sessions end, what they were about is kept, and that takes the action server.
    """

    _others_told = False

    def go_on_ending(self) -> None:
        """Tell the others to end, where it is their turn."""
        if self._terminating and not self._others_told and self._last_is_gone:
            self._others_told = True
            super()._killall()

    @property
    def _last_is_gone(self) -> bool:
        return "returncode" in self._processes[next(reversed(self._processes))]

    def _killall(self, force: bool = False) -> None:
        if force or self._last_is_gone:
            self._others_told = True
            super()._killall(force=force)
            return
        last = next(reversed(self._processes))
        self._procmgr.terminate(self._processes[last]["pid"])


class _Watched:
    """honcho's queue of events, with a look at each event as it is taken out, and a tick each time one is asked for."""

    def __init__(self, events: Any, see: Callable[[Message], None], tick: Callable[[], None]) -> None:
        self._events = events
        self._see = see
        self._tick = tick

    def put(self, event: Message) -> None:
        self._events.put(event)

    def get(self, timeout: float) -> Message:
        self._tick()
        event: Message = self._events.get(timeout=timeout)
        self._see(event)
        return event

    def __reduce__(self) -> tuple[Any, ...]:
        # Where processes are spawned, not forked, they are given the queue alone.
        return (_unwatched, (self._events,))


def _closed(pipe: int) -> bool:
    readable, _, _ = select.select([pipe], [], [], 0)
    return bool(readable) and not os.read(pipe, 1)


def _unwatched(events: Any) -> Any:
    return events
