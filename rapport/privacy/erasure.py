"""Erasing a person: every place they are kept in, in an order that a crash can't undo, verified, with a signed receipt.

What is under way is journalled, so that it goes on after a crash at any step, and with a part that is out of reach (a
provider, Rasa's server) as soon as that answers again. A tombstone keeps who was erased from coming back, with a backup
or an old token; it holds a keyed hash of the id, from which the id can't be told.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from rapport import durable_file
from rapport.errors import ErasurePending, NotErased, RapportError
from rapport.memory.store import MemoryStore
from rapport.privacy.audit import AuditTrail

CHUNK = 1 << 20


class Artefacts(Protocol):
    """What is kept about people outside the store: conversations, clips, a provider's copies."""

    @property
    def name(self) -> str:
        """What it is, in a word, for the receipt."""

    def erase(self, person: str) -> None:
        """Delete all of a person's. Can be called again.

        Raises:
            RapportError: It is out of reach; it is tried again later.
        """

    def traces(self, person: str) -> list[str]:
        """What is still there, a line each, without content."""


@dataclass(frozen=True)
class Receipt:
    """Proof of an erasure, for the person to keep.

    Attributes:
        id: 16 hex digits.
        who: The person's pseudonym in the audit trail; empty where nothing was kept.
        at: When it was verified, ISO 8601, UTC.
        memories: How many there were.
        erased: Every place, in the order of erasing.
        searched_files: How many files were searched for what must not be left.
        searched_bytes: Their bytes.
        signature: Ed25519 over all of the above, with the audit trail's key, in base64.
    """

    id: str
    who: str
    at: str
    memories: int
    erased: tuple[str, ...]
    searched_files: int
    searched_bytes: int
    signature: str = ""

    @property
    def signed_text(self) -> str:
        """What the signature is over."""
        return json.dumps({**asdict(self), "signature": ""}, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class _Journal:
    """An erasure under way; gone with its end, since it names the person."""

    person: str
    receipt: str
    who: str
    memories: int
    canary: str
    done: tuple[str, ...] = ()


class Tombstones:
    """Who was erased.

    Args:
        file: One hash a line.
        key: Keys the hashes.
    """

    def __init__(self, file: Path, key: bytes) -> None:
        self._file = file
        self._key = key
        self._read: tuple[int, frozenset[str]] = (-1, frozenset())

    def holds(self, person: str) -> bool:
        """Whether this person was erased, or is being erased."""
        try:
            size = self._file.stat().st_size  # it only ever grows, in this process or another
        except FileNotFoundError:
            return False
        if self._read[0] != size:
            self._read = (size, frozenset(self._file.read_text(encoding="ascii").split()))
        return self._hash(person) in self._read[1]

    def add(self, person: str) -> None:
        """Keep this person from coming back."""
        if not self.holds(person):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="ascii") as file:
                file.write(self._hash(person) + "\n")
                file.flush()
                os.fsync(file.fileno())

    def _hash(self, person: str) -> str:
        return hmac.new(self._key, person.encode(), hashlib.sha256).hexdigest()


