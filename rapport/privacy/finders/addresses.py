"""Finds street addresses in written text: a house number beside a street, a box, a flat, a postcode.

An address begins at something that only addresses have, and goes on over what stands beside it: city,
country, postcode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapport.privacy.finders import Match

_TYPE = (
    r"(?:street|st|road|rd|avenue|ave?|lane|ln|drive|dr|boulevard|blvd|court|ct|close|crescent|cres|terrace|square|sq"
    r"|way|parkway|pkwy|highway|hwy|gardens|grove|mews|circle|cir|trail|trl|turnpike|wharf|walk|alley|row|rise|hill"
    r"|park|parade|esplanade|path|pike|loop|plaza|place|pl|quay|broadway|embankment|green|view|heights|ridge|point)"
)
_BEFORE_NAME = (  # in languages that name the kind of street first
    r"(?:rue|boulevard|avenue|chemin|allée|quai|impasse|place[ ]d(?:e|u|es)"
    r"|via|viale|piazza|corso|vicolo|largo|calle|avenida|av"
    r"|paseo|plaza|camino|carrera|rua|travessa|praça|estrada|ulica|ul|aleja|al|strada|str|ulitsa)"
)
_AFTER_NAME = (  # and in those that write it into the name
    r"(?:stra(?:ß|ss)e|str|gasse|weg|platz|allee|ufer|damm|straat|laan|plein|gracht|kade|gatan|vägen|torget|gata|gate"
    r"|veien|vei|vegen|veg|vej|gade|stræde|katu|kuja|polku|utca)"
)
_WORD = r"[^\W\d_][\w'.’/-]{0,40}"
_HOUSE = r"(?<![\w.,:/-])\d{1,5}(?:[ ]?[a-z](?![^\W_]))?"
_UNIT = r"(?:apt|apartment|appartment|suite|ste|flat|unit)\.?[ ]?(?:number[ ]|no\.?[ ]|#[ ]?)?\d{1,5}[a-z]?\b"

_NOT_STREETS = (  # what also stands between a number and such a word
    r"(?:minutes?|hours?|days?|weeks?|months?|years?|times?|miles?|metres?|meters?|people|of|in|on|at|to|from|for|and|or"
    r"|is|was|are|the|my|a|percent|pounds|dollars|euros|dogs?|cats?|kids|children|am|pm|o'clock|more|other|by|along"
    r"|per|each|than|bus|train|tram|today|tonight|tomorrow|down|up|into|off|with|i|we|you|he|she|they|it)"
)
_NAME_WORD = rf"(?!{_NOT_STREETS}\b){_WORD}"

_STARTS = (
    *(
        (re.compile(pattern, re.IGNORECASE), confidence)
        for pattern, confidence in (
            (rf"{_HOUSE},?[ ](?:{_NAME_WORD}[ ]|\d{{1,3}}(?:st|nd|rd|th)[ ]){{1,4}}?{_TYPE}\b\.?(?![-'])", 0.85),
            (rf"{_HOUSE},?[ ]{_BEFORE_NAME}\b\.?(?:[ ]{_WORD}){{1,5}}(?:,?[ ]\d{{1,5}}[a-z]?\b)?", 0.8),
            (rf"\b{_BEFORE_NAME}\b\.?(?:[ ]{_WORD}){{1,4}},?[ ]\d{{1,5}}\b", 0.8),
            (rf"{_HOUSE},?[ ](?:{_WORD}[ -]){{0,2}}?\w{{0,40}}{_AFTER_NAME}\b(?:[ ]\d{{1,5}}[a-z]?\b)?", 0.7),
            (rf"\b(?:{_WORD}-){{0,2}}\w{{3,40}}(?<!al){_AFTER_NAME}[ ]\d{{1,4}}[ ]?[a-z]?\b", 0.75),
            (r"\bp\.?[ ]?o\.?[ ]?box[ ](?:number[ ])?\d{1,7}\b", 0.9),
            (r"\b(?:psc|cmr|unit)[ ]\d{1,5},?[ ]box[ ]\d{1,5}\b", 0.9),  # United States forces
            (r"\b(?:apo|fpo|dpo),?[ ]a[aep][ ]\d{5}\b", 0.9),
            (_UNIT, 0.75),
            (  # a house number and names, where an address is spoken of
                rf"\b(?:address(?:es)?(?:[ ]of[ ][^\n\d]{{1,40}})?|lives?|living|lived|moved|moving|home|house"
                rf"|resides?|taxi|office|shop|surgery"
                rf"|(?:sent|send|deliver(?:ed)?|meet|meet[ ]me|arrived|return|post|ship)(?:[ ]it)?)"
                rf"(?:[ ]now)?(?:[ ](?:is|at|to|in|are|here|they)|:)*[ :\n]+(?:at[ ])?(?:number[ ])?"
                rf"(?P<value>\d{{1,5}}[a-z]?,?(?:[ ]{_NAME_WORD}){{1,5}}(?:[ ]\d{{1,5}}\b)?)",
                0.7,
            ),
            (  # postcodes
                r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[ABD-HJLNP-UW-Z]{2}"
                r"|[ABCEGHJ-NPRSTVXY]\d[A-Z][ ]?\d[A-Z]\d)(?!\w)",
                0.75,
            ),
            (
                r"\b(?:zip(?:[ ]?code)?|post(?:al)?[ ]?code)(?:[ ]is|:|'s)?[ ]"
                r"(?P<value>(?:(?:[A-Z]|\d{1,6}|(?=[A-Z]{0,3}\d)[A-Z\d]{2,4})(?![^\W_])[ -]?){1,9}(?<=\w))",
                0.8,
            ),
        )
    ),
    # As typed, where capitals tell names: a house number, a name, and on the next line what belongs to it.
    (re.compile(r"(?m)^\W{0,4}(?P<value>\d{1,5}[ ][^\W\d_][^\n,]{2,40}),?\n"), 0.7),
    (re.compile(r"\b[A-Z][\w'-]+,?[ ][A-Z]{2},?[ ]\d{5}(?:-\d{4})?\b"), 0.85),
)

_GOES_ON = re.compile(
    rf"(?:[ ]|,[ ]?|\s*\n\W{{0,4}})(?:{_UNIT}"
    rf"|(?:(?![a-zß-ÿ\d_])\w[\w'.’/-]{{0,40}}[ ]?){{1,4}}(?:[ ]?\d{{4,6}}\b(?![ -]?\d))?"
    r"|\d{4,6}\b(?![ -]?\d)(?:[ ](?![a-zß-ÿ\d_])\w[\w'.-]+){0,3})",
)
_PARTS = 5
"""Parts that an address goes on for at most: flat, district, city, country, postcode."""


def addresses(text: str) -> Iterator[Match]:
    """Street addresses, boxes, flats and postcodes; they may overlap."""
    for pattern, confidence in _STARTS:
        group = "value" if "value" in pattern.groupindex else 0
        for found in pattern.finditer(text):
            start, end = found.span(group)
            yield Match(start, _whole(text, end), confidence)


def _whole(text: str, end: int) -> int:
    for _ in range(_PARTS):
        more = _GOES_ON.match(text, end)
        if more is None:
            break
        end = more.end()
    return end
