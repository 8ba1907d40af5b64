"""The provider's API keys: one from the environment, or several from a file that may change while we run.

The last key of the file takes new work. A former one goes on with what it began, and is let go of after that; one that
the provider refuses is set aside, and the one before it serves. Keys are in no log, no `repr` and no error: what names
one is its label with the beginning of a hash.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import async_timeout

from rapport.errors import SettingsError

logger = logging.getLogger(__name__)

LOOK_S = 2.0
"""Between looks at whether the file has changed."""

_LABEL = re.compile(r"[\w.-]{1,40}")


@dataclass(frozen=True)
class Key:
    """An API key.

    Attributes:
        label: What its owner calls it.
        secret: The key itself.
    """

    label: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label):
            raise SettingsError("a key's label must be letters, digits, dots and dashes")
        if not self.secret or not (self.secret.isascii() and self.secret.isprintable()) or " " in self.secret:
            raise SettingsError("an API key must be one word of printable ASCII")

    @property
    def id(self) -> str:
        """Names it in logs and counts."""
        return f"{self.label}:{hashlib.sha256(self.secret.encode()).hexdigest()[:8]}"


def read_keys(file: Path) -> list[Key]:
    """The keys of a file: lines `label=key`, the last one for new work; `#` begins a comment.

    Raises:
        SettingsError: It can't be read, others can read it, or it holds no key.
    """
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SettingsError("others can read the file of API keys; chmod 600 it")
        lines = [line.partition("#")[0].strip() for line in file.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError("the file of API keys can't be read; check ELEVENLABS_API_KEY_FILE") from error
    keys = []
    for line in filter(None, lines):
        label, _, secret = line.partition("=")
        keys.append(Key(label.strip(), secret.strip()))
    if not keys:
        raise SettingsError("the file of API keys holds none; write a line label=key")
    return keys


class Keys:
    """The keys, and which of them takes new work.

    Args:
        keys: The last one is the newest.
        file: Where they are from; None where they can't change.
    """

    def __init__(self, keys: list[Key], file: Path | None = None) -> None:
        self._keys = list(keys)
        self._file = file
        self._written = _written(file)
        self._refused: set[str] = set()
        self._listeners: list[Callable[[], None]] = []
        self._look = asyncio.Event()

    @property
    def current(self) -> Key:
        """The key for new work; the newest one where all were refused."""
        return next((key for key in reversed(self._keys) if key.id not in self._refused), self._keys[-1])

    def set_aside(self, key: Key) -> None:
        """The provider does not accept this key."""
        if key.id not in self._refused:
            self._refused.add(key.id)
            logger.error("the provider refuses the key %s; give another, or mend it there", key.id)
            self._tell()

    def when_changed(self, listener: Callable[[], None]) -> None:
        """Call it whenever another key may have become the current one."""
        self._listeners.append(listener)

    def look_now(self) -> None:
        """Have the file read again, whether it looks changed or not."""
        self._look.set()

    async def watch(self) -> None:
        """Take over what the file holds whenever it changes, until cancelled."""
        while self._file is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                async with async_timeout.timeout(LOOK_S):
                    await self._look.wait()
            written = await asyncio.to_thread(_written, self._file)
            if self._look.is_set() or written != self._written:
                self._look.clear()
                self._written = written
                await self._read_again(self._file)

    async def _read_again(self, file: Path) -> None:
        """Take over what the file holds now; one that can't be used changes nothing."""
        try:
            keys = await asyncio.to_thread(read_keys, file)
        except SettingsError as error:
            logger.error("the keys stay as they are: %s", error)
            return
        self._refused.clear()
        self._keys = keys
        logger.info("keys: %s; new work goes to %s", ", ".join(key.id for key in keys), self.current.id)
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _written(file: Path | None) -> tuple[int, int, int] | None:
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
