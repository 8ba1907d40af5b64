"""Sums as people say them, worked out without `eval`.

"what is twelve percent of eighty" becomes `(12/100)*80` by rewriting known phrases; whatever is not
one of them is dropped or refused, so that only numbers and operators that this module wrote reach
simpleeval. Work is bounded: a sum has at most `MAX_PARTS` parts and no result passes `MAX_EXPONENT`
decimal digits. How a result is said is the matter of `spoken_numbers`.
text2num and simpleeval, which only the services environment has, are imported at the first call.
"""

import ast
import math
import operator
import re

from rapport.errors import DivisionByNought, NoAnswer, NotASum, TooLarge

MAX_PARTS = 40
MAX_EXPONENT = 100

Number = int | float


# What a small recogniser writes where a number was said, next to an operator.
_HOMOPHONES = {"for": "four", "fore": "four", "to": "two", "too": "two", "won": "one", "ate": "eight"}
_OPERATOR_WORDS = "plus|minus|times|over|multiplied by|divided by"
_HOMOPHONE_AFTER = re.compile(
    rf"\b({_OPERATOR_WORDS}|root of|cent of) ({'|'.join(_HOMOPHONES)})(?= (?:{_OPERATOR_WORDS})\b|$)"
)
_HOMOPHONE_BEFORE = re.compile(rf"^(.* )?({'|'.join(_HOMOPHONES)})(?= (?:{_OPERATOR_WORDS})\b)")

_N = r"(\(-\d+(?:\.\d+)?\)|\d+(?:\.\d+)?|that)"
# In order: each rewrites what is left of the speech, after numbers have become digits.
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[?!,;]|\.(?!\d)", " "),
        (r"%|\bper cent\b", " percent "),
        (r"[×x](?= ?\d)", " times "),
        (r"÷", " divided by "),
        (r"\s+", " "),
        (r"\b(?:the )?(?:result|answer|it|this)\b", "that"),
        (r"\b(?:point|oh point|zero point) (\d+)\b", r"0.\1"),
        (r"\bnegative (\d+(?:\.\d+)?)", r"(-\1)"),
        (rf"\b({_OPERATOR_WORDS}|of|by|is|what's|add) minus (\d+(?:\.\d+)?)", r"\1 (-\2)"),
        # "nineteen ninety nine", "three sixty five"
        (r"(?<![.\d])\b([1-9]|1\d|20) ([1-9]\d)\b(?! ?\.\d)", r"\1\2"),
        # Fractions
        (r"\b(\d+) and a half\b", r"\1.5"),
        (r"\b(\d+) and a quarter\b", r"\1.25"),
        (r"\b(\d+) and (?:3|three) quarters\b", r"\1.75"),
        (r"\b(?:a |1 )?half (?:of )?", "0.5 * "),
        (r"\b(\d+) quarters (?:of )?", r"( \1 / 4 ) * "),
        (r"\b(?:a |1 )?quarter (?:of )?", "0.25 * "),
        (r"\b(\d+) (\d+)(?:rd|th)s (?:of )?", r"( \1 / \2 ) * "),
        (r"\b(?:a |1 )(\d+)(?:rd|th) of ", r"( 1 / \1 ) * "),
        (r"\b(?:double|twice) ", "2 * "),
        (r"\btriple ", "3 * "),
        (r"\b(\d+|a) dozen\b", r"( \1 * 12 )"),
        # Powers and roots
        (r"\bto the (\d+)(?:st|nd|rd|th)(?: power)?\b", r"** \1"),
        (r"\b(?:raised )?to the power(?: of)?\b", "**"),
        (rf"{_N} to the {_N}", r"\1 ** \2"),
        (r"\bsquared\b", "** 2"),
        (r"\bcubed\b", "** 3"),
        (rf"\bcube root (?:of )?(?:the )?{_N}", r"cbrt( \1 )"),
        (rf"\b(?:square )?root (?:of )?(?:the )?{_N}", r"sqrt( \1 )"),
        # Percent
        (rf"\bwhat (?:percent|percentage) of {_N} is {_N}", r"( \2 / \1 ) * 100"),
        (rf"{_N} is what (?:percent|percentage) of {_N}", r"( \1 / \2 ) * 100"),
        (rf"{_N} percent off (?:of )?{_N}", r"\2 * ( 1 - \1 / 100 )"),
        (rf"\b{_N} percent (?:of|times|tip on|on) ", r"( \1 / 100 ) * "),
        (rf"(.*\S) (?:plus|add) {_N} percent\b", r"( \1 ) * ( 1 + \2 / 100 )"),
        (rf"(.*\S) minus {_N} percent\b", r"( \1 ) * ( 1 - \2 / 100 )"),
        (rf"\b{_N} percent\b", r"( \1 / 100 )"),
        # Orders
        (rf"\badd {_N} (?:to|and|with) {_N}", r"\1 + \2"),
        (rf"\bsubtract {_N} from {_N}", r"\2 - \1"),
        (rf"\btake (?:away )?{_N} (?:away )?from {_N}", r"\2 - \1"),
        (rf"\bmultiply {_N} (?:by|and|with|times) {_N}", r"\1 * \2"),
        (rf"\bdivide {_N} (?:by|into) {_N}", r"\1 / \2"),
        (rf"\b(?:sum|total) of {_N} (?:and|plus) {_N}", r"\1 + \2"),
        (rf"\bproduct of {_N} (?:and|times) {_N}", r"\1 * \2"),
        (rf"\bdifference (?:between|of) {_N} and {_N}", r"\1 - \2"),
        # Operators
        (r"\b(?:multiplied by|multiply by|multiply|times)\b", "*"),
        (r"\b(?:divided by|divide by|divide|over)\b", "/"),
        (r"\b(?:plus|added to|add)\b", "+"),
        (r"\b(?:minus|less|take away|subtract)\b", "-"),
        (r"\b(?:modulo|mod)\b", "%"),
    )
)
_PART = re.compile(r"\d+(?:\.\d+)?(?!\w)|sqrt\(|cbrt\(|\*\*|[-+*/%()]|\bthat\b|[^\s]+")
_MATH_PART = re.compile(r"\d+(?:\.\d+)?|sqrt\(|cbrt\(|\*\*|[-+*/%()]|that")
# Words between the parts of a sum that mean nothing for it: fillers, and what a recogniser makes up.
_FILLERS = frozenset(
    ["a", "an", "the", "and", "then", "uh", "um", "now", "by", "of", "please", "dollar", "dollars", "euros", "pounds"]
)
_BINARY = frozenset({"+", "*", "/", "**", "%"})


