"""What a question about somebody asks for, in the terms of statements; and what is to be forgotten, in the same terms.

Pure, by patterns. A question that fits none is answered by searching (`rapport.memory.memories.Memories.recall`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from rapport.memory.fact_patterns import S
from rapport.memory.facts import fact
from rapport.memory.phrasing import WORD, cleaned, is_kin, owned, subject_of, thing

_PRONOUNS = ("he", "she", "they", "it")


@dataclass(frozen=True)
class Asked:
    """What a question is about.

    Attributes:
        subject: Canonically, as a statement has it: `my sister`.
        attributes: Any of these answers it, the first that is known; empty asks for all about the subject.
        value: The value that it asks about, as in "do i like jazz"; None for an open question.
    """

    subject: str
    attributes: tuple[str, ...] = ()
    value: str | None = None


Read = Callable[[re.Match[str], str], Asked | None]

_LEAD = re.compile(
    r"^(?:do you (?:still )?(?:remember|know|recall)|can you (?:remember|tell me|remind me)(?: of)?|could you tell me|"
    r"would you know|tell me|remind me(?: of)?|i (?:forgot|can't remember|don't remember)|what was it again|"
    r"you know|and|so|please) (?!about|what you know|everything|all)",
    re.IGNORECASE,
)


def bare(words: str) -> str:
    """A question without what only leads to it: "do you remember where i parked" as `where i parked`."""
    question = cleaned(words)
    while (shorter := _LEAD.sub("", question)) != question:
        question = shorter
    return question


def asked(words: str, *, referent: str | None = None) -> Asked | None:
    """What a question asks for; None where no pattern fits.

    Args:
        words: The question.
        referent: Whom "she", "he", "they" or "it" means, canonically: `my sister`.
    """
    question = owned(bare(words), referent)
    for pattern, read in _PATTERNS:
        found = pattern.fullmatch(question)
        if found is None:
            continue
        subject = subject_of(found["s"]) if "s" in pattern.groupindex and found["s"] else "me"
        if subject in _PRONOUNS:
            if referent is None:
                return None
            subject = referent
        key = read(found, subject)
        if key is not None:
            return key
    return None


_TOPIC = re.compile(
    r".*?\b(?:tell|told|said|say|saying|mentioned|mention|talked?|know|remember|remembered|heard?|learned|noted|spoke|"
    r"anything|something|everything|all|stuff)\b(?: (?:to )?you| me| we| i)?(?: \w+)?? (?:about|of|on|regarding) "
    r"(?P<t>.+)",
    re.IGNORECASE,
)


def topic_of(words: str) -> str | None:
    """What a question is about where it names a topic: "what did i tell you about the trip" as `the trip`."""
    found = _TOPIC.fullmatch(cleaned(words))
    return found["t"] if found else None


_FORGET = re.compile(
    r"^(?:(?:can|could|will|would) you |i(?:'d like| want) you to |please |you can |you should |just |also )*"
    r"(?:forget|delete|erase|remove|drop|scratch|unlearn|wipe|discard|get rid of|let go of|"
    r"(?:don't|do not|stop|no longer|dont) (?:remember|remembering|keep|keeping))\b"
    r"(?: (?:that note|the note|the notes|my note|the memory|that memory|the thing|the fact|the part|everything|all|"
    r"anything|what)?(?: (?:that )?(?:you know|you remember|i told you|i said|you have|you've got))?"
    r" ?(?:about|of|on|saying)\b)?(?: that\b(?= \w))?",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:that|this|it|them|those)?(?: ?(?:one|thing|note|memory|fact|again))?|what i (?:just )?(?:said|told you)|"
    r"the last (?:thing|one|note|memory)(?: .+)?",
    re.IGNORECASE,
)


def to_forget(words: str, *, referent: str | None = None) -> Asked | str | None:
    """What is to be forgotten: a key, words to search for, or None for what was spoken of last ("forget that")."""
    rest = _FORGET.sub("", cleaned(words), count=1).strip()
    rest = re.sub(r" ?\b(?:from your memory|again|please|(?<=\w )(?:thing|stuff))$", "", rest, flags=re.IGNORECASE)
    if _WHOLE.fullmatch(rest):
        return None
    stated = fact(rest, referent=referent)
    # "my sister's address" is no "my sister is address".
    if stated is not None and stated.statement is not None and (stated.statement.attribute != "is" or "'s" not in rest):
        statement = stated.statement
        return Asked(statement.subject, (statement.attribute,), statement.value if statement.many else None)
    found = asked(rest, referent=referent) or asked(f"what is {rest}", referent=referent)
    if found is None or found.attributes != ("is", "name", "when"):
        return found or rest
    # "my sister" names all about her; "my shoe size" is a thing by itself.
    return Asked(found.subject)


def _of(*attributes: str) -> Read:
    return lambda found, subject: Asked(subject, attributes)


def _all(found: re.Match[str], subject: str) -> Asked | None:
    return Asked(subject) if subject.startswith("my ") or subject == "me" or " " not in subject else None


def _favourite(found: re.Match[str], subject: str) -> Asked:
    return Asked(subject, (f"favourite {found['x'].lower()}",))


def _has(found: re.Match[str], subject: str) -> Asked:
    return Asked(subject, (f"has {thing(found['x'])}",))


def _taste(found: re.Match[str], subject: str) -> Asked:
    of = {"like": ("likes", "prefers"), "love": ("likes",), "enjoy": ("likes",), "prefer": ("prefers", "likes")}
    groups = found.groupdict()
    if groups.get("no"):
        return Asked(subject, ("dislikes", "doesn't eat"))
    value = groups.get("v")
    return Asked(subject, of.get(found["verb"].lower(), ("dislikes", "doesn't eat")), value)


def _takes(found: re.Match[str], subject: str) -> Asked:
    return Asked(subject, (f"takes {found['x'].lower()}",))


def _called(found: re.Match[str], subject: str) -> Asked | None:
    # What they are called themselves is the matter of onboarding.
    return Asked(subject, ("name", "is")) if subject != "me" else None


def _who(found: re.Match[str], subject: str) -> Asked:
    return Asked(subject, ("name", "is")) if is_kin(subject) else Asked(subject)


def _what_is(found: re.Match[str], subject: str) -> Asked | None:
    if not subject.startswith(("my ", "the ")):
        return None
    owner, apart, attribute = subject.rpartition("'s ")
    if apart and owner.startswith("my "):
        known = {"address": ("address", "lives in"), "job": ("works as", "is", "works at"), "home": ("lives in",)}
        return Asked(owner, known.get(attribute, (attribute,)))
    if subject == "my job":
        return Asked("me", ("works as", "works at", "is"))
    if subject in ("my address", "my home"):
        return Asked(subject, ("is",))
    return Asked(subject, ("is", "name", "when"))


def _patterns() -> tuple[tuple[re.Pattern[str], Read], ...]:
    do = r"(?:do|does|did)"
    be = r"(?:'s|'re| is| are| was| were| am|s)"
    its = r"(?:'s|s'|s)?"
    noun = rf"(?P<x>(?:{WORD} ){{0,3}}?{WORD})"
    what = r"(?:what|which|who|when|where)"
    taste = r"(?P<verb>like|love|enjoy|prefer|hate|dislike)"
    listed: tuple[tuple[Read, tuple[str, ...]], ...] = (
        (
            _of("lives in", "lives with"),
            (
                rf"{do} {S} live in .+",
                rf"where(?: {do})? {S} (?:lives?|living|stay)(?: now| these days)?",
                rf"where{be} {S} living(?: now)?",
                rf"(?:which|what) (?:city|town|country|street|place) {do} {S} live in",
            ),
        ),
        (_of("lives with"), (rf"who {do} {S} live with",)),
        (
            _of("works at", "works as"),
            (rf"(?:where|who|what company)(?: {do})? {S} works?(?: for| at)?(?: now)?", rf"where{be} {S} working"),
        ),
        (
            _of("works as", "works at", "is"),
            (
                rf"what(?: {do})? {S} (?:do|does)(?: for a living| for work| as a job)?",
                rf"what{be} {S}{its} (?:job|profession|occupation)",
            ),
        ),
        (_of("comes from", "born in"), (rf"where {do} {S} come from", rf"where(?:'s| is| are| am) {S} from")),
        (_of("born in", "comes from"), (rf"where (?:was|were) {S} born", rf"where {S} (?:was|were) born")),
        (
            _of("birthday"),
            (
                rf"when (?:was|were) {S} born",
                rf"{what}(?: day)?{be} (?:my|our) birthday",
                r"when (?:my|our) birthday(?: is|'s)",
                rf"{what}(?: day)?{be} {S}{its} birthday",
                rf"when {S}(?:'s|s) birthday(?: is|'s)",
                r"my birthday",
            ),
        ),
        (_of("age", "birthday"), (rf"how old(?: is| are| am|'s)? {S}(?: is| are| am)?(?: now)?",)),
        (
            _favourite,
            (
                rf"(?:{what}{be} )?(?:what )?(?:my|our) (?:absolute )?favou?rite {noun}(?: is| are|'s)?",
                rf"(?:{what}{be} )?(?:what )?{S}(?:'s|s'|s) favou?rite {noun}(?: is| are|'s)?",
                rf"(?:what|which) {noun}(?:'s| is) my favou?rite",
                rf"(?:what|which)(?: (?:kind|sort)s? of)? {noun} {do} {S} (?:like|prefer)(?: best| most| the most)?",
            ),
        ),
        (
            _of("allergic to"),
            (
                rf"what(?:'s| am| is| are) {S} allergic to",
                rf"what {S}{be} allergic to",
                rf"(?:am|is|are) {S} allergic to .+",
                rf"(?:what|which|any) allergies {do} {S} have",
                rf"{do} {S} have (?:any )?allergies",
                r"(?:what (?:are|is) )?(?:my|our) allerg(?:y|ies)",
            ),
        ),
        (
            _of("doesn't eat", "doesn't drink", "allergic to"),
            (rf"what (?:can't|can not|cannot|don't|doesn't) {S} (?:eat|drink)",),
        ),
        (
            _taste,
            (rf"what(?: (?:kinds?|sorts?) of \w+)? {do}(?P<no>n't| not)? {S} {taste}", rf"{do} {S} {taste} (?P<v>.+)"),
        ),
        (_has, (rf"how many {noun} {do} {S} have", rf"{do} {S} have (?:an?|any|some) {noun}")),
        (_takes, (rf"how {do} {S} (?:take|like|drink|have) (?:my|his|her|their) (?P<x>{WORD})",)),
        (_of("speaks"), (rf"(?:what|which) languages? (?:do|does|can) {S} speak",)),
        (_of("plays"), (rf"(?:what|which)(?: \w+)? {do} {S} play",)),
        (_of("drives"), (rf"(?:what|which)(?: \w+)? {do} {S} drive",)),
        (_of("studies"), (rf"(?:what|which)(?: \w+)? {do} {S} study",)),
        (_of("married to"), (rf"who{be} {S} married to",)),
        (
            _called,
            (
                rf"(?:what|who){be} {S}{its} (?:called|names?)",
                rf"(?:what{be} )?the name of {S}",
                rf"what {S}{be} called",
                rf"what {S}{its} name(?: is|'s)?",
                rf"{S}(?:'s|s'|s) name",
            ),
        ),
        (_who, (rf"who{be} {S}", rf"who {S}(?: is|'s)")),
        (
            _all,
            (
                rf"(?:tell me |what (?:else )?do (?:you|we) know |everything |all |what did i (?:tell you|say) |"
                rf"what have i told you )?about {S}",
            ),
        ),
        (_what_is, (rf"{what}{be} (?P<s>(?:my|our|the) .+?)", rf"{what} (?P<s>(?:my|our|the) .+?)(?: is| are|'s)")),
        (_what_is, (r"(?P<s>(?:my|our) .+)",)),
    )
    return tuple((re.compile(pattern, re.IGNORECASE), read) for read, patterns in listed for pattern in patterns)


_PATTERNS = _patterns()
