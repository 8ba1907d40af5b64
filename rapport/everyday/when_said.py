"""When something is due, as people say it: "in ten minutes", "tomorrow at half past six", "every weekday at eight".

Pure. No kept library reads clock times as they are spoken (docs/adr/0009 compares five); numbers are text2num's, feasts
and dates are `days_named`'s. What is done with what was read is the matter of `timers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from rapport.everyday.days_named import FEAST_WORDS, day_named
from rapport.spoken_time import MONTHS, WEEKDAYS

PARTS = {"morning": time(9), "lunchtime": time(12), "afternoon": time(15), "evening": time(19), "night": time(21)}
"""What a part of the day means where no clock time was said."""

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_NUMBER = rf"(?:\d+(?:\.\d+)?|(?:{_TENS})(?:[ -](?:{_ONES}))?|{_TEENS}|{_ONES}|(?:a|one|two|three) hundred)"
_MISHEARD = {"for": 4, "to": 2, "too": 2, "ate": 8}
"""Numbers as a recogniser hears them; taken for one only right before a unit."""

_UNITS = {
    "second": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "fortnight": timedelta(days=14),
}
_UNIT = rf"(?P<unit>{'|'.join(_UNITS)})s?\b"
_LENGTH = re.compile(
    rf"\b(?:(?P<half>half) an?|(?P<quarters>(?:a |one )?quarter|three quarters)(?: of)? an|"
    rf"(?P<few>a couple(?: of)?|a few)|"
    rf"(?:(?P<number>{_NUMBER})|(?P<heard>{'|'.join(_MISHEARD)})|(?P<one>an?|another|one more))"
    rf"(?: and (?:a (?P<before>half|quarter)|(?P<three>three quarters)))?)"
    rf"(?: (?:more|extra|another|whole|full))*[ -]{_UNIT}(?: and (?:a )?(?P<behind>half|quarter)\b(?! past| to| hour))?"
)
_JOINS = re.compile(r"(?:,? and |, | )")
_SOON = re.compile(r"\b(?:in|for|of|within|after|by|to|with|from) (?:about |around |exactly |another )?$")
_FROM_NOW = re.compile(r"^ (?:from now|from today|time|long|later|hence)\b")

_HOURS = f"(?:{_TEENS.split('|thirteen')[0]}|{_ONES})"
_HOUR = rf"(?P<hour>\d{{1,2}}|{_HOURS})"
_MINUTES = rf"(?:(?:oh|o|zero) (?:{_ONES})|(?:twenty|thirty|forty|fifty)(?:[ -](?:{_ONES}))?|{_TEENS}|[0-5]\d)"
_HALVES = r"(?: ?(?P<half>a\.?m\b\.?|p\.?m\b\.?|a m\b|p m\b))?"
_CLOCKS = (
    re.compile(
        rf"\b(?P<before>half|(?:a )?quarter|(?:{_NUMBER})(?: minutes?)?) (?P<side>past|after|to|before|till|of) "
        rf"{_HOUR}\b(?! (?:minute|hour|second|day|week)){_HALVES}"
    ),
    re.compile(rf"\b(?P<before>half) (?P<side>){_HOUR}\b{_HALVES}"),
    re.compile(rf"\b{_HOUR}(?::| )(?P<minute>{_MINUTES})\b(?! (?:minute|hour|second|day|week)s?\b){_HALVES}"),
    re.compile(
        rf"\b{_HOUR}(?: ?o'?clock(?: sharp)?\b| (?:in the|this|at) (?=morning|afternoon|evening|night)){_HALVES}"
    ),
    re.compile(rf"\b{_HOUR} ?(?P<half>a\.?m\b\.?|p\.?m\b\.?|a m\b|p m\b)"),
    re.compile(r"\b(?P<named>noon|midday|midnight)\b"),
    re.compile(rf"\b(?:at|by|around|about) {_HOUR}\b(?! ?(?:minute|hour|second|day|week|percent|of))"),
)
_BARE = re.compile(
    rf"\b(?:(?:for|to|till|until|from) )?{_HOUR}\b(?! ?(?:minute|hour|second|day|week|percent|of|in a row))"
)
_PART = re.compile(
    r"\b(?:(?:in|during|at|this|of) ?(?:the )?)?"
    r"(?P<part>morning|afternoon|evening|night|tonight|lunchtime|lunch time)\b"
)
_AT = re.compile(
    r"\b(?:at|by|for|around|about|to|on|from|until|till|starting|exactly)(?: (?:about|around|exactly|the))?$"
)

_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|"
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|"
    r"tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|"
    r"thirtieth)"
)
_MONTH = "|".join(MONTHS)
_WEEKDAY = "|".join(WEEKDAYS)
_DAYS = (
    re.compile(rf"\b(?:on |by |for )?(?:the )?{_ORDINAL} (?:of )?(?:{_MONTH})\b"),
    re.compile(rf"\b(?:on |by |for )?(?:{_MONTH}) (?:the )?(?:{_ORDINAL}|\d{{1,2}})\b"),
    re.compile(r"\b(?:on |for |by )?the day after tomorrow\b"),
    re.compile(rf"\b(?:in )?(?:{_NUMBER}|an?) (?:day|week)s?(?:'? time| from (?:now|today))?\b"),
    re.compile(rf"\b(?:(?:on|by|for) )?(?:(?:this|next|the|coming) )*(?:{_WEEKDAY})\b"),
    re.compile(rf"\b(?:on|at|by|for) (?:{FEAST_WORDS})\b"),
    re.compile(r"\b(?:(?:on|at|by|for|this|next|over) )+(?:the )?weekend\b"),
    re.compile(r"\b(?:for |by |until )?(?:today|tomorrow)\b"),
    re.compile(r"\b(?P<next>next (?:week|month|year))\b"),
    re.compile(rf"\b(?:on |by |for )?the (?P<ordinal>{_ORDINAL})(?: of (?:this|the|next) month)?\b"),
)
_EVERY = re.compile(
    rf"\b(?:of )?(?:every|each)(?: single)?(?: (?:(?P<other>other|second)|(?P<count>{_NUMBER})(?= \w+s\b)))? "
    rf"(?P<what>week ?days?|week ?ends?|(?:(?:{_WEEKDAY})s?(?:,? and |, | )?)+|"
    rf"day|morning|afternoon|evening|night|weeks?|months?|years?|hours?|minutes?|days|"
    rf"(?:{_ORDINAL})(?= of (?:the|each|every) month))"
    rf"(?: of (?:the|each|every) month)?\b"
)
_HABITS = re.compile(
    rf"\b(?:on )?(?P<what>daily|weekly|monthly|hourly|week ?days|week ?ends|(?:monday (?:to|through|till) friday)|"
    rf"(?:(?:{_WEEKDAY})s(?:,? and |, | )?)+)(?!\w)"
)
_NOT_A_TIME = re.compile(
    r"\b(?:when|once|as soon as|whenever|the next time|next time|if) "
    r"(?:i|i'm|we|we're|he|she|they|it|the|my|you|dad|mom|mum)\b"
)


@dataclass(frozen=True)
class When:
    """A time as it was said.

    Attributes:
        after: How long from now, or how long a timer runs.
        day: Where one was named.
        clock: Where one was said; on a clock of twelve hours if not `exact`.
        exact: Which half of the day the clock time lies in was said, or follows from it.
        part: `morning` and the like.
        every: How it repeats, as RFC 5545 has it without its `RRULE:`; empty where it does not.
        condition: It is no time but something that is to happen first: "when I'm home".
    """

    after: timedelta | None = None
    day: date | None = None
    clock: time | None = None
    exact: bool = False
    part: str = ""
    every: str = ""
    condition: bool = False

    @property
    def complete(self) -> bool:
        """Whether it tells a moment."""
        return bool(self.after or self.clock or self.part or self.within_days)

    @property
    def within_days(self) -> bool:
        """Whether it repeats by the hour or minute, so that no clock time is wanted."""
        return self.every.startswith(("FREQ=HOURLY", "FREQ=MINUTELY"))

    @property
    def nothing(self) -> bool:
        """Whether no time was said at all."""
        return not (self.complete or self.day or self.every)

    def filled_by(self, other: When) -> When:
        """This, and from the other what this leaves open: a day that was said, and then an hour."""
        if self.after or other.after:
            return self if self.after else other
        clock = self if self.clock else other
        return When(
            day=self.day or other.day,
            clock=clock.clock,
            exact=clock.exact,
            part=self.part or other.part,
            every=self.every or other.every,
        )


def read_when(text: str, today: date, *, bare: bool = False) -> tuple[When, str]:
    """The time that a text tells, and the text without it.

    Args:
        text: As it was recognised or typed.
        today: Where the person is.
        bare: A number alone is an hour: "wake me at six" needs no more, "move it to seven", an answer "seven".
    """
    rest = " ".join(text.lower().replace("’", "'").split())
    condition = bool(_NOT_A_TIME.search(rest))
    every, every_part, rest = _read_every(rest, today)
    clock, exact, rest = _read_clock(rest, bare=False)
    after: timedelta | None = None
    if clock is None and not every:
        after, rest = _read_length(rest)
    day, rest = _read_day(rest, today)
    if clock is None and after is None and bare:
        clock, exact, rest = _read_clock(rest, bare=True)
    part, tonight, rest = _read_part(rest)
    part = part or every_part
    if tonight and day is None:
        day = today
    if after is not None and after >= timedelta(days=1) and not after % timedelta(days=1) and (clock or part):
        day, after = today + after, None
    if clock is not None and not exact and part:
        clock, exact = _in_part(clock, part), True
    if day is not None:
        every = _every_such(every, day)
    return When(after, day, clock, exact, part, every, condition), " ".join(rest.split())


def length_said(text: str) -> timedelta | None:
    """A length of time: "an hour and a half", "one hour twenty minutes"; None where none was said."""
    return _read_length(" ".join(text.lower().split()))[0]


def _read_length(text: str) -> tuple[timedelta | None, str]:
    found = [each for each in _LENGTH.finditer(text) if not _is_no_length(each, text)]
    if not found:
        return None, text
    start, end, whole = found[0].start(), found[0].end(), _length_of(found[0])
    for following in found[1:]:
        if not _JOINS.fullmatch(text[end : following.start()]) or following["heard"]:
            break
        whole += _length_of(following)
        end = following.end()
    head, tail = text[:start], text[end:]
    return whole, _SOON.sub("", head) + " " + _FROM_NOW.sub("", tail)


def _is_no_length(found: re.Match[str], text: str) -> bool:
    """ "A day" is a length only where it is said so: "in a day", "a week from now"."""
    if not found["one"] or found["unit"] not in ("day", "week"):
        return False
    return not _SOON.search(text[: found.start()]) and not _FROM_NOW.search(text[found.end() :])


def _length_of(found: re.Match[str]) -> timedelta:
    unit = _UNITS[found["unit"]]
    if found["half"]:
        return unit / 2
    if found["quarters"]:
        return unit * 3 / 4 if found["quarters"].startswith("three") else unit / 4
    if found["few"]:
        return unit * (2 if "couple" in found["few"] else 3)
    count = Fraction(1)
    if found["number"]:
        count = _number(found["number"])
    elif found["heard"]:
        count = Fraction(_MISHEARD[found["heard"]])
    for fraction in (found["before"], found["behind"]):
        count += {"half": Fraction(1, 2), "quarter": Fraction(1, 4)}.get(fraction, Fraction(0))
    if found["three"]:
        count += Fraction(3, 4)
    return unit * count.numerator / count.denominator


def _read_clock(text: str, *, bare: bool) -> tuple[time | None, bool, str]:
    """A clock time, whether its half of the day is known, and the rest."""
    for shape in (_BARE,) if bare else _CLOCKS:
        for found in shape.finditer(text):
            said = _clock_of(found)
            if said is None:
                continue
            head = _AT.sub("", text[: found.start()].rstrip())
            # "in the morning" stays: it is read as a part of the day
            cut = re.sub(r"^.*?((?:in the|this|at) )?$", r"\1", found.group()) if shape is _CLOCKS[3] else ""
            return *said, f"{head} {cut}{text[found.end() :]}"
    return None, False, text


def _clock_of(found: re.Match[str]) -> tuple[time, bool] | None:
    groups = found.groupdict()
    if named := groups.get("named"):
        return (time(0) if named == "midnight" else time(12)), True
    hour, minute = int(_number(groups["hour"])), 0
    if said := groups.get("minute"):
        minute = int(_number(re.sub(r"^(?:oh|o|zero) ", "", said)))
    if before := groups.get("before"):
        amount = before.removesuffix("s").removesuffix(" minute")
        shift = 30 if amount == "half" else 15 if amount.endswith("quarter") else int(_number(amount))
        if shift > 59:
            return None
        hour, minute = (hour, shift) if groups["side"] in ("past", "after", "") else (hour - 1, 60 - shift)
        hour = hour if hour > 0 else 12
    if hour > 23 or minute > 59:
        return None
    half = (groups.get("half") or "")[:1]
    if half and 1 <= hour <= 12:
        return time(hour % 12 + (12 if half == "p" else 0), minute), True
    return time(hour, minute), bool(half) or hour > 12 or hour == 0


def _in_part(clock: time, part: str) -> time:
    """A time on a clock of twelve hours, in a part of the day."""
    hour = clock.hour % 12
    late = part in ("afternoon", "evening") or (part == "night" and hour > 5) or (part == "lunchtime" and hour < 5)
    return clock.replace(hour=hour + 12 if late or (part == "lunchtime" and not hour) else hour)


def _read_part(text: str) -> tuple[str, bool, str]:
    found = _PART.search(text)
    if found is None:
        return "", False, text
    said = found["part"].replace(" ", "")
    today = said == "tonight" or "this" in found.group().split()
    return ("night" if said == "tonight" else said), today, f"{text[: found.start()]} {text[found.end() :]}"


def _read_day(text: str, today: date) -> tuple[date | None, str]:
    for shape in _DAYS:
        found = shape.search(text)
        if found is None:
            continue
        groups = found.groupdict()
        day: date | None
        if said := groups.get("next"):
            day = today + relativedelta(**{said.removeprefix("next ") + "s": 1})
        elif said := groups.get("ordinal"):
            day = _day_of_month(int(_number(said)), today)
        elif found.group().endswith("today"):
            day = today
        else:
            named = day_named(re.sub(r"^(?:on|by|for|at) ", "", found.group()).replace("' time", ""), today)
            day = named.day if named is not None else None
        if day is not None:
            return day, f"{text[: found.start()]} {text[found.end() :]}"
    return None, text


def _read_every(text: str, today: date) -> tuple[str, str, str]:
    """How it repeats, the part of the day that this tells, and the rest."""
    found = _EVERY.search(text) or _HABITS.search(text)
    if found is None:
        return "", "", text
    groups = found.groupdict()
    what = re.sub(r"(?:,? and|,)? *$", "", found["what"])
    interval = 2 if groups.get("other") else int(_number(groups["count"])) if groups.get("count") else 1
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    part = what if what in PARTS else ""
    rule = _rule_of(what, today)
    if rule is None or not interval:
        return "", "", text
    return (f"{rule};INTERVAL={interval}" if interval > 1 else rule), part, rest


def _rule_of(what: str, today: date) -> str | None:
    plain = what.replace(" ", "")
    if plain in ("weekday", "weekdays") or re.fullmatch(r"monday(?:to|through|till)friday", plain):
        return "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    if plain in ("weekend", "weekends"):
        return "FREQ=WEEKLY;BYDAY=SA,SU"
    if days := [number for number, name in enumerate(WEEKDAYS) if name in what]:
        return f"FREQ=WEEKLY;BYDAY={','.join(map(_code, days))}"
    if what in PARTS:
        return "FREQ=DAILY"
    if re.fullmatch(_ORDINAL, what):
        return _monthly(int(_number(what)))
    unit = {"daily": "day", "weekly": "week", "monthly": "month", "hourly": "hour"}.get(what, what.rstrip("s"))
    if unit == "month":
        return _monthly(today.day)
    if unit == "year":
        return f"FREQ=YEARLY;BYMONTH={today.month};BYMONTHDAY={today.day}"
    frequency = {"day": "DAILY", "week": "WEEKLY", "hour": "HOURLY", "minute": "MINUTELY"}.get(unit)
    return f"FREQ={frequency}" if frequency else None


def _every_such(every: str, day: date) -> str:
    """What repeats by the week, month or year, on the days that are like one that was said."""
    interval = every.partition(";INTERVAL=")[2]
    rule = {
        "FREQ=WEEKLY": f"FREQ=WEEKLY;BYDAY={_code(day.weekday())}",
        "FREQ=MONTHLY": _monthly(day.day),
        "FREQ=YEARLY": f"FREQ=YEARLY;BYMONTH={day.month};BYMONTHDAY={day.day}",
    }.get(every.partition(";")[0])
    if rule is None or "BYDAY" in every:
        return every
    return f"{rule};INTERVAL={interval}" if interval else rule


def _monthly(day: int) -> str:
    """On a day of each month; on its last where it has none such."""
    if day <= 28:
        return f"FREQ=MONTHLY;BYMONTHDAY={day}"
    return f"FREQ=MONTHLY;BYMONTHDAY={','.join(str(each) for each in range(28, day + 1))};BYSETPOS=-1"


def _day_of_month(number: int, today: date) -> date | None:
    for months in range(3):
        first: date = today.replace(day=1) + relativedelta(months=months)
        day = first + timedelta(number - 1)
        if day.month == first.month and day >= today:
            return day
    return None


def _code(weekday: int) -> str:
    return WEEKDAYS[weekday][:2].upper()


def _number(words: str) -> Fraction:
    from text_to_num import alpha2digit

    digits = alpha2digit(words.replace("-", " ").removeprefix("a "), "en", 0)
    digits = "100" if digits == "hundred" else digits
    return Fraction(re.sub(r"(?:st|nd|rd|th)$", "", digits))
