"""The consent ledger: what a person agreed to, in which words, when and through what; and what they took back.

Grants and withdrawals are appended and never changed. What is live follows from them; that a withdrawal also erases is
done by `rapport.people`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapport.errors import ConsentMissing
from rapport.privacy.purposes import Purpose, Wording, wordings


@dataclass(frozen=True)
class Decision:
    """One grant or withdrawal; as the person gets it, it is their receipt.

    Attributes:
        receipt: 16 hex digits that name it.
        purpose: What it is about.
        granted: True for a yes, False for a withdrawal.
        version: The wording's version.
        wording: The very words that were shown or spoken.
        at: When, in UTC.
        channel: Through what it was given: `voice`, `text`, `page`.
    """

    receipt: str
    purpose: Purpose
    granted: bool
    version: int
    wording: str
    at: datetime
    channel: str

    @classmethod
    def now(cls, purpose: Purpose, *, granted: bool, at: datetime, channel: str) -> Decision:
        """A decision on the current wording: as spoken for voice and text, as written for the page."""
        wording = wordings()[purpose]
        words = wording.written if channel == "page" else wording.spoken
        return cls(secrets.token_hex(8), purpose, granted, wording.version, words, at, channel)

    def as_record(self) -> dict[str, Any]:
        """Plain JSON, as the store keeps it."""
        return {**self.__dict__, "purpose": self.purpose.value, "at": self.at.isoformat()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Decision:
        """What `as_record` made."""
        read = {**record, "purpose": Purpose(record["purpose"]), "at": datetime.fromisoformat(record["at"])}
        return cls(**read)


@dataclass(frozen=True)
class Ledger:
    """All decisions of a person, oldest first."""

    decisions: tuple[Decision, ...] = ()

    def live(self, now: Mapping[Purpose, Wording] | None = None) -> dict[Purpose, Decision]:
        """What is agreed to: the last decision about a purpose is a yes, to the wording's current version."""
        now = now or wordings()
        last = {each.purpose: each for each in self.decisions}
        return {
            purpose: each for purpose, each in last.items() if each.granted and each.version == now[purpose].version
        }

    def decided(self) -> set[Purpose]:
        """What was said yes or no to, in the current wording, at some time."""
        return {each.purpose for each in self.decisions if each.version == wordings()[each.purpose].version}

    def require(self, purpose: Purpose) -> Decision:
        """The live consent for a purpose.

        Raises:
            ConsentMissing: There is none.
        """
        decision = self.live().get(purpose)
        if decision is None:
            raise ConsentMissing(purpose.value)
        return decision

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]]) -> Ledger:
        """The ledger from the store's records, in their order."""
        return cls(tuple(Decision.from_record(record) for record in records))
