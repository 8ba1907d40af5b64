"""A cloned voice, from consent to revocation, as values: its states, what leads from one to the next, what is kept.

    draft ──consent──> consented ──verify──> verified ──submit──> submitted ──complete──> ready
                           ^  └─change┘         │ change             │ fail
                           └────────────────────┴──────────────── failed ──submit──> submitted
    any but draft ──revoke──> revoked ──consent──> consented

Pure. Nothing is kept in `draft`: a record begins with the consent that it names.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

import numpy as np

from rapport.errors import WrongState
from rapport.personality.voice import CLONE, READY, VOICE
from rapport.voices.speaker import Embedding

SAMPLES = VOICE + "sample/"
"""Begins the names of samples' records."""
CHALLENGE = VOICE + "challenge"
REVOKED_PROOF = "proof/clone_revoked"
"""The receipt of the last revocation; it holds nothing of the voice, so it stays when the consent is gone."""

VERSION = 1
"""Of the form of the records."""

__all__ = ["CHALLENGE", "CLONE", "REVOKED_PROOF", "SAMPLES", "Clone", "State", "Step", "Take", "after"]


class State(str, Enum):
    """How far a cloned voice is."""

    DRAFT = "draft"
    CONSENTED = "consented"
    VERIFIED = "verified"
    SUBMITTED = "submitted"
    READY = READY
    FAILED = "failed"
    REVOKED = "revoked"


class Step(str, Enum):
    """What can be done with one."""

    CONSENT = "consent"
    CHANGE = "change"
    VERIFY = "verify"
    SUBMIT = "submit"
    COMPLETE = "complete"
    FAIL = "fail"
    REVOKE = "revoke"


TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.DRAFT, Step.CONSENT): State.CONSENTED,
    (State.REVOKED, Step.CONSENT): State.CONSENTED,
    # Samples that came or went: who they are of has to be shown anew.
    (State.CONSENTED, Step.CHANGE): State.CONSENTED,
    (State.VERIFIED, Step.CHANGE): State.CONSENTED,
    (State.FAILED, Step.CHANGE): State.CONSENTED,
    (State.CONSENTED, Step.VERIFY): State.VERIFIED,
    (State.VERIFIED, Step.SUBMIT): State.SUBMITTED,
    (State.FAILED, Step.SUBMIT): State.SUBMITTED,
    # A crash while it was sent: it is sent again under the same name, and the voice server adopts what is there.
    (State.SUBMITTED, Step.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Step.COMPLETE): State.READY,
    (State.SUBMITTED, Step.FAIL): State.FAILED,
    **{(state, Step.REVOKE): State.REVOKED for state in State if state not in (State.DRAFT, State.REVOKED)},
}


def after(state: State, step: Step) -> State:
    """The state that a step leads to.

    Raises:
        WrongState: It is not possible in this one.
    """
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise WrongState(f"a cloned voice that is {state.value} can't {step.value}; load its state again") from None


@dataclass(frozen=True)
class Clone:
    """A cloned voice, as the person's record holds it.

    Attributes:
        state: How far it is.
        since: When it came to be so, in UTC.
        consents: The receipts of what it rests on, by purpose.
        name: What it is called at the provider: random, and nothing of the person.
        reason: Why it failed, as a code; else empty.
    """

    state: State = State.DRAFT
    since: datetime | None = None
    consents: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    reason: str = ""

    def after(self, step: Step, at: datetime, **changes: Any) -> Clone:
        """As it is after a step.

        Raises:
            WrongState: It is not possible now.
        """
        return replace(self, state=after(self.state, step), since=at, **{"reason": "", **changes})

    def as_record(self) -> dict[str, Any]:
        """Plain JSON."""
        since = self.since.isoformat() if self.since else None
        return {"version": VERSION, **self.__dict__, "state": self.state.value, "since": since}

    @classmethod
    def from_record(cls, kept: Mapping[str, Any] | None) -> Clone:
        """What `as_record` made; of nothing, a draft."""
        if kept is None:
            return cls()
        return cls(
            State(kept["state"]),
            datetime.fromisoformat(kept["since"]),
            dict(kept["consents"]),
            kept["name"],
            kept["reason"],
        )


@dataclass(frozen=True)
class Take:
    """A sample of a voice, with where it comes from.

    Attributes:
        id: 16 hex digits.
        at: When it was taken, in UTC.
        how: `microphone` or `upload`.
        duration_s: Seconds.
        speech_s: Seconds of speech in it.
        checks: The verdicts, as `Check.as_json` has them; all of them were passed.
        sha256: Of the uploaded file, in hex.
        consent: The receipt of the consent that it was taken under.
        voice: Its speaker embedding.
        flac: The sound: FLAC, mono, 16 bit.
    """

    id: str
    at: datetime
    how: str
    duration_s: float
    speech_s: float
    checks: tuple[Mapping[str, Any], ...]
    sha256: str
    consent: str
    voice: Embedding = field(repr=False)
    flac: bytes = field(repr=False)

    @property
    def record_name(self) -> str:
        """Of the record that keeps it."""
        return SAMPLES + self.id

    def as_record(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "version": VERSION,
            **self.__dict__,
            "at": self.at.isoformat(),
            "checks": [dict(each) for each in self.checks],
            "voice": [round(float(each), 6) for each in self.voice],
            "flac": base64.b64encode(self.flac).decode(),
        }

    @classmethod
    def from_record(cls, kept: Mapping[str, Any]) -> Take:
        """What `as_record` made."""
        read = {name: value for name, value in kept.items() if name != "version"}
        return cls(
            **{
                **read,
                "at": datetime.fromisoformat(kept["at"]),
                "checks": tuple(kept["checks"]),
                "voice": np.asarray(kept["voice"], dtype=np.float32),
                "flac": base64.b64decode(kept["flac"]),
            }
        )
