"""Cloned voices at the provider: which voice is whose, made and deleted so that no crash leaves one behind.

The registry, one small file, says of each owner what there is or may be at the provider: `pending` is written before an
upload and has the name that the voice gets, so that one whose answer was lost is found by it; `deleting` is written
before a deletion and stays until the provider itself said that there is no such voice. Owners are pseudonyms, and so
are names: nothing here says who somebody is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from rapport import durable_file
from rapport.errors import StoreUnavailable

logger = logging.getLogger(__name__)

PENDING, READY, DELETING = "pending", "ready", "deleting"

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 600.0
"""Between tries of a deletion: twice as long each time, up to ten minutes."""


class CloneRefused(Exception):
    """The provider will not make this voice; the same again is refused again.

    Attributes:
        reason: The provider's code, or `refused`.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class CloneProvider(Protocol):
    """Where voices are cloned. Every method raises `StoreUnavailable` where it does not answer as it should."""

    async def add(self, name: str, samples: Sequence[bytes]) -> str:
        """Clone a voice from WAV files; its id.

        Raises:
            CloneRefused: It won't.
        """

    async def delete(self, voice_id: str) -> None:
        """Delete one; one that is not there is none to worry about."""

    async def exists(self, voice_id: str) -> bool:
        """Whether there is such a voice."""

    async def named(self, name: str) -> list[str]:
        """The ids of cloned voices with exactly this name."""

    async def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True)
class Entry:
    """What there is, or may be, at the provider.

    Attributes:
        state: `pending`, `ready` or `deleting`.
        name: What the voice is called there.
        voice: Its id, once it is known.
    """

    state: str
    name: str
    voice: str = ""


class Registry:
    """Which cloned voice is whose, in a file that is whole at any time.

    Args:
        file: Where.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries: dict[str, Entry] = {}
        with contextlib.suppress(FileNotFoundError):
            read = json.loads(file.read_text(encoding="utf-8"))
            self._entries = {owner: Entry(**entry) for owner, entry in read.items()}

    def get(self, owner: str) -> Entry | None:
        """An owner's."""
        return self._entries.get(owner)

    def owners(self, state: str) -> list[str]:
        """Whose are in this state."""
        return [owner for owner, entry in self._entries.items() if entry.state == state]

    def put(self, owner: str, entry: Entry | None) -> None:
        """Note it, through to the disk; None forgets it."""
        entries = {name: each for name, each in self._entries.items() if name != owner}
        if entry is not None:
            entries[owner] = entry
        durable_file.replace(self._file, json.dumps({name: asdict(each) for name, each in entries.items()}))
        self._entries = entries


