"""People: who is known, and all that may be done with what is kept about them.

The one way in for actions, API and commands. Blocks; call it from a thread. A person exists here from their first
consent to their erasure: before and after, nothing is kept, and everything answers as for somebody unknown.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from rapport.errors import ConsentMissing, KeyUnavailable, PersonErased, RapportError, StoreUnavailable
from rapport.experiments.assignment import RECORD as PARTS
from rapport.experiments.assignment import gets
from rapport.experiments.plan import Piece, Plan
from rapport.experiments.ratings import RECORD as RATING_ASKED
from rapport.experiments.sessions import RECORD as SESSIONS
from rapport.memory.drafts import Embed, Quota, Screen
from rapport.memory.memories import Memories
from rapport.memory.store import MemoryStore, Record, Unit, checked
from rapport.memory.values import Memory, Vector
from rapport.personality.person_vector import PersonVector
from rapport.privacy.audit import SYSTEM, AuditTrail, Entry, pseudonym
from rapport.privacy.consent import Decision, Ledger
from rapport.privacy.erasure import Erasure, Receipt
from rapport.privacy.keys import KeyEncryption, PersonKeys, WrappedKey
from rapport.privacy.purposes import Purpose
from rapport.privacy.retention import Retention
from rapport.privacy.spoken import Spoken

logger = logging.getLogger(__name__)

CONSENTS = "consent/"
PROFILE = "profile"
LISTS = "lists"
TIMERS = "timers"
OUTCOMES = "outcomes"
VOICEPRINT = "voiceprint"
MISUNDERSTOOD = "misunderstood"
LEARNT = "learnt/"
"""How the names of all that is learnt from talks begin."""
PERSON_VECTOR = LEARNT + "vector"
"""Says what their talks are about; see `rapport.personality.person_vector`."""
SUGGESTIONS = "suggestions"
RECORDINGS = "recording/"
"""How the names of turns with their sound begin; each says `until` when it is kept."""
IDENTITY = "identity"
"""A record of random texts: the secret behind the person's pseudonym in the audit trail, and a canary that must not be
found anywhere once the person was erased."""

SPENT = "spent"
"""A record of numbers that worked once, and until when they have to be remembered."""

EXPIRING = "expiring"
"""A record that clips of theirs are still to be deleted; the sweep goes on with that."""

CLIPS_REST_ON = frozenset((Purpose.MEMORY, Purpose.VOICE_PERSONALIZATION, Purpose.CLOUD_SPEECH))
"""Without the first they may not be kept; the others change the voice."""

EACH_PURPOSE_KEEPS: dict[Purpose, tuple[str, ...]] = {
    Purpose.MEMORY: (PROFILE, LISTS, TIMERS),
    Purpose.VOICE_PERSONALIZATION: ("voice/",),
    Purpose.VOICE_RECOGNITION: (VOICEPRINT,),
    Purpose.LEARNING: (LEARNT,),
    Purpose.PROACTIVE: (SUGGESTIONS,),
    Purpose.VOICE_RECORDING: (RECORDINGS,),
    Purpose.UNDERSTANDING: (MISUNDERSTOOD,),
    Purpose.ANALYTICS: (OUTCOMES, SESSIONS, PARTS, RATING_ASKED),
}
"""How the names of records begin that rest on a purpose, besides memories: they are deleted when it is withdrawn."""


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Opened:
    """A person's unit, and who they are in the audit trail.

    Attributes:
        unit: What is kept about them.
        who: Their pseudonym.
        clip_key: Encrypts clips of what was said to them.
    """

    unit: Unit
    who: str
    clip_key: bytes = field(repr=False)


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal did: its receipt, and how many memories went with it."""

    decision: Decision
    erased: int


@dataclass(frozen=True)
class Swept:
    """What a sweep did.

    Attributes:
        people: How many were looked at.
        deleted: Memories deleted.
        failed: People whose memories could not be swept; try again, and look at the log.
    """

    people: int
    deleted: int
    failed: int


