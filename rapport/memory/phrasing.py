"""Words about oneself, as they are said and as they are told back: cleaning, subjects, first into second person.

Pure. What a sentence states is read in `facts`, what it asks in `questions`.
"""

from __future__ import annotations

import re

WORD = r"[^\W\d_][\w'-]*"

KIN = frozenset(
    "mother father parents sister brother sibling wife husband partner girlfriend boyfriend fiance fiancee son "
    "daughter child children baby grandmother grandfather grandparents grandson granddaughter aunt uncle cousin niece "
    "nephew friend friends boss manager colleague coworker neighbour neighbor roommate flatmate teacher doctor dentist "
    "twin stepmother stepfather stepson stepdaughter godmother godfather ex family dog cat pet puppy kitten "
    "rabbit hamster horse parrot bird fish tortoise".split()
)
"""Heads of "my …" that are somebody; the plural counts too."""

_SAME_KIN = {
    **dict.fromkeys(("mom", "mum", "mama", "mommy", "mummy", "mam"), "mother"),
    **dict.fromkeys(("dad", "daddy", "papa", "pa"), "father"),
    **dict.fromkeys(("grandma", "granny", "nan", "nana"), "grandmother"),
    **dict.fromkeys(("grandpa", "granddad", "grandad"), "grandfather"),
    **dict.fromkeys(("kid", "kids", "children"), "child"),
    **dict.fromkeys(("auntie", "aunty"), "aunt"),
    **dict.fromkeys(("hubby",), "husband"),
}

_OPENERS = re.compile(
    r"^(?:(?:hey|hi|hello)(?: (?:jarvis|rapport))?|okay|ok|right|alright|all right|well|so|oh|ah|um|uh|erm?|"
    r"hmm|you know|by the way|also|and|but|listen|look|please|just so you know|"
    r"for your information|you should know(?: that)?|did you know(?: that)?|i told you(?: that)?|for the future|"
    r"i have to say(?: that)?|guess what|yes|yeah)\b,? +",
    re.IGNORECASE,
)
_CLOSERS = re.compile(
    r",? +(?:please|thanks|thank you|by the way|you know|okay|ok|actually|for me|as well|too|you see|right|again|"
    r"now|these days|nowadays|at the moment|currently|anymore|any more|from now on|in the future)$",
    re.IGNORECASE,
)
_LOST_APOSTROPHE = re.compile(
    rf"\b((?:my|our) (?:{WORD} )?(?:{'|'.join(KIN)}|mum|mom|dad))s "
    r"(?=(?:name|called|birthday|favou?rite|job|address|number)\b)",
    re.IGNORECASE,
)
_MISHEARD = ((re.compile(r"\b(have|got|'ve|has) (an? \w+) cold (?=\w+$)", re.IGNORECASE), r"\1 \2 called "),)
_LOWERED = frozenset("the a an every each there he she they it on in at at when if some all both no".split())

_SECOND_PERSON = (
    (r"i am", "you are"), (r"i'm", "you're"), (r"am i", "are you"), (r"i was", "you were"), (r"was i", "were you"),
    (r"you are", "I am"), (r"you're", "I'm"), (r"i", "you"), (r"me", "you"), (r"my", "your"), (r"mine", "yours"),
    (r"myself", "yourself"), (r"we", "you"), (r"us", "you"), (r"our", "your"), (r"ours", "yours"),
    (r"ourselves", "yourselves"), (r"am", "are"), (r"you", "me"), (r"your", "my"), (r"yours", "mine"),
)  # fmt: skip
_FLIP = re.compile(
    "|".join(rf"(?P<p{at}>\b{words}\b(?!-))" for at, (words, _) in enumerate(_SECOND_PERSON)), re.IGNORECASE
)


def cleaned(words: str) -> str:
    """A sentence without what opens or closes it and says nothing: "well, my sister lives in oslo, you know"."""
    text = " ".join(words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).strip(" .!?,;:")
    while (shorter := _CLOSERS.sub("", _OPENERS.sub("", text)).strip(" .!?,;:")) != text:
        text = shorter
    for pattern, heard in _MISHEARD:
        text = pattern.sub(heard, text)
    return _LOST_APOSTROPHE.sub(r"\1's ", text)


def told_back(words: str) -> str:
    """What somebody said of themselves as it is told to them: "my sister and i" as "your sister and you"."""
    flipped = _FLIP.sub(lambda found: _SECOND_PERSON[int(str(found.lastgroup)[1:])][1], words)
    first, _, rest = flipped.partition(" ")
    if first.lower() in _LOWERED or first.lower().startswith(("your", "you'")) or first == "You":
        flipped = f"{first.lower()} {rest}".strip()
    return flipped


def subject_of(words: str) -> str:
    """Whom a few words name, canonically: `me`, `my sister`, `anna`; "mum" and "mother" are one.

    A pronoun stays one: `she`.
    """
    plain = words.lower().strip().removesuffix("'s").rstrip("'")
    if plain in ("i", "we", "me", "us", "myself", "ourselves"):
        return "me"
    if plain.endswith((" and i", " and me", " and myself")):
        return "me"
    plain = re.sub(r"^our\b", "my", plain)
    return " ".join(
        _SAME_KIN.get(word, word) if not word.endswith("'s") else _possessor(word) for word in plain.split()
    )


def _possessor(word: str) -> str:
    owner = word.removesuffix("'s")
    return _SAME_KIN.get(owner, owner) + "'s"


def owned(words: str, referent: str | None) -> str:
    """A sentence with the owner that "his", "her" or "their" stands for: "her name" as "my sister's name"."""
    if referent is None or referent == "me":
        return words
    return re.sub(
        r"(?<!like )(?<!likes )(?<!takes )(?<!take )(?<!drink )\b(?:his|her|their|its) (?=\w)",
        f"{referent}'s ",
        words,
        count=1,
        flags=re.IGNORECASE,
    )


def is_kin(subject: str) -> bool:
    """Whether a subject is somebody in relation to the person: `my sister`, `my brother's wife`."""
    head = subject.split()[-1]
    return subject.startswith("my ") and (head in KIN or head.removesuffix("s") in KIN)


def thing(words: str) -> str:
    """A noun in the form that counts and questions share: "two black cats" and "a black cat" as `black cat`."""
    plain = words.lower().split()
    head = _SAME_KIN.get(plain[-1], plain[-1])
    if head.endswith("ies") and len(head) > 4:
        head = head[:-3] + "y"
    elif head.endswith("s") and not head.endswith(("ss", "us", "is")):
        head = head[:-1]
    return " ".join([*plain[:-1], head])
