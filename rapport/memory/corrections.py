"""What a correction puts in the place of what was spoken of last: "no, she moved to bergen", "actually it's a latte".

Pure. A correction that says all of it is a fact like any other; one that says only what is different is completed from
what it corrects.
"""

from __future__ import annotations

import re
from dataclasses import replace

from rapport.memory.fact_patterns import A_NUMBER
from rapport.memory.facts import Fact, fact
from rapport.memory.phrasing import cleaned, told_back
from rapport.memory.values import Kind, Statement

_LEAD = re.compile(
    r"^(?:no|nope|nah|wrong|not quite|not really|actually|sorry|correction|rather|"
    r"i (?:mean|meant|said)(?: to say)?|i should have said|let me correct (?:that|you|myself)|"
    r"(?:that's|that is|that was|it's|this is|you're|you are)(?: all| totally)? (?:wrong|incorrect|not right|not true|"
    r"not correct|not it|outdated|old|no longer true|not true anymore|mistaken)|"
    r"(?:you|i) got (?:that|it) wrong|you misheard(?: me)?|you misunderstood(?: me)?|that(?:'s| has) changed|"
    r"not any ?more|(?:please )?(?:change|correct|update|make) (?:that|it|this)(?: to)?|it should be|that should be)"
    r"(?:$|\b[, ]*(?=\W|\w))",
    re.IGNORECASE,
)
_IS = re.compile(
    r"(?:it|he|she|they|that|this|the \w+)(?:'s| is| was|'re| are)(?: now| called| named| actually| really| moved to)*"
    r" (?P<v>.+)",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(
    r"(?:it's |it is )?not (?P<old>.+?),? (?:but|it's|it is|he's|she's|i said|i meant) (?P<new>.+)"
    r"|(?P<new2>.+?),? (?:and )?(?:not|instead of|rather than) (?P<old2>.+)",
    re.IGNORECASE,
)
_LONGEST_VALUE = 6


def correction(words: str, *, text: str, kind: Kind, statement: Statement | None) -> Fact | None:
    """What is true instead; None where the words don't say it.

    Args:
        words: The correction as it was said.
        text: What was told last, in the second person.
        kind: Its kind.
        statement: Its canonical form, where it has one.
    """
    rest = cleaned(words)
    while (shorter := cleaned(_LEAD.sub("", rest))) != rest:
        rest = shorter
    if not rest:
        return None
    referent = statement.subject if statement else None
    stated = fact(rest, referent=referent)
    if stated is not None and not (statement and _IS.fullmatch(rest) and _is_only(stated)):
        return stated
    if statement is None:
        return None
    value = _value(rest, statement.value)
    if value is None:
        return None
    value = _fitted(value, statement)
    return Fact(kind, _told(text, statement, value), replace(statement, value=value))


def _is_only(stated: Fact) -> bool:
    """Whether it says no more than "she is …", so that what she is follows from what is corrected."""
    return stated.statement is None or stated.statement.attribute == "is"


def _value(rest: str, old: str) -> str | None:
    if found := _NOT_BUT.fullmatch(rest):
        return found["new"] or found["new2"]
    if found := re.fullmatch(rf"not {re.escape(old)},? (?P<v>.+)", rest, re.IGNORECASE):
        return found["v"]
    if found := re.fullmatch(r"not (?P<old>\S+),? (?P<v>\S+)", rest, re.IGNORECASE):
        return found["v"]
    if found := _IS.fullmatch(rest):
        return found["v"]
    if len(rest.split()) <= _LONGEST_VALUE and not re.match(
        r"(?:not|don't|forget|what|why|how)\b", rest, re.IGNORECASE
    ):
        return rest
    return None


def _fitted(value: str, statement: Statement) -> str:
    """A new value in the form of the old: without the "in" that the attribute has, with the "on" that the value had."""
    old = statement.value
    if before := re.match(r"(?:in|on|at) ", old, re.IGNORECASE):
        return value if re.match(r"(?:in|on|at|next|this|tomorrow|today|tonight)\b", value) else before.group() + value
    value = re.sub(r"^(?:in|on|at|to|as) ", "", value, flags=re.IGNORECASE)
    number, _, counted = old.partition(" ")
    if counted and re.fullmatch(A_NUMBER, number) and re.fullmatch(A_NUMBER, value):
        return f"{value} {counted}"
    return value


def _told(text: str, statement: Statement, value: str) -> str:
    """The text with the new value in the place of the old."""
    old, new = told_back(statement.value), told_back(value)
    if re.search(rf"\b{re.escape(old)}\b", text, re.IGNORECASE):
        return re.sub(rf"\b{re.escape(old)}\b", lambda found: new, text, count=1, flags=re.IGNORECASE)
    subject = "you" if statement.subject == "me" else told_back(statement.subject)
    return f"{subject}: {statement.attribute} {new}"
