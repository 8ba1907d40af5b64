"""Enrolling a cloned voice, for one person: takes, the challenge, the upload. Blocks.

What is kept lies in the person's unit, sealed with their key, and only while `voice_personalization` and `cloud_speech`
are both agreed to; what is not passed is not kept. The audit trail is told of each step, and of nothing that was said.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from rapport.errors import ConsentMissing, StoreUnavailable, WrongState
from rapport.memory.store import Unit
from rapport.people import Opened, Person, ledger_of
from rapport.privacy.purposes import Purpose
from rapport.voices.challenge import MOST_WRONG, Challenge, words_wrong
from rapport.voices.cloning import CHALLENGE, CLONE, REVOKED_PROOF, SAMPLES, Clone, State, Step, Take
from rapport.voices.listening import Listening
from rapport.voices.quality import Check, Heard, judge, passes
from rapport.voices.sound import read_recording
from rapport.voices.speaker import Embedding, likeness, mean_of

PURPOSES = (Purpose.VOICE_PERSONALIZATION, Purpose.CLOUD_SPEECH)
"""What a cloned voice rests on: that it is kept, and that the samples and every text go to a provider."""

ENOUGH_SPEECH_S = 10.0
"""What the provider needs at least."""

MOST_TAKES = 6
MOST_S = 120.0
"""Of all takes: beyond two minutes a clone gets no better."""

SAME_VOICE = 0.74
"""From here on two recordings are of one person; docs/voices.md has the rates."""

OWN_VOICE = 0.76
"""From here on it is the assistant that speaks; likewise."""

ANSWER_CHECKS = ("clipping", "level", "noise")
"""What is asked of a challenge's answer, besides whose words it is and which: it is not made a voice of."""

LEAST_ANSWER_S = 1.2
"""Seconds of speech; eight words take two to four."""

_changing = threading.Lock()
"""One step at a time in this process; what takes long (listening, uploading) happens outside of it."""


class Orders(Protocol):
    """The voice server, as orders are given to it; see `rapport.speech.voice_orders`."""

    def give(self, name: str, data: Mapping[str, Any], payload: bytes | None = None) -> dict[str, Any]:
        """Have an order carried out."""


@dataclass(frozen=True)
class Taken:
    """What became of a take.

    Attributes:
        take: As it is kept; None where it was not passed.
        checks: The verdicts.
    """

    take: Take | None
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Answered:
    """What became of a challenge's answer.

    Attributes:
        verified: Whether it is the voice of the samples, saying the words.
        checks: The verdicts.
        left: How many tries are left; 0 asks for another challenge.
    """

    verified: bool
    checks: tuple[Check, ...]
    left: int


@dataclass(frozen=True)
class Standing:
    """How an enrolment stands.

    Attributes:
        clone: How far it is.
        missing: Purposes that are not agreed to.
        takes: The samples.
        enough: Whether there is enough speech in them.
        challenge: The one that is open.
        proof: The receipt of the last revocation.
    """

    clone: Clone
    missing: tuple[Purpose, ...]
    takes: tuple[Take, ...]
    enough: bool
    challenge: Challenge | None
    proof: Mapping[str, Any] | None


def can_clone(orders: Orders) -> bool:
    """Whether there is a voice server, and a provider behind it, so that enrolling leads anywhere. Blocks."""
    try:
        return orders.give("can-clone", {}).get("can") is True
    except StoreUnavailable:
        return False


