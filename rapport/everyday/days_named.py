"""Days by what they are called: "christmas", "the fifth of may", "my birthday", "the weekend". Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from dateutil.easter import easter
from dateutil.relativedelta import MO, TH, relativedelta

from rapport.spoken_time import MONTHS, days_ahead, month_and_day_words

_MONTH = rf"(?P<month>{'|'.join(MONTHS)})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?:in )?(?P<year>20\d\d))?"
_DATES = (
    re.compile(rf"\b(?:the )?{_DAY} (?:of )?{_MONTH}{_YEAR}\b"),
    re.compile(rf"\b{_MONTH} (?:the )?{_DAY}{_YEAR}\b"),
)
_MONTH_ALONE = re.compile(rf"\b(?:in|until|till|to|before|since|is|the (?:first|beginning|start) of) {_MONTH}\b")
_BIRTHDAY = re.compile(r"\b(?:(?P<who>my|our|(?:my )?[a-z]+(?: [a-z]+)?'s)) birthday\b")
_PAST = re.compile(r"\b(?:since|ago|passed|have gone|has it been|was)\b")

LEAP_YEAR = 2024
"""Has every day that there is."""

Birthday = Callable[[str], "str | None"]
"""What is known of somebody's birthday, by who they are: `me`, `my sister`; None where nothing is."""


@dataclass(frozen=True)
class NamedDay:
    """A day that was asked about.

    Attributes:
        name: As it is said in an answer: "Christmas", "May fifth", "your birthday".
        day: The next one; the last one where it was asked how long ago; None of a birthday that nobody told.
    """

    name: str
    day: date | None


def day_named(said: str, today: date, birthday: Birthday = lambda who: None) -> NamedDay | None:
    """The day that a message asks about; None where it names none.

    Args:
        said: Lower case.
        today: Where the person is.
        birthday: See there.
    """
    past = bool(_PAST.search(said))
    if found := _BIRTHDAY.search(said):
        who = "me" if found["who"] in ("my", "our") else found["who"].removesuffix("'s")
        told = birthday(who)
        fixed = _date_in(told, today, past=past) if told else None
        return NamedDay("your birthday" if who == "me" else f"{found['who'].replace('my ', 'your ')} birthday", fixed)
    for words, name, of_year in _FEASTS:
        if re.search(rf"\b(?:{words})\b", said):
            return NamedDay(name, _nearest(of_year, today, past=past))
    fixed = _date_in(said, today, past=past)
    if fixed is not None:
        return NamedDay(month_and_day_words(fixed), fixed)
    if "weekend" in said:
        return NamedDay("the weekend", today + timedelta((5 - today.weekday()) % 7))
    if ahead := days_ahead(said, today):
        day = today + timedelta(ahead)
        return NamedDay(month_and_day_words(day), day)
    return None


def _date_in(text: str, today: date, *, past: bool) -> date | None:
    from text_to_num import alpha2digit

    digits = alpha2digit(text.lower(), "en", 0)
    found = next((match for shape in _DATES if (match := shape.search(digits))), None)
    if found is None:
        alone = _MONTH_ALONE.search(digits)
        return _nearest(partial(_of_year, month=_month(alone), day=1), today, past=past) if alone else None
    month, day = _month(found), int(found["day"])
    if found["year"]:
        return _valid(int(found["year"]), month, day)
    if _valid(LEAP_YEAR, month, day) is None:
        return None
    return _nearest(partial(_of_year, month=month, day=day), today, past=past)


def _month(found: re.Match[str]) -> int:
    return MONTHS.index(found["month"]) + 1


def _of_year(year: int, month: int, day: int) -> date:
    """That day of a year; of the twenty-ninth of February, where there is none, the day after."""
    return _valid(year, month, day) or date(year, month + 1, 1)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(of_year: Callable[[int], date], today: date, *, past: bool) -> date:
    if past:
        return max(day for day in (of_year(today.year - 1), of_year(today.year)) if day <= today)
    return min(day for day in (of_year(today.year), of_year(today.year + 1)) if day >= today)


_FEASTS: tuple[tuple[str, str, Callable[[int], date]], ...] = (
    ("christmas eve", "Christmas Eve", lambda year: date(year, 12, 24)),
    ("christmas(?: day)?|xmas", "Christmas", lambda year: date(year, 12, 25)),
    ("boxing day", "Boxing Day", lambda year: date(year, 12, 26)),
    ("new year'?s eve|the end of the year", "New Year's Eve", lambda year: date(year, 12, 31)),
    ("new year(?:'?s)?(?: day)?|next year", "New Year", lambda year: date(year, 1, 1)),
    ("hallowe'?en", "Halloween", lambda year: date(year, 10, 31)),
    ("valentine'?s(?: day)?", "Valentine's Day", lambda year: date(year, 2, 14)),
    ("(?:saint|st) patrick'?s(?: day)?", "Saint Patrick's Day", lambda year: date(year, 3, 17)),
    ("good friday", "Good Friday", lambda year: easter(year) - timedelta(2)),
    ("easter monday", "Easter Monday", lambda year: easter(year) + timedelta(1)),
    ("easter(?: sunday)?", "Easter", easter),
    ("pentecost|whitsun", "Pentecost", lambda year: easter(year) + timedelta(49)),
    ("independence day|fourth of july", "Independence Day", lambda year: date(year, 7, 4)),
    ("thanksgiving", "Thanksgiving", lambda year: date(year, 11, 1) + relativedelta(weekday=TH(4))),
    ("black friday", "Black Friday", lambda year: date(year, 11, 1) + relativedelta(weekday=TH(4)) + timedelta(1)),
    ("labor day", "Labor Day", lambda year: date(year, 9, 1) + relativedelta(weekday=MO(1))),
    ("memorial day", "Memorial Day", lambda year: date(year, 5, 31) + relativedelta(weekday=MO(-1))),
    ("spring", "spring", lambda year: date(year, 3, 20)),
    ("summer", "summer", lambda year: date(year, 6, 21)),
    ("autumn|fall", "autumn", lambda year: date(year, 9, 22)),
    ("winter", "winter", lambda year: date(year, 12, 21)),
)
"""What people count the days to, in the order in which their words are looked for; seasons as in the north."""

FEAST_WORDS = "|".join(words for words, _, _ in _FEASTS)
"""Their words, as a regular expression."""
