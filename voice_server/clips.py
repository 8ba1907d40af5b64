"""Clips: the speech of a clause, kept so that it is not made again. The store: blocking, safe with several processes.

A clip is a file of its own, encrypted, and named by a keyed hash of what it says and how, so that neither a listing nor
a file tells anything without the key. What is said to one person lies in their own folder, under their own key, and is
unreadable once that key is destroyed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import shutil
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rapport.errors import KeyUnavailable
from rapport.privacy.keys import KEY_BYTES, FieldCipher, derive
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk

logger = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024 * 1024
"""Of all clips: some hundred minutes of speech."""
LONGEST_S = 30 * 24 * 3_600.0
"""A clip's life: by then voices, wording or the person's day have changed."""
LEFT_SHARE = 0.9
"""To which share of the most the store is emptied, so that it is not emptied at every write."""

SHARED = "shared"
_OWNER = re.compile(r"o_[0-9a-f]{24}|shared")
_HEADER = struct.Struct("<dI")
"""When it was made, seconds since 1970, and its rate in Hz."""


@dataclass(frozen=True)
class Shelf:
    """Where a clip lies, and under which key.

    Attributes:
        owner: Whose it is; `shared` for what holds nothing of anybody.
        key: Encrypts it.
    """

    owner: str
    key: bytes = field(repr=False)

    def name(self, voice: str, settings: tuple[float | str, ...], text: str) -> str:
        """A clip's name: a keyed hash of all that its sound depends on."""
        said = json.dumps([voice, settings, " ".join(text.split())], ensure_ascii=False)
        return hmac.new(derive(self.key, "clip-names"), said.encode(), hashlib.sha256).hexdigest()

    @property
    def cipher(self) -> FieldCipher:
        """Seals its clips."""
        return FieldCipher(derive(self.key, "clips"))


class ClipStore:
    """All clips, in one folder.

    Args:
        folder: Theirs alone.
        most_bytes: Of all files; beyond, those go that were not used for longest.
        longest_s: After which a clip is not used any more.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int = MOST_BYTES,
        longest_s: float = LONGEST_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._longest_s = longest_s
        self._clock = clock
        self._bytes: int | None = None

    def shared_shelf(self) -> Shelf:
        """The shelf for what holds nothing of anybody, under a key that is made at first use."""
        file = self._folder.parent / "clips.key"
        try:
            return Shelf(SHARED, file.read_bytes())
        except FileNotFoundError:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = file.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(made, file)  # of two processes, one's key is there first, and both use it
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return Shelf(SHARED, file.read_bytes())

    def holds(self, shelf: Shelf, name: str) -> bool:
        """Whether there is such a clip; that it can be played is not certain."""
        return self._file(shelf.owner, name).exists()

    def read(self, shelf: Shelf, name: str) -> PcmChunk | None:
        """A clip; None where there is none, or it is too old. One that does not open is removed."""
        file = self._file(shelf.owner, name)
        try:
            sealed = file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("a clip can't be read: %s", error.strerror)
            return None
        try:
            kept = shelf.cipher.open(sealed, name)
            made, rate_hz = _HEADER.unpack_from(kept)
            sound = PcmChunk(kept[_HEADER.size :], rate_hz)
        except (KeyUnavailable, struct.error):
            logger.warning("a clip is damaged, or under a former key; removed")
            self._remove(file)
            return None
        if self._clock() - made > self._longest_s:
            self._remove(file)
            return None
        try:
            os.utime(file)
        except OSError:
            logger.debug("a clip went while it was read")
        return sound

    def write(self, shelf: Shelf, name: str, sound: PcmChunk) -> None:
        """Keep a clip, all of it or nothing; a full disk is no reason not to speak."""
        if not sound.samples or len(sound.samples) % SAMPLE_BYTES:
            raise ValueError("a clip must be whole samples of sound")
        file = self._file(shelf.owner, name)
        sealed = shelf.cipher.seal(_HEADER.pack(self._clock(), sound.rate_hz) + sound.samples, name)
        unfinished = file.with_name(f".{secrets.token_hex(8)}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_bytes(sealed)
            unfinished.replace(file)
        except OSError as error:
            logger.warning("a clip can't be kept: %s", error.strerror)
            self._remove(unfinished)
            return
        if self._bytes is not None:
            self._bytes += len(sealed)
        self._keep_within()

    def forget(self, owner: str) -> None:
        """Delete all clips of somebody. Can be called again."""
        folder = self._folder / _checked(owner)
        if folder.exists():
            shutil.rmtree(folder)

    def traces(self, owner: str) -> list[str]:
        """What is left of somebody's, a line each."""
        folder = self._folder / _checked(owner)
        left = sum(1 for each in folder.iterdir()) if folder.exists() else 0
        return [f"{left} clips"] if folder.exists() else []

    def sweep(self) -> None:
        """Delete what is too old, and what a process left that died while it wrote."""
        for size_at, _, file in self._files():
            if self._clock() - size_at > self._longest_s or (file.name[0] == "." and self._clock() - size_at > 60):
                self._remove(file)

    @property
    def bytes(self) -> int:
        """How much there is, as of the last look."""
        if self._bytes is None:
            self._bytes = sum(size for _, size, _ in self._files())
        return self._bytes

    def _keep_within(self) -> None:
        if self.bytes <= self._most_bytes:
            return
        files = sorted(self._files())
        self._bytes = sum(size for _, size, _ in files)
        for _, size, file in files:
            if self._bytes <= self._most_bytes * LEFT_SHARE:
                break
            self._remove(file)
            self._bytes -= size

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each was last used, how large it is, and where it lies."""
        found = []
        for file in self._folder.glob("*/*"):
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime, status.st_size, file))
        return found

    def _file(self, owner: str, name: str) -> Path:
        return self._folder / _checked(owner) / name

    @staticmethod
    def _remove(file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("a clip can't be removed: %s", error.strerror)


def _checked(owner: str) -> str:
    if not _OWNER.fullmatch(owner):
        raise ValueError("no owner of clips is called that")
    return owner
