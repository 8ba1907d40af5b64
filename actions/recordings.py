"""What a session's end keeps of how it went, for understanding to be tried on, where that was agreed to.

Nothing is said; the channel is told of which turns the sound is wanted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import Clock, utc_now
from actions.memory_turn import on_record
from actions.person import GetServices, PersonAction
from actions.turns import Turn, turns
from rapport.experiments.recordings import Recorded, keep_recorded
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from rapport.services import get_services


class ActionKeepRecordings(PersonAction):
    """Keep what was said aloud, what it was taken for, and how it was answered."""

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock

    def name(self) -> str:
        return "action_keep_recordings"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        if Purpose.VOICE_RECORDING in person.ledger().live():
            found = spoken_turns(tracker.sender_id, turns(tracker.events), self._clock())
            kept = keep_recorded(person, found, self._services().people.screen)
            dispatcher.utter_message(json_message={"show": "recorded", "turns": kept})
        return []

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        return []


def spoken_turns(session: str, said: Sequence[Turn], now: datetime) -> list[Recorded]:
    """What the person whose session it is said aloud, on the record, in words that could be made out."""
    found: list[Recorded] = []
    theirs: int | None = None
    for _, turn in on_record(said):
        text = str(turn.message.get("text") or "")
        metadata = turn.message.get("metadata") or {}
        semantics = turn.message.get("semantics") or {}
        if metadata.get("source") != "speech" or not semantics or text.startswith("/"):
            continue
        speaker = (metadata.get("speaker") or {}).get("number")
        theirs = theirs or speaker
        if speaker != theirs:
            continue
        found.append(
            Recorded(
                session,
                int(metadata["turn"]),
                now,
                text,
                turn.intent,
                tuple((str(slot["name"]), str(slot["value"])) for slot in semantics["slots"]),
                turn.responses,
            )
        )
    return found
