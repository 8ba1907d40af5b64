"""A person's lists: shopping, to-do, and any that they name. Kept with what they agreed to have remembered. Blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from Stemmer import Stemmer

from rapport.errors import QuotaReached
from rapport.people import LISTS, Person
from rapport.privacy.purposes import Purpose

VERSION = 1
"""Of the form that lists are kept in."""

MOST_LISTS, MOST_ITEMS, LONGEST, LONGEST_NAME = 30, 200, 80, 40
"""Lists a person, things a list, characters a thing, and of a list's name."""

_SMALL = frozenset("a an the some any my our of more".split())


@dataclass(frozen=True)
class Item:
    """A thing on a list.

    Attributes:
        text: As it was said.
        done: It was ticked off.
    """

    text: str
    done: bool = False


@dataclass(frozen=True)
class NamedList:
    """A list.

    Attributes:
        name: As it is said before "list": `shopping`.
        items: In the order in which they came.
    """

    name: str
    items: tuple[Item, ...] = ()

    @property
    def open(self) -> list[Item]:
        """What is not ticked off."""
        return [each for each in self.items if not each.done]

    def with_added(self, texts: Iterable[str]) -> tuple[NamedList, list[str], list[str]]:
        """The list with things put on it, those that are new on it, and those that were there already.

        Raises:
            QuotaReached: It is full.
        """
        items, added, known = list(self.items), [], []
        for text in texts:
            same = next((each for each in items if _words(each.text) == _words(text)), None)
            if same is not None and not same.done:
                known.append(same.text)
                continue
            if same is not None:
                items.remove(same)
            items.append(Item(text[:LONGEST]))
            added.append(text[:LONGEST])
        if len(items) > MOST_ITEMS:
            raise QuotaReached(f"a list holds at most {MOST_ITEMS} things")
        return replace(self, items=tuple(items)), added, known

    def found(self, said: str) -> list[Item]:
        """The things that words can mean: just those of that name, else those with all the words in theirs."""
        wanted = _words(said)
        if not wanted:
            return []
        same = [each for each in self.open if _words(each.text) == wanted]
        return same or [each for each in self.open if wanted <= _words(each.text)]

    def without(self, items: Sequence[Item]) -> NamedList:
        """The list without things."""
        return replace(self, items=tuple(each for each in self.items if each not in items))

    def ticked(self, items: Sequence[Item]) -> NamedList:
        """The list with things ticked off."""
        return replace(self, items=tuple(replace(each, done=True) if each in items else each for each in self.items))

    def alike(self, said: str) -> Item | None:
        """The thing that shares most words with what was said; None where none does."""
        wanted = _words(said)
        best = max(self.open, key=lambda each: len(_words(each.text) & wanted), default=None)
        return best if best is not None and _words(best.text) & wanted else None


def lists_of(person: Person) -> dict[str, NamedList]:
    """All lists, by name.

    Raises:
        ConsentMissing: They did not agree to be remembered.
    """
    kept = person.record(LISTS, Purpose.MEMORY) or {}
    return {each["name"]: _list(each) for each in kept.get("lists", ())}


def keep_lists(person: Person, lists: Iterable[NamedList]) -> None:
    """Keep these lists in place of what was there.

    Raises:
        ConsentMissing: They did not agree to be remembered.
        QuotaReached: There are too many.
    """
    kept = list(lists)
    if len(kept) > MOST_LISTS:
        raise QuotaReached(f"there is room for {MOST_LISTS} lists")
    record = {"version": VERSION, "lists": [asdict(each) for each in kept]} if kept else None
    person.keep_record(LISTS, record, Purpose.MEMORY)


def _list(record: Mapping[str, Any]) -> NamedList:
    return NamedList(
        str(record["name"]), tuple(Item(str(each["text"]), bool(each["done"])) for each in record["items"])
    )


def _words(text: str) -> frozenset[str]:
    """The words that matter, by their stems: "the eggs" is "egg"."""
    return frozenset(
        _stemmer.stemWords([word for word in text.lower().replace("-", " ").split() if word not in _SMALL])
    )


_stemmer = Stemmer("english")
