from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from rapport.memory.spans import span_of, without_span

NOW = datetime(2025, 11, 22, 12, 30, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Saturday."""


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("forget what i said today", "22.11.25 00:00", "22.11.25 12:30"),
        ("what did i tell you yesterday", "21.11.25 00:00", "22.11.25 00:00"),
        ("the day before yesterday", "20.11.25 00:00", "21.11.25 00:00"),
        ("this morning", "22.11.25 04:00", "22.11.25 12:00"),
        ("yesterday evening", "21.11.25 18:00", "22.11.25 00:00"),
        ("last night", "21.11.25 18:00", "22.11.25 04:00"),
        ("this week", "17.11.25 00:00", "22.11.25 12:30"),
        ("last week", "10.11.25 00:00", "17.11.25 00:00"),
        ("last weekend", "15.11.25 00:00", "17.11.25 00:00"),
        ("last month", "01.10.25 00:00", "01.11.25 00:00"),
        ("this year", "01.01.25 00:00", "22.11.25 12:30"),
        ("in march", "01.03.25 00:00", "01.04.25 00:00"),
        ("last december", "01.12.24 00:00", "01.01.25 00:00"),
        ("on tuesday", "18.11.25 00:00", "19.11.25 00:00"),
        ("last saturday", "15.11.25 00:00", "16.11.25 00:00"),
        ("since tuesday", "18.11.25 00:00", "22.11.25 12:30"),
        ("the last ten minutes", "22.11.25 12:20", "22.11.25 12:30"),
        ("in the past two hours", "22.11.25 10:30", "22.11.25 12:30"),
        ("the last couple of days", "20.11.25 12:30", "22.11.25 12:30"),
        ("two days ago", "20.11.25 00:00", "21.11.25 00:00"),
        ("a week ago", "12.11.25 00:00", "19.11.25 00:00"),
    ],
)
def test_a_span_lies_in_the_past_of_the_persons_zone(said: str, since: str, until: str) -> None:
    span = span_of(said, NOW)

    assert span is not None
    assert (f"{span.since:%d.%m.%y %H:%M}", f"{span.until:%d.%m.%y %H:%M}") == (since, until)
    assert span.since.tzinfo is NOW.tzinfo


@pytest.mark.parametrize("said", ["forget my address", "where does my sister live", "the last thing", "in oslo"])
def test_other_words_name_no_span(said: str) -> None:
    assert span_of(said, NOW) is None


def test_what_is_just_being_said_is_part_of_today() -> None:
    span = span_of("today", NOW)

    assert span is not None
    assert span.since <= NOW < span.until


def test_the_rest_of_the_sentence_is_left() -> None:
    assert without_span("what did i tell you about the trip last week", NOW) == "what did i tell you about the trip"
    assert without_span("where does my sister live", NOW) == "where does my sister live"
