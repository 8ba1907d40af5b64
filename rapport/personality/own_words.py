"""A person's own words: names and things that they are likely to say, or say often, so that they are listened for.

Blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date

from rapport.errors import ConsentMissing
from rapport.everyday.lists import lists_of
from rapport.memory.values import Sensitivity
from rapport.people import Person
from rapport.personality.signals import names_used

MOST_WORDS = 3
"""Words of one name; what is longer is a sentence, and says itself."""
MOST_MEMORIES = 200
MOST = 300
"""Names and things; the recogniser's own list has some six thousand sentences, which these are not to outweigh."""

LISTED = ("put {} on the list", "take {} off the list", "do i need {}")
LISTS = ("what's on the {} list", "put that on the {} list")
NAMED = ("{}", "who is {}", "remind me to call {}")
"""How they are said. Between the words that it is said between, a name is heard where alone it is not: of twenty things
to buy, spoken by Piper, four were heard openly, eleven as words alone, and sixteen in the first of these sentences."""


def own_words(person: Person, day: date) -> list[str]:
    """What they may say of their lists, of what is on them, and of whom and what they told; lower case.

    Without a consent to remember, or to learn, there is none of what rests on it. What is sensitive stays where it is
    kept.

    Args:
        person: Who.
        day: The day: what they name again and again fades.
    """
    lists, names = [], list(names_used(person, day))
    with suppress(ConsentMissing):
        lists = list(lists_of(person).values())
        names = [*_told(person, sensitive=False), *names]
    said = [
        *((LISTS, each.name) for each in lists),
        *((LISTED, item.text) for each in lists for item in each.open),
        *((NAMED, each) for each in names),
    ]
    return [frame.format(word) for frames, text in said[:MOST] for word in _names([text]) for frame in frames]


def own_names(person: Person) -> list[str]:
    """Whom and what they told of, and what they are called; lower case. Without a consent to remember there is none."""
    try:
        return _told(person, sensitive=True)
    except ConsentMissing:
        return []


def _told(person: Person, *, sensitive: bool) -> list[str]:
    name = person.profile().get("name")
    told = [
        each.statement.value
        for each in person.memories().page(limit=MOST_MEMORIES)
        if each.statement is not None and (sensitive or each.sensitivity is Sensitivity.NORMAL)
    ]
    return _names([*([str(name)] if name else []), *told])


def _names(texts: Iterable[str]) -> list[str]:
    spoken = (" ".join(text.lower().split()) for text in texts)
    return list(dict.fromkeys(text for text in spoken if text and len(text.split()) <= MOST_WORDS))
