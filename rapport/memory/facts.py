"""What a sentence says of somebody: kind, text as it is told back, and canonical form; by patterns, without a model.

Sentences are as people speak them and a recogniser writes them (lower case, number words, lost apostrophes), or typed.
Where no pattern fits, `fact` is None, and whoever was asked to remember keeps a `note`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapport.memory.fact_patterns import PATTERNS
from rapport.memory.phrasing import cleaned, owned, subject_of, told_back
from rapport.memory.values import Kind, Statement

# What somebody is called is the matter of onboarding.
_NOT_OURS = re.compile(r"(?:my (?:first )?name(?:'s| is)|call me|i'm called|i am called) .+", re.IGNORECASE)


@dataclass(frozen=True)
class Fact:
    """What was said of somebody.

    Attributes:
        kind: What sort of thing it is.
        text: As it is told back: `your sister lives in oslo`.
        statement: Its canonical form, where it has one.
    """

    kind: Kind
    text: str
    statement: Statement | None = None


def fact(words: str, *, referent: str | None = None) -> Fact | None:
    """What a sentence states, by itself or about whom a pronoun stands for; None where it states nothing that lasts.

    Args:
        words: The sentence.
        referent: Whom "she", "he", "they" or "it" means, canonically: `my sister`.
    """
    sentence = owned(cleaned(words), referent)
    if _NOT_OURS.fullmatch(sentence):
        return None
    for pattern, read in PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is None:
            continue
        subject = subject_of(found["s"]) if "s" in pattern.groupindex and found["s"] else "me"
        if subject in ("he", "she", "they", "it"):
            if referent is None:
                return None
            sentence = f"{referent}{sentence[found.end('s') :]}"
            subject = referent
        reading = read(found, subject)
        if reading is not None:
            kind, statement = reading
            return Fact(kind, told_back(sentence), statement)
    return None


def note(words: str) -> Fact:
    """A sentence that was asked to be remembered, whatever it says: what fits no pattern is kept as it is."""
    sentence = cleaned(words)
    if found := re.match(r"to (?=\w)", sentence, re.IGNORECASE):
        return Fact(Kind.NOTE, f"you want to {told_back(sentence[found.end() :])}")
    if found := re.fullmatch(r"(?P<s>(?:the|his|her|their) .+?)(?: is| are|'s) (?P<v>.+)", sentence, re.IGNORECASE):
        return Fact(Kind.NOTE, told_back(sentence), Statement(found["s"].lower(), "is", found["v"]))
    return Fact(Kind.NOTE, told_back(sentence))


_REQUEST = re.compile(
    r"^(?:(?:can|could|will|would) you |i(?:'d like| would like| want| need) you to |please |just |always )*"
    r"(?:remember(?:ed|s)?|keep in mind|don't forget|do not forget|never forget|dont forget|note(?: down)?|"
    r"(?:make|take) a (?:mental )?note(?: for me)?|write down|save|store|memori[sz]e|learn|jot down|put down|know|"
    r"add to your memory)\b(?: of| about)?(?: (?:for me|for the future|for later|down|this|the following))*"
    r"(?:[ :,]+that\b)?[ :,]*",
    re.IGNORECASE,
)


def asked_to_remember(words: str) -> str:
    """What comes after "remember that …"; "" where nothing does, as in "remember that"."""
    rest = _REQUEST.sub("", cleaned(words), count=1)
    return "" if rest.lower() in ("that", "this", "it", "so", "for me") else rest