class Clones:
    """The cloned voices of everybody.

    Args:
        state: Folder of the registry.
        provider: Where voices are cloned; None without an account.
        first_wait_s: Before a failed deletion is tried again, the first time.
    """

    def __init__(self, state: Path, provider: CloneProvider | None, *, first_wait_s: float = FIRST_WAIT_S) -> None:
        self._registry = Registry(state / "clones.json")
        self._provider = provider
        self._first_wait_s = first_wait_s
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._retrying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on with deletions that were cut off."""
        if self._registry.owners(DELETING):
            self._retry()

    async def stop(self) -> None:
        """Leave the rest for the next start."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
        if self._provider is not None:
            await self._provider.close()

    def clone_of(self, owner: str) -> str | None:
        """The provider's id of somebody's cloned voice, where it may speak."""
        entry = self._registry.get(owner)
        return entry.voice if entry is not None and entry.state == READY else None

    async def can(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order `can-clone`: `{"can": whether there is an account that voices can be cloned with}`."""
        return {"can": self._provider is not None}

    async def clone(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order `clone`: `{owner, name, sizes}`, and WAV files one after the other.

        Returns:
            `{"ready": True}`, or `{"ready": False, "reason": code}` where the provider won't make it.

        Raises:
            StoreUnavailable: The provider does not answer; the same order again goes on with it.
            KeyError, TypeError, ValueError: It is out of shape.
        """
        owner, name, samples = _text(data["owner"]), _text(data["name"]), _parts(payload, data["sizes"])
        async with self._alone(owner) as provider:
            entry = self._registry.get(owner)
            if entry is not None and entry.state == READY and entry.name == name:
                return {"ready": True}
            if entry is not None and entry.name != name:
                await self._delete(owner, provider)
            elif entry is not None and entry.state == DELETING:
                raise StoreUnavailable("this voice is being deleted; clone another under a new name")
            self._registry.put(owner, Entry(PENDING, name))
            found = await provider.named(name)
            if found:
                # The answer to an upload was lost. More than one are of tries that crossed each other.
                for extra in found[1:]:
                    await provider.delete(extra)
                self._registry.put(owner, Entry(READY, name, found[0]))
                return {"ready": True}
            try:
                voice = await provider.add(name, samples)
            except CloneRefused as refused:
                self._registry.put(owner, None)
                logger.warning("the provider refused to clone a voice (%s)", refused.reason)
                return {"ready": False, "reason": refused.reason}
            self._registry.put(owner, Entry(READY, name, voice))
            return {"ready": True}

    async def delete(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order `clone-delete`: `{owner}`. Can be given again.

        Returns:
            `{"deleted": whether there was one}`, once the provider said that there is none.

        Raises:
            StoreUnavailable: The provider does not answer. The voice is not used from now on, and is deleted as soon
                as that is possible, without another order.
        """
        owner = _text(data["owner"])
        there = self._registry.get(owner) is not None
        await self.forget(owner)
        return {"deleted": there}

    async def forget(self, owner: str) -> None:
        """Delete somebody's cloned voice, for `forget`; raises as `delete`."""
        entry = self._registry.get(owner)
        if entry is None:
            return
        if entry.state == READY:
            # At once, also while an upload holds the lock: it must not speak any more.
            self._registry.put(owner, replace(entry, state=DELETING))
        async with self._alone(owner, deleting=True) as provider:
            await self._delete(owner, provider)

    async def traces(self, owner: str) -> list[str]:
        """What is still there of somebody, a line each, for `traces`."""
        entry = self._registry.get(owner)
        return [] if entry is None else [f"a cloned voice that is {entry.state}"]

    async def _delete(self, owner: str, provider: CloneProvider) -> None:
        entry = self._registry.get(owner)
        if entry is None:
            return
        self._registry.put(owner, replace(entry, state=DELETING))
        try:
            voices = {*await provider.named(entry.name), *([entry.voice] if entry.voice else [])}
            for voice in voices:
                await provider.delete(voice)
            for voice in voices:
                if await provider.exists(voice):
                    raise StoreUnavailable("the provider still has a voice that it deleted; it is tried again")
        except StoreUnavailable:
            self._retry()
            raise
        self._registry.put(owner, None)

    @contextlib.asynccontextmanager
    async def _alone(self, owner: str, *, deleting: bool = False) -> AsyncIterator[CloneProvider]:
        if self._provider is None:
            raise StoreUnavailable(
                "there is a cloned voice to delete and no provider's account; set its key again"
                if deleting
                else "there is no provider's account, so no voice can be cloned"
            )
        async with self._locks[owner]:
            yield self._provider

    def _retry(self) -> None:
        if self._provider is not None and (self._retrying is None or self._retrying.done()):
            self._retrying = asyncio.create_task(self._delete_the_rest())

    async def _delete_the_rest(self) -> None:
        wait_s = self._first_wait_s
        while owners := self._registry.owners(DELETING):
            await asyncio.sleep(wait_s)
            for owner in owners:
                # What fails stays in the registry as it is, and comes round again.
                with contextlib.suppress(StoreUnavailable):
                    async with self._alone(owner, deleting=True) as provider:
                        await self._delete(owner, provider)
            if left := len(self._registry.owners(DELETING)):
                logger.warning("%d cloned voices could not be deleted yet", left)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


def _text(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 100:
        raise ValueError
    return value


def _parts(payload: bytes, sizes: object) -> list[bytes]:
    """The files of a payload.

    Raises:
        ValueError: The sizes are not the payload's.
    """
    if not isinstance(sizes, list) or not sizes or not all(isinstance(each, int) and each > 0 for each in sizes):
        raise ValueError
    if sum(sizes) != len(payload):
        raise ValueError
    parts, at = [], 0
    for size in sizes:
        parts.append(payload[at : at + size])
        at += size
    return parts
