"""The patterns of statements about oneself and others, and how each is read. `facts` puts them to use.

Each is a whole sentence, first in the list first tried; a reader may turn one down, and the next is tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rapport.memory.phrasing import WORD, is_kin, subject_of, thing
from rapport.memory.values import Kind, Statement

EVENTS = (
    "interview|appointment|meeting|exam|test|flight|wedding|party|trip|holiday|vacation|concert|date|deadline|operation|"
    "surgery|presentation|reservation|game|match|race|marathon|course|class|lesson|viewing|checkup|check-up|"
    "conference|dinner|lunch|anniversary|move|train|delivery|graduation|christening|funeral|play|show|recital|visit"
)
"""Heads of "my …" that have a time."""

DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_SEASONS = "morning|afternoon|evening|week|weekend|month|year|summer|winter|spring|autumn|fall|christmas|easter"
_CLOCK = r"(?:half past |quarter past |quarter to )?[\w:]+(?: o'clock| thirty| fifteen| p m| a m)?"
TIME = (
    rf"(?:(?:on |this |next |coming |every )*(?:{DAYS})s?|(?:in |on |this |next |early |late )+(?:{MONTHS})|"
    rf"today|tonight|tomorrow|the day after tomorrow|(?:this|next) (?:{_SEASONS})|at the weekend|"
    r"in the (?:morning|evening|afternoon)|in (?:an?|one|two|three|four|five|six|\d+) (?:days?|weeks?|months?|hours?)|"
    rf"on the [\w-]+(?: [\w-]+)?(?: of)?(?: (?:{MONTHS}))?|at {_CLOCK})"
)
"""A time that lies ahead, or comes again."""

_MY = rf"(?:my|our) (?:{WORD} ){{0,4}}?{WORD}?"
_NOT_A_NAME = (
    r"(?!(?:i|we|you|it|this|that|these|those|there|here|who|what|where|when|why|how|which|everyone|everybody|somebody|"
    r"someone|people|nobody|the|a|an|my|our|your|his|her|their|its|if|and|but|or|so|not|no|every|each|all|some|he|she|"
    r"they|is|are|do|does|did|can|could|will|would|may|let|lets|please)\b)"
)
NAME = rf"{_NOT_A_NAME}{WORD}(?: {_NOT_A_NAME}{WORD})?"
S = rf"(?P<s>i|we|he|she|they|it|{_MY}|{NAME})"
_BE = r"(?:'m| am|'re| are|'s| is| was| were|s)"
_ADV = (
    r"(?: really| also| just| absolutely| always| quite| usually| simply| still| now| currently| only| do| both|"
    r" actually)*"
)
A_NUMBER = (
    r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d+|no|some|several|many|a few|"
    r"a couple of)"
)
_V = r"(?P<v>.+)"

_STATES = (
    "vegetarian|vegan|pescatarian|married|single|divorced|widowed|engaged|retired|pregnant|diabetic|asthmatic|"
    "left[ -]handed|right[ -]handed|deaf|blind|colou?r[ -]?blind|lactose intolerant|gluten intolerant|coeliac|celiac|"
    "unemployed|self[ -]employed|freelance|dyslexic|teetotal|jewish|muslim|christian|catholic|hindu|buddhist|atheist|"
    "gay|straight|bisexual|autistic|short[ -]sighted|an only child"
)
_PASSING_STATES = re.compile(
    r"(?:not |so |very |really |a (?:bit|little) |too |all |feeling |kind of |pretty |quite )*"
    r"(?:here|there|back|home|out|in|off|on|away|over|on fire|(?:tired|fine|good|okay|ok|well|great|happy|sad|sorry|"
    r"hungry|thirsty|bored|busy|late|sure|ready|done|cold|hot|sick|ill|right|wrong|glad|afraid|lost|confused|joking|kidding|"
    r"serious|bad|crazy|alive|awake|funny|nice|lovely|annoying|broken|empty|full|dead|cute|boring|dirty)\b.{0,12})",
    re.IGNORECASE,
)
_OF_A_DAY = re.compile(rf"\b(?:{MONTHS}|first|second|third|\w+th|\w+ty[ -]?\w*|nineteen|twenty|\d+)\b", re.IGNORECASE)


Reading = tuple[Kind, Statement | None] | None
Read = Callable[[re.Match[str], str], Reading]


def _kind(subject: str, otherwise: Kind = Kind.FACT) -> Kind:
    return Kind.RELATION if is_kin(subject) else otherwise


def _states(attribute: str, *, many: bool = False, kind: Kind | None = None, after: str = "{v}") -> Read:
    """A reader for a fixed attribute; `after` makes the value of the pattern's groups."""

    def read(found: re.Match[str], subject: str) -> Reading:
        value = after.format(**{name: text or "" for name, text in found.groupdict().items()}).strip()
        return kind or _kind(subject), Statement(subject, attribute, value, many)

    return read


