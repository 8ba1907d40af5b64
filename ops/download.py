"""Fetches one file over HTTP so that nothing that arrived is fetched twice.

What arrived is kept in a `.part` file beside the target: after a cut connection, or a cut process, the rest is asked
for with a Range request. The target appears only when its sha256 is right. What to fetch is not decided here.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import requests

TRIES = 5
"""Tries in a row that bring nothing before it gives up."""

_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_TIMEOUT_S = (15, 60)
_CHUNK_BYTES = 1 << 16  # A cut loses what arrived of an unfinished chunk.


class DownloadFailed(Exception):
    """The file can't be had; the message says why."""


class Cut(Exception):
    """The connection ended early; what arrived is kept."""


def sha256_of(path: Path) -> str | None:
    """The sha256 of a file, in hex; None where there is no such file."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def download(
    url: str,
    target: Path,
    *,
    sha256: str,
    session: requests.Session,
    progress: Callable[[int], None] = lambda _: None,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch a file, going on with what an earlier try left.

    Args:
        url: Where it is.
        target: Where it goes, once it is whole and right.
        sha256: What it must be, in hex.
        session: Knows proxies, certificates and passwords.
        progress: Is told the number of bytes that are here, whenever that changes.
        wait: Sleeps for so many seconds between tries.

    Raises:
        DownloadFailed: It is not there, or is another file, or the connection was cut `TRIES` times in a row.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = _size(part) > 0
    _fetch_rest(url, part, session, progress, wait)
    if kept and sha256_of(part) != sha256:
        part.unlink()
        _fetch_rest(url, part, session, progress, wait)
    if sha256_of(part) != sha256:
        part.unlink()
        raise DownloadFailed(f"{target.name} is not the file that was expected: its sha256 differs")
    part.replace(target)


def _fetch_rest(
    url: str,
    part: Path,
    session: requests.Session,
    progress: Callable[[int], None],
    wait: Callable[[float], None],
) -> None:
    in_vain = 0
    while True:
        before = _size(part)
        try:
            _fetch_once(url, part, session, progress)
        except Cut as cut:
            in_vain = 0 if _size(part) > before else in_vain + 1
            if in_vain == TRIES:
                raise DownloadFailed(f"the connection was cut {TRIES} times in a row ({cut})") from cut
            wait(2.0**in_vain / 2)
        else:
            return


def _fetch_once(url: str, part: Path, session: requests.Session, progress: Callable[[int], None]) -> None:
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                # All of it is here already, or the part is of some longer file: its sha256 will tell.
                return
            if response.status_code in _TRANSIENT:
                raise Cut(f"status {response.status_code}")
            if not response.ok:
                raise DownloadFailed(f"the registry answered {response.status_code} for {part.stem}")
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
            with part.open("ab" if goes_on else "wb") as file:
                here = have if goes_on else 0
                for chunk in response.iter_content(_CHUNK_BYTES):
                    file.write(chunk)
                    here += len(chunk)
                    progress(here)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        # The class says what happened; the text would repeat the address, which may hold a password.
        raise Cut(type(error).__name__) from error


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
