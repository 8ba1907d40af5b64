"""Everything that is held about a person, as values: what an export is made of, and what it is measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from rapport.memory.drafts import Quota
from rapport.memory.store import Record, Usage
from rapport.memory.values import Memory
from rapport.people import CONSENTS, PROFILE, Person
from rapport.privacy.audit import Entry
from rapport.privacy.consent import Decision

FORMAT = "rapport-export/1"
"""The form of `data.json`; what is added later keeps the number, what changes meaning takes the next."""

ALSO_HELD = (
    "Each memory is held a second time as 384 numbers, which are computed from its text so that it can be found by its "
    "meaning. They say nothing that the text does not say.",
    "A secret of random digits links you to your entries in the activity. It is deleted with your file, and nobody can "
    "tell from then on whose entries they were.",
)
"""What the archive tells of instead of holding it."""


@dataclass(frozen=True)
class Held:
    """All that is held about a person, at one time.

    Attributes:
        person: Their id.
        at: When it was read.
        memories: All, history and expired ones that are not deleted yet included, newest first.
        decisions: Consents and withdrawals, oldest first.
        profile: What they are called and the like.
        records: Other small records, by name.
        entries: The audit entries about them, oldest first, this export's own not included.
        usage: How much that is.
        quota: How much it may be.
    """

    person: str
    at: datetime
    memories: tuple[Memory, ...]
    decisions: tuple[Decision, ...]
    profile: Record
    records: Mapping[str, Record]
    entries: tuple[Entry, ...]
    usage: Usage
    quota: Quota

    @classmethod
    def by(cls, person: Person, at: datetime) -> Held:
        """Read it. No consent is asked for: it is theirs."""
        memories, records = person.everything()
        behind = person.memories()
        return cls(
            person=person.id,
            at=at,
            memories=tuple(sorted(memories, key=lambda each: each.created, reverse=True)),
            decisions=person.ledger().decisions,
            profile=records.get(PROFILE, {}),
            records={
                name: record for name, record in records.items() if name != PROFILE and not name.startswith(CONSENTS)
            },
            entries=tuple(person.audited()),
            usage=behind.usage(),
            quota=behind.quota,
        )

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; every field of every value, under the value's own names."""
        plain: dict[str, Any] = _plain(
            {
                "format": FORMAT,
                "made": self.at,
                "person": self.person,
                "memories": [asdict(memory) for memory in self.memories],
                "consents": [decision.as_record() for decision in self.decisions],
                "profile": self.profile,
                "records": self.records,
                "activity": [asdict(entry) for entry in self.entries],
                "usage": asdict(self.usage),
                "quota": asdict(self.quota),
                "also_held": ALSO_HELD,
            }
        )
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
