"""Clock times, dates and differences as they are said aloud, and days as they are asked for.

Pure: the moment is always passed in. Which zone a place lies in is the matter of `places`. text2num, which only
the services environment has, is imported at the first call.
"""

import re
from datetime import date, datetime, timedelta

from rapport.spoken_numbers import count_words, ordinal_words, whole_words, year_words

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})\b")
_SHIFTS = (
    ("day after tomorrow", 2),
    ("day before yesterday", -2),
    ("tomorrow", 1),
    ("yesterday", -1),
)
_DAYS_ON = re.compile(r"\b(?:in )?(\d+|a|an|one) (day|week)s?(?: (from (?:now|today)|ago|later|hence))?\b")
# Past this, a day asked for is more likely misheard than meant.
_FARTHEST_DAYS = 3_660


def clock_words(moment: datetime) -> str:
    """`15:30` as "half past three", `09:05` as "nine oh five"; noon and midnight by name."""
    hour, minute = moment.hour, moment.minute
    if minute == 0:
        if hour in (0, 12):
            return "midnight" if hour == 0 else "noon"
        return f"{_hour_words(hour)} o'clock"
    if minute == 15:
        return f"quarter past {_hour_words(hour)}"
    if minute == 30:
        return f"half past {_hour_words(hour)}"
    if minute == 45:
        return f"quarter to {_hour_words(hour + 1)}"
    oh = "oh " if minute < 10 else ""
    return f"{_hour_words(hour)} {oh}{whole_words(minute)}"


def part_of_day_words(moment: datetime) -> str:
    """ "in the morning" from one, "in the afternoon" from noon, "in the evening" from six, else "at night"."""
    if 1 <= moment.hour < 12:
        return "in the morning"
    if 12 <= moment.hour < 18:
        return "in the afternoon"
    if 18 <= moment.hour < 22:
        return "in the evening"
    return "at night"


def clock_and_part_words(moment: datetime) -> str:
    """ "half past three in the afternoon"; noon and midnight need no more than their name."""
    words = clock_words(moment)
    return words if words in ("noon", "midnight") else f"{words} {part_of_day_words(moment)}"


def weekday_words(day: date) -> str:
    """ "Tuesday", whatever the process's locale."""
    return WEEKDAYS[day.weekday()].capitalize()


def month_and_day_words(day: date) -> str:
    """ "November twenty-second"."""
    return f"{MONTHS[day.month - 1].capitalize()} {ordinal_words(day.day)}"


def date_words(day: date) -> str:
    """ "November twenty-second twenty twenty-five"."""
    return f"{month_and_day_words(day)} {year_words(day.year)}"


def difference_words(difference: timedelta) -> str:
    """A difference of less than two days, without its sign: "eight hours", "five and a half hours"."""
    minutes = round(abs(difference).total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{whole_words(minutes)} minutes"
    fraction = {0: "", 15: " and a quarter", 30: " and a half", 45: " and three quarters"}.get(minutes)
    if fraction is None:
        return f"{count_words(hours, 'hour')} and {count_words(minutes, 'minute')}"
    if not fraction:
        return count_words(hours, "hour")
    return f"{whole_words(hours)}{fraction} hours"


def days_ahead(said: str, today: date, *, by_weekday: bool = True) -> int:
    """How many days from today the day lies that was asked for; 0 where none was named.

    Understands tomorrow and yesterday, the days next to them, "in three days", "two weeks ago", and
    a weekday, which is the coming one (today's own weekday is the one in a week) unless `by_weekday` is off:
    "is it friday" does not ask about a friday.
    """
    from text_to_num import alpha2digit

    for words, shift in _SHIFTS:
        if words in said:
            return shift
    if found := _DAYS_ON.search(alpha2digit(said, "en", 0)):
        counted, unit, direction = found.groups()
        if direction or found.group().startswith("in "):
            days = (int(counted) if counted.isdigit() else 1) * (7 if unit == "week" else 1)
            if days <= _FARTHEST_DAYS:
                return -days if direction == "ago" else days
    if by_weekday and (weekday := _WEEKDAY.search(said)):
        return (WEEKDAYS.index(weekday.group()) - today.weekday() - 1) % 7 + 1
    return 0


def _hour_words(hour: int) -> str:
    return whole_words((hour - 1) % 12 + 1)
