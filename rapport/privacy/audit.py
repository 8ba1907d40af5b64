"""The audit trail: who (by a pseudonym), what, when, for which purpose; never what was said.

A text file of one JSON object a line. Each entry holds the hash of the one before it, so an edited, dropped or
reordered entry breaks the chain. Every so many entries a checkpoint signs the last hash, and a file `head` beside the
trail, signed too, says how far it went, so that a cut end or a chain written anew shows as well.

Several processes append; a lock on the file keeps their entries in one chain.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from rapport.errors import AuditBroken
from rapport.privacy.keys import derive
from rapport.telemetry import metrics

CHECKPOINT_EVERY = 100
"""Entries after which the chain is signed: a signature takes 0.1 ms, so that an entry costs a write and no more."""

START = "0" * 64
"""What the first entry has for the hash of the one before it."""

SYSTEM = "system"
"""Who acts where no person does: the sweeper, an operator's command."""


def pseudonym(secret: str, person: str) -> str:
    """Who an entry is about. The secret lies in the person's file, so the link dies with the file's key."""
    return "a_" + hmac.new(secret.encode(), person.encode(), hashlib.sha256).hexdigest()[:24]


@dataclass(frozen=True)
class Entry:
    """One line of the trail.

    Attributes:
        number: Counted from 1.
        at: ISO 8601, UTC.
        who: A person's pseudonym, or `system`.
        what: `consent.granted`, `memory.written`, `person.erased`, …
        details: Purpose, counts, channel, receipt: never content.
        before: Hash of the entry before it.
        hash: SHA-256 over all of the above.
    """

    number: int
    at: str
    who: str
    what: str
    details: Mapping[str, str | int]
    before: str
    hash: str

    @classmethod
    def after(cls, last: Entry | None, at: str, who: str, what: str, details: Mapping[str, str | int]) -> Entry:
        """The entry that follows the last one."""
        number, before = (last.number + 1, last.hash) if last else (1, START)
        return cls(number, at, who, what, dict(details), before, _hash(number, at, who, what, details, before))

    @property
    def whole(self) -> bool:
        """Whether the hash is that of the rest."""
        return hmac.compare_digest(
            self.hash, _hash(self.number, self.at, self.who, self.what, self.details, self.before)
        )


def _hash(number: int, at: str, who: str, what: str, details: Mapping[str, str | int], before: str) -> str:
    line = json.dumps([number, at, who, what, dict(details), before], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


class AuditTrail:
    """Appends to a trail and reads it. Blocks.

    Args:
        folder: Where `trail.jsonl` and `head` are.
        signing: 32 bytes, from which the signing key is made.
        clock: The time of an entry.
    """

    def __init__(
        self, folder: Path, signing: bytes, clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
    ) -> None:
        self._file = folder / "trail.jsonl"
        self._head = folder / "head"
        self._key = Ed25519PrivateKey.from_private_bytes(derive(signing, "audit-signature"))
        self._clock = clock

    @property
    def public_key(self) -> str:
        """Verifies signatures and receipts: base64 of 32 bytes."""
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, text: str) -> str:
        """An Ed25519 signature of a text, in base64."""
        return base64.b64encode(self._key.sign(text.encode())).decode()

    def append(self, who: str, what: str, **details: str | int) -> Entry:
        """Write an entry, through to the disk."""
        with self._locked() as file:
            last = self._last(file)
            entry = Entry.after(last, self._now(), who, what, details)
            written = [entry]
            if entry.number % CHECKPOINT_EVERY == 0:
                written.append(self._checkpoint(entry))
            file.seek(0, os.SEEK_END)
            file.write("".join(json.dumps(each.__dict__, separators=(",", ":")) + "\n" for each in written).encode())
            file.flush()
            os.fsync(file.fileno())
            self._write_head(written[-1])
        metrics.AUDITED.labels(what, str(details.get("purpose", ""))).inc()
        return entry

    def entries(self, who: str | None = None) -> Iterator[Entry]:
        """All entries, or those about somebody, oldest first.

        Raises:
            AuditBroken: A line can't be read.
        """
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            for at, line in enumerate(file, 1):
                entry = _read(line, at)
                if who in (None, entry.who):
                    yield entry

    def verify(self, public_key: str | None = None) -> int:
        """Check every hash, link and signature, and that the trail goes on as far as its head says.

        Args:
            public_key: Whose signatures count; by default this trail's own key's.

        Returns:
            How many entries there are.

        Raises:
            AuditBroken: Something is not as it was written; the message says where.
        """
        verifier = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key or self.public_key))
        last: Entry | None = None
        with self._locked():  # nobody appends between reading the trail and reading its head
            for entry in self.entries():
                at = last.number + 1 if last else 1
                if entry.number != at:
                    raise AuditBroken(f"entry {at} of the audit trail is missing or moved; {entry.number} is there")
                if entry.before != (last.hash if last else START):
                    raise AuditBroken(f"entry {at} of the audit trail does not follow the one before it")
                if not entry.whole:
                    raise AuditBroken(f"entry {at} of the audit trail was edited")
                if entry.what == "audit.checkpoint" and not _signed(verifier, entry.before, entry.details["signature"]):
                    raise AuditBroken(f"the signature at entry {at} of the audit trail is not ours")
                last = entry
            self._verify_head(verifier, last)
        return last.number if last else 0

    def _checkpoint(self, entry: Entry) -> Entry:
        return Entry.after(entry, self._now(), SYSTEM, "audit.checkpoint", {"signature": self.sign(entry.hash)})

    def _write_head(self, entry: Entry) -> None:
        text = f"{entry.number} {entry.hash}"
        temporary = self._head.with_suffix(".new")
        temporary.write_text(f"{text} {self.sign(text)}\n")
        temporary.replace(self._head)

    def _verify_head(self, verifier: Ed25519PublicKey, last: Entry | None) -> None:
        if last is None and not self._head.exists():
            return
        try:
            number, digest, signature = self._head.read_text().split()
        except (OSError, ValueError):
            raise AuditBroken("the audit trail's head is missing or damaged") from None
        if not _signed(verifier, f"{number} {digest}", signature):
            raise AuditBroken("the signature of the audit trail's head is not ours")
        reached = last.number if last else 0
        # The head is written after the entry: a crash between them leaves a trail that is longer, never a shorter one.
        if reached < int(number):
            raise AuditBroken(f"the audit trail ends at entry {reached}; its head says {number}")
        if reached == int(number) and last is not None and last.hash != digest:
            raise AuditBroken(f"entry {number} of the audit trail is not the one that its head signed")

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds")

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield file
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    @staticmethod
    def _last(file: IO[bytes]) -> Entry | None:
        """The last entry; a line that a crash left half written is cut off."""
        file.seek(0, os.SEEK_END)
        size = file.tell()
        tail = b""
        while size and tail.count(b"\n") < 2:
            step = min(4096, size)
            size -= step
            file.seek(size)
            tail = file.read(step) + tail
        if not tail:
            return None
        lines = tail.split(b"\n")
        if lines[-1]:  # no line end: it was never acknowledged
            file.seek(-len(lines[-1]), os.SEEK_END)
            file.truncate()
        return _read(lines[-2], 0) if len(lines) > 1 and lines[-2] else None


def _signed(verifier: Ed25519PublicKey, text: str, signature: Any) -> bool:
    try:
        verifier.verify(base64.b64decode(str(signature)), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(line: bytes, number: int) -> Entry:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):
        place = f"entry {number}" if number else "the last entry"
        raise AuditBroken(f"{place} of the audit trail can't be read") from None
