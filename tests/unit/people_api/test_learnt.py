"""What was learnt, and what was suggested: seen, switched off, put off, and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rapport.personality.habits import HABITS, Habits
from rapport.personality.signals import Counted, Seen, Signal, Signals, keep_signals, signals_of
from rapport.personality.suggestions import Kinds, Standing, Suggestion, keep_standing, standing_of
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from tests.unit.people_api.conftest import Caller


@pytest.fixture
def known(anna: Caller, services: Services) -> Caller:
    """Who agreed to all of it, and of whom something was learnt."""
    for purpose in (Purpose.LEARNING, Purpose.PROACTIVE):
        anna.person.agree(purpose, "page")
    now = services.people.clock()
    seen = Seen({Signal.CUTS: (6, 10)}, {Counted.TOPICS: {"ask_weather": 3, "set_alarm": 1}})
    keep_signals(anna.person, Signals().after(seen, now.date()))
    asked = [("ask_weather", (now - timedelta(days=ago)).replace(hour=8, minute=0)) for ago in (1, 2, 3)]
    anna.person.keep_record(HABITS, Habits().after(asked).as_record(), Purpose.LEARNING)
    return anna


def test_what_was_learnt_is_told_and_what_follows(known: Caller) -> None:
    told = known.api.get("/v1/learnt").json()

    signals = {each.pop("name"): each for each in told["signals"]}
    assert signals["cuts"] == {"on": True, "share": 0.6, "from_share": 0.4, "follows": True}
    assert (signals["humour"]["share"], signals["humour"]["follows"]) == (None, False)
    assert {"name": "topics", "on": True, "most": ["ask_weather", "set_alarm"]} in told["counts"]
    assert told["habits"] == [{"topic": "ask_weather", "around": "08:00", "days": 3, "of_days": 28}]


def test_a_signal_is_switched_off_and_on(known: Caller) -> None:
    off = known.api.put("/v1/learnt/cuts", json={"on": False}).json()
    cuts = next(each for each in off["signals"] if each["name"] == "cuts")
    assert (cuts["on"], cuts["share"]) == (False, None)
    assert Signal.CUTS not in signals_of(known.person).shares

    known.api.put("/v1/learnt/cuts", json={"on": True})
    assert signals_of(known.person).off == frozenset()
    assert known.api.put("/v1/learnt/shoes", json={"on": True}).status_code == 422


def test_all_of_it_is_forgotten(known: Caller) -> None:
    assert known.api.delete("/v1/learnt").status_code == 204

    assert not any(name.startswith("learnt/") for name in known.person.everything()[1])
    assert known.api.get("/v1/learnt").json()["habits"] == []


def test_suggestions_are_told_put_off_and_forgotten(known: Caller, services: Services) -> None:
    day = services.people.clock().date()
    habit = Suggestion(Kinds.HABIT, "ask_weather", "ask_weather", {}, "weather")
    standing = Standing().with_made(habit, day).answered(habit.family, yes=False, day=day)
    keep_standing(known.person, standing)
    family = {"family": "habit/ask_weather", "yes": 0, "no": 1, "rests": True}
    told = {"today": 1, "most": 3, "until": None, "families": [family]}
    assert known.api.get("/v1/suggestions").json() == told

    until = (day + timedelta(7)).isoformat()
    assert known.api.put("/v1/suggestions", json={"days": 7}).json() == {**told, "until": until}
    assert known.api.put("/v1/suggestions", json={"days": 0}).json() == told
    assert known.api.delete("/v1/suggestions").json()["families"] == []
    assert standing_of(known.person) == Standing()


@pytest.mark.parametrize("path", ["/v1/learnt", "/v1/suggestions"])
def test_each_needs_its_consent(anna: Caller, path: str) -> None:
    refused = anna.api.get(path)

    assert (refused.status_code, refused.json()["code"]) == (403, "consent_missing")
