"""What somebody thinks of an answer: helped with at once, and kept as a label without a word of what was said."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.choice import ActionChoose
from actions.feedback import ActionTakeFeedback, ActionTakeRating
from rapport.errors import ConsentMissing
from rapport.experiments import outcomes as module
from rapport.experiments.outcomes import Label, Outcome, keep_outcome, outcomes_of
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from tests.unit.actions.conftest import Talk
from tests.unit.actions.meeting import ANNA, Channel, services_in

NOW = datetime(2026, 11, 26, 12, 20, tzinfo=timezone.utc)


class Judging:
    """Somebody who got an answer, and says what they think of it."""

    def __init__(self, talk: Talk, services: Services) -> None:
        self.talk = talk
        self.services = services
        self.turn = 0
        self.other = "ask_date"
        services.people.clock = lambda: NOW
        self.takes = ActionTakeFeedback(lambda: services)
        self.takes_rating = ActionTakeRating(lambda: services)

    @property
    def person(self) -> Person:
        return self.services.people.person(ANNA)

    @property
    def kept(self) -> list[dict[str, Any]]:
        return outcomes_of(self.person)

    def hears(self, text: str, intent: str, *, heard: float = 0.9, **metadata: Any) -> None:
        self.turn += 1
        proof = self.services.proofs.turn(ANNA, self.talk.sender_id, ttl_s=60)
        self.talk.metadata = {"proof": proof, "source": "speech", "confidence": heard, "turn": self.turn, **metadata}
        self.talk.hear(text, intent, ranking={intent: 0.7, **({self.other: 0.2} if self.other else {})})

    def answered(self) -> None:
        """With a turn that was answered by something."""
        self.hears("what time is it", "ask_time")
        replies = [{"event": "bot", "text": "It is noon.", "metadata": {"utter_action": "utter_time"}}]
        self.talk.events += replies

    async def says(self, text: str, intent: str) -> list[dict[str, Any]]:
        self.hears(text, intent)
        return await self.talk.run(self.takes)

    async def presses(self, turn: int, rating: str) -> dict[str, Any]:
        self.hears("/rate_reply", "rate_reply", rated_turn=turn, rating=rating)
        [shown] = await self.talk.run(self.takes_rating)
        return dict(shown["custom"])


@pytest.fixture
def judging(talk: Talk, tmp_path: Path) -> Judging:
    return Judging(talk, services_in(tmp_path, Channel()))


@pytest.fixture
def counted(judging: Judging) -> Judging:
    judging.person.agree(Purpose.ANALYTICS, "voice")
    return judging


async def test_a_wrong_answer_is_put_right_with_the_other_reading(counted: Judging) -> None:
    counted.answered()

    [reply] = await counted.says("that was wrong", "feedback_wrong")

    assert reply["response"] == "utter_feedback_other"
    counted.hears("yes", "affirm")
    assert await counted.talk.run(ActionChoose()) == []
    assert counted.talk.heard["intent"]["name"] == "ask_date"
    assert counted.talk.heard["text"] == "what time is it"


async def test_what_was_misheard_is_said(counted: Judging) -> None:
    counted.answered()

    [reply] = await counted.says("you misheard me", "feedback_misheard")

    assert (reply["response"], reply["heard"]) == ("utter_feedback_misheard", "what time is it")


async def test_it_is_kept_as_a_label_without_words(counted: Judging) -> None:
    counted.answered()
    await counted.says("you misheard me", "feedback_misheard")

    [kept] = counted.kept
    assert kept == {
        "at": NOW.isoformat(),
        "session": counted.talk.sender_id,
        "turn": 1,
        "label": "misheard",
        "way": "voice",
        "intent": "ask_time",
        "confidence": 0.9,
        "heard": 0.9,
        "responses": ["utter_time"],
    }
    assert "what time" not in json.dumps(kept)


async def test_who_did_not_agree_is_helped_and_not_asked_to(judging: Judging) -> None:
    judging.other = ""
    judging.answered()

    [reply] = await judging.says("that was wrong", "feedback_wrong")

    assert reply["response"] == "utter_feedback_wrong"
    assert judging.talk.slots["consent_wanted"] is None
    with pytest.raises(ConsentMissing):
        outcomes_of(judging.person)


async def test_off_the_record_nothing_is_kept(counted: Judging) -> None:
    counted.talk.slots["off_record"] = True
    counted.answered()
    await counted.says("that was wrong", "feedback_wrong")

    assert not (await counted.presses(1, "down"))["kept"]
    assert counted.kept == []


async def test_with_nothing_answered_yet_there_is_nothing_to_judge(counted: Judging) -> None:
    [reply] = await counted.says("that was wrong", "feedback_wrong")

    assert reply["response"] == "utter_feedback_of_what"
    assert counted.kept == []


async def test_a_no_that_says_what_was_wrong_is_taken_as_one(counted: Judging) -> None:
    counted.answered()
    counted.hears("no that's wrong", "deny")

    assert await counted.talk.run(ActionChoose()) == []


async def test_a_thumb_is_kept_and_shown_and_another_takes_its_place(counted: Judging) -> None:
    counted.answered()

    assert await counted.presses(1, "down") == {"show": "rating", "rated": 1, "rating": "down", "kept": True}
    assert await counted.presses(1, "up") == {"show": "rating", "rated": 1, "rating": "up", "kept": True}

    [kept] = counted.kept
    assert (kept["label"], kept["way"], kept["intent"]) == ("good", "page", "ask_time")


async def test_a_thumb_that_may_not_be_kept_says_so(judging: Judging) -> None:
    judging.answered()

    assert not (await judging.presses(1, "up"))["kept"]


async def test_a_thumb_on_nothing_is_not_kept(counted: Judging) -> None:
    assert not (await counted.presses(7, "up"))["kept"]


async def test_a_question_stays_open_over_a_thumb(counted: Judging) -> None:
    counted.answered()
    await counted.says("that was wrong", "feedback_wrong")
    await counted.presses(1, "down")
    counted.hears("yes", "affirm")

    await counted.talk.run(ActionChoose())

    assert counted.talk.heard["intent"]["name"] == "ask_date"


def test_outcomes_are_exported_withdrawn_and_bounded(counted: Judging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    outcome = Outcome(NOW, "s", 1, Label.GOOD, "page", "ask_time", 0.9, None, ("utter_time",))
    for turn in range(1, 6):
        keep_outcome(counted.person, replace(outcome, turn=turn, at=NOW + timedelta(minutes=turn)))
    assert [each["turn"] for each in counted.kept] == [3, 4, 5]
    _, records = counted.person.everything()
    assert len(records["outcomes"]["outcomes"]) == 3

    counted.person.withdraw(Purpose.ANALYTICS, "voice")

    _, records = counted.person.everything()
    assert "outcomes" not in records
    counted.person.agree(Purpose.ANALYTICS, "voice")
    assert counted.kept == []
