"""Writing a clause out as it is spoken: numbers, times, units, money, dates and abbreviations as words.

The grammar is WeText's (Apache-2.0, English FSTs from NeMo's text processing, inside its wheel). In front of it
stands a short table of what it gets wrong or leaves alone; each row says which. Voices get plain words out of this,
and no markup: their own notations for phonemes would let a reply say anything.
"""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

Replacement = str | Callable[[re.Match[str]], str]

_CURRENCIES = {"$": ("dollar", "cent"), "£": ("pound", "p"), "€": ("euro", "cent")}
_DIGITS = "zero one two three four five six seven eight nine".split()
_DECADES = {"2": "twenties", "3": "thirties", "4": "forties", "5": "fifties", "6": "sixties", "7": "seventies"}
_DECADES |= {"8": "eighties", "9": "nineties"}


def _amount(match: re.Match[str]) -> str:
    unit, part = _CURRENCIES[match[1]]
    amounts = []
    if int(match[2]) or not int(match[3]):
        amounts.append(f"{int(match[2])} {unit if int(match[2]) == 1 else unit + 's'}")
    if int(match[3]):
        amounts.append(f"{int(match[3])} {part if int(match[3]) == 1 or part == 'p' else part + 's'}")
    return " and ".join(amounts)


def _digits(match: re.Match[str]) -> str:
    groups = re.split(r"\D+", match[0].strip("+() "))
    return ", ".join(" ".join(_DIGITS[int(digit)] for digit in group) for group in groups)


_TABLE: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    # Left alone by the grammar, and read letter by letter by the voices.
    (re.compile(r"\be\.g\.,?", re.I), "for example,"),
    (re.compile(r"\bi\.e\.,?", re.I), "that is,"),
    (re.compile(r"\betc\.", re.I), "et cetera"),
    (re.compile(r"\bapprox\.", re.I), "approximately"),
    (re.compile(r"\bvs\.?(?=\s)", re.I), "versus"),
    (re.compile(r"\bprof\.", re.I), "Professor"),
    (re.compile(r"(?<=\d)\s?hPa\b"), " hectopascals"),
    (re.compile(r"(?<=\d)\s?kWh\b"), " kilowatt hours"),
    (re.compile(r"(?<=\d)\s?l\b"), " liters"),
    (re.compile(r"°(?![CF])\s?"), " degrees "),
    # Read as something else: "number. five", "fails", "minutes", "minutes per second".
    (re.compile(r"(?:\b[Nn]o\.\s?|#)(?=\d)"), "number "),
    (re.compile(r"(?<=\d)\s?m/s\b"), " meters per second"),
    (re.compile(r"(?<=\d)\s?m\b(?![./])"), " meters"),
    (re.compile(r"(\d+)\s?¢"), r"\1 cents"),
    # "thousand two hundred and thirty four point five".
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
    # "twelve point five dollars".
    (re.compile(r"([$£€])(\d+)\.(\d\d)(?!\d|\.\d|\s*(?:million|billion|trillion))"), _amount),
    # Sums: "seven to three", "asterisk", "ten quarters", "circumflex".
    (re.compile(r"(?<=[\d)])\s+[-−–]\s+(?=[\d(])"), " minus "),
    (re.compile(r"(?<=[\d)])\s*[*×]\s*(?=[\d(])"), " times "),
    (re.compile(r"(?<=[\d)])\s+[/÷]\s+(?=[\d(])"), " divided by "),
    (re.compile(r"(?<=[\d)])\s*\^\s*(?=[\d(])"), " to the power of "),
    (re.compile(r"(?<!\w)~\s?(?=\d)"), "about "),
    # "one thousand nine hundred and eighty seconds".
    (re.compile(r"\b(1[1-9]|20)([2-9])0s\b"), lambda match: f"{match[1]} {_DECADES[match[2]]}"),
    # A telephone number is not a range: "five hundred and fifty five to one thousand".
    (re.compile(r"(?<![\w-])\+?\(?\d{3}\)?[- ]\d{3}-\d{4}\b|(?<![\w-])\d{3}-\d{4}\b"), _digits),
    # "twenty four sevenths".
    (re.compile(r"\b24/7\b"), "twenty four seven"),
)

_MARKUP = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)|\[\[|\]\]|[<>{}|\\]")
_SPEAKABLE = re.compile(r"[^\W_]")


class SpokenText:
    """Writes clauses out as they are spoken.

    Loading the grammar takes 0.8 s and 45 MB; after that a clause takes 1 to 10 ms.
    """

    def __init__(self) -> None:
        from wetext import Normalizer

        self._grammar = Normalizer(lang="en", operator="tn")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spoken-text")

    async def write_out(self, clause: str) -> str:
        """`written_out`, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.written_out, clause)

    def written_out(self, clause: str) -> str:
        """The clause in words, its punctuation kept; empty where it holds nothing that can be said.

        What the grammar cannot read goes to the voice as it is: voices read numbers too, only less well.
        """
        text = _without_pictures(clause).replace("’", "'").strip()
        for written, spoken in _TABLE:
            text = written.sub(spoken, text)
        text = " ".join(_MARKUP.sub(" ", text).split())
        if not _SPEAKABLE.search(text):
            return ""
        return self._by_the_grammar(text)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _by_the_grammar(self, text: str) -> str:
        try:
            spoken: str = self._grammar.normalize(text)
        except AssertionError:  # how its parser refuses a text
            words = text.split()
            return " ".join(map(self._by_the_grammar, words)) if len(words) > 1 else text
        return spoken.replace("\\", "") or text


def pronounced(text: str, pronunciations: Iterable[tuple[str, str]]) -> str:
    """The text with somebody's own words as they are to be said: whole words, in capitals or not.

    Args:
        text: Written as it is spoken.
        pronunciations: Words, and how each is said.
    """
    said = {word.lower(): spoken for word, spoken in pronunciations if word}
    if not said:
        return text
    words = "|".join(map(re.escape, sorted(said, key=len, reverse=True)))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda match: said[match[0].lower()], text, flags=re.IGNORECASE)


def _without_pictures(text: str) -> str:
    """Without emoji, arrows and control characters, which voices read out by their names."""
    return "".join(
        " "
        if unicodedata.category(character) in ("So", "Sk", "Cs", "Co", "Cn", "Cc", "Cf") and character not in "°^`"
        else character
        for character in text
    )