class Enrolment:
    """One person's.

    Args:
        person: Whose voice.
        owner: What the voice server calls them.
        now: The time, in UTC.
        revoking: One of before is still being deleted; until that is done, no other one can be begun, since the
            deletion would take it along.
    """

    def __init__(self, person: Person, owner: str, now: datetime, *, revoking: bool = False) -> None:
        self._person = person
        self._owner = owner
        self._now = now
        self._revoking = revoking

    def standing(self) -> Standing:
        """How it stands; no consent is needed to ask."""
        opened = self._person.opened()
        if opened is None:
            return Standing(Clone(), PURPOSES, (), False, None, None)
        live = ledger_of(opened).live()
        missing = tuple(each for each in PURPOSES if each not in live)
        takes = _takes(opened.unit)
        kept = opened.unit.record(CHALLENGE)
        challenge = Challenge.from_record(kept) if kept else None
        return Standing(
            Clone.from_record(opened.unit.record(CLONE)),
            missing,
            takes,
            _speech_s(takes) >= ENOUGH_SPEECH_S,
            challenge if challenge and challenge.open(self._now) else None,
            opened.unit.record(REVOKED_PROOF),
        )

    def take(self, content: bytes, how: str, listening: Listening) -> Taken:
        """Listen to a recording, and keep it where all is well with it.

        Args:
            content: WAV or FLAC.
            how: `microphone` or `upload`.
            listening: Listens.

        Raises:
            ConsentMissing: Nothing is listened to before both purposes are agreed to.
            BadAudio: It is no sound that can be used at all.
            WrongState: No sample can be added now, or there are as many as there may be.
        """
        self._agreed()
        self._allow(Step.CHANGE)
        recording, heard = listening.hear(content)
        flac = recording.as_flac()
        own = _likeness_to_me(heard, listening)
        with _changing:
            opened, consents = self._agreed()
            clone = self._clone(opened)
            takes = _takes(opened.unit)
            checks = (*judge(heard.measures), *_whose(heard, own, [each.voice for each in takes]))
            if not passes(checks):
                failed = next(each.name for each in checks if not each.passed)
                self._person.note("voice.sample_refused", reason=failed)
                return Taken(None, checks)
            total_s = sum(each.duration_s for each in takes) + recording.duration_s
            if len(takes) >= MOST_TAKES or total_s > MOST_S:
                raise WrongState("there are as many samples as are of use; remove one first")
            assert heard.voice is not None
            take = Take(
                secrets.token_hex(8),
                self._now,
                how,
                round(recording.duration_s, 3),
                round(heard.measures.speech_s, 3),
                tuple(check.as_json() for check in checks),
                hashlib.sha256(content).hexdigest(),
                consents[Purpose.VOICE_PERSONALIZATION.value],
                heard.voice.whole,
                flac,
            )
            self._keep(clone.after(Step.CHANGE, self._now, consents=consents))
            opened.unit.put_record(CHALLENGE, None)
            self._person.keep_record(take.record_name, take.as_record(), Purpose.VOICE_PERSONALIZATION)
            return Taken(take, checks)

    def remove(self, take_id: str) -> bool:
        """Delete a sample; False where there is no such one.

        Raises:
            ConsentMissing, WrongState: As for `take`.
        """
        with _changing:
            opened, consents = self._agreed()
            if opened.unit.record(SAMPLES + take_id) is None:
                return False
            clone = self._clone(opened)
            self._keep(clone.after(Step.CHANGE, self._now, consents=consents))
            opened.unit.put_record(CHALLENGE, None)
            opened.unit.put_record(SAMPLES + take_id, None)
            opened.unit.compact()
            self._person.note("voice.sample_deleted")
            return True

    def challenge(self) -> Challenge:
        """A sentence to say now, in place of any before.

        Raises:
            ConsentMissing: As for `take`.
            WrongState: There is not enough of a voice to compare it with, or it is too late.
        """
        with _changing:
            opened, _ = self._agreed()
            self._allow(Step.VERIFY)
            if _speech_s(_takes(opened.unit)) < ENOUGH_SPEECH_S:
                raise WrongState(f"record at least {ENOUGH_SPEECH_S:.0f} seconds of speech first")
            fresh = Challenge.fresh(self._now)
            self._person.keep_record(CHALLENGE, fresh.as_record(), Purpose.VOICE_PERSONALIZATION)
            return fresh

    def answer(self, content: bytes, listening: Listening) -> Answered:
        """Listen to the answer to the challenge.

        Raises:
            ConsentMissing, BadAudio: As for `take`.
            WrongState: No challenge is open; ask for one.
        """
        opened, _ = self._agreed()
        self._allow(Step.VERIFY)
        asked = self._spent_try(opened.unit)
        recording, heard = listening.hear(content)
        said = listening.words(recording)
        own = _likeness_to_me(heard, listening)
        wrong = words_wrong(asked.words, said)
        with _changing:
            opened, consents = self._agreed()
            takes = _takes(opened.unit)
            checks = (
                _long_enough(heard),
                *(each for each in judge(heard.measures) if each.name in ANSWER_CHECKS),
                _right_words(wrong, len(asked.words)),
                *_whose(heard, own, [each.voice for each in takes]),
            )
            still = opened.unit.record(CHALLENGE)
            if still is None or still["id"] != asked.id or not takes:
                raise WrongState("the challenge is not open any more; ask for another one")
            if not passes(checks):
                self._person.note(
                    "voice.verification_failed", reason=next(each.name for each in checks if not each.passed)
                )
                if asked.left == 0:
                    opened.unit.put_record(CHALLENGE, None)
                return Answered(False, checks, asked.left)
            opened.unit.put_record(CHALLENGE, None)  # it worked once
            self._keep(self._clone(opened).after(Step.VERIFY, self._now, consents=consents))
            return Answered(True, checks, asked.left)

    def submit(self, orders: Orders) -> Clone:
        """Have the provider make the voice.

        Raises:
            ConsentMissing: As for `take`.
            WrongState: It is not verified.
            StoreUnavailable: The provider or the voice server does not answer; the same again goes on with it.
        """
        with _changing:
            opened, consents = self._agreed()
            clone = self._clone(opened)
            takes = _takes(opened.unit)
            name = clone.name or "rapport-" + secrets.token_hex(12)
            clone = clone.after(Step.SUBMIT, self._now, consents=consents, name=name)
            self._keep(clone)
        files = [read_recording(each.flac).as_wav() for each in takes]
        order = {"owner": self._owner, "name": name, "sizes": [len(each) for each in files]}
        said = orders.give("clone", order, b"".join(files))
        with _changing:
            try:
                opened, _ = self._agreed()
                current = self._clone(opened)
            except ConsentMissing:
                current = Clone()
            if current.name == name and current.state is State.SUBMITTED:
                done = (
                    current.after(Step.COMPLETE, self._now)
                    if said.get("ready")
                    # The next try is another voice, under another name.
                    else current.after(Step.FAIL, self._now, reason=str(said.get("reason", "refused")), name="")
                )
                self._keep(done)
                return done
        # It was revoked meanwhile: what was just made has to go, too.
        orders.give("clone-delete", {"owner": self._owner})
        raise WrongState("the cloned voice was revoked while it was made")

    def _agreed(self) -> tuple[Opened, dict[str, str]]:
        """Their unit, and the receipts of what it all rests on.

        Raises:
            ConsentMissing: One is missing.
            WrongState: One of before is still being deleted.
        """
        if self._revoking:
            raise WrongState("the cloned voice of before is still being deleted; begin anew after that")
        opened = self._person.opened()
        ledger = ledger_of(opened)
        receipts = {purpose.value: ledger.require(purpose).receipt for purpose in PURPOSES}
        assert opened is not None
        return opened, receipts

    def _clone(self, opened: Opened) -> Clone:
        """How far it is; with the consents there, no draft and no revoked one any more."""
        clone = Clone.from_record(opened.unit.record(CLONE))
        if clone.state in (State.DRAFT, State.REVOKED):
            clone = clone.after(Step.CONSENT, self._now, name="")
        return clone

    def _allow(self, step: Step) -> None:
        opened, _ = self._agreed()
        self._clone(opened).after(step, self._now)

    def _keep(self, clone: Clone) -> None:
        self._person.keep_record(CLONE, clone.as_record(), Purpose.VOICE_PERSONALIZATION)
        self._person.note(f"voice.{clone.state.value}", **({"reason": clone.reason} if clone.reason else {}))

    def _spent_try(self, unit: Unit) -> Challenge:
        """The challenge that is open, with a try less: it is spent before it is listened to."""
        with _changing:
            kept = unit.record(CHALLENGE)
            challenge = Challenge.from_record(kept) if kept else None
            if challenge is None or not challenge.open(self._now):
                raise WrongState("no challenge is open; ask for one")
            challenge = challenge.missed()
            unit.put_record(CHALLENGE, challenge.as_record())
            return challenge


