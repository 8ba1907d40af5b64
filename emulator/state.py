"""Everything that the emulator is at a moment, and the checks that every endpoint shares."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

from emulator.account import Account, Key
from emulator.catalogue import MODELS, Model
from emulator.dictionaries import Dictionaries
from emulator.faults import Faults
from emulator.history import History
from emulator.refusals import Refused
from emulator.speaking import Speaker
from emulator.switches import Switches
from emulator.voices import Voices
from rapport.speech.recognizer import Transcript

REMEMBERED_REQUESTS = 1_000


class Ears(Protocol):
    """Hears whole utterances: 16 kHz, 16 bit, mono."""

    async def hear(self, pcm: bytes) -> Transcript:
        """The words of one; raises `RecognitionFailed`."""


@dataclass
class Emulator:
    """One account at an imitated provider.

    Attributes:
        speaker: What speaks.
        secret: The owner's key, which may do everything.
        ears: What hears; None: speech to text fails.
        requests: What was asked for, newest last: never what was to be said.
        sockets: What hangs up each socket that is open.
        sockets_opened: How many there were so far.
        contexts: Contexts on them that are not over.
    """

    speaker: Speaker
    secret: str
    ears: Ears | None = None
    switches: Switches = field(default_factory=Switches)
    faults: Faults = field(default_factory=Faults)
    requests: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_REQUESTS))
    sockets: set[asyncio.Event] = field(default_factory=set)
    sockets_opened: int = 0
    contexts: int = 0

    def __post_init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget everything but the speaker and the owner's key; connections stay open."""
        for name, value in Switches():
            setattr(self.switches, name, value)
        self.faults.clear()
        self.requests.clear()
        self.account = Account(self.switches, self.now)
        self.account.add_key(secret=self.secret, name="owner")
        self.voices = Voices(self.now)
        self.dictionaries = Dictionaries(self.now)
        self.history = History()

    def now(self) -> float:
        """Seconds since 1970, on a clock that can be put forward."""
        return time.time() + self.switches.clock_ahead_s

    def model(self, model_id: str) -> Model:
        """The model of an id.

        Raises:
            Refused: There is none.
        """
        if model_id not in MODELS:
            raise Refused("model_not_found")
        return MODELS[model_id]

    def note(self, path: str, key: Key, **facts: Any) -> None:
        """Remember a request for whoever tests with it."""
        self.requests.append({"path": path, "key_id": key.id, "at": self.now(), **facts})
