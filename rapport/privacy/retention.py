"""How long what sort of memory is kept.

What has expired is not read, by the stores' filters, and is deleted by the sweeper (`rapport.people.People.sweep`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from rapport.errors import SettingsError
from rapport.memory.values import Kind

DEFAULT_DAYS: Mapping[Kind, int] = {
    Kind.FACT: 730,
    Kind.PREFERENCE: 730,
    Kind.RELATION: 1825,
    Kind.ROUTINE: 365,
    Kind.EVENT: 365,
    Kind.NOTE: 365,
    Kind.SUMMARY: 60,
}
"""Days after a memory was last told or confirmed."""

LONGEST_DAYS = 36_500


class Retention:
    """Times to live by kind.

    Args:
        days: Days by kind; those that are not named keep their default.
    """

    def __init__(self, days: Mapping[Kind, int] | None = None) -> None:
        self._days = {**DEFAULT_DAYS, **(days or {})}

    @classmethod
    def parse(cls, text: str) -> Retention:
        """From a setting such as `note=30 summary=7`, in days.

        Raises:
            SettingsError: There is no such kind, or no such number of days.
        """
        days: dict[Kind, int] = {}
        for part in text.split():
            kind, _, number = part.partition("=")
            if kind not in {each.value for each in Kind}:
                kinds = ", ".join(each.value for each in Kind)
                raise SettingsError(f"RAPPORT_RETENTION_DAYS names an unknown kind; there are {kinds}")
            if not number.isdecimal() or not 1 <= int(number) <= LONGEST_DAYS:
                raise SettingsError(f"RAPPORT_RETENTION_DAYS wants days from 1 to {LONGEST_DAYS}, as in note=30")
            days[Kind(kind)] = int(number)
        return cls(days)

    def expires(self, kind: Kind, confirmed: datetime) -> datetime:
        """When a memory is to be gone."""
        return confirmed + timedelta(days=self._days[kind])
