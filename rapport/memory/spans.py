"""Spans of time as they are said of the past: "today", "last week", "on tuesday", "in march", "the last ten minutes".

Pure: the moment is passed in, in the person's zone. Days that are asked for, ahead as well, are `spoken_time`'s.
text2num, which only the services environment has, is imported at the first call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
_PARTS = {"morning": (4, 12), "afternoon": (12, 18), "evening": (18, 24)}
_UNITS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_FARTHEST_DAYS = 36_500


@dataclass(frozen=True)
class Span:
    """A stretch of time, aware, in the zone of the moment that it was read at.

    Attributes:
        since: Its beginning.
        until: Its end, not part of it.
        words: As it was said: `last week`.
    """

    since: datetime
    until: datetime
    words: str


def span_of(said: str, now: datetime) -> Span | None:
    """The span that a sentence names; None where it names none.

    Args:
        said: The sentence, lower case.
        now: The moment, in the person's zone. What comes after it is part of no span.
    """
    for pattern, read in _PATTERNS:
        found = pattern.search(said.lower())
        if found is None or ("count" in pattern.groupindex and _number(found["count"]) is None):
            continue
        since, until = read(found, now)
        return Span(since, min(until, now + timedelta(seconds=1)), found["words"])
    return None


def without_span(said: str, now: datetime) -> str:
    """The sentence without the span that it names."""
    span = span_of(said, now)
    if span is None:
        return said
    return re.sub(rf"\s*\b(?:in |over |from |during )?{re.escape(span.words)}\b", "", said, count=1).strip()


def _number(counted: str | None) -> float | None:
    from text_to_num import alpha2digit

    named = {None: 1.0, "a": 1.0, "an": 1.0, "couple of": 2.0, "few": 3.0, "half": 0.5, "half an": 0.5}
    if counted in named:
        return named[counted]
    digits = alpha2digit(str(counted), "en", 0)
    return float(digits) if digits.isdecimal() else None


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def _days(since: date, until: date, now: datetime) -> tuple[datetime, datetime]:
    return _midnight(since, now), _midnight(until, now)


def _day(ahead: int) -> Callable[[re.Match[str], datetime], tuple[datetime, datetime]]:
    def read(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
        day = now.date() + timedelta(days=ahead)
        return _days(day, day + timedelta(days=1), now)

    return read


def _part(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    day = now.date() - timedelta(days=1 if found["day"] in ("yesterday", "last") else 0)
    if found["part"] == "night":
        # "last night" goes on past midnight; at night, "tonight" began in the evening.
        since = _midnight(day, now) + timedelta(hours=18)
        return since, since + timedelta(hours=10)
    first, last = _PARTS[found["part"]]
    return _midnight(day, now) + timedelta(hours=first), _midnight(day, now) + timedelta(hours=last)


def _week(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    monday = now.date() - timedelta(days=now.weekday() + (7 if found["which"] == "last" else 0))
    first = 5 if found["unit"] == "weekend" else 0
    return _days(monday + timedelta(days=first), monday + timedelta(days=7), now)


def _month(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    first = now.date().replace(day=1)
    if found["which"] == "last":
        first = (first - timedelta(days=1)).replace(day=1)
    return _days(first, _next_month(first), now)


def _year(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    year = now.year - (1 if found["which"] == "last" else 0)
    return _days(date(year, 1, 1), date(year + 1, 1, 1), now)


def _named_month(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    month = _MONTHS.index(found["month"]) + 1
    first = date(now.year - (1 if month > now.month else 0), month, 1)
    return _days(first, _next_month(first), now)


def _weekday(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    ago = (now.weekday() - _DAYS.index(found["weekday"])) % 7
    # "last friday", on a friday, is that of a week ago; so is "on friday", as today would be "today".
    day = now.date() - timedelta(days=ago or 7)
    return _days(day, day + timedelta(days=1), now)


def _since_weekday(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    return _weekday(found, now)[0], now + timedelta(seconds=1)


def _since_day(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    return _midnight(now.date() - timedelta(days=1), now), now + timedelta(seconds=1)


def _recent(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    return now - timedelta(days=_counted_days(found)), now + timedelta(seconds=1)


def _ago(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    days = _counted_days(found)
    if found["unit"] in ("minute", "hour"):
        about = timedelta(days=days)
        return now - about * 1.5, now - about * 0.5
    day = (now - timedelta(days=days)).date()
    width = {"day": 1, "week": 7}.get(found["unit"], 31)
    # "two weeks ago" is a week around that day, "a month ago" a month.
    first = day - timedelta(days=width // 2)
    return _days(first, first + timedelta(days=width), now)


def _counted_days(found: re.Match[str]) -> float:
    return min((_number(found["count"]) or 1.0) * _UNITS[found["unit"]], _FARTHEST_DAYS)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _weekend(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    saturday = now.date() - timedelta(days=(now.weekday() - 5) % 7)
    return _days(saturday, saturday + timedelta(days=2), now)


_WHICH = r"(?P<which>this|last|past)"
_WEEKDAYS = rf"(?P<weekday>{'|'.join(_DAYS)})"
_UNIT = rf"(?P<unit>{'|'.join(_UNITS)})s?"
_COUNT = r"\d+|couple of|few|half(?: an)?|an?|[a-z]+(?:[- ][a-z]+)?"
_PATTERNS = tuple(
    (re.compile(rf"\b(?:on |in |over |from |during )?(?P<words>{pattern})\b"), read)
    for pattern, read in (
        (r"(?:the )?day before yesterday", _day(-2)),
        (r"(?P<day>this|yesterday|last) (?P<part>morning|afternoon|evening|night)", _part),
        (r"(?P<day>to)(?P<part>night)", _part),
        (rf"since (?:last )?{_WEEKDAYS}", _since_weekday),
        (r"since yesterday", _since_day),
        (r"yesterday", _day(-1)),
        (r"today|to day", _day(0)),
        (rf"{_WHICH} (?P<unit>weekend|week)", _week),
        (r"(?:at )?the weekend", _weekend),
        (rf"{_WHICH} month", _month),
        (rf"{_WHICH} year", _year),
        (rf"(?:the |these )?(?:last|past) (?:(?P<count>{_COUNT}) )?{_UNIT}", _recent),
        (rf"(?P<count>{_COUNT}) {_UNIT} ago", _ago),
        (rf"(?:on |last ){_WEEKDAYS}", _weekday),
        (rf"(?:in |last )(?P<month>{'|'.join(_MONTHS)})", _named_month),
    )
)
