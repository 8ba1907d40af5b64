"""Pronunciation dictionaries: rules, their versions, and how they change what is said.

Alias rules are heard. Phoneme rules are kept and given back, but the local voice takes no phonemes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from pydantic import BaseModel

from emulator.refusals import Refused, new_id

PLS = "http://www.w3.org/2005/01/pronunciation-lexicon"
"""The XML namespace of PLS 1.0."""


class Rule(BaseModel):
    """One word, and how it is said."""

    type: Literal["alias", "phoneme"]
    string_to_replace: str
    alias: str | None = None
    phoneme: str | None = None
    alphabet: str | None = None
    case_sensitive: bool | None = None
    word_boundaries: bool | None = None

    def apply(self, text: str) -> str:
        """The text as this rule has it said."""
        if self.type != "alias" or not self.alias or not self.string_to_replace:
            return text
        pattern = re.escape(self.string_to_replace)
        if self.word_boundaries is not False:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        flags = 0 if self.case_sensitive is not False else re.IGNORECASE
        return re.sub(pattern, lambda match: self.alias or match[0], text, flags=flags)


@dataclass
class Dictionary:
    """A dictionary with all its versions.

    Attributes:
        versions: Rules, by the version's id, oldest first.
    """

    id: str
    name: str
    description: str | None
    created_at: int
    versions: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    archived_at: int | None = None

    @property
    def latest(self) -> str:
        """The id of the newest version."""
        return next(reversed(self.versions))

    def change(self, rules: Sequence[Rule]) -> None:
        """Make a new version."""
        self.versions[new_id()] = tuple(rules)

    def as_json(self) -> dict[str, Any]:
        """As lists give it."""
        return {
            "id": self.id,
            "latest_version_id": self.latest,
            "latest_version_rules_num": len(self.versions[self.latest]),
            "name": self.name,
            "permission_on_resource": "admin",
            "created_by": "emulated-owner",
            "creation_time_unix": self.created_at,
            "archived_time_unix": self.archived_at,
            "description": self.description,
        }

    def as_changed(self) -> dict[str, Any]:
        """As an answer to a change gives it."""
        return {"id": self.id, "version_id": self.latest, "version_rules_num": len(self.versions[self.latest])}

    def as_added(self) -> dict[str, Any]:
        """As the answer to its making gives it."""
        return {
            **self.as_changed(),
            "name": self.name,
            "created_by": "emulated-owner",
            "creation_time_unix": self.created_at,
            "description": self.description,
            "permission_on_resource": "admin",
        }


class Dictionaries:
    """All dictionaries of the account.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._dictionaries: dict[str, Dictionary] = {}

    def all(self) -> list[Dictionary]:
        """In the order they came."""
        return list(self._dictionaries.values())

    def add(self, name: str, description: str | None, rules: Sequence[Rule]) -> Dictionary:
        """Make one."""
        dictionary = Dictionary(new_id(), name, description, int(self._clock()))
        dictionary.change(rules)
        self._dictionaries[dictionary.id] = dictionary
        return dictionary

    def get(self, dictionary_id: str) -> Dictionary:
        """The dictionary of an id.

        Raises:
            Refused: There is none.
        """
        if dictionary_id not in self._dictionaries:
            raise Refused("dictionary_not_found")
        return self._dictionaries[dictionary_id]

    def rules(self, dictionary_id: str, version_id: str | None) -> tuple[Rule, ...]:
        """The rules of a version, or of the newest.

        Raises:
            Refused: There is no such dictionary, or version of it.
        """
        dictionary = self.get(dictionary_id)
        version = dictionary.latest if version_id is None else version_id
        if version not in dictionary.versions:
            raise Refused("dictionary_not_found")
        return dictionary.versions[version]


def pronounced_by(rules: Sequence[Rule]) -> Callable[[str], str]:
    """Writes a text as these rules have it said, the first rule that fits a word going first."""

    def pronounced(text: str) -> str:
        for rule in rules:
            text = rule.apply(text)
        return text

    return pronounced


def read_pls(content: bytes) -> list[Rule]:
    """The rules of a PLS file.

    Raises:
        Refused: It is none.
    """
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise Refused("dictionary_invalid", "Leave out the document type.")
    try:
        lexicon = ElementTree.fromstring(content)  # noqa: S314 - without a document type, nothing expands
    except ElementTree.ParseError as error:
        raise Refused("dictionary_invalid") from error
    alphabet = lexicon.get("alphabet", "ipa")
    rules = []
    for lexeme in lexicon.iter(f"{{{PLS}}}lexeme"):
        alias, phoneme = (lexeme.findtext(f"{{{PLS}}}{kind}") for kind in ("alias", "phoneme"))
        for grapheme in lexeme.iter(f"{{{PLS}}}grapheme"):
            word = grapheme.text or ""
            if alias is not None:
                rules.append(Rule(type="alias", string_to_replace=word, alias=alias))
            elif phoneme is not None:
                rules.append(Rule(type="phoneme", string_to_replace=word, phoneme=phoneme, alphabet=alphabet))
    return rules


def write_pls(rules: Sequence[Rule]) -> str:
    """The rules as a PLS file."""
    lexemes = "".join(
        f"<lexeme><grapheme>{escape(rule.string_to_replace)}</grapheme>"
        f"<{rule.type}>{escape(rule.alias or rule.phoneme or '')}</{rule.type}></lexeme>"
        for rule in rules
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><lexicon version="1.0" xmlns="{PLS}" alphabet="ipa" '
        f'xml:lang="en-US">{lexemes}</lexicon>'
    )
