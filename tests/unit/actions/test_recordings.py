"""What a session's end keeps of turns that were spoken: theirs, on the record, and nothing personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from actions.recordings import ActionKeepRecordings
from rapport.experiments.recordings import Recorded, add_sound, recordings_of
from rapport.memory.drafts import Screened
from rapport.privacy.purposes import Purpose
from tests.unit.actions.meeting import SESSION, Channel, Meeting, Reply, services_in

NOON = datetime(2026, 11, 27, 12, tzinfo=timezone.utc)


def screen(text: str, *, asked: bool) -> Screened:
    return Screened(text, found=("phone",) if "555" in text else ())


@dataclass
class Ending:
    meeting: Meeting
    turn: int = 0

    def said(self, text: str, *, typed: bool = False, number: int = 1, voice: str | None = None, **slots: Any) -> None:
        self.turn += 1
        self.meeting.hears(text, "ask_weather", typed=typed)
        message = self.meeting.message
        message["metadata"] |= {"turn": self.turn, "speaker": {"number": number, "voice": voice}}
        message["semantics"] = {"slots": [{"name": "place", "value": "Oslo", "text": "oslo"}]}
        self.meeting.before += [
            {"event": "user", "text": text, "parse_data": message, "timestamp": 0},
            {"event": "bot", "text": "Rain.", "metadata": {"utter_action": "utter_rain"}},
            {"event": "bot", "text": None, "metadata": {}},
            *({"event": "slot", "name": name, "value": value} for name, value in slots.items()),
        ]

    async def ends(self) -> Reply:
        self.meeting.hears("/end_session", "end_session")
        return await self.meeting.does(ActionKeepRecordings(lambda: self.meeting.services, lambda: NOON))


@pytest.fixture
def ending(tmp_path: Path, domain: Mapping[str, Any]) -> Ending:
    meeting = Meeting(services_in(tmp_path, Channel()), domain)
    meeting.services.people.screen = screen
    return Ending(meeting)


async def test_without_the_consent_nothing_is_kept_and_no_sound_asked_for(ending: Ending) -> None:
    ending.meeting.agreed(Purpose.MEMORY)
    ending.said("will it rain in oslo")

    assert (await ending.ends()).values == {}


async def test_a_turn_is_kept_with_how_it_was_understood_and_answered(ending: Ending) -> None:
    person = ending.meeting.agreed(Purpose.VOICE_RECORDING).person
    ending.said("will it rain in oslo")

    assert (await ending.ends()).values == {"custom": {"show": "recorded", "turns": [1]}}
    assert add_sound(person, SESSION, 1, b"fLaC")
    assert recordings_of(person) == [
        Recorded(
            SESSION, 1, NOON, "will it rain in oslo", "ask_weather", (("place", "Oslo"),), ("utter_rain",), b"fLaC"
        )
    ]


async def test_what_is_typed_personal_secret_or_another_s_is_left_out(ending: Ending) -> None:
    person = ending.meeting.agreed(Purpose.VOICE_RECORDING, Purpose.MEMORY).person
    person.update_profile(name="Anna")
    ending.said("will it rain in oslo")
    ending.said("will it rain in typed", typed=True)
    ending.said("call anna")
    ending.said("my number is 555")
    ending.said("another voice in the room", number=2)
    ending.said("known for another's", voice="other")
    ending.said("off the record", off_record=True)
    ending.said("hidden words")
    ending.said("back on the record", off_record=False)

    assert (await ending.ends()).values["custom"]["turns"] == [1, 9]