def _named(found: re.Match[str], subject: str) -> Reading:
    unfit = {"last", "first", "middle", "full", "real", "maiden", "user", "family", "nick", "pet", "brand", "my", "i"}
    if subject == "me" or subject.split()[-1] in unfit:
        return None
    return _kind(subject), Statement(subject, "name", found["v"])


def _is_mine(found: re.Match[str], subject: str) -> Reading:
    return (Kind.RELATION, Statement(subject, "name", found["v"])) if is_kin(subject) else None


def _lives(found: re.Match[str], subject: str) -> Reading:
    where = found["v"] if found["p"] in ("in", "to", "into") else f"{found['p']} {found['v']}"
    return _kind(subject), Statement(subject, "lives in", where)


def _works(found: re.Match[str], subject: str) -> Reading:
    attribute = "works as" if found["p"] == "as" else "works at"
    return _kind(subject), Statement(subject, attribute, found["v"])


def _born(found: re.Match[str], subject: str) -> Reading:
    attribute = "birthday" if _OF_A_DAY.search(found["v"]) else "born in"
    return _kind(subject), Statement(subject, attribute, found["v"])


def _favourite(found: re.Match[str], subject: str) -> Reading:
    return Kind.PREFERENCE, Statement(subject, f"favourite {found['x'].lower()}", found["v"])


def _takes(found: re.Match[str], subject: str) -> Reading:
    return Kind.PREFERENCE, Statement(subject, f"takes {found['x'].lower()}", found["v"])


def _likes(attribute: str) -> Read:
    def read(found: re.Match[str], subject: str) -> Reading:
        # "i like you", "i like it", "i love that" are about the moment.
        if re.match(r"(?:you|it|that|this|him|her|them)\b", found["v"], re.IGNORECASE):
            return None
        return Kind.PREFERENCE, Statement(subject, attribute, found["v"], many=True)

    return read


def _has_named(found: re.Match[str], subject: str) -> Reading:
    owned = subject_of(f"my {found['x']}" if subject == "me" else f"{subject}'s {found['x']}")
    return _kind(owned), Statement(owned, "name", found["v"])


def _has(found: re.Match[str], subject: str) -> Reading:
    value = f"{found['n']} {found['v']}"
    if re.match(r"(?:question|problem|idea|feeling|lot|bit|request|joke|look|go|try)s?\b", found["v"]):
        return None
    noun = re.split(r" (?:who|which|that|with|in|at|from|and|on|of|for)\b", found["v"])[0]
    return _kind(subject), Statement(subject, f"has {thing(noun)}", value)


def _is_a(found: re.Match[str], subject: str) -> Reading:
    if re.match(r"(?:bit|little|lot|few|moment|mess|couple)\b", found["v"]):
        return None
    many = subject == "me" or is_kin(subject)  # one may be a nurse and a mother; a car is one thing
    return _kind(subject), Statement(subject, "is", f"{found['n']} {found['v']}", many)


