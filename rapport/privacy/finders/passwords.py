"""What gives access: passwords, PINs, codes of doors and alarms, as people say them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapport.privacy.finders import Match

_PASSWORD = r"(?:pass[ -]?(?:words?|phrases?)|pwd|secret (?:words?|answers?|codes?))"  # noqa: S105 - how it is named
_CODE = (
    r"(?:pass[ -]?codes?|pins?(?:[ -](?:codes?|numbers?))?|cvv2?|cvc|combination|puk"
    r"|(?:access|entry|door|front door|gate|alarm|safe|lock|locker|garage|security|unlock|building|key|voicemail|vault"
    r"|verification|recovery|backup|disarm|card|phone|log ?in|one[ -]time) (?:pin )?(?:codes?|combination))"
)
_FOR = r"(?: (?:that )?(?:i|we) use)?(?: (?:for|to|of|on|at|with|in)(?: [\w'-]+){1,5}?)?"
_IS = r"(?:\s*[:=]\s*|\s+(?:is|are|was)\s+|'s\s+)(?:(?:now|still|always|currently|just)\s+)?"
_NO_VALUE = (
    r"(?!(?:not|too|very|really|so|long|short|easy|hard|weak|strong|wrong|safe|in|on|under|at|by|written|stored|saved"
    r"|kept|out|old|new|expired|only|secret|important|required|gone|lost|forgotten|something|what|about|no|broken|due"
    r"|being|been|getting|going|different|the same|a secret|a pain|an? (?:\w+ )?(?:mess|nuisance|bore))\b)"
)
_WORDS = r"[^\s\ue000]+(?:[^\S\n]+(?!(?:and|but|so|because|then|please|okay)\b)[^\s\ue000]+){0,7}"
_DIGITS = r"(?!401 ?k\b)[a-z]?\d[\d -]{1,14}\d(?!\d)(?: ?[a-z]\b)?"
_ASK = r"(?!(?:what|which|that|this|it|here|where|how|who|why|whatever|forgot|remember|keep|say|change|reset)\b)"

_SECRETS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_PASSWORD}{_FOR}{_IS}{_NO_VALUE}(?P<value>{_WORDS})",
        rf"\b{_PASSWORD} (?P<value>(?=\S*[\d!@#$%^&*])[^\s\ue000]{{4,}})",
        rf"\b{_CODE}{_FOR}{_IS}(?:[a-z']+ ){{0,2}}?(?P<value>{_DIGITS})",
        rf"\b{_CODE}{_FOR},? (?P<value>{_DIGITS})",
        r"\bcode (?:to|for|of) (?:(?:the|my|our|his|her|their|your) )?(?:[\w']+ ){0,3}?"
        r"(?:door|gate|alarm|safe|lock|garage|house|building|flat|shed|suitcase|locker|phone|card)"
        rf"{_IS}(?P<value>{_DIGITS})",
        rf"(?P<value>{_DIGITS}) (?:is|as|for) (?:(?:my|the|our|his|her|their|your) )?(?:[\w']+ ){{0,3}}?{_CODE}\b",
        rf"(?:^|[.,;:!?]\s*|\b(?:that|use|using|set|have|used|uses|remember) ){_ASK}"
        rf"(?P<value>[^\s\ue000]+(?: [^\s\ue000]+){{0,3}}?)"
        rf" (?:is|as) (?:my|the|our|his|her|their) (?:[\w'-]+ ){{0,3}}?{_PASSWORD}\b",
    )
)


def secrets(text: str) -> Iterator[Match]:
    """Passwords, PINs and codes, with everything up to the end of the clause."""
    for pattern in _SECRETS:
        for found in pattern.finditer(text):
            yield Match(*found.span("value"), 0.97)