def expression(said: str, last: Number | None = None) -> str:
    """The sum that was said, in Python's notation.

    Args:
        said: Speech as recognised: lower case, numbers as words or digits.
        last: The result before, which "that" and a sum that starts with an operator go on with.

    Raises:
        NotASum: there is no complete sum in it.
    """
    from text_to_num import alpha2digit

    text = said.lower().strip()
    text = _HOMOPHONE_AFTER.sub(lambda found: f"{found[1]} {_HOMOPHONES[found[2]]}", text)
    text = _HOMOPHONE_BEFORE.sub(lambda found: f"{found[1] or ''}{_HOMOPHONES[found[2]]}", text)
    text = alpha2digit(text, "en", 0)
    for pattern, replacement in _PHRASES:
        text = pattern.sub(replacement, text)
    tokens = _likeliest_stretch(_PART.findall(text))
    if last is not None and (tokens[0] in _BINARY or (tokens[0] == "-" and "that" not in tokens)):
        tokens.insert(0, "that")
    if "that" in tokens:
        if last is None:
            raise NotASum("no result before to go on with; ask for the whole sum")
        tokens = [f"({last!r})" if part == "that" else part for part in tokens]
    if len(tokens) < 2 or len(tokens) > MAX_PARTS or (tokens[0] in "+-" and len(tokens) == 2):
        raise NotASum("no sum was said, or too long a one; ask for it again")
    joined = " ".join(tokens)
    try:
        ast.parse(joined, mode="eval")
    except SyntaxError:
        raise NotASum("the sum is not complete; ask for it again") from None
    return joined


def evaluate(formula: str) -> Number:
    """The result of a formula that `expression` wrote.

    Raises:
        DivisionByNought: a part of it is divided by nought.
        NoAnswer: it has no real answer.
        TooLarge: it would pass 10 to the power of `MAX_EXPONENT`.
        NotASum: it is not a formula of numbers and operators.
    """
    from simpleeval import InvalidExpression, SimpleEval

    calculator = SimpleEval(operators=_OPERATORS, functions={"sqrt": _sqrt, "cbrt": _cbrt}, names={})
    try:
        result = calculator.eval(formula)
    except ZeroDivisionError:
        raise DivisionByNought("division by nought; say that it has no answer") from None
    except OverflowError:
        raise TooLarge("the result is too large; say so") from None
    except (InvalidExpression, SyntaxError, TypeError):
        raise NotASum("not a formula; ask for the sum again") from None
    return _bounded(result)


def _likeliest_stretch(tokens: list[str]) -> list[str]:
    """The run of numbers and operators that holds most operators: the words around it are talk."""
    stretches: list[list[str]] = [[]]
    for token in tokens:
        if _MATH_PART.fullmatch(token):
            stretches[-1].append(token)
        elif token not in _FILLERS and stretches[-1]:
            stretches.append([])
    best = max(stretches, key=lambda stretch: (len(set(stretch) & (_BINARY | {"-", "sqrt(", "cbrt("})), len(stretch)))
    if not best:
        raise NotASum("no sum was said; ask for it again")
    return best


def _bounded(result: Number) -> Number:
    if isinstance(result, complex):
        raise NoAnswer("no real answer; say so")
    if isinstance(result, float) and not math.isfinite(result):
        raise TooLarge("the result is too large; say so")
    if abs(result) > 10**MAX_EXPONENT:
        raise TooLarge("the result is too large; say so")
    if isinstance(result, float) and result.is_integer() and abs(result) < 2**53:
        return int(result)
    return result


def _power(base: Number, exponent: Number) -> Number:
    # Judged by its size before it is worked out: nine to the nine to the nine has 370 million digits.
    if base and abs(exponent) * abs(math.log10(abs(base))) > MAX_EXPONENT:
        raise TooLarge("the power is too large; say so")
    return _bounded(base**exponent)


def _sqrt(number: Number) -> Number:
    if number < 0:
        raise NoAnswer("a negative number has no real root; say so")
    return _bounded(math.sqrt(number))


def _cbrt(number: Number) -> Number:
    root = math.copysign(abs(number) ** (1 / 3), number)
    return round(root) if round(root) ** 3 == number else root


_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: lambda left, right: _bounded(left * right),
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
