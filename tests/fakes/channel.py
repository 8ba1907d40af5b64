"""The voice channel's side of an erasure, over real HTTP: takes orders, and holds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from rapport.tokens import Proofs


class FakeChannel:
    """What was ordered, in order."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.orders: list[str] = []

    def forgotten(self, proofs: Proofs) -> list[str]:
        """Whom it was told to forget."""
        return [proofs.person_of_order(order) for order in self.orders]


@contextmanager
def running_channel() -> Iterator[FakeChannel]:
    """A channel on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            channel.orders.append(self.headers["Authorization"].removeprefix("Bearer "))
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = json.dumps({"left": 0}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *message: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    channel = FakeChannel(f"http://127.0.0.1:{server.server_port}/webhooks/voice")
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield channel
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
