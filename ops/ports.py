"""Which ports are free, and who has those that are not."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

LOOPBACK = "127.0.0.1"

_LISTENING = "0A"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def taken(port: int) -> bool:
    """Whether somebody listens on this port of the loopback interface."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections only wait to be forgotten is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def holder(port: int) -> str:
    """The process that listens on a port, as well as this system and our rights let us know."""
    inodes = _sockets_listening_on(port)
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # It may end meanwhile, or be another user's.
            if any(_target(handle) in inodes for handle in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return "another process"


def _target(handle: Path) -> str | None:
    try:
        return str(handle.readlink())
    except FileNotFoundError:  # Closed meanwhile.
        return None


def _sockets_listening_on(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        lines = table.read_text().splitlines()[1:] if table.exists() else []
        for columns in map(str.split, lines):
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{columns[9]}]")
    return inodes
