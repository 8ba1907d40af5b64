"""What a session's end keeps of what was not understood: under its consent, and of nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.misunderstood import ActionKeepMisunderstood
from rapport.errors import ConsentMissing
from rapport.experiments.misunderstood import MOST, Misunderstood, Why, gathered, keep_misunderstood, misunderstood_of
from rapport.memory.drafts import Draft, Screened
from rapport.memory.values import Kind, Provenance, Sensitivity, Statement
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import Channel, Meeting, services_in

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)


def screen(text: str, *, asked: bool) -> Screened:
    """Knows two words, where the real one knows many patterns."""
    if "password" in text:
        return Screened("", refused=True, found=("secret",))
    if "allergic" in text:
        return Screened(text, sensitivity=Sensitivity.SENSITIVE, found=("health",))
    return Screened(text.replace("555", "[phone]"), found=("phone",) if "555" in text else ())


@dataclass
class Ending:
    meeting: Meeting

    def said(self, text: str, intent: str, sure: float = 0.9, *likely: str, **slots: Any) -> None:
        ranking = [{"name": name, "confidence": 0.3} for name in (intent, *likely)]
        self.meeting.hears(text, intent, sure=sure)
        self.meeting.message["intent_ranking"] = ranking
        self._turn(slots)

    def chose(self, text: str, intent: str) -> None:
        """What `take` makes of a question's offer."""
        self.meeting.hears(text, intent, sure=1.0)
        self._turn({})

    def _turn(self, slots: Mapping[str, Any]) -> None:
        self.meeting.before.append(
            {"event": "user", "text": self.meeting.message["text"], "parse_data": self.meeting.message, "timestamp": 0}
        )
        self.meeting.before += [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]

    async def ends(self) -> list[Misunderstood]:
        self.meeting.hears("/end_session", "end_session")
        await self.meeting.does(ActionKeepMisunderstood(lambda: self.meeting.services, lambda: NOON))
        return misunderstood_of(self.meeting.person)


@pytest.fixture
def ending(tmp_path: Path, domain: Mapping[str, Any]) -> Ending:
    meeting = Meeting(services_in(tmp_path, Channel()), domain)
    meeting.services.people.screen = screen
    return Ending(meeting)


async def test_without_the_consent_nothing_is_kept(ending: Ending) -> None:
    ending.meeting.agreed(Purpose.MEMORY, Purpose.ANALYTICS)
    ending.said("is it wet outside", "nlu_fallback", 0.4, "ask_weather")

    with pytest.raises(ConsentMissing):
        await ending.ends()


async def test_what_was_unclear_unsure_or_wrong_is_kept_with_what_was_meant(ending: Ending) -> None:
    ending.meeting.agreed(Purpose.UNDERSTANDING)
    ending.said("is it wet outside", "nlu_fallback", 0.4, "ask_weather", "ask_time")
    ending.said("yes", "affirm")
    ending.chose("is it wet outside", "ask_weather")
    ending.said("how's the sky", "ask_time", 0.55)
    ending.said("what's on", "ask_date", 0.9, "ask_list")
    ending.said("that was wrong", "feedback_wrong")
    ending.said("what time is it", "ask_time", 0.97)

    assert await ending.ends() == [
        Misunderstood("is it wet outside", Why.UNCLEAR, ("ask_weather", "ask_time"), "ask_weather", date(2026, 11, 27)),
        Misunderstood("how's the sky", Why.UNSURE, ("ask_time",), None, date(2026, 11, 27)),
        Misunderstood("what's on", Why.CORRECTED, ("ask_date", "ask_list"), None, date(2026, 11, 27)),
    ]


async def test_what_is_secret_sensitive_or_a_stranger_s_is_left_out(ending: Ending) -> None:
    ending.meeting.agreed(Purpose.UNDERSTANDING)
    ending.said("my password is swordfish", "nlu_fallback", 0.4)
    ending.said("allergic to nuts i am", "nlu_fallback", 0.4)
    ending.said("555 is the number", "nlu_fallback", 0.4)
    ending.said("a bit of this " * 20, "nlu_fallback", 0.4)
    ending.said("somebody else's words", "nlu_fallback", 0.4)
    ending.meeting.message["metadata"]["speaker"] = {"number": 2, "voice": "other"}
    ending.said("off we go", "nlu_fallback", 0.4, off_record=True)
    ending.said("hidden words", "nlu_fallback", 0.4)

    assert await ending.ends() == []


async def test_own_names_are_struck_out(ending: Ending) -> None:
    person = ending.meeting.agreed(Purpose.UNDERSTANDING, Purpose.MEMORY).person
    person.update_profile(name="Anna")
    statement = Statement("my sister", "is called", "Gertrude")
    person.memories().remember(Draft(Kind.FACT, "my sister is called Gertrude", Provenance("s_1"), statement))
    ending.said("where's anna and gertrude gone", "nlu_fallback", 0.4)

    assert [each.text for each in await ending.ends()] == ["where's [name] and [name] gone"]


async def test_they_are_bounded_gathered_and_gone_with_the_consent(ending: Ending) -> None:
    person = ending.meeting.agreed(Purpose.UNDERSTANDING).person
    each = Misunderstood("is it wet", Why.UNCLEAR, ("ask_weather",), None, NOON.date())

    assert keep_misunderstood(person, [each] * (MOST + 1), screen) == MOST + 1
    assert gathered([person]) == [("0", each)] * MOST
    assert "misunderstood" in person.everything()[1]

    person.withdraw(Purpose.UNDERSTANDING, "page")
    assert gathered([person]) == []
    assert "misunderstood" not in person.everything()[1]
