"""Somebody and Rapport, with a real store in a temporary folder, one action at a time.

Like `Talk`, it chooses no actions and renders no responses: conversation tests and Rasa do. Forms are not run; a test
says which action is called for the form (`asks`), and puts the answer into the form's slot as the domain's mappings
would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.questions import FormQuestion
from rapport.errors import StoreUnavailable
from rapport.memory.drafts import Draft, Quota, Screened
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.values import Kind, Provenance, Vector
from rapport.people import People, Person
from rapport.privacy.audit import AuditTrail
from rapport.privacy.erasure import Erasure, Tombstones
from rapport.privacy.keys import LocalKeyEncryption
from rapport.privacy.purposes import Purpose
from rapport.privacy.retention import Retention
from rapport.services import Services
from rapport.settings import PeopleSettings
from rapport.speech.voice_orders import VoiceOrders
from rapport.tokens import Proofs

ANNA = "p_" + "a" * 24
SESSION = "s_1"
TOKEN_KEY = "t" * 32


def letters_as_vector(text: str) -> Vector:
    """A unit vector that tells texts apart, and knows no meaning."""
    vector = np.zeros(384, np.float32)
    for place, letter in enumerate(text.encode()):
        vector[(letter * 31 + place) % 384] += 1
    scaled: Vector = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return scaled


letters_as_vector.version = "letters_as_vector-1"  # type: ignore[attr-defined]


@dataclass
class Channel:
    """What holds conversations; out of reach where a test says so."""

    name: str = "conversations"
    away: bool = False

    def erase(self, person: str) -> None:
        if self.away:
            raise StoreUnavailable("the voice channel does not answer")

    def traces(self, person: str) -> list[str]:
        return []


def services_in(folder: Path, channel: Channel) -> Services:
    """Services on a real store."""
    state = folder / "state"
    store = EmbeddedStore(folder / "people")
    audit = AuditTrail(state / "audit", bytes(32))
    erasure = Erasure(
        store,
        [channel],
        audit,
        Tombstones(state / "erased", bytes(32)),
        journals=state / "erasing",
        searched=[folder],
        clock=lambda: datetime.now(timezone.utc),
    )
    people = People(
        store,
        LocalKeyEncryption([bytes(32)]),
        audit,
        erasure,
        embed=letters_as_vector,
        screen=lambda text, **_: Screened(text),
        quota=Quota(),
        retention=Retention(),
    )
    settings = PeopleSettings(token_key=TOKEN_KEY, key="00" * 32, state=state)
    return Services(people, Proofs(TOKEN_KEY), settings, VoiceOrders(settings.voice_uri, settings.voice_key))


@dataclass
class Reply:
    """What an action did.

    Attributes:
        said: Names of the responses, in order.
        values: What they were filled with, and shown besides, all together.
        follow_ups: Actions that come next.
    """

    said: list[str]
    values: dict[str, Any]
    follow_ups: list[str]


@dataclass
class Meeting:
    """One session of somebody; `person_id` None is somebody without a proof.

    What was said before counts as turns where a test moves `now`; else each message is the first.
    """

    services: Services
    domain: Mapping[str, Any]
    channel: Channel = field(default_factory=Channel)
    person_id: str | None = ANNA
    slots: dict[str, Any] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    before: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reset()

    @property
    def person(self) -> Person:
        """Who it is."""
        assert self.person_id is not None
        return self.services.people.person(self.person_id)

    def agreed(self, *purposes: Purpose) -> Meeting:
        """With consents given before."""
        for purpose in purposes or (Purpose.MEMORY,):
            self.person.agree(purpose, "voice")
        return self

    def told(self, *texts: str) -> Meeting:
        """With memories kept before."""
        for text in texts:
            self.person.memories().remember(Draft(Kind.FACT, text, Provenance(SESSION, words=text)))
        return self

    def hears(
        self, text: str, intent: str, *, typed: bool = False, sure: float = 0.95, heard: float = 0.95, **slots: Any
    ) -> Meeting:
        """A message, with what the domain's mappings make of it."""
        proof = self.services.proofs.turn(self.person_id, SESSION, ttl_s=60) if self.person_id else None
        self.message = {
            "text": text,
            "intent": {"name": intent, "confidence": sure},
            "entities": [],
            "metadata": {
                **({"proof": proof} if proof else {}),
                "source": "text" if typed else "speech",
                "confidence": None if typed else heard,
            },
        }
        self.slots |= slots
        if self.now is not None:
            self.before.append(self._event())
        return self

    def clock(self) -> datetime:
        """The moment, for actions that want one."""
        assert self.now is not None
        return self.now

    def _event(self) -> dict[str, Any]:
        event = {"event": "user", "text": self.message["text"], "parse_data": self.message, "input_channel": "voice"}
        return event if self.now is None else {**event, "timestamp": self.now.timestamp()}

    async def does(self, action: Action) -> Reply:
        """Rapport runs an action; for a form's question, the form calls it."""
        latest = action.form if isinstance(action, FormQuestion) else "action_listen"
        return await self._run(action, latest)

    async def follows_up(self, action: Action) -> Reply:
        """Rapport runs an action that another named."""
        return await self._run(action, "action_of_another_topic")

    async def _run(self, action: Action, latest: str) -> Reply:
        dispatcher = CollectingDispatcher()
        events = self.before or [self._event()]
        tracker = Tracker(SESSION, dict(self.slots), self.message, events, False, None, {}, latest)
        follow_ups = []
        for event in await action.run(dispatcher, tracker, self.domain):  # type: ignore[misc]
            if event["event"] == "slot":
                assert event["name"] in self.domain["slots"] or event["name"] == "requested_slot"
                self.slots[event["name"]] = event["value"]
            elif event["event"] == "reset_slots":
                self._reset()
            elif event["event"] == "user":
                self.message = dict(event["parse_data"])
            elif event["event"] == "followup":
                follow_ups.append(event["name"])
        said, values = [], {}
        for message in dispatcher.messages:
            if message["response"]:
                assert message["response"] in self.domain["responses"]
                said.append(message["response"])
            values |= {key: value for key, value in message.items() if value and key not in ("response", "template")}
        return Reply(said, values, follow_ups)

    def _reset(self) -> None:
        self.slots = {name: slot.get("initial_value") for name, slot in self.domain["slots"].items()}
