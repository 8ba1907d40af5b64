"""A server of HTTP on this machine, for fakes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Quiet(BaseHTTPRequestHandler):
    """Writes no log."""

    def log_message(self, *message: Any) -> None:
        """See `BaseHTTPRequestHandler`."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], ends: threading.Event | None = None) -> Iterator[str]:
    """Serve, a thread a connection; gives the address, without a slash at its end.

    Args:
        handler: Answers.
        ends: Set before it stops, for what waits.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        if ends is not None:
            ends.set()
        server.shutdown()
        server.server_close()
        thread.join()