class Erasure:
    """Erases people.

    Args:
        store: Where memories and wrapped keys are.
        artefacts: Everything else.
        audit: Told of it, and signs receipts.
        tombstones: Who was erased.
        journals: Folder of what is under way.
        searched: Folders in which nothing of an erased person may be found.
        clock: The time, in UTC.
    """

    def __init__(
        self,
        store: MemoryStore,
        artefacts: Sequence[Artefacts],
        audit: AuditTrail,
        tombstones: Tombstones,
        *,
        journals: Path,
        searched: Sequence[Path],
        clock: Callable[[], datetime],
    ) -> None:
        self.tombstones = tombstones
        self._store = store
        self._artefacts = artefacts
        self._audit = audit
        self._journals = journals
        self._searched = searched
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    def run(self, person: str, who: str = "", memories: int = 0, canary: str = "") -> Receipt:
        """Erase a person, or go on erasing them.

        Args:
            person: Whom.
            who: Their pseudonym, as long as it can be told.
            memories: How many there are.
            canary: A text from inside what is kept, that must not be found afterwards.

        Raises:
            ErasurePending: A part is out of reach; `resume` goes on with it.
            NotErased: Something is still there after all.
        """
        with self._one_at_a_time:
            journal = self._journal(person) or _Journal(person, secrets.token_hex(8), who, memories, canary)
            self._keep(journal)
            return self._go_on(journal)

    def resume(self) -> int:
        """Go on with every erasure that is under way; how many are still, since a part is out of reach.

        Raises:
            NotErased: Something of somebody is still there after all.
        """
        with self._one_at_a_time:
            return sum(1 for file in sorted(self._journals.glob("*.json")) if not self._ended(_read(file)))

    def pending(self) -> int:
        """How many erasures are under way."""
        return sum(1 for _ in self._journals.glob("*.json"))

    def _ended(self, journal: _Journal) -> bool:
        try:
            self._go_on(journal)
        except ErasurePending:
            return False
        return True

    def _go_on(self, journal: _Journal) -> Receipt:
        person = journal.person
        # The key goes first: from then on nothing can be read, whatever else takes its time.
        steps: list[tuple[str, Callable[[], None]]] = [
            ("return", lambda: self.tombstones.add(person)),
            ("key", lambda: self._store.destroy_wrapped_key(person)),
            ("memories", lambda: self._store.erase(person)),
            *((each.name, lambda each=each: each.erase(person)) for each in self._artefacts),
        ]
        waiting: list[RapportError] = []
        for name, erase in steps:
            if name in journal.done:
                continue
            try:
                erase()
            except RapportError as error:
                waiting.append(error)
                continue
            journal = replace(journal, done=(*journal.done, name))
            self._keep(journal)
        if waiting:
            raise ErasurePending(len(waiting)) from waiting[0]
        files, size = self._verify(journal)
        return self._receipt(journal, files, size)

    def _verify(self, journal: _Journal) -> tuple[int, int]:
        left = self._store.traces(journal.person)
        for each in self._artefacts:
            left += each.traces(journal.person)
        if left:
            self._keep(replace(journal, done=()))  # all of it again, the next time
            raise NotErased(f"{len(left)} traces of an erased person are still there; run the sweep again")
        files = size = 0
        needles = [text.encode() for text in (journal.person, journal.canary) if text]
        for file in self._files():
            files += 1
            size += file.stat().st_size
            if _holds(file, needles):
                raise NotErased("a file under the data folder still names an erased person; look for copies")
        return files, size

    def _files(self) -> Iterator[Path]:
        for folder in self._searched:
            for file in sorted(folder.rglob("*")):
                if file.is_file() and self._journals not in file.parents:
                    yield file

    def _receipt(self, journal: _Journal, files: int, size: int) -> Receipt:
        at = self._clock().isoformat(timespec="seconds")
        receipt = Receipt(journal.receipt, journal.who, at, journal.memories, journal.done, files, size)
        receipt = replace(receipt, signature=self._audit.sign(receipt.signed_text))
        who = journal.who or "nobody"
        # After a crash just here, the entry is written twice, with one receipt; better twice than never.
        self._audit.append(who, "person.erased", receipt=receipt.id, memories=receipt.memories)
        self._file(journal.person).unlink(missing_ok=True)
        return receipt

    def _file(self, person: str) -> Path:
        return self._journals / f"{hashlib.sha256(person.encode()).hexdigest()[:32]}.json"

    def _journal(self, person: str) -> _Journal | None:
        file = self._file(person)
        return _read(file) if file.exists() else None

    def _keep(self, journal: _Journal) -> None:
        durable_file.replace(self._file(journal.person), json.dumps(asdict(journal)))


def _read(file: Path) -> _Journal:
    read = json.loads(file.read_text(encoding="utf-8"))
    return _Journal(**{**read, "done": tuple(read["done"])})


def _holds(file: Path, needles: Sequence[bytes]) -> bool:
    longest = max((len(needle) for needle in needles), default=0)
    tail = b""
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            window = tail + chunk
            if any(needle in window for needle in needles):
                return True
            tail = window[-longest:] if longest else b""
    return False
