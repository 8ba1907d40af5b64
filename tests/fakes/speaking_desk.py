"""The people API's answer to the voice server, scripted: one grant for every proof. Knows no people."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from rapport.speech.grant import Grant

VOICE_KEY = "the voice server's and the desk's " + "k" * 32
PROOF = "a-proof"
AGREED = Grant(owner="o_0123456789abcdef01234567", cloud=True)


@dataclass
class Desk:
    """Where it listens, and what it says.

    Attributes:
        url: Its address.
        grant: What it answers to whoever shows the voice server's key; can be set while it runs.
        shown: The proofs that it was shown.
    """

    url: str
    grant: Grant = AGREED
    shown: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What tells a voice server of it."""
        return {"RAPPORT_VOICE_KEY": VOICE_KEY, "RAPPORT_GRANTS_URL": self.url}


@contextlib.contextmanager
def speaking_desk(grant: Grant = AGREED) -> Iterator[Desk]:
    """Answer until the context ends."""

    class Answering(BaseHTTPRequestHandler):
        # As the real one: connections are used again, and nothing waits for an acknowledgement.
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.headers["Authorization"] == f"Bearer {VOICE_KEY}" and self.path == "/v1/speaking"
            desk.shown.append(body["proof"])
            answer = json.dumps(desk.grant.as_json() if known else {}).encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    desk = Desk(f"http://127.0.0.1:{server.server_port}", grant)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield desk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
