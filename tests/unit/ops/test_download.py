"""Fetching a file over real HTTP from a server that cuts, lies and refuses."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from ops.download import TRIES, DownloadFailed, download

CONTENT = bytes(range(256)) * 4_096
CHUNK = 1 << 16
"""Bytes; what arrived of an unfinished chunk is lost."""
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Registry(ThreadingHTTPServer):
    """Serves CONTENT, as a script of troubles says.

    Attributes:
        cut_after: For each request to come, how many bytes are sent before the connection is cut.
        statuses: For each request to come, a status to refuse it with; after these, it is served.
        ranges: Whether it can go on from the middle.
        requests: The `Range` header of each request so far.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cut_after: list[int] = []
        self.statuses: list[int] = []
        self.ranges = True
        self.requests: list[str | None] = []
        self.url = f"http://127.0.0.1:{self.server_port}/some.whl"


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.requests.append(asked)
        if self.server.statuses:
            self.send_error(self.server.statuses.pop(0))
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        rest = CONTENT[start:]
        self.wfile.write(rest[: self.server.cut_after.pop(0)] if self.server.cut_after else rest)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def fetch(registry: Registry, target: Path, sha256: str = SHA256) -> list[int]:
    seen: list[int] = []
    with requests.Session() as session:
        session.trust_env = False
        download(registry.url, target, sha256=sha256, session=session, progress=seen.append, wait=lambda _: None)
    return seen


def test_a_file_arrives_whole(registry: Registry, tmp_path: Path) -> None:
    """Progress ends at its size, and no part is left."""
    seen = fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT
    assert seen[-1] == len(CONTENT)
    assert [path.name for path in tmp_path.iterdir()] == ["some.whl"]


def test_a_cut_connection_goes_on_where_it_stopped(registry: Registry, tmp_path: Path) -> None:
    """Nothing that arrived is asked for again."""
    registry.cut_after = [6 * CHUNK, 4 * CHUNK]

    fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT
    assert registry.requests == [None, f"bytes={6 * CHUNK}-", f"bytes={10 * CHUNK}-"]


def test_a_cut_process_goes_on_where_it_stopped(registry: Registry, tmp_path: Path) -> None:
    """The part that an earlier process left is used."""
    (tmp_path / "some.whl.part").write_bytes(CONTENT[:500_000])

    fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT
    assert registry.requests == ["bytes=500000-"]


def test_a_registry_without_ranges_is_read_from_the_start(registry: Registry, tmp_path: Path) -> None:
    """What it sends replaces the part, and is not put behind it."""
    registry.ranges = False
    (tmp_path / "some.whl.part").write_bytes(CONTENT[:500_000])

    fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(b"x" * 500_000, id="damaged"),
        pytest.param(CONTENT + b"more", id="too-long"),
        pytest.param(b"x" * len(CONTENT), id="damaged-and-whole"),
    ],
)
def test_a_damaged_part_is_thrown_away(registry: Registry, tmp_path: Path, part: bytes) -> None:
    """Its sha256 tells, and the file is fetched from the start, once."""
    (tmp_path / "some.whl.part").write_bytes(part)

    fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT
    assert registry.requests[-1] is None


def test_a_whole_part_needs_nothing_more(registry: Registry, tmp_path: Path) -> None:
    """As when the process was cut between the last byte and the renaming."""
    (tmp_path / "some.whl.part").write_bytes(CONTENT)

    fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT
    assert len(registry.requests) == 1


def test_another_file_than_expected_is_refused(registry: Registry, tmp_path: Path) -> None:
    """It is neither kept nor tried again."""
    with pytest.raises(DownloadFailed, match="sha256 differs"):
        fetch(registry, tmp_path / "some.whl", sha256="0" * 64)

    assert list(tmp_path.iterdir()) == []
    assert len(registry.requests) == 1


def test_a_busy_registry_is_asked_again(registry: Registry, tmp_path: Path) -> None:
    """503 passes."""
    registry.statuses = [503, 429]

    fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl").read_bytes() == CONTENT


def test_a_refusal_is_final(registry: Registry, tmp_path: Path) -> None:
    """404 and 403 do not pass."""
    registry.statuses = [404]

    with pytest.raises(DownloadFailed, match=r"answered 404 for some\.whl"):
        fetch(registry, tmp_path / "some.whl")


def test_it_gives_up_when_nothing_arrives_any_more(registry: Registry, tmp_path: Path) -> None:
    """What had arrived is kept for another day."""
    registry.cut_after = [9 * CHUNK] + [0] * TRIES

    with pytest.raises(DownloadFailed, match=f"cut {TRIES} times in a row"):
        fetch(registry, tmp_path / "some.whl")

    assert (tmp_path / "some.whl.part").read_bytes() == CONTENT[: 9 * CHUNK]


def test_a_registry_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    """An address may hold a password."""
    with Registry() as gone:
        pass

    with pytest.raises(DownloadFailed) as failure:
        fetch(gone, tmp_path / "some.whl")

    assert "ConnectionError" in str(failure.value)
    assert "127.0.0.1" not in str(failure.value)
