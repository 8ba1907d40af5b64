"""Habits: what is asked for again and again at a time of day."""

from datetime import datetime, time, timedelta, timezone

from rapport.personality.habits import Habits

NOW = datetime(2026, 5, 28, 8, 10, tzinfo=timezone.utc)


def asked(*topics_at: tuple[str, int, str]) -> Habits:
    """Topics, days ago, and the clock."""
    return Habits().after(
        [
            (topic, datetime.combine(NOW.date() - timedelta(ago), time.fromisoformat(clock), timezone.utc))
            for topic, ago, clock in topics_at
        ]
    )


def test_three_days_around_the_time_are_a_habit() -> None:
    habits = asked(("ask_weather", 3, "07:50"), ("ask_weather", 2, "08:30"))
    assert habits.around(NOW) == []

    habits = asked(*((("ask_weather", ago, "07:50")) for ago in (3, 2, 2, 1)))
    [habit] = habits.around(NOW)
    assert (habit.topic, habit.days, habit.around) == ("ask_weather", 3, time(7, 50))
    assert habits.around(NOW.replace(hour=12)) == []


def test_what_is_asked_on_fewer_than_half_the_days_is_none() -> None:
    habits = asked(
        *(("ask_weather", ago, "08:00") for ago in range(1, 9)), *(("ask_list", ago, "08:00") for ago in (1, 4, 7))
    )

    assert [each.topic for each in habits.around(NOW)] == ["ask_weather"]


def test_a_habit_around_midnight_is_one() -> None:
    habits = asked(("smalltalk_story", 1, "23:40"), ("smalltalk_story", 2, "00:20"), ("smalltalk_story", 4, "23:50"))

    [habit] = habits.around(NOW.replace(hour=0, minute=5))

    assert habit.around in (time(23, 56), time(23, 57))


def test_what_was_asked_long_ago_is_gone() -> None:
    habits = asked(*(("ask_weather", ago, "08:00") for ago in (60, 59, 58)))
    assert habits.around(NOW) == []

    later = habits.after([("ask_list", NOW)])
    assert [topic for topic, _ in later.asked] == ["ask_list"]


def test_all_of_them_are_told_each_at_its_hour() -> None:
    habits = asked(
        *(("ask_weather", ago, "08:00") for ago in (1, 2, 3, 4)), *(("set_alarm", ago, "22:30") for ago in (1, 2, 3))
    )

    assert [(each.topic, each.around.hour) for each in habits.all(NOW)] == [("ask_weather", 8), ("set_alarm", 22)]


def test_they_are_kept() -> None:
    habits = asked(("ask_weather", 1, "08:00"))

    assert Habits.from_record(habits.as_record()) == habits
    assert Habits.from_record(None) == Habits()
