"""What of a language model's words may be said: plain clauses, as soon as each is certain, and checked before it is.

Whatever a model was told or tricked into, three things are never said: that something was done or kept (only actions do
that, and say so), what somebody told where no memory says it, and the rules that it was given. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import Enum

from rapport.speech.clauses import ClauseCutter

LEAKED_WORDS = 7
"""So many words in a row that stand in the rules are the rules'."""

_MARK = re.compile(r"\s*[\[(](m\d+(?:\s*,\s*m\d+)*)[\])]", re.I)
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.S | re.I)
_MARKUP = re.compile(r"https?://\S+|<[^<>\n]{1,60}>|[*_`#~|>\\]+|^\s*(?:[-•–]|\d{1,2}[.)])\s+", re.M)
_PICTURES = re.compile("[\u2190-\u2bff\u2e80-\U0010ffff\ufe0f]")
_STAND_IN = re.compile(r"[\[(<{]?\b(NAME_\d+)\b[\])>}]?")
_ENDS = re.compile(r"[.!?][\"')\]]*\s*$")
_WORD = re.compile(r"[\w']+")
_DONE = re.compile(
    r"\bi(?:'ve| have| will|'ll| am going to|'m going to| just|'ve just| did| already)?\s+(?:\w+ly )?(?:now |just )?(?:"
    r"(?:delet|eras|forg[eo]t|remov|sav|stor|memoriz|remember|record|schedul|book|order|purchas|cancel)\w*"
    r"|ke(?:ep|pt) (?:that|it|this|your)|(?:made|make|take|took) a note|not(?:e|ed) (?:that|it|this|down)"
    r"|sen[dt] (?:it|that|this|them|a|an|the|your)|bought|buy|call(?:ed)? (?:them|him|her|the|your)"
    r"|set (?:a|an|the|your|up)|turn(?:ed)? (?:on|off|up|down)|add(?:ed)? (?:it|that|this|them|\w+ to)"
    r"|remind(?:ed)? you|updat\w+|chang\w+ your)"
    r"|\byour (?:data|memories|information|consents?|settings?) (?:has|have|is|are|was|were) ",
    re.I,
)
_TOLD = re.compile(r"\b(?:you(?:'ve| have)? (?:once |just |also )?(?:told|mentioned|said)|i remember)\b", re.I)


class Refused(Enum):
    """Why words were not said."""

    ACT = "act"
    """They claim that something was done."""
    INVENTED = "invented"
    """They say what somebody told, and nothing says that they did."""
    RULES = "rules"
    """They are the rules'."""


class Spoken:
    """Makes clauses out of a stream of tokens.

    Args:
        words: At most; the answer ends with the sentence that reaches them.
        rules: What the model was told, and nobody is to hear.
        marks: Of the memories that it was given.
        talked: Something was said before in this conversation, that it may refer to.
        names: What stands for which name.

    Attributes:
        cited: Marks that were named.
        refused: Why the answer ends before something; None where nothing was left out.
        over: Nothing more will be said.
    """

    def __init__(
        self,
        *,
        words: int,
        rules: str,
        marks: Collection[str] = (),
        talked: bool = False,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self._most = words
        self._rules = _shingles(rules)
        self._marks = frozenset(marks)
        self._may_recall = bool(marks) or talked
        self._names = names or {}
        self._cutter = ClauseCutter()
        self._raw = ""
        self._said: list[str] = []
        self._sentence = ""
        self.cited: set[str] = set()
        self.refused: Refused | None = None
        self.over = False

    @property
    def text(self) -> str:
        """What was said so far."""
        return " ".join(self._said)

    def feed(self, piece: str) -> list[str]:
        """The clauses that some more text makes certain.

        Args:
            piece: As it came; it may end anywhere, inside a word too.
        """
        self._raw += piece
        thought = self._raw.lower().rfind("<think")
        if thought >= 0 and "</" not in self._raw[thought:]:
            return []  # a reasoning model, thinking aloud
        # What may be the beginning of a tag waits for its end.
        open_at = self._raw.rfind("<")
        ready, self._raw = (
            (self._raw[:open_at], self._raw[open_at:])
            if open_at >= 0 and ">" not in self._raw[open_at:] and len(self._raw) - open_at < 60
            else (self._raw, "")
        )
        return self._checked(self._cutter.feed(_THOUGHT.sub("", ready)))

    def flush(self) -> list[str]:
        """The clauses that are left, once no more text comes."""
        rest, self._raw = self._raw, ""
        last = self._cutter.feed(_THOUGHT.sub("", rest)) + self._cutter.flush()
        return self._checked(last)

    def _checked(self, clauses: list[str]) -> list[str]:
        checked: list[str] = []
        for clause in clauses:
            if self.over:
                break
            text = self._plain(clause)
            if not _WORD.search(text):
                continue
            self._sentence = f"{self._sentence} {text}".strip()
            self.refused = self._wrong()
            if self.refused is not None:
                self.over = True
                break
            self._said.append(text)
            checked.append(text)
            if _ENDS.search(text) or "\n" in clause:
                self._sentence = ""
                self.over = len(_WORD.findall(self.text)) >= self._most
        return checked

    def _plain(self, clause: str) -> str:
        for found in _MARK.finditer(clause):
            self.cited |= {mark.strip().lower() for mark in found[1].split(",")} & self._marks
        text = _STAND_IN.sub(lambda found: self._names.get(found[1], ""), _MARK.sub("", clause))
        text = _PICTURES.sub("", _MARKUP.sub(" ", text))
        return re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))

    def _wrong(self) -> Refused | None:
        sentence = self._sentence.replace("’", "'")
        if _DONE.search(sentence):
            return Refused.ACT
        if _TOLD.search(sentence) and not self._may_recall:
            return Refused.INVENTED
        if _shingles(f"{self.text} {sentence}") & self._rules:
            return Refused.RULES
        return None


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return {tuple(words[at : at + LEAKED_WORDS]) for at in range(len(words) - LEAKED_WORDS + 1)}