def _is(found: re.Match[str], subject: str) -> Reading:
    if _PASSING_STATES.fullmatch(found["v"]):
        return None
    owner, apart, part = subject.rpartition("'s ")
    if apart and is_kin(owner) and not is_kin(subject):
        return Kind.RELATION, Statement(owner, part, found["v"])
    return _kind(subject), Statement(subject, "is", found["v"])


def _without_form(kind: Kind) -> Read:
    return lambda found, subject: (kind, None)


def _does(found: re.Match[str], subject: str) -> Reading:
    return (Kind.RELATION, None) if is_kin(subject) else None


def _at_a_time(found: re.Match[str], subject: str) -> Reading:
    return Kind.EVENT, Statement(subject_of(f"my {found['x']}"), "when", found["v"])


def _patterns() -> tuple[tuple[re.Pattern[str], Read], ...]:
    has = rf"{S}{_ADV}(?: have| has|'ve got|'s got| have got| has got|'ve| got| own| owns)"
    who_is = r"(?:who is |which is |that is |that's |who's )?"
    cannot = r"(?: can't| cannot| can not| cant)"
    do_not = r"(?: don't| do not| doesn't| does not| dont| doesnt| never)"
    its = r"(?:'s|s'|s)?"
    a_few = rf"(?:{WORD} ){{0,3}}?{WORD}"
    favourite = rf"(?:absolute |all time |very )?favou?rite (?P<x>{a_few})"
    near = r"(?P<p>in|at|near|on|by|next to|outside|around|close to)"
    event = rf"(?P<x>(?:{WORD} )?(?:{EVENTS}))"
    someone = rf"(?P<s>i|we|he|she|they|{_MY})"
    routines = (
        rf"(?:every|each) .+? (?:i|we|{_MY}) .+",
        rf"(?:i|we|{_MY}) .+ (?:every|each) (?:\w+ )?\w+",
        rf"(?:i|we) .+ on (?:{DAYS})s(?: .+)?",
        rf"on (?:{DAYS})s (?:i|we) .+",
        r"(?:i|we) (?:usually|normally|generally|often|always) (?!like|love|hate).+",
        r"(?:i|we) .+ in the (?:mornings|evenings|afternoons)",
    )
    listed: list[tuple[str, Read]] = [(routine, _without_form(Kind.ROUTINE)) for routine in routines]
    listed += [
        # What somebody or something is called.
        (rf"{S}{its} names?(?: is| was|'s|) {_V}", _named),
        (rf"{S}{_BE}? (?:called|named) {_V}", _named),
        (rf"(?P<v>{NAME})(?: is|'s) (?P<s>{_MY})", _is_mine),
        (
            rf"{has} {A_NUMBER} (?P<x>(?:{WORD} )?{WORD}) {who_is}(?:called|named) (?P<v>{WORD}(?: {WORD})?)",
            _has_named,
        ),
        # What is at a time.
        (
            rf"(?:i|we)(?:'ve got|'ve| have got| have| got)? (?:a|an|my|our) {event} (?P<v>{TIME}(?: {TIME})*)",
            _at_a_time,
        ),
        (
            rf"(?:my|our) {event}(?:'s| is| leaves| starts| begins|(?: was| has)? moved to) (?P<v>{TIME}.*)",
            _at_a_time,
        ),
        # What somebody can't have.
        (rf"{has} an? (?P<v>{WORD}(?: {WORD})?) allergy", _states("allergic to", many=True)),
        (rf"{has} an? (?:{WORD} )?allergy to {_V}", _states("allergic to", many=True)),
        (rf"{S}{_BE}(?: \w+)? allergic to {_V}", _states("allergic to", many=True)),
        (rf"{S}{_ADV}(?:{do_not}|{cannot}) eat {_V}", _states("doesn't eat", many=True, kind=Kind.PREFERENCE)),
        (rf"{S}{_ADV}(?:{do_not}|{cannot}) drink {_V}", _states("doesn't drink", many=True, kind=Kind.PREFERENCE)),
        # Where somebody lives, comes from and works.
        (rf"{S}{_ADV}(?: lives?|{_BE} living)(?: now| currently| over| up| down| here)* {near} {_V}", _lives),
        (rf"{S}{_ADV}(?: lives?|{_BE} living)(?: together)? with {_V}", _states("lives with")),
        (
            rf"{S}(?:'ve| have|'s| has)?(?: just| recently| now| only just)? moved"
            rf"(?: house| back| over| up| down| away)? (?P<p>to|into) {_V}",
            _lives,
        ),
        (rf"{S}(?:{_BE}(?: originally)? from|(?: originally)? comes? from) {_V}", _states("comes from")),
        (rf"{S}(?: was| were) born (?:in|on|at) {_V}", _born),
        (
            rf"{S}{_ADV}(?: works?|{_BE} working)(?: now| currently| part time| full time)*"
            rf" (?P<p>as|at|for|in|with|on) {_V}",
            _works,
        ),
        (rf"{S}{_ADV}(?: study| studies|{_BE} studying) {_V}", _states("studies")),
        # Birthdays and ages.
        (rf"(?:my|our) birthday(?:'s| is| was|s)(?: on| in)? {_V}", _states("birthday")),
        (rf"{S}{its} birthday(?:'s| is| was|s)(?: on| in)? {_V}", _states("birthday")),
        (r"(?P<v>.+) is my birthday", _states("birthday")),
        (rf"{S}{_BE} (?P<v>[\w -]+?) years? old", _states("age")),
        # Tastes.
        (rf"(?:my|our) {favourite}(?: is| are|'s| was| has always been| has to be| would be) {_V}", _favourite),
        (rf"{S}(?:'s|s'|s) {favourite}(?: is| are|'s| was) {_V}", _favourite),
        (rf"(?P<v>.+?) (?:is|are) my {favourite}", _favourite),
        (rf"{S}{_ADV}(?: takes?| drinks?| have| has| likes?) (?:my|his|her|their) (?P<x>{WORD}) {_V}", _takes),
        (rf"{S}{_ADV}{do_not}(?: really| much)? (?:like|enjoy|love) {_V}", _likes("dislikes")),
        (rf"{S}{_ADV}(?:{cannot} (?:stand|bear)| hates?| dislikes?| detests?) {_V}", _likes("dislikes")),
        (rf"{S}{_ADV}(?: likes?| loves?| enjoys?| adores?) {_V}", _likes("likes")),
        (rf"{S}{_BE} (?:a (?:big |huge )?fan of|(?:really |very )?into|fond of) {_V}", _likes("likes")),
        (rf"{S}{_ADV} prefers? {_V}", _likes("prefers")),
        # What somebody does, has and is.
        (rf"{S}{_ADV}(?: can)? speaks? {_V}", _states("speaks", many=True)),
        (rf"{S}{_ADV} plays? {_V}", _states("plays", many=True)),
        (rf"{S}{_ADV} drives? (?P<v>(?:a|an|the|my) .+)", _states("drives")),
        (rf"{S}{_BE} (?:married|engaged) (?:to|with) {_V}", _states("married to")),
        (rf"{has} (?P<n>{A_NUMBER}) {_V}", _has),
        (rf"(?:i|we)(?:'m|'re| am| are) \w+ing .*?{TIME}(?: {TIME})*", _without_form(Kind.EVENT)),
        (rf"{someone}{_BE} (?P<v>(?:an? )?(?:{_STATES})(?: person)?)", _states("is", many=True)),
        (rf"{someone}{_BE} (?P<n>an?) {_V}", _is_a),
        (rf"(?P<s>{_MY})(?: is| are| was) {_V}", _is),
        (rf"(?P<s>{_MY})(?:'s|'re) {_V}", _is),
        (rf"(?P<s>{_MY}) (?!is |was |says |thinks |means )(?:had|\w+s) .+", _does),
    ]
    return tuple((re.compile(pattern, re.IGNORECASE), read) for pattern, read in listed)


PATTERNS = _patterns()
