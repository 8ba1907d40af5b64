"""A server of OpenAI's protocol on this machine, for tests: it streams what a test wrote, word by word, or fails as it
is told to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.http_server import Quiet, listening

FAULTS = ("status", "busy", "garbage", "silence", "keepalives", "stall", "breaks", "unended", "length", "filtered")
AFTER_WORDS = 6
"""Where a fault comes in the midst of an answer."""


@dataclass
class WrittenModel:
    """What it answers, and how it fails.

    Attributes:
        text: What it answers.
        fault: One of `FAULTS`, or empty for none.
        holds_after: Words after which it waits until `goes_on`; None for not at all.
        asked: The requests, in order.
        keys: What each showed as its key.
        let_go: Set once an answer was not read to its end.
    """

    text: str = "The sky is blue because air scatters blue light more than red. That is all there is to it."
    fault: str = ""
    holds_after: int | None = None
    goes_on: threading.Event = field(default_factory=threading.Event)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    ends: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """All that it was told last."""
        return "\n".join(message["content"] for message in self.asked[-1]["messages"])


@contextmanager
def answering(model: WrittenModel) -> Iterator[str]:
    """Serve it; gives the address, up to `/v1`."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            model.asked.append(json.loads(body))
            model.keys.append(self.headers["Authorization"])
            if self.path != "/v1/chat/completions" or model.fault in ("status", "busy"):
                self.send_error(429 if model.fault == "busy" else 500)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                self._stream()
            except OSError:
                model.let_go.set()

        def _stream(self) -> None:
            if model.fault == "silence":
                model.ends.wait()
            while model.fault == "keepalives" and not model.ends.wait(0.05):
                self._write(": still here\n\n")
            if model.fault == "garbage":
                self._write("data: {not json\n\n")
                return
            for at, word in enumerate(re.findall(r"\S+\s*", model.text)):
                if at == model.holds_after:
                    model.goes_on.wait()
                if at == AFTER_WORDS and model.fault == "stall":
                    model.ends.wait()
                if at == AFTER_WORDS and model.fault == "breaks":
                    return
                if at == AFTER_WORDS and model.fault in ("length", "filtered"):
                    self._chunk({}, "length" if model.fault == "length" else "content_filter")
                    break
                self._chunk({"content": word}, None)
            else:
                if model.fault != "unended":
                    self._chunk({}, "stop")
            self._write("data: [DONE]\n\n")

        def _chunk(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            chunk = {
                "id": "c",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "written",
                "choices": [choice],
            }
            self._write(f"data: {json.dumps(chunk)}\n\n")

        def _write(self, text: str) -> None:
            self.wfile.write(text.encode())
            self.wfile.flush()

    try:
        with listening(Handler, model.ends) as url:
            yield f"{url}/v1"
    finally:
        model.goes_on.set()
