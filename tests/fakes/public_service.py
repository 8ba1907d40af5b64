"""A public service on this machine, for tests: it answers with JSON that a test wrote, or fails as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from tests.fakes.http_server import Quiet, listening


@dataclass
class WrittenService:
    """What it answers, and how it fails.

    Attributes:
        path: The only one that it knows.
        asked: What it was asked for, by query.
        fault: "status", "garbage", "lacking" or "silence"; empty for none.
    """

    path: ClassVar[str]

    asked: list[dict[str, str]] = field(default_factory=list)
    fault: str = ""
    ends: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        """What it answers to a query."""
        raise NotImplementedError


@contextmanager
def serving(service: WrittenService) -> Iterator[str]:
    """Serve it; gives the address."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            service.asked.append(asked)
            if service.fault == "silence":
                service.ends.wait()
            elif address.path != service.path or service.fault == "status":
                self._send(400, json.dumps({"error": True, "reason": "a parameter is missing"}))
            elif service.fault == "garbage":
                self._send(200, "<html>")
            elif service.fault == "lacking":
                self._send(200, json.dumps({"timezone": "Europe/Oslo"}))
            else:
                self._send(200, json.dumps(service.answer(asked)))

        def _send(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

    with listening(Handler, service.ends) as url:
        yield url
