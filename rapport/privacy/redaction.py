"""What happens with personal data before a memory is written: a policy says what becomes of each kind.

Finding it lives in `personal_data`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from rapport.privacy.dictated import OPAQUE, as_written
from rapport.privacy.personal_data import Category, Finding, find

__all__ = ["ASKED", "PASSING", "Action", "Category", "Finding", "Policy", "Redacted", "find", "redact"]


class Action(str, Enum):
    """What becomes of a finding."""

    DROP = "drop"
    """The memory is refused as a whole."""
    MASK = "mask"
    """A label takes its place; a card's or account's may show the last four digits."""
    HASH = "hash"
    """As masked, with a keyed hash: two texts with the same value can be told to have it, nobody can tell it."""
    CONFIRM = "confirm"
    """It stays, and makes the memory sensitive: it is kept only after a question of its own."""


Policy = Mapping[Category, Action]
"""An action for every category."""

ASKED: Policy = {
    Category.SECRET: Action.DROP,
    Category.CARD: Action.DROP,
    Category.BANK_ACCOUNT: Action.MASK,
    Category.NATIONAL_ID: Action.MASK,
    Category.EMAIL: Action.CONFIRM,
    Category.PHONE: Action.CONFIRM,
    Category.ADDRESS: Action.CONFIRM,
}
"""For what a person asks to have remembered: they may want their phone number known, but nobody needs their PIN."""

PASSING: Policy = {**ASKED, Category.EMAIL: Action.MASK, Category.PHONE: Action.MASK, Category.ADDRESS: Action.MASK}
"""For what is said in passing or derived: nobody asked to have a number kept, whosever it is."""

_HASH_BYTES = 8
"""64 bits: among a person's few values no two collide; without the key nothing can be tried."""


@dataclass(frozen=True)
class Redacted:
    """A text that may be kept, if it may.

    Attributes:
        text: With labels such as `[phone]` and `[card ending 4242]`; empty where it was dropped.
        findings: What was found, in order, placed in the text as it was given.
        dropped: It must not be kept.
        confirm: It holds personal data that may be kept after a question.
    """

    text: str
    findings: tuple[Finding, ...]
    dropped: bool
    confirm: bool


def redact(text: str, policy: Policy = ASKED, key: bytes = b"") -> Redacted:
    """Apply a policy. Redacting twice changes nothing, since labels are not looked into.

    Args:
        text: As said or typed.
        policy: What becomes of each category.
        key: For hashes, 32 bytes made for this alone: `derive(person_keys.data, "redaction")`.

    Raises:
        ValueError: The policy has a category hashed and there is no key.
    """
    if not key and Action.HASH in policy.values():
        raise ValueError('a policy that hashes needs a key; derive one from the person\'s with "redaction"')
    removed: list[Finding] = []
    rest = text
    while True:  # what is left may read otherwise without what was found, so until nothing is
        found = find(rest)
        new = [finding for finding in found if policy[finding.category] is not Action.CONFIRM]
        if not new:
            break
        removed.extend(new)
        for finding in new:
            rest = rest[: finding.start] + OPAQUE * (finding.end - finding.start) + rest[finding.end :]
    findings = tuple(sorted([*removed, *found], key=lambda finding: finding.start))
    dropped = any(policy[finding.category] is Action.DROP for finding in removed)
    if dropped:
        return Redacted("", findings, dropped=True, confirm=False)
    kept = text
    for finding in sorted(removed, key=lambda finding: finding.start, reverse=True):
        label = _label(finding, policy[finding.category], text[finding.start : finding.end], key)
        kept = kept[: finding.start] + label + kept[finding.end :]
    return Redacted(kept, findings, dropped=False, confirm=bool(found))


def _label(finding: Finding, action: Action, value: str, key: bytes) -> str:
    name = finding.category.value
    if action is Action.HASH:
        plain = "".join(character for character in as_written(value).text.lower() if character.isalnum())
        digest = hmac.new(key, f"{name}:{plain}".encode("utf-8", "replace"), hashlib.sha256).digest()[:_HASH_BYTES]
        return f"[{name}:{_letters(digest)}]"
    return f"[{name} ending {finding.ending}]" if finding.ending else f"[{name}]"


def _letters(digest: bytes) -> str:
    """Each half byte as a letter from a to p: digits could be taken for personal data again."""
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest.hex())
