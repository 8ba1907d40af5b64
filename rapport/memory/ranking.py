"""Which of the memories that a search found answers a question, and how sure that is. Pure functions.

The order is by the sum of two scores on a common scale: BM25 as a share of the best among those found, and the cosine.
It has no constants. On LoCoMo's four conversations (`bench/recall.py`) it does as well as standardised scores and
better than reciprocal ranks; newer ones first only where all else is equal, since any weight on age did worse there,
and what is outdated is superseded and not found at all.

The confidence is another matter: a first place says nothing about whether there is an answer at all.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import Stemmer

from rapport.memory.indexing import STOP_WORDS
from rapport.memory.store import Match
from rapport.memory.values import Memory

USE = 0.75
"""From here a memory is used as the answer. Weights that were fitted on other questions used 287, all of them right; of
86 used for questions written afterwards, 84 were (`bench/recall.py`)."""

ASK = 0.3
"""From here up to `USE` it is asked whether this was meant; below, nothing is known."""

SIMILARITY, COVERAGE, LEAD, ELSEWHERE, BIAS = 6.5, 2.0, 8.4, -2.1, -5.8
"""Weights of `Evidence` in the log-odds that a memory answers: a logistic regression over personal statements and
questions of our own (bench/data/personal_recall.json); `python -m bench.recall --fit` finds them anew."""

BACKGROUND = 0.4
"""A cosine that the nearest memory of those that don't answer often reaches: where 75 were kept, the second nearest had
0.37 in the median. It stands for the rival of who has told hardly anything."""

LEAN = 0.3
"""What the person's vector adds to a score at most: enough to choose between two that answer about equally well. Who
asks for anything at all loses little by it: on LoCoMo hit@5 is 74.9 % with, and 75.4 % without (`bench/recall.py`)."""

_WORD = re.compile(r"[^\W_]+")
_MINE = re.compile(r"\b(?:my|our) ([^\W_]+)")
_MARKS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True)
class Ranked:
    """A memory in its place.

    Attributes:
        memory: The memory.
        score: What the order is by, -1 to 2; it compares only within one question.
        confidence: How likely it answers the question, 0 to 1: use it from `USE` on, ask from `ASK` on.
    """

    memory: Memory
    score: float
    confidence: float


@dataclass(frozen=True)
class Evidence:
    """What speaks for a memory as an answer.

    Attributes:
        similarity: Cosine with the question.
        coverage: Share of the question's words that it holds, rare ones counting more, 0 to 1.
        lead: By how much its cosine is above any other memory's and `BACKGROUND`; low where several might be meant.
        elsewhere: How far it is about somebody or something else, 0 to 1: the share of its subject's words that the
            question does not say (whose birthday was asked for?), or 1 where the question says `my …` and it does not.
    """

    similarity: float
    coverage: float
    lead: float
    elsewhere: float

    @property
    def confidence(self) -> float:
        """How likely it answers."""
        odds = SIMILARITY * self.similarity + COVERAGE * self.coverage + LEAD * self.lead + ELSEWHERE * self.elsewhere
        return 1 / (1 + math.exp(-odds - BIAS))


def rank(matches: Sequence[Match], question: str) -> list[Ranked]:
    """What a search found, best first, whatever order it came in.

    Args:
        matches: From one search.
        question: What was asked, as it was recognised or typed.
    """
    best = max((match.words for match in matches), default=0.0)
    ranked = [
        Ranked(match.memory, match.similarity + (match.words / best if best > 0 else 0.0), evidence.confidence)
        for match, evidence in zip(matches, weigh(matches, question), strict=True)
    ]
    return sorted(ranked, key=lambda each: (-each.score, -each.memory.confirmed.timestamp(), each.memory.id))


def lean(ranked: Sequence[Ranked], leaning: Callable[[Memory], float]) -> list[Ranked]:
    """The same, those first that lie nearer to what the person talks about, as far as `LEAN` goes.

    It changes the order of what answers about equally well, no confidence, and looks only at what is within reach of
    the best.

    Args:
        ranked: Best first.
        leaning: How near a memory is to what they talk about, -1 to 1.
    """
    near = [each for each in ranked if each.score >= ranked[0].score - 2 * LEAN]
    scores = {each.memory.id: each.score + LEAN * leaning(each.memory) for each in near}
    return [*sorted(near, key=lambda each: -scores[each.memory.id]), *ranked[len(near) :]]


def weigh(matches: Sequence[Match], question: str) -> list[Evidence]:
    """The evidence for each match, in their order."""
    asked, mine = _stems(question), _stems(" ".join(_MINE.findall(question.lower())))
    held = [asked & _stems(" ".join(_told(match.memory))) for match in matches]
    # Rare words count as in BM25: those that no memory holds most of all.
    rarity = {stem: math.log1p(len(held) / (0.5 + sum(stem in each for each in held))) for stem in asked}
    whole = math.fsum(rarity.values())
    nearest = sorted((match.similarity for match in matches), reverse=True)[:2]
    evidence = []
    for match, stems in zip(matches, held, strict=True):
        others = nearest[1:] if match.similarity == nearest[0] else nearest[:1]
        subject = _stems(match.memory.statement.subject) if match.memory.statement else set[str]()
        unnamed = len(subject - asked) / len(subject) if subject else 0.0
        evidence.append(
            Evidence(
                similarity=match.similarity,
                coverage=math.fsum(rarity[stem] for stem in stems) / whole if whole else 0.0,
                lead=match.similarity - max([BACKGROUND, *others]),
                elsewhere=1.0 if mine - stems else unnamed,
            )
        )
    return evidence


def _told(memory: Memory) -> Iterator[str]:
    """What the memory says, in all its forms; not what was said around it."""
    yield memory.text
    if memory.provenance.words:
        yield memory.provenance.words
    if memory.statement:
        yield from (memory.statement.subject, memory.statement.attribute, memory.statement.value)


def _stems(text: str) -> set[str]:
    """A text's words without case, accents and endings, and without grammar's; `favourite` and `favorite` are one."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    words = [word.replace("our", "or") for word in _WORD.findall(plain) if word not in STOP_WORDS]
    return set(Stemmer.Stemmer("porter", 0).stemWords(words))  # keeps no word; one can't be shared by threads
