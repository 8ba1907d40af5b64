"""The assistant's own fixed wordings: what it says to everybody, and what therefore holds nothing of anybody.

They are the variants of the domain's responses that have no slot in them, and the questions for consent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from rapport.privacy.purposes import wordings
from rapport.speech.clauses import cut_clauses

_SLOT = re.compile(r"\{[\w.]+\}")


def fixed_wordings(domain: Path) -> list[str]:
    """Every text that is said as it stands, in the domain's order; none where there is no such file.

    Args:
        domain: Rasa's domain file.
    """
    asked = [wording.spoken for wording in wordings().values()]
    if not domain.is_file():
        return asked
    responses = _read(domain).get("responses") or {}
    texts = [str(variant.get("text") or "") for variants in responses.values() for variant in variants]
    return [text for text in dict.fromkeys([*texts, *asked]) if text.strip() and not _SLOT.search(text)]


def clauses_of(texts: Iterable[str]) -> list[str]:
    """Their clauses, each once, as the channel sends them and as the server cuts those."""
    found = (clause.strip() for text in texts for sent in cut_clauses(text) for clause in cut_clauses(sent.strip()))
    return list(dict.fromkeys(filter(None, found)))


def _read(domain: Path) -> dict[str, dict[str, list[dict[str, object]]]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = yaml.load(domain.read_text(encoding="utf-8"), loader)  # noqa: S506 - a safe loader, in C
    return read if isinstance(read, dict) else {}
