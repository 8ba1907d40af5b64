"""Which words of a question name a place.

The recogniser drops words and the entity extractor cuts names short, so both are only hints: the longest
run of words that the gazetteer knows is taken.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapport.place_readings import Place
from rapport.places import Gazetteer

# "and" and "an" are what recognisers make of "in".
_PREPOSITION = re.compile(r"\b(?:in|at|for|of|to|than|and|an)\b")
_LONGEST_NAME = 5
# Never places, though towns are called so: what follows a preposition in questions about time.
_NOT_PLACES = frozenset(
    "a an the it is me my us you now here there time day date today tomorrow yesterday moment minute hour hours days "
    "week weeks morning afternoon evening night right again please all about and or one two then general fact case "
    "be on what when where who how much many far ahead behind difference between that this them town city home "
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday christmas".split()
)
_SPANS = frozenset("minute minutes hour hours day days week weeks month months year years".split())
_TRAILING = frozenset("right now please today at the moment currently again then then time like is it a be".split())
_THERE = re.compile(r"\b(?:there|that place|that city|same place)\b")
_ENDS_OPEN = re.compile(r"\b(?:in|in the|in a|in uh|in um)$")
_BETWEEN = re.compile(r"\b(?:between|from) (.+?) (?:and|to) (.+)$")


@dataclass(frozen=True)
class PlaceAsked:
    """What a question says about a place.

    Attributes:
        readings: What the name could mean, likeliest first; empty if there is none that is known.
        unknown: The words that seem to name a place which is not known, or "".
        missing: A place was about to be named: the question breaks off.
        there: The place of before is meant.
        unsure: Its name was not heard well.
    """

    readings: tuple[Place, ...] = ()
    unknown: str = ""
    missing: bool = False
    there: bool = False
    unsure: bool = False


def place_asked(said: str, extracted: Iterable[str], gazetteer: Gazetteer, *, bare: bool = False) -> PlaceAsked:
    """The place of a question.

    Args:
        said: The question as recognised, lower case.
        extracted: What the entity extractor took for places.
        gazetteer: Where names are looked up.
        bare: The utterance may be no more than a name: "and paris".
    """
    extracted = [name for name in extracted if name not in _NOT_PLACES]
    for words in _phrases(said.strip(), extracted, bare=bare):
        if readings := gazetteer.find(words):
            return PlaceAsked(readings)
    for words in _phrases(said.strip(), extracted, bare=False):
        if readings := gazetteer.guess(words):
            return PlaceAsked(readings)
    if _THERE.search(said):
        return PlaceAsked(there=True)
    if _ENDS_OPEN.search(said.strip()):
        return PlaceAsked(missing=True)
    return PlaceAsked(unknown=" ".join(extracted) or _after_in(said))


def places_compared(said: str, gazetteer: Gazetteer) -> tuple[PlaceAsked, PlaceAsked] | None:
    """Both places of "the difference between london and tokyo"; None where no two are named."""
    if not (found := _BETWEEN.search(said)):
        return None
    first, second = (place_asked(words, (), gazetteer, bare=True) for words in found.groups())
    return (first, second) if first.readings and second.readings else None


def _after_in(said: str) -> str:
    words = said.rpartition(" in ")[2].split() if " in " in said else []
    while words and words[-1] in _TRAILING:
        words.pop()
    if _NOT_PLACES.issuperset(words) or _SPANS.intersection(words):
        return ""
    return " ".join(words[:_LONGEST_NAME])


def _phrases(said: str, extracted: list[str], *, bare: bool) -> Iterator[str]:
    for preposition in reversed(list(_PREPOSITION.finditer(said))):
        words = said[preposition.end() :].split()[:_LONGEST_NAME]
        for length in range(len(words), 0, -1):
            if not _NOT_PLACES.issuperset(words[:length]):
                yield " ".join(words[:length])
    if len(extracted) > 1:
        yield " ".join(extracted)
    yield from extracted
    if bare:
        words = said.split()
        while words and words[-1] in _TRAILING:
            words.pop()
        for start in range(max(0, len(words) - _LONGEST_NAME), len(words)):
            if not _NOT_PLACES.issuperset(words[start:]):
                yield " ".join(words[start:])