def _likeness_to_me(heard: Heard, listening: Listening) -> float:
    """How like the assistant's own voices it is; takes a while where those are to be asked for."""
    return listening.own.nearest(heard.voice.whole) if heard.voice is not None else 0.0


def _whose(heard: Heard, own: float, known: list[Embedding]) -> tuple[Check, ...]:
    """Whether it is a person's voice at all, and one with the samples."""
    if heard.voice is None:
        return ()
    mine = own >= OWN_VOICE
    advice = "That sounds like me. Record your own voice, away from my loudspeaker." if mine else ""
    checks = [Check("not_assistant", f"{own:.2f} like me", not mine, advice)]
    if known:
        same = likeness(heard.voice.whole, mean_of(np.stack(known)))
        advice = "That sounds like somebody else than in your recordings. Only your own voice can be cloned."
        checks.append(
            Check("same_voice", f"{same:.2f} alike", same >= SAME_VOICE, "" if same >= SAME_VOICE else advice)
        )
    return tuple(checks)


def _takes(unit: Unit) -> tuple[Take, ...]:
    takes = [Take.from_record(each) for each in unit.records(SAMPLES).values()]
    return tuple(sorted(takes, key=lambda each: each.at))


def _speech_s(takes: tuple[Take, ...]) -> float:
    return sum(each.speech_s for each in takes)


def _long_enough(heard: Heard) -> Check:
    enough = heard.measures.speech_s >= LEAST_ANSWER_S and heard.voice is not None
    advice = "" if enough else "That was too short. Say the whole sentence."
    return Check("duration", f"{heard.measures.speech_s:.1f} s of speech", enough, advice)


def _right_words(wrong: int, of: int) -> Check:
    right = wrong <= MOST_WRONG
    advice = "" if right else "I heard other words. Say exactly the words that are shown, at your own pace."
    return Check("words", f"{max(0, of - wrong)} of {of} words", right, advice)
