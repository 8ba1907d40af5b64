"""Finds personal data that must not lie about in a memory: what it is, where, and how sure that is.

Each category has a finder (`finders`), which reads written text (`dictated`), so that it finds what was said as well as
what was typed. What happens with a finding lives in `redaction`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from rapport.privacy.dictated import Written, as_written
from rapport.privacy.finders import Match
from rapport.privacy.finders.accounts import bank_accounts, cards, national_ids
from rapport.privacy.finders.addresses import addresses
from rapport.privacy.finders.contacts import emails, phones
from rapport.privacy.finders.passwords import secrets


class Category(str, Enum):
    """Kinds of personal data, by name as a label has it."""

    SECRET = "secret"  # noqa: S105 - the label's word
    """Passwords, PINs, access codes."""
    CARD = "card"
    BANK_ACCOUNT = "account"
    NATIONAL_ID = "national id"
    """Also passports, driving licences, tax and health insurance numbers."""
    EMAIL = "e-mail"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True)
class Finding:
    """Personal data in a text.

    Attributes:
        category: What it is.
        start: Where it begins in the text as it was given.
        end: Where it ends, one past its last character.
        confidence: 0.6 for a telling shape, 0.8 for a shape in a telling context, 0.95 and more where a check digit or
            an unmistakable form says so. Rules of thumb, not probabilities.
        ending: Up to four last digits that may be shown, for cards and accounts.
    """

    category: Category
    start: int
    end: int
    confidence: float
    ending: str = field(default="", repr=False)


_FINDERS: dict[Category, Callable[[str], Iterator[Match]]] = {
    Category.SECRET: secrets,
    Category.CARD: cards,
    Category.BANK_ACCOUNT: bank_accounts,
    Category.NATIONAL_ID: national_ids,
    Category.EMAIL: emails,
    Category.PHONE: phones,
    Category.ADDRESS: addresses,
}


def find(text: str) -> list[Finding]:
    """Everything personal in a text, in its order, without overlaps. Never raises.

    Where two findings overlap, the surer one is whole and what is left of the other stays beside it.
    """
    written = as_written(text)
    kept: list[Finding] = []
    for _, finding in sorted(_ranked(written), key=lambda one: one[0]):
        kept.extend(_beside(finding, kept, text))
    return sorted(kept, key=lambda finding: finding.start)


def _ranked(written: Written) -> Iterator[tuple[tuple[float, int], Finding]]:
    """Findings with their rank; those of a category that overlap, as one."""
    for order, (category, finder) in enumerate(_FINDERS.items()):
        matches = sorted(finder(written.text), key=lambda match: match.start)
        while matches:
            match = matches.pop(0)
            if matches and matches[0].start < match.end:
                other = matches.pop(0)
                surer = max(match, other, key=lambda one: one.confidence)
                end = max(match.end, other.end)
                matches.insert(0, Match(match.start, end, surer.confidence, surer.ending))
                continue
            start, end = written.source(match.start, match.end)
            yield (-match.confidence, order), Finding(category, start, end, match.confidence, match.ending)


def _beside(finding: Finding, kept: list[Finding], text: str) -> Iterator[Finding]:
    """The parts of a finding that no surer one covers."""
    spans = [(finding.start, finding.end)]
    for other in kept:
        spans = [
            part
            for start, end in spans
            for part in (
                ((start, end),)
                if other.end <= start or end <= other.start
                else ((start, other.start), (other.end, end))
            )
            if part[0] < part[1]
        ]
    for start, end in spans:
        part = text[start:end]
        if any(character.isalnum() for character in part):
            start += len(part) - len(part.lstrip())
            yield Finding(finding.category, start, start + len(part.strip()), finding.confidence, finding.ending)
