"""What a question about the weather asks for: of what, and of when. Pure; the answer is in `weather`'s words.

Which place it names is read by `place_phrases`, from what is left here of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from rapport.everyday.when_said import read_when
from rapport.spoken_time import WEEKDAYS, clock_and_part_words, month_and_day_words, weekday_words


class Aspect(Enum):
    """What of the weather is asked for; a bare question asks for the sky and the temperature."""

    SKY = "sky"
    TEMPERATURE = "temperature"
    RAIN = "rain"
    SNOW = "snow"
    WIND = "wind"
    SUNRISE = "sunrise"
    SUNSET = "sunset"


_ASPECTS = (
    (Aspect.SUNRISE, re.compile(r"\b(?:sun ?rise|sun (?:come|rise|go|get)s? up|sun rises?|dawn|get light)\b")),
    (Aspect.SUNSET, re.compile(r"\b(?:sun ?set|sun (?:go|goes) down|sun sets?|dusk|get dark)\b")),
    (Aspect.SNOW, re.compile(r"\b(?:snow\w*|blizzard)\b")),
    (
        Aspect.RAIN,
        re.compile(
            r"\b(?:rain\w*|umbrella|shower\w*|drizzl\w*|pour\w*|wet|dry|wellies|precipitation|storm\w*|thunder\w*)\b"
        ),
    ),
    (Aspect.WIND, re.compile(r"\b(?:wind\w*|breez\w*|gust\w*|gale)\b")),
    (
        Aspect.TEMPERATURE,
        re.compile(
            r"\b(?:temperatures?|degrees|cold\w*|warm\w*|hot\w*|cool\w*|chilly|freez\w*|frost\w*|jacket|coat|sweater|"
            r"gloves|shorts|celsius|fahrenheit)\b"
        ),
    ),
)
_WHOLE = re.compile(r"\b(?:weather|whether|forecast|now|currently)\b")
_COMING = re.compile(r"\b(?:will|going to|gonna|should|do (?:i|we)|would|be)\b")
_HERE = re.compile(
    r"\b(?:outside|out(?: there)?$|outdoors|(?:at|back|round|around|near) (?:home|here|us|me)|here|"
    r"where (?:i|we) (?:live|am|are)|"
    r"in (?:my|our) (?:city|town|area|village|place|street|neighborhood))\b"
)
_WHERE_LIVES = re.compile(
    r"\b(?:where|in the (?:city|town) (?:that|where)) (?P<who>(?:my )?[a-z]+(?: [a-z]+)?) lives?\b"
)
_WEEK = re.compile(
    r"\b(?:(?:for|this|the|in|over) )*(?:rest of the |coming |next (?:few|seven|five) |whole )?(?:week|days)\b(?! ?end)"
)
_NEXT_WEEK = re.compile(r"\bnext week\b")
_WEEKEND = re.compile(r"\b(?:(?:on|at|this|for|over|the|coming|next) )*week ?end\b")
_LATER = re.compile(r"\b(?:later(?: (?:on|today))?|this (?:morning|afternoon|evening)|soon)\b")
_NOW = re.compile(r"\b(?:right now|now|currently|at the moment|just now|at present)\b")
_YESTERDAY = re.compile(r"\b(?:yesterday|last (?:night|week|month|year|weekend|\w+day)|\bago)\b")

_PARTS = {
    "morning": (6, 12),
    "lunchtime": (11, 14),
    "afternoon": (12, 18),
    "evening": (18, 23),
    "night": (20, 30),
}
"""The hours of a part of a day; a night goes on into the next one."""
_MOST_DAYS = 7
SATURDAY = 5


@dataclass(frozen=True)
class Stretch:
    """The time that a question is about, on the place's clocks.

    Attributes:
        words: As it is said in the answer: "tomorrow", "on Friday"; empty for now.
        day: The first day of it.
        days: How many.
        since: Of less than a day: its begin, naive.
        until: Likewise its end.
        past: It is over.
    """

    words: str
    day: date
    days: int = 1
    since: datetime | None = None
    until: datetime | None = None
    past: bool = False

    @property
    def now(self) -> bool:
        """Whether it is this moment, and what comes of today."""
        return not self.words


@dataclass(frozen=True)
class WeatherAsked:
    """A question about the weather.

    Attributes:
        aspect: What of it; None where it says nothing of that ("and tomorrow").
        said_when: Whether it says when.
        stretch: When; now, where it does not say.
        here: It is about where the person is, whatever was spoken of before.
        lives: It is about where this person lives, as they are called in memories: `my sister`.
        rest: What is left of the text, with the name of a place in it, if there is one.
        fahrenheit: The scale that it names, if it does.
        leans: It leaves open what the question before said: "and tomorrow", "will it rain".
    """

    aspect: Aspect | None
    said_when: bool
    stretch: Stretch
    here: bool
    lives: str | None
    rest: str
    fahrenheit: bool | None
    leans: bool


def weather_asked(text: str, now: datetime) -> WeatherAsked:
    """Read a question.

    Args:
        text: Lower case.
        now: The moment at the place, or where the person is as long as that is not known.
    """
    rest = " ".join(text.replace("’", "'").split())
    aspect = next((aspect for aspect, words in _ASPECTS if words.search(rest)), None)
    fahrenheit = "fahrenheit" in rest if re.search(r"\b(?:fahrenheit|celsius|centigrade)\b", rest) else None
    leans = not _WHOLE.search(rest) and (aspect is None or bool(_COMING.search(rest)))
    rest = re.sub(r"\b(?:in )?(?:degrees )?(?:fahrenheit|celsius|centigrade)\b", " ", rest)
    lives = _WHERE_LIVES.search(rest)
    here = bool(_HERE.search(rest))
    rest = _HERE.sub(" ", _WHERE_LIVES.sub(" ", rest))
    stretch, rest = _stretch(rest, now)
    for _, words in _ASPECTS:
        rest = words.sub(" ", rest)
    return WeatherAsked(
        aspect,
        stretch is not None,
        stretch or Stretch("", now.date()),
        here,
        None if lives is None or lives["who"] in ("i", "we", "you") else lives["who"],
        " ".join(rest.split()),
        fahrenheit,
        leans,
    )


def _stretch(text: str, now: datetime) -> tuple[Stretch | None, str]:
    today = now.date()
    if _YESTERDAY.search(text):
        return Stretch("", today, past=True), _YESTERDAY.sub(" ", text)
    if _WEEKEND.search(text):
        rest = _WEEKEND.sub(" ", text)
        if today.weekday() > SATURDAY and "next" not in text:
            return Stretch("today", today), rest
        saturday = today + timedelta((SATURDAY - today.weekday()) % 7 + (7 if "next" in text else 0))
        return Stretch("on the weekend", saturday, 2), rest
    if _NEXT_WEEK.search(text):
        monday = today + timedelta(7 - today.weekday())
        return Stretch("next week", monday, _MOST_DAYS), _NEXT_WEEK.sub(" ", text)
    when, rest = read_when(text, today)
    part = when.part
    if when.after is not None and when.after < timedelta(days=2):
        at = (now + when.after).replace(tzinfo=None)
        words = f"at {clock_and_part_words(at.replace(minute=0))}"
        return Stretch(words, at.date(), since=at.replace(minute=0), until=at + timedelta(hours=1)), rest
    day = when.day or (today + when.after if when.after is not None else None)
    if when.clock is not None:
        clock = when.clock
        at = datetime.combine(day or today, clock)
        if not when.exact and at.hour < 12 and (at.date() == today and at <= now.replace(tzinfo=None)):
            at += timedelta(hours=12)
        if day is None and at < now.replace(tzinfo=None):
            at += timedelta(days=1)
        words = f"{_day_words(at.date(), today)} at {clock_and_part_words(at)}"
        since = at.replace(minute=0)
        return Stretch(words, at.date(), since=since, until=since + timedelta(hours=1)), rest
    if part:
        return _part(part, day or today, now), rest
    if day is not None:
        return Stretch(_day_words(day, today), day, past=day < today), rest
    if _LATER.search(rest):
        since = now.replace(tzinfo=None, minute=0, second=0, microsecond=0) + timedelta(hours=1)
        midnight = datetime.combine(today + timedelta(days=1), time())
        return Stretch("later today", today, since=since, until=max(midnight, since + timedelta(hours=3))), _LATER.sub(
            " ", rest
        )
    if _WEEK.search(rest):
        return Stretch("in the next days", today, _MOST_DAYS), _WEEK.sub(" ", rest)
    if _NOW.search(rest):
        return Stretch("", today), _NOW.sub(" ", rest)
    return None, rest


def _part(part: str, day: date, now: datetime) -> Stretch:
    first, last = _PARTS[part]
    today = now.date()
    start = datetime.combine(day, time())
    since, until = start + timedelta(hours=first), start + timedelta(hours=last)
    here_and_now = now.replace(tzinfo=None)
    if until <= here_and_now:
        return Stretch("", day, past=True)
    words = {0: "tonight" if part == "night" else f"this {part}", 1: f"tomorrow {part}"}.get((day - today).days)
    since = max(since, here_and_now.replace(minute=0, second=0, microsecond=0))
    return Stretch(words or f"{_day_words(day, today)} {part}", day, since=since, until=until)


def _day_words(day: date, today: date) -> str:
    ahead = (day - today).days
    if ahead in (0, 1):
        return ("today", "tomorrow")[ahead]
    return f"on {weekday_words(day)}" if 1 < ahead < len(WEEKDAYS) else f"on {month_and_day_words(day)}"
