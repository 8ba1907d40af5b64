"""How a person is reached: e-mail addresses and telephone numbers. Street addresses are `addresses`'."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapport.privacy.finders import Match, digits_of

_EMAIL = re.compile(r"[\w.%+'-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
_SAID_PART = r"(?:\w(?: \w\b){1,30}|\w{1,40}(?: \d{1,9})?)"
_SAID_EMAIL = re.compile(
    rf"\b{_SAID_PART}(?:(?: (?:dot|underscore|dash|hyphen|minus|plus) |\.){_SAID_PART}){{0,6}}"
    r"(?: ?@ ?| at (?:sign )?)"
    r"(?:(?:\w{1,40} ){0,2}?\w{1,40})(?:(?: dot |\.)[^\W_]{1,40}){0,2}(?: dot |\.)[^\W\d_]{2,6}\b",
    re.IGNORECASE,
)
_NOT_A_MAILBOX = re.compile(
    r"(?:me|us|it|them|him|her|you|look|looking|work|works|worked|working|shop|online|website|site|bought|order|live"
    r"|here|there|down|up|out|good|one|stuff|things|book|booked|find|found|page|blog|shoes|tickets)\s",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[Match]:
    """E-mail addresses, typed or said with "at" and "dot"."""
    for found in _EMAIL.finditer(text):
        yield Match(found.start(), found.end(), 0.98)
    for found in _SAID_EMAIL.finditer(text):
        if not _NOT_A_MAILBOX.match(found.group()):
            yield Match(found.start(), found.end(), 0.9)


_NUMBER = re.compile(
    r"(?<!\d[.,:/-])(?<![\w@#$£€])(?:(?:\+|\bplus ) ?)?(?:\(\d{1,5}\)[ .-]?)?"
    r"\d{1,14}(?:(?:[ .-]|[ -]?\(\d\)[ -]?)\d{1,14}){0,8}"
    r"(?: ?(?:x|ext\.?|extension) ?\d{1,6})?(?![\w%€£]|[.,:/-]\d)",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    r"\b(?:phone|tele(?:phone|fax)?|tel|mobile|mob|cell(?:phone)?|call|calls|called|calling|ring|dial|text|fax|whatsapp"
    r"|sms|reach|answer(?:ing|s)?|landline|number|contact|emergency)\b",
    re.IGNORECASE,
)
_PHONE_AFTER = re.compile(r"[ -]*(?:office|home|work|fax|mobile|cell)\b", re.IGNORECASE)
_ANY_OTHER_NUMBER = re.compile(
    r"\b(?:order|invoice|ticket|tracking|serial|model|reference|version|flight|part|library|membership|customer|policy"
    r"|loyalty)\b",
    re.IGNORECASE,
)
_NO_PHONE = re.compile(
    r"(?:19|20)\d\d[ .-]\d{1,2}[ .-]\d{1,2}\b|\d{1,2}[ .-]\d{1,2}[ .-](?:19|20)\d\d$"  # dates
    r"|\d{1,3}(?:\.\d{1,3}){3}$"  # an IPv4 address
    r"|\d{1,3}(?: 000)+$"  # a round number
)
_ALONE = re.compile(r"0\d{8,10}|[2-9]\d\d[2-9]\d{6}")
"""Without anything that tells: with a trunk prefix, or as North America has them."""
_GROUPS = re.compile(
    r"(?:1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"  # North America
    r"|\(0?\d{1,4}\)[ .-]?\d{3,4}[ .-]?\d{3,4}"
    r"|0\d{1,5}(?:[ .-]?\d{2,8}){1,4}"  # with a trunk prefix
    r"|\d{2,3}(?:[ .-]\d{2,3}){2,4}"
)


def phones(text: str) -> Iterator[Match]:
    """Telephone numbers, by their grouping or by what is said around them."""
    for found in _NUMBER.finditer(text):
        number = re.split(r"(?i) ?(?:x|ext)", found.group())[0]
        count = len(digits_of(number))
        if not 6 <= count <= 15 or _NO_PHONE.match(number):
            continue
        around = text[max(0, found.start() - 40) : found.start()], text[found.end() : found.end() + 20]
        if _ANY_OTHER_NUMBER.search(around[0]):
            continue
        international = number.lower().startswith(("+", "plus", "00")) and count >= 8
        grouped = count >= 7 and _GROUPS.fullmatch(number) and not number.isdecimal()
        spoken_of = any(_PHONE_WORD.search(words) for words in around) or _PHONE_AFTER.match(around[1])
        if international or grouped or spoken_of:
            yield Match(found.start(), found.end(), 0.8)
        elif _ALONE.fullmatch(number):
            yield Match(found.start(), found.end(), 0.6)
