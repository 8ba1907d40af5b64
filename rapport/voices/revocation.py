"""Revoking a cloned voice: samples, embeddings, the provider's copy and clips, each verified, with a signed receipt.

From the first step on it does not speak any more. What is under way is journalled, so that it goes on after a crash at
any step, and with a provider that is down as soon as that answers again. The journal names nobody: it holds the
pseudonym by which the voice server knows the person, and the one of the audit trail.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from rapport import durable_file
from rapport.errors import PersonErased, RapportError, RevocationPending, StoreUnavailable
from rapport.people import People, Person, ledger_of
from rapport.privacy.audit import AuditTrail
from rapport.privacy.purposes import Purpose
from rapport.voices.cloning import CHALLENGE, CLONE, REVOKED_PROOF, SAMPLES, Clone, State, Step
from rapport.voices.enrolment import Orders

JOURNALS = "revoking"
"""The folder of what is under way, within the state folder."""


@dataclass(frozen=True)
class RevocationReceipt:
    """Proof that a cloned voice is gone, for the person to keep.

    Attributes:
        id: 16 hex digits.
        who: The person's pseudonym in the audit trail.
        at: When it was verified, ISO 8601, UTC.
        samples: How many there were.
        erased: Every place, in the order of erasing.
        signature: Ed25519 over all of the above, with the audit trail's key, in base64.
    """

    id: str
    who: str
    at: str
    samples: int
    erased: tuple[str, ...]
    signature: str = ""

    @property
    def signed_text(self) -> str:
        """What the signature is over."""
        return json.dumps({**asdict(self), "signature": ""}, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class _Journal:
    """A revocation under way."""

    owner: str
    receipt: str
    who: str
    samples: int
    sent: bool
    done: tuple[str, ...] = ()


class Revocations:
    """Revokes cloned voices.

    Args:
        people: Everybody.
        orders: The voice server.
        owner_of: What the voice server calls a person.
        folder: Of what is under way.
        audit: Told of it, and signs receipts.
        clock: The time, in UTC.
    """

    def __init__(
        self,
        people: People,
        orders: Orders,
        owner_of: Callable[[str], str],
        folder: Path,
        audit: AuditTrail,
        clock: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._orders = orders
        self._owner_of = owner_of
        self._folder = folder
        self._audit = audit
        self._clock = clock
        self._one_at_a_time = threading.RLock()

    def begin(self, person: Person) -> bool:
        """Have a person's cloned voice speak no more, and note what has to go; False where there is none.

        A withdrawal calls this before it deletes the records, since those say whether a provider has a copy.
        """
        with self._one_at_a_time:
            opened = person.opened()
            owner = self._owner_of(person.id)
            if opened is None:
                return self._file(owner).exists()
            clone = Clone.from_record(opened.unit.record(CLONE))
            samples = len(opened.unit.records(SAMPLES))
            if self._file(owner).exists():
                return True
            if clone.state in (State.DRAFT, State.REVOKED) and not samples:
                return False
            # Whatever was sent once may be there: a failure of before can have left something.
            sent = clone.state in (State.SUBMITTED, State.READY, State.FAILED) or bool(clone.name)
            self._keep(_Journal(owner, secrets.token_hex(8), opened.who, samples, sent))
            revoked = clone.after(Step.REVOKE, self._clock()) if clone.state is not State.REVOKED else clone
            opened.unit.put_record(CLONE, revoked.as_record())
            person.note("voice.revoking", samples=samples)
            return True

    def revoke(self, person: Person) -> RevocationReceipt | None:
        """Revoke a person's cloned voice, or go on with that; None where there is none.

        Raises:
            RevocationPending: A copy is out of reach; `resume` goes on with it. It is not used any more.
        """
        with self._one_at_a_time:
            if not self.begin(person):
                return None
            return self._go_on(_read(self._file(self._owner_of(person.id))), person)

    def pending(self, person: str) -> bool:
        """Whether a revocation of this person's is under way."""
        return self._file(self._owner_of(person)).exists()

    def resume(self) -> int:
        """Go on with every revocation that is under way; how many are still, since a copy is out of reach."""
        files = sorted(self._folder.glob("*.json"))
        if not files:
            return 0
        persons = {self._owner_of(each): each for each in self._people.store.people()}
        left = 0
        for file in files:
            with self._one_at_a_time:
                if not file.exists():
                    continue
                journal = _read(file)
                try:
                    self._go_on(journal, self._known(persons.get(journal.owner)))
                except RapportError:
                    left += 1
        return left

    def _known(self, person: str | None) -> Person | None:
        try:
            return self._people.person(person) if person is not None else None
        except PersonErased:
            return None

    def _go_on(self, journal: _Journal, person: Person | None) -> RevocationReceipt:
        """The steps that are left, in their order; without a person, they were erased, and their samples with them."""
        waiting: RapportError | None = None
        for name, erase in self._steps(journal, person):
            if name in journal.done:
                continue
            try:
                erase()
            except RapportError as error:
                waiting = waiting or error
                continue
            journal = replace(journal, done=(*journal.done, name))
            self._keep(journal)
        if waiting is not None:
            raise RevocationPending("a cloned voice is used no more; deleting its copy is tried again") from waiting
        return self._receipt(journal, person)

    def _steps(self, journal: _Journal, person: Person | None) -> list[tuple[str, Callable[[], None]]]:
        steps: list[tuple[str, Callable[[], None]]] = [("samples", lambda: self._delete_samples(person))]
        if journal.sent:
            steps += [
                ("provider's voice", lambda: self._delete_voice(journal.owner)),
                ("clips", lambda: self._delete_clips(journal.owner)),
            ]
        return steps

    def _delete_samples(self, person: Person | None) -> None:
        opened = person.opened() if person is not None else None
        if opened is None:
            return
        for name in (*opened.unit.records(SAMPLES), CHALLENGE):
            opened.unit.put_record(name, None)
        opened.unit.compact()
        if opened.unit.records(SAMPLES):
            raise StoreUnavailable("samples of a voice are still there; it is tried again")

    def _delete_voice(self, owner: str) -> None:
        # Answered only once the provider itself said that there is no such voice.
        self._orders.give("clone-delete", {"owner": owner})

    def _delete_clips(self, owner: str) -> None:
        self._orders.give("expire-clips", {"owner": owner})
        # What was spent is counted on: it says nothing of the voice.
        left = [line for line in self._orders.give("traces", {"owner": owner})["left"] if not line.endswith("counts")]
        if left:
            raise StoreUnavailable(f"{len(left)} traces of a cloned voice are still there; it is tried again")

    def _receipt(self, journal: _Journal, person: Person | None) -> RevocationReceipt:
        erased = ("use", "embeddings", *journal.done)
        at = self._clock().isoformat(timespec="seconds")
        receipt = RevocationReceipt(journal.receipt, journal.who, at, journal.samples, erased)
        receipt = replace(receipt, signature=self._audit.sign(receipt.signed_text))
        opened = person.opened() if person is not None else None
        if opened is not None:
            opened.unit.put_record(REVOKED_PROOF, {**asdict(receipt), "erased": list(receipt.erased)})
            if Purpose.VOICE_PERSONALIZATION in ledger_of(opened).live():
                opened.unit.put_record(CLONE, Clone(State.REVOKED, self._clock()).as_record())
        # After a crash just here the entry is written twice, with one receipt; better twice than never.
        self._audit.append(journal.who, "voice.revoked", receipt=receipt.id, samples=receipt.samples)
        self._file(journal.owner).unlink(missing_ok=True)
        return receipt

    def _file(self, owner: str) -> Path:
        return self._folder / f"{owner}.json"

    def _keep(self, journal: _Journal) -> None:
        durable_file.replace(self._file(journal.owner), json.dumps(asdict(journal)))


def _read(file: Path) -> _Journal:
    read = json.loads(file.read_text(encoding="utf-8"))
    return _Journal(**{**read, "done": tuple(read["done"])})
