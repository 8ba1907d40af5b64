"""Numbers that stand for a person or their money: cards, bank accounts, national ids."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapport.privacy.finders import Match, digits_of, ending_of

_LONG_RUN = re.compile(r"(?<![^\W_])\d(?:[ ,.-]{0,2}\d){11,40}(?![^\W_])")
_CARD_WORD = re.compile(
    r"\b(?:visa|master ?card|amex|american express|maestro|debit|credit|cc"
    r"|(?<!library )(?<!loyalty )(?<!sim )(?<!gift )(?<!id )(?<!identity )cards?)\b",
    re.IGNORECASE,
)
_ISSUER = re.compile(r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|6\d{15,18}")
"""Prefixes and lengths by ISO/IEC 7812 of the networks that issue most cards."""
_CARD_LENGTHS = (16, 15, 14, 19, 18, 17, 13)


def cards(text: str) -> Iterator[Match]:
    """Whole runs of digits that hold a card: what follows its number is its expiry and its check code."""
    for run in _LONG_RUN.finditer(text):
        digits = digits_of(run.group())
        number = _card_number(digits)
        named = bool(_CARD_WORD.search(text, max(0, run.start() - 50), min(len(text), run.end() + 25)))
        if number:
            yield Match(run.start(), run.end(), 0.99 if named else 0.95, number[-4:])
        elif named or re.fullmatch(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}", run.group()):
            # A digit was misheard or mistyped.
            yield Match(run.start(), run.end(), 0.85, digits[-4:])


def _card_number(digits: str) -> str | None:
    for length in _CARD_LENGTHS:
        number = digits[:length]
        if len(number) == length and _ISSUER.fullmatch(number) and _luhn(number):
            return number
    return None


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


_IBAN = re.compile(r"(?<![^\W_])[A-Z] ?[A-Z] ?\d[ -]?\d(?:[ -]?[A-Z0-9]){11,40}", re.IGNORECASE)
_IBAN_NAMED = re.compile(
    r"\biban\b(?: number)?[^\n\ue000\d]{0,20}?(?<![^\W_])(?P<value>(?:[A-Z] ?){2}\d(?:[ -]?[A-Z]?\d){8,30})", re.I
)
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in (
        item.split(":")
        for item in (
            "15:NO 16:BE 18:DK,FI,FO,GL,NL,SD 19:MK,SI 20:AT,BA,EE,KZ,LT,LU,MN,XK 21:CH,HR,LI,LV "
            "22:BG,BH,CR,DE,GB,GE,IE,ME,RS,VA 23:AE,GI,IL,IQ,OM,SO,TL 24:AD,CZ,ES,MD,PK,RO,SA,SE,SK,TN,VG "
            "25:LY,PT,ST 26:IS,TR 27:BI,DJ,FR,GR,IT,MC,MR,SM 28:AL,AZ,BY,CY,DO,GT,HN,HU,LB,NI,PL,SV "
            "29:BR,EG,PS,QA,UA 30:JO,KW,MU,YE 31:MT,SC 32:LC 33:RU"
        ).split()
    )
    for country in countries.split(",")
}
"""Characters by country, from SWIFT's IBAN registry."""
_IBAN_DIGITS = 8
"""No country's account numbers have fewer digits; so no sentence passes for one."""
_ACCOUNT = re.compile(
    r"\b(?:(?:bank |current |savings |checking |giro )?(?:account|acct|a/c)|routing|sort code|bsb|aba)\b"
    r"(?: (?:number|no\.?|code))?(?: ?#)?(?: (?:for|with|at|of)(?: [\w']+){1,4}?)?"
    r"(?:\s*[:=]\s*| (?:is|was) |'s | )(?:[a-z]+ )?(?P<value>\d(?:[ -]?\d){5,19})(?!\d)",
    re.IGNORECASE,
)


def bank_accounts(text: str) -> Iterator[Match]:
    """IBANs by their check digits, other account and bank numbers where they are named."""
    for found in _IBAN.finditer(text):
        end = _iban_end(found)
        if end:
            yield Match(found.start(), end, 0.98, ending_of(text[found.start() : end]))
    for pattern in (_IBAN_NAMED, _ACCOUNT):
        for found in pattern.finditer(text):
            yield Match(*found.span("value"), 0.85, ending_of(found["value"]))


def _iban_end(found: re.Match[str]) -> int | None:
    """Where an IBAN ends: words may follow it that look like more of it."""
    places = [at for at in range(*found.span()) if found.string[at] not in " -"]
    country = "".join(found.string[at] for at in places[:2]).upper()
    length = _IBAN_LENGTHS.get(country, 0)
    if not 0 < length <= len(places):
        return None
    end = places[length - 1] + 1
    iban = "".join(found.string[at] for at in places[:length]).upper()
    whole = end == len(found.string) or not found.string[end].isalnum()
    return end if whole and len(digits_of(iban)) >= _IBAN_DIGITS and _mod_97(iban) else None


def _mod_97(iban: str) -> bool:
    """ISO 13616: moved round, letters as numbers, the remainder is 1."""
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1


_ID_SHAPES = (
    re.compile(r"(?<![\w-])(?!000|666)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"),  # United States, SSN and ITIN
    re.compile(  # United Kingdom, national insurance
        r"(?<![^\W_])[A-CEGHJ-PR-TW-Z] ?[A-CEGHJ-NPR-TW-Z] ?\d(?: ?\d){5} ?[A-D](?![^\W_])", re.IGNORECASE
    ),
    re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z](?!\w)", re.IGNORECASE),  # Italy, codice fiscale
)
_ID_NAMED = re.compile(
    r"\b(?:social security|social insurance|national insurance|ssn|itin|nino|passport|driv(?:er'?s?|ing) licen[cs]e"
    r"|licen[cs]e (?:number|no)|tax (?:id|identification|file|number)|taxpayer|national id(?:entity)?"
    r"|identity (?:card|number)"
    r"|id (?:card|number)|personal (?:id|identity|identification)|nhs|medicare|medicaid|health insurance|aadhaar"
    r"|personnummer|social)\b(?: (?:card|number|no\.?|id))*(?: ?#)?(?:\s*[:=]\s*|\s+(?:is|was)\s+|'s\s+|\s+)"
    r"(?:[a-z]+ )?(?P<value>(?:[A-Z][ -]?){0,3}\d(?:[ -]?\d|[ -]?[A-Z](?![A-Z]))*)(?![^\W_])",
    re.IGNORECASE,
)
_ID_DIGITS = 5


def national_ids(text: str) -> Iterator[Match]:
    """Numbers of persons that an authority gave: by shape where that is unmistakable, else where they are named."""
    for shape in _ID_SHAPES:
        for found in shape.finditer(text):
            yield Match(found.start(), found.end(), 0.95)
    for found in _ID_NAMED.finditer(text):
        if len(digits_of(found["value"])) >= _ID_DIGITS:
            yield Match(*found.span("value"), 0.9)