class People:
    """Everybody.

    Args:
        store: Where memories are kept.
        keys: Wraps people's keys.
        audit: Told of all that is done.
        erasure: Erases people, over processes' ends.
        embed: Makes vectors.
        screen: Finds what must not be kept.
        spoken: What the voice server keeps; None where there is none that takes orders.
        plan: Gives the experiments that they may have a part in, as they are now.
    """

    def __init__(
        self,
        store: MemoryStore,
        keys: KeyEncryption,
        audit: AuditTrail,
        erasure: Erasure,
        *,
        embed: Embed,
        screen: Screen,
        quota: Quota,
        retention: Retention,
        clock: Callable[[], datetime] = utc_now,
        spoken: Spoken | None = None,
        plan: Callable[[], Plan] = Plan,
    ) -> None:
        self.spoken = spoken
        self.plan = plan
        self.store = store
        self.keys = keys
        self.audit = audit
        self.erasure = erasure
        self.embed = embed
        self.screen = screen
        self.quota = quota
        self.retention = retention
        self.clock = clock
        self.on_withdrawal: list[Callable[[Person, Purpose], None]] = []
        """Told of each withdrawal once it is in the ledger, before what rested on it is deleted here."""
        self.spending = threading.Lock()
        self._opening = threading.Lock()

    def person(self, person: str) -> Person:
        """Somebody by their id, known or not.

        Raises:
            NotAllowed: It is no person's id.
            PersonErased: They asked to be forgotten.
        """
        if self.erasure.tombstones.holds(checked(person)):
            raise PersonErased("this person was erased; begin anew under another id")
        return Person(self, person)

    def sweep(self) -> Swept:
        """Delete what has expired, of everybody, and go on with erasures that were cut off.

        One person's failure does not keep the others' memories; it is counted, noted, and told by the caller.
        """
        self.erasure.resume()
        looked = deleted = failed = 0
        for person in self.store.people():
            looked += 1
            try:
                deleted += self.person(person).sweep()
            except PersonErased:
                # Came back with a backup: it goes again.
                self.erasure.run(person)
            except RapportError:
                failed += 1
        self.audit.append(SYSTEM, "memory.swept", people=looked, deleted=deleted, failed=failed)
        return Swept(looked, deleted, failed)

    def rewrap(self) -> int:
        """Wrap everybody's key with the current key-encryption key; how many were wrapped with another."""
        done = 0
        for person in self.store.people():
            done += Person(self, person).rewrap()
        self.audit.append(SYSTEM, "key.rewrapped", people=done)
        return done

    def unit(self, person: str, *, create: bool = False) -> Opened | None:
        """Somebody's unit; None where there is none.

        Raises:
            KeyUnavailable: There is a unit, and no key that opens it.
        """
        with self._opening:
            kept = self.store.wrapped_key(person)
            if kept is None:
                if self.store.traces(person):
                    raise KeyUnavailable("a person's key is missing; restore it from a backup, or erase the person")
                if not create:
                    return None
                kept = WrappedKey(self.keys.id, self.keys.wrap(PersonKeys.fresh().data, person)).to_bytes()
                self.store.keep_wrapped_key(person, kept, before=None)
            unit, keys = self._opened(person, kept)
            identity = unit.record(IDENTITY)
            if identity is None:
                identity = {"audit": secrets.token_hex(16), "canary": secrets.token_hex(16)}
                unit.put_record(IDENTITY, identity)
            return Opened(unit, pseudonym(identity["audit"], person), keys.clips)

    def _opened(self, person: str, kept: bytes) -> tuple[Unit, PersonKeys]:
        wrapped = WrappedKey.from_bytes(kept)
        keys = PersonKeys(self.keys.unwrap(wrapped.current, person, wrapped.key_id))
        if wrapped.coming is None:
            # A crash between key and unit leaves a key alone: the unit is made now.
            return self.store.open(person, keys, create=True), keys
        coming = PersonKeys(self.keys.unwrap(wrapped.coming, person, wrapped.key_id))
        try:
            unit = self.store.open(person, coming)
        except KeyUnavailable:
            unit = self.store.open(person, keys)
            unit.rekey(coming)
        after = WrappedKey(wrapped.key_id, wrapped.coming)
        self.store.keep_wrapped_key(person, after.to_bytes(), before=kept)
        return unit, coming


