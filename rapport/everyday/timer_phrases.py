"""What is said about timers, alarms and reminders besides when: what for, and how they are spoken of. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from rapport.everyday.timers import ALARM, REMINDER, TIMER, Timer
from rapport.everyday.when_said import When, length_said, read_when
from rapport.memory.phrasing import told_back
from rapport.spoken_numbers import count_words, ordinal_words, whole_words
from rapport.spoken_time import WEEKDAYS, clock_and_part_words, month_and_day_words, weekday_words

_POLITE = re.compile(
    r"^(?:(?:please|hey|hi|ok|okay|so|and|also|then|well|um|uh|no|yes|can you|could you|would you|will you|you can|"
    r"i want you to|i'd like you to|i want to|i'd like to|i need to|let's|go ahead and|just)(?:,? |$))+"
)
_END = re.compile(r"(?:,? (?:please|too|as well|again|now|thanks|thank you|for me|then))+$")
_REMIND = re.compile(
    r"\b(?:remind (?:me|us)|reminders?|don't let me forget|make sure i|i (?:have to|must|need to) remember)\b"
    r"(?: again| that i)?(?: (?:to|about|of|that|for|saying|called|on|at|in))*(?: |$)(?P<about>.*)$"
)
_ANSWER = re.compile(r"^(?:(?:to|about|of|that|it's|it is|remind me)(?: |$))+")
_CALLED = re.compile(
    r"\b(?:timer|alarm|wake me(?: up)?|it)(?: (?:please|up))? (?:called|named|labelled|for|to)(?: |$)(?P<name>.*)$"
)
_BEFORE = re.compile(r"(?P<name>(?:[a-z']+ )+)(?:timer|alarm)s?\b")
_NO_NAME = frozenset(
    "a add all an and another any are at begin by can cancel change check clear could create delete do does every "
    "extend first for from give go goes have hour hours how i i'd in is it kill last left like long make me minute "
    "minutes more move much much's my need new next no of off on one other our pause please put remove reset resume "
    "ring run running second seconds set shorten silence snooze start stop that the there there's third this time "
    "to turn up wake want what what's whats when will with you".split()
)
_MORE = re.compile(r"\b(?:add|more|extra|longer|later|extend|another|put|snooze|back|delay|postpone)\b")
_LESS = re.compile(r"\b(?:less|fewer|shorter|sooner|earlier|take|subtract|shorten|reduce|minus)\b")
_ALL = re.compile(r"\b(?:all|every|everything|each|both|them)\b")
_MOVED_TO = re.compile(r"\b(?:to|until|till|for)\b")
_CLOCK_BEFORE = re.compile(
    r"(?:quarter|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|teen|ty|\d|minutes)$"
)


def about_said(text: str, kind: str) -> str:
    """What one is for, from a request whose times were taken out; empty where that was not said."""
    said = _END.sub("", _POLITE.sub("", " ".join(text.lower().split())))
    if kind == REMINDER:
        found = _REMIND.search(said)
        return _cleaned(found["about"]) if found else ""
    if found := _CALLED.search(said):
        return _name(found["name"])
    if found := _BEFORE.search(said):
        words = found["name"].split()
        while words and words[0] in _NO_NAME:
            words.pop(0)
        return _name(" ".join(words)) if words and not set(words) <= _NO_NAME else ""
    return ""


def about_answered(text: str) -> str:
    """The same, from an answer to "What shall I remind you of?"."""
    said = _END.sub("", _POLITE.sub("", " ".join(text.lower().split())))
    return about_said(text, REMINDER) or _cleaned(_ANSWER.sub("", said))


def shift_said(text: str) -> timedelta | None:
    """How much later, or earlier if below zero, one is to be: "five more minutes"; None where no shift was said."""
    length = length_said(text)
    if length is None:
        return None
    if _LESS.search(text):
        return -length
    return length if _MORE.search(text) else None


def change_said(text: str, today: date) -> tuple[When, str]:
    """When one is to be instead, and the words before that, which may say of when it was: "my seven o'clock alarm"."""
    for found in _MOVED_TO.finditer(text):
        before = text[: found.start()].rstrip()
        when, _ = read_when(text[found.end() :], today, bare=True)
        if not when.nothing and not _CLOCK_BEFORE.search(before):
            return when, before
    return read_when(text, today, bare=True)[0], ""


def means_all(text: str) -> bool:
    """Whether words speak of all of them."""
    return bool(_ALL.search(text)) and not re.search(r"\b(?:every|each) (?:day|morning|week|evening|night)", text)


def length_words(length: timedelta) -> str:
    """How long one runs: "ten minutes", "an hour and a half", "one minute thirty seconds"."""
    seconds = max(0, round(length.total_seconds()))
    hours, minutes = Fraction(seconds, 3600), Fraction(seconds, 60)
    for count, unit in ((hours, "hour"), (minutes, "minute")):
        if count > 1 and count.denominator == 2:
            whole = int(count)
            return "an hour and a half" if unit == "hour" and whole == 1 else f"{whole_words(whole)} and a half {unit}s"
    parts = [
        (seconds // 86_400, "day"),
        (seconds // 3600 % 24, "hour"),
        (seconds // 60 % 60, "minute"),
        (seconds % 60, "second"),
    ]
    said = [count_words(count, unit) for count, unit in parts if count]
    return " ".join(said) if said else "no time"


def left_words(left: timedelta) -> str:
    """How much of one is left, no finer than it matters: seconds only in the last minutes."""
    seconds = max(0, round(left.total_seconds()))
    if seconds >= 600:
        seconds = round(seconds / 60) * 60
    elif seconds >= 120:
        seconds = round(seconds / 10) * 10
    return length_words(timedelta(seconds=seconds))


def due_words(timer: Timer, now: datetime) -> str:
    """When one is due: "at half past six in the evening", "tomorrow at noon", "every weekday at noon"."""
    due = timer.due.astimezone(now.tzinfo)
    if timer.every:
        return every_words(timer)
    return f"{_day_words(due, now)}at {clock_and_part_words(due)}"


def was_due_words(timer: Timer, now: datetime) -> str:
    """When one was due: "at seven in the morning", "yesterday at noon"."""
    due = timer.due.astimezone(now.tzinfo)
    days = (now.date() - due.date()).days
    day = "" if days == 0 else "yesterday " if days == 1 else f"on {month_and_day_words(due)} "
    return f"{day}at {clock_and_part_words(due)}"


def every_words(timer: Timer) -> str:
    """How one repeats: "every other day at nine in the morning", "every Monday and Thursday at noon"."""
    rule = dict(part.split("=") for part in timer.every.split(";"))
    interval, days = int(rule.get("INTERVAL", 1)), rule.get("BYDAY", "").split(",")
    clock = "" if rule["FREQ"] in ("HOURLY", "MINUTELY") else f" at {clock_and_part_words(timer.local_due)}"
    return f"every {_period(rule, interval, days)}{clock}"


def named(timer: Timer) -> str:
    """What one is called after "your": "pasta timer", "ten minute timer", "alarm"."""
    if timer.kind == TIMER and not timer.about:
        length = length_words(timer.length)
        return f"{re.sub(r's$', '', length)} timer" if length.count(" ") == 1 else "timer"
    return timer.kind if not timer.about or timer.kind == REMINDER else f"{timer.about} {timer.kind}"


def described(timer: Timer, now: datetime) -> str:
    """One in a list: "your pasta timer, with four minutes left", "an alarm tomorrow at seven in the morning"."""
    if timer.kind == TIMER:
        return f"your {named(timer)}, with {left_words(timer.due - now)} left"
    when = due_words(timer, now)
    if timer.kind == ALARM:
        return f"your {named(timer)} {when}"
    return f"{timer.about}, {when}"


def _name(words: str) -> str:
    return _cleaned(re.sub(r"^(?:(?:the|a|an|my|some) )+", "", words))


def _cleaned(words: str) -> str:
    said = re.sub(r"^(?:(?:to|about|of|for|that|i|at|on|in|and)(?: |$))+", "", words.strip(" ,.?!"))
    said = re.sub(r"(?: (?:to|for|at|on|in|and|the|called|that))+$", "", _END.sub("", said)).strip(" ,.?!")
    return told_back(said) if said else ""


def _day_words(due: datetime, now: datetime) -> str:
    days = (due.date() - now.date()).days
    if days == 0:
        return ""
    if days == 1:
        return "tomorrow "
    return f"on {weekday_words(due)} " if days < 7 else f"on {month_and_day_words(due)} "


def _period(rule: dict[str, str], interval: int, days: Sequence[str]) -> str:
    if rule.get("BYDAY") == "MO,TU,WE,TH,FR" and interval == 1:
        return "weekday"
    if rule.get("BYDAY") == "SA,SU" and interval == 1:
        return "weekend day"
    if rule.get("BYDAY"):
        names = [next(name for name in WEEKDAYS if name[:2].upper() == each).capitalize() for each in days]
        said = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"other {said}" if interval == 2 else said
    unit = {
        "MINUTELY": "minute",
        "HOURLY": "hour",
        "DAILY": "day",
        "WEEKLY": "week",
        "MONTHLY": "month",
        "YEARLY": "year",
    }[rule["FREQ"]]
    every = unit if interval == 1 else f"other {unit}" if interval == 2 else f"{whole_words(interval)} {unit}s"
    if rule["FREQ"] == "MONTHLY":
        return f"{every} on the {ordinal_words(int(rule['BYMONTHDAY'].split(',')[-1]))}"
    return every
