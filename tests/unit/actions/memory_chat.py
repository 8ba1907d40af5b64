"""A conversation with the memory actions and real services on an embedded store: what tests of memory share."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from rasa_sdk import Action

from actions.choice import ActionChoose
from actions.memory import ActionCorrect, ActionRemember, ActionTakeFact
from actions.memory_forget import ActionForget, ActionForgetSpan
from actions.memory_known import ActionTellHowSure, ActionTellWhatKnown, ActionTellWhyKnown
from actions.memory_recall import ActionRecall
from actions.memory_session import ActionEndSession
from actions.privacy import ActionTakePending
from rapport.memory.values import Memory
from rapport.people import Person
from rapport.privacy.purposes import Purpose
from rapport.privacy.screening import SentenceModel
from rapport.services import Services, services_from

PERSON = "p_" + "0" * 24
SATURDAY = datetime(2025, 11, 22, 12, 30, tzinfo=timezone.utc)
TURN_S = 20


def services_in(folder: Path, model: SentenceModel, **settings: str) -> Services:
    """Services that keep everything in a folder, with a model that is loaded once for many."""
    services = services_from(
        {
            "RAPPORT_KEY": "ab" * 32,
            "RAPPORT_TOKEN_KEY": "t" * 32,
            "RAPPORT_MEMORY": f"embedded:{folder / 'people'}",
            "RAPPORT_STATE": str(folder / "state"),
            **settings,
        }
    )
    services.people.embed, services.people.screen = model, model.screen
    return services


class MemoryChat:
    """Runs the action of each intent, and of what an answer takes up; 20 seconds pass a turn.

    Attributes:
        now: The moment; tests set it on.
        slots: As the conversation has them.
    """

    def __init__(self, talk: Any, services: Services, *, agreed: bool = True) -> None:
        self.now = SATURDAY
        self.services = services
        services.people.clock = lambda: self.now
        self._talk = talk
        self.begin("talk", proven=True)
        if agreed:
            self.person.agree(Purpose.MEMORY, "text")
        of, clock = (lambda: services), (lambda: self.now)
        self._actions: Mapping[str, Action] = {
            "remember": ActionRemember(of),
            "tell_fact": ActionTakeFact(of),
            "correct_fact": ActionCorrect(of),
            "recall": ActionRecall(of, clock),
            "ask_what_known": ActionTellWhatKnown(of, clock),
            "ask_why_known": ActionTellWhyKnown(of, clock),
            "ask_how_sure": ActionTellHowSure(of, clock),
            "forget_memory": ActionForget(of, clock),
            "forget_span": ActionForgetSpan(of, clock),
            "end_session": ActionEndSession(of),
            "affirm": ActionChoose(),
            "deny": ActionChoose(),
            "choose_first": ActionChoose(),
            "choose_second": ActionChoose(),
            "consent_given": ActionTakePending(),
        }

    def begin(self, session: str, *, proven: bool) -> None:
        """Another session: nothing of the one before is in the conversation."""
        self._talk.sender_id = session
        self._talk.events.clear()
        self._talk.slots = dict.fromkeys(self._talk.slots)
        proof = {"proof": self.services.proofs.turn(PERSON, session, ttl_s=600)} if proven else {}
        self._talk.metadata = {"timezone": "Europe/Berlin", **proof}

    @property
    def slots(self) -> dict[str, Any]:
        slots: dict[str, Any] = self._talk.slots
        return slots

    @property
    def person(self) -> Person:
        """Who is talking."""
        return self.services.people.person(PERSON)

    @property
    def kept(self) -> list[Memory]:
        """All that is known of them, newest first."""
        return self.person.memories().told()

    async def say(self, text: str, intent: str, *, heard_at: float | None = None) -> list[dict[str, Any]]:
        """Say something; what is answered, with what an answer of "yes" led to."""
        self.now += timedelta(seconds=TURN_S)
        circumstances = self._talk.metadata
        if heard_at is not None:
            self._talk.metadata = {**circumstances, "source": "speech", "confidence": heard_at}
        self._talk.hear(text, intent)
        self._talk.metadata = circumstances
        self._stamp()
        said: list[dict[str, Any]] = []
        while True:
            message = self._talk.heard
            said += await self._talk.run(self._actions[message["intent"]["name"]])
            if self._talk.heard is message:
                return said
            self._stamp()

    def mention(self, text: str, intent: str = "out_of_scope") -> None:
        """Say something that no memory action answers."""
        self.now += timedelta(seconds=TURN_S)
        self._talk.hear(text, intent)
        self._stamp()

    def set(self, slot: str, value: Any) -> None:
        """A slot that an intent sets."""
        self.slots[slot] = value
        self._talk.events.append({"event": "slot", "name": slot, "value": value})

    def _stamp(self) -> None:
        self._talk.events[-1]["timestamp"] = self.now.timestamp()


def responses(said: list[dict[str, Any]]) -> list[str]:
    """Which responses were uttered."""
    return [each["response"] for each in said]
