"""Which of the things that were offered an answer picks: "the second one", "oregon", "the time"."""

import re
from collections.abc import Sequence

from rapport.places import sound_key

_SECOND = re.compile(r"\b(?:second|latter|last|number two|option two|other one)\b")
_FIRST = re.compile(r"\b(?:first|former|number one|option one)\b")
_EMPTY = frozenset(
    "a an the to of me my i you it is that this one no yes not want wanted mean meant know hear tell ask say "
    "please in on and or what how for your with would like".split()
)


def choose(said: str, offers: Sequence[str]) -> int | None:
    """The index of the offer that an answer picks, or None if it names none or several alike.

    Args:
        said: The answer, lower case.
        offers: What was offered, in the words of the question, in its order.
    """
    if len(offers) > 1 and _SECOND.search(said):
        return 1
    if _FIRST.search(said):
        return 0
    answer = _content(said)
    contents = [_content(offer) for offer in offers]
    shared = set.intersection(*contents) if len(contents) > 1 else set()
    hits = [len(answer & (content - shared)) for content in contents]
    best = max(hits, default=0)
    return hits.index(best) if best and hits.count(best) == 1 else None


def _content(words: str) -> set[str]:
    plain = re.sub(r"[^a-z' ]+", " ", words.lower()).split()
    return {sound_key(word) for word in plain if word not in _EMPTY}