class Person:
    """One person. Made by `People.person`."""

    def __init__(self, people: People, person: str) -> None:
        self._people = people
        self.id = person

    @property
    def known(self) -> bool:
        """Whether anything is kept about them."""
        return self._people.store.wrapped_key(self.id) is not None

    @property
    def plan(self) -> Plan:
        """The experiments that they may have a part in."""
        return self._people.plan()

    def opened(self) -> Opened | None:
        """Their unit; None where nothing is kept. Who reads or writes in it asks the ledger first."""
        return self._people.unit(self.id)

    def ledger(self) -> Ledger:
        """What they decided."""
        return ledger_of(self.opened())

    def agree(self, purpose: Purpose, channel: str) -> Decision:
        """Note a yes to the current wording; the first one begins their file.

        Returns:
            The receipt.
        """
        return self._decide(purpose, channel, granted=True)

    def withdraw(self, purpose: Purpose, channel: str) -> Withdrawal:
        """Take a consent back: what rested on it is not used from now on, and is deleted.

        Raises:
            ConsentMissing: Nothing is kept about them, so there is nothing to take back.
        """
        opened = self._known()
        decision = self._decide(purpose, channel, granted=False)
        for told in self._people.on_withdrawal:
            told(self, purpose)
        erased = self.memories().forget_purpose(purpose)
        for beginning in EACH_PURPOSE_KEEPS.get(purpose, ()):
            for name in opened.unit.records(beginning):
                opened.unit.put_record(name, None)
        opened.unit.compact()
        if purpose in CLIPS_REST_ON:
            self._expire_clips(opened)
        return Withdrawal(decision, erased)

    def expire_clips(self) -> None:
        """Have what was said to them spoken anew from now on; where the voice server can't be reached, that is done
        with the next sweep."""
        opened = self.opened()
        if opened is not None:
            self._expire_clips(opened)

    def memories(self) -> Memories:
        """Their memories, behind their consent as it is now."""
        people = self._people
        opened = people.unit(self.id)
        return Memories(
            opened.unit if opened else None,
            ledger_of(opened),
            embed=people.embed,
            screen=people.screen,
            note=self._noting(opened),
            clock=people.clock,
            quota=people.quota,
            retention=people.retention,
            leaning=lambda: self._nearness(opened),
            may_lean=lambda: gets(self, Piece.MEMORIES, people.clock().date()),
        )

    def profile(self) -> Record:
        """What they are called and the like.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        self.ledger().require(Purpose.MEMORY)
        return self._known().unit.record(PROFILE) or {}

    def update_profile(self, **values: str | None) -> None:
        """Keep some of the profile; None deletes.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        profile = {**self.profile(), **values}
        kept = {name: value for name, value in profile.items() if value is not None}
        self._known().unit.put_record(PROFILE, kept)
        self.note("profile.written", purpose=Purpose.MEMORY.value)

    def record(self, name: str, purpose: Purpose) -> Record | None:
        """A record that rests on a purpose.

        Raises:
            ConsentMissing: They did not agree to that.
        """
        opened = self.opened()
        ledger_of(opened).require(purpose)
        return opened.unit.record(name) if opened else None

    def keep_record(self, name: str, value: Record | None, purpose: Purpose) -> None:
        """Keep such a record in place of what was there; None deletes it.

        Raises:
            ConsentMissing: They did not agree to that.
        """
        opened = self.opened()
        ledger_of(opened).require(purpose)
        if opened is not None:
            opened.unit.put_record(name, value)
            self._noting(opened)("record.written", record=name, purpose=purpose.value)

    def audited(self) -> list[Entry]:
        """The audit trail's entries about them, oldest first."""
        opened = self._people.unit(self.id)
        return list(self._people.audit.entries(opened.who)) if opened else []

    def note(self, what: str, **details: str | int) -> None:
        """Tell the audit trail what was done about them; about nobody that is known, nothing is noted."""
        self._noting(self._people.unit(self.id))(what, **details)

    def spend(self, number: str, until: datetime) -> bool:
        """Use a number that works once, such as an export ticket's; False where it was used before.

        Args:
            number: The number.
            until: When it does not work any more anyway, so that it need not be remembered.

        Raises:
            ConsentMissing: Nothing is kept about them.
        """
        opened = self._known()
        with self._people.spending:
            now = self._people.clock()
            kept = opened.unit.record(SPENT) or {}
            spent = {each: end for each, end in kept.items() if datetime.fromisoformat(end) > now}
            if number in spent:
                return False
            opened.unit.put_record(SPENT, {**spent, number: until.isoformat()})
            return True

    def everything(self) -> tuple[list[Memory], dict[str, Record]]:
        """All that is kept, memories and records: it is theirs, so no consent is asked for."""
        opened = self._people.unit(self.id)
        if opened is None:
            return [], {}
        records = {name: record for name, record in opened.unit.records("").items() if name not in (IDENTITY, EXPIRING)}
        return [memory for memory, _ in opened.unit.everything()], records

    def erase(self, channel: str) -> Receipt:
        """Erase all of it, verify that, and give the signed receipt; it can be called again after a crash.

        Raises:
            ErasurePending: A part can't be erased now; it is done as soon as that is possible.
        """
        try:
            opened = self._people.unit(self.id)
        except KeyUnavailable:
            opened = None  # what can't be read can still be erased
        if opened is None:
            return self._people.erasure.run(self.id)
        self._noting(opened)("person.erasure_asked", channel=channel)
        identity = opened.unit.record(IDENTITY) or {}
        return self._people.erasure.run(self.id, opened.who, opened.unit.usage().items, identity["canary"])

    def sweep(self) -> int:
        """Delete what has expired; how much that was."""
        opened = self._people.unit(self.id)
        if opened is None:
            return 0
        if opened.unit.record(EXPIRING) is not None:
            self._expire_clips(opened)
        now = self._people.clock()
        expired = opened.unit.expired(now)
        recordings = [
            name
            for name, record in opened.unit.records(RECORDINGS).items()
            if datetime.fromisoformat(record["until"]) <= now
        ]
        opened.unit.delete(expired)
        for name in recordings:
            opened.unit.put_record(name, None)
        if expired or recordings:
            opened.unit.compact()
            self._noting(opened)("memory.expired", count=len(expired) + len(recordings))
        return len(expired) + len(recordings)

    def rekey(self) -> None:
        """Give them a new data key: what is kept is encrypted anew. A crash in the midst of it loses nothing.

        Raises:
            ConsentMissing: Nothing is kept about them.
        """
        people = self._people
        opened = self._known()
        kept, wrapped = self._wrapped()
        coming = people.keys.wrap(PersonKeys.fresh().data, self.id)
        if wrapped.key_id != people.keys.id:  # both are wrapped with one key
            wrapped = WrappedKey(people.keys.id, people.keys.wrap(self._unwrapped(wrapped), self.id))
        people.store.keep_wrapped_key(self.id, replace(wrapped, coming=coming).to_bytes(), before=kept)
        opened.unit.close()
        self.note("key.rotated")  # opening it goes through with the change

    def rewrap(self) -> bool:
        """Wrap their key with the current key-encryption key; False where it is already."""
        people = self._people
        if people.unit(self.id) is None:  # goes through with a change of the data key
            return False
        kept, wrapped = self._wrapped()
        if wrapped.key_id == people.keys.id:
            return False
        anew = WrappedKey(people.keys.id, people.keys.wrap(self._unwrapped(wrapped), self.id))
        people.store.keep_wrapped_key(self.id, anew.to_bytes(), before=kept)
        return True

    def _nearness(self, opened: Opened | None) -> Callable[[Vector], float] | None:
        """How near things are to what they talk about, where that was learnt and may be used."""
        if opened is None or Purpose.LEARNING not in ledger_of(opened).live():
            return None
        vector = PersonVector.from_record(opened.unit.record(PERSON_VECTOR), self._people.embed.version)
        return vector.on(self._people.clock().date()).nearness if vector else None

    def _expire_clips(self, opened: Opened) -> None:
        spoken = self._people.spoken
        if spoken is None:
            return
        opened.unit.put_record(EXPIRING, {"clips": True})
        try:
            spoken.expire(self.id)
        except StoreUnavailable as error:
            logger.warning("clips are deleted with the next sweep: %s", error)
            return
        opened.unit.put_record(EXPIRING, None)

    def _noting(self, opened: Opened | None) -> Callable[..., None]:
        """Writes to the audit trail about them, as whom they are there."""

        def note(what: str, **details: str | int) -> None:
            if opened:
                self._people.audit.append(opened.who, what, **details)

        return note

    def _wrapped(self) -> tuple[bytes, WrappedKey]:
        kept = self._people.store.wrapped_key(self.id)
        if kept is None:
            raise KeyUnavailable("a person's key is missing; restore it from a backup, or erase the person")
        return kept, WrappedKey.from_bytes(kept)

    def _unwrapped(self, wrapped: WrappedKey) -> bytes:
        return self._people.keys.unwrap(wrapped.current, self.id, wrapped.key_id)

    def _known(self) -> Opened:
        opened = self._people.unit(self.id)
        if opened is None:
            raise ConsentMissing(Purpose.MEMORY.value)
        return opened

    def _decide(self, purpose: Purpose, channel: str, *, granted: bool) -> Decision:
        opened = self._people.unit(self.id, create=True)
        assert opened is not None
        decision = Decision.now(purpose, granted=granted, at=self._people.clock(), channel=channel)
        # Names sort as decided, so that the ledger reads in its order; by number, since a clock can be set back.
        number = len(opened.unit.records(CONSENTS))
        opened.unit.put_record(f"{CONSENTS}{number:06}-{decision.receipt}", decision.as_record())
        self._noting(opened)(
            "consent.granted" if granted else "consent.withdrawn",
            purpose=purpose.value,
            version=decision.version,
            channel=channel,
            receipt=decision.receipt,
        )
        return decision


def ledger_of(opened: Opened | None) -> Ledger:
    """What somebody decided, from their unit."""
    return Ledger.of(opened.unit.records(CONSENTS).values()) if opened else Ledger()
