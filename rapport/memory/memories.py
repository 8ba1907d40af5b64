"""A person's memories as everything but the store sees them: each way in and out asks for consent first.

Blocks; call it from a thread. Ranking and its thresholds are in `ranking`, what is kept where in the stores, and what
is worth keeping is decided by who calls.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from rapport.errors import ConfirmationNeeded, NotKept, QuotaReached
from rapport.memory.drafts import Draft, Embed, Kept, Outcome, Quota, Screen, Screened
from rapport.memory.ranking import Ranked, lean, rank
from rapport.memory.store import Filter, Unit, Usage
from rapport.memory.values import Kind, Memory, Sensitivity, Vector
from rapport.privacy.consent import Ledger
from rapport.privacy.purposes import Purpose
from rapport.privacy.retention import Retention
from rapport.telemetry import metrics, traces

SAME = 0.97
"""Cosine from which two texts without a canonical form say the same; MiniLM's paraphrases lie above 0.9, and texts that
differ in a number or a name below 0.97 (read off pairs of personal statements, tests/unit/rapport/memory)."""

CANDIDATES = 50
PAGE = 200


class Memories:
    """One person's memories.

    Args:
        unit: What is kept about them; None where nothing is yet.
        ledger: What they agree to now.
        embed: Makes vectors.
        screen: Finds what must not be kept.
        note: Tells the audit trail what was done, with counts.
        clock: The time, in UTC.
        quota: How much may be kept.
        retention: How long.
        leaning: Gives what tells how near a vector is to what the person talks about, -1 to 1; None where that is not
            known.
        may_lean: Whether that may change the order; asked where it would.
    """

    def __init__(
        self,
        unit: Unit | None,
        ledger: Ledger,
        *,
        embed: Embed,
        screen: Screen,
        note: Callable[..., None],
        clock: Callable[[], datetime],
        quota: Quota,
        retention: Retention,
        leaning: Callable[[], Callable[[Vector], float] | None] = lambda: None,
        may_lean: Callable[[], bool] = lambda: True,
    ) -> None:
        self._held = unit
        self._ledger = ledger
        self._embed = embed
        self._screen = screen
        self._note = note
        self._clock = clock
        self._quota = quota
        self._retention = retention
        self._leaning = leaning
        self._may_lean = may_lean

    def remember(self, draft: Draft, *, confirmed: bool = False) -> Kept:
        """Keep something, under the consent to `memory`.

        What is known already is confirmed instead; what contradicts it (the same subject and single-valued attribute
        with another value) is superseded, and stays as history until it expires.

        Args:
            draft: What to keep.
            confirmed: The person was asked about this very thing, and said yes.

        Raises:
            ConsentMissing: They did not agree to be remembered.
            NotKept: It holds what is never kept, such as a password.
            ConfirmationNeeded: It is sensitive; ask, then call again with `confirmed`.
            QuotaReached: There is no room; something must be let go first.
        """
        consent = self._ledger.require(Purpose.MEMORY)
        screened = self._screen(draft.text, asked=draft.provenance.source != "passing")
        if screened.refused:
            raise NotKept(screened.found)
        if screened.sensitivity is Sensitivity.SENSITIVE and not confirmed:
            raise ConfirmationNeeded(screened.found)
        draft = self._masked(draft, screened)
        vector = self._embed(draft.text)
        now = self._clock()
        known, contradicted = self._same(draft, vector)
        if known is not None:
            again = replace(known, confirmed=now, expires=self._retention.expires(known.kind, now))
            self._unit.put([(again, vector if again.text == draft.text else self._embed(again.text))])
            self._note("memory.confirmed", purpose=Purpose.MEMORY.value, count=1)
            return Kept(again, Outcome.CONFIRMED, found=screened.found)
        self._make_room(draft)
        memory = Memory(
            id=secrets.token_hex(16),
            kind=draft.kind,
            text=draft.text,
            provenance=replace(draft.provenance, models={**draft.provenance.models, "embedding": self._embed.version}),
            purpose=Purpose.MEMORY,
            consent_version=consent.version,
            created=now,
            confirmed=now,
            statement=draft.statement,
            context=draft.context,
            expires=self._retention.expires(draft.kind, now),
            sensitivity=screened.sensitivity,
        )
        written = [(memory, vector)]
        written += [(replace(old, superseded_by=memory.id), self._embed(old.indexed)) for old in contradicted]
        self._unit.put(written)
        self._note("memory.written", purpose=Purpose.MEMORY.value, count=1)
        if contradicted:
            return Kept(memory, Outcome.SUPERSEDED, contradicted[0], screened.found)
        return Kept(memory, Outcome.NEW, found=screened.found)

    def recall(
        self,
        question: str,
        *,
        kinds: Collection[Kind] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 5,
    ) -> list[Ranked]:
        """What answers a question, best first, each with how sure that is; the thresholds are `ranking`'s.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        where = self._where(kinds=kinds, since=since, until=until)
        if self._held is None:
            return []
        with traces.span("recall"), metrics.RECALL.time():
            ranked = self._ranked(self._held, question, where, limit)
        self._note("memory.recalled", purpose=Purpose.MEMORY.value, count=len(ranked))
        return ranked

    def about(self, subject: str, attribute: str | None = None) -> list[Memory]:
        """What is known about a subject, as it is named canonically, newest first.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        return self._found(self._where(subject=subject.lower(), attribute=attribute))

    def told(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        kinds: Collection[Kind] | None = None,
        session: str | None = None,
        history: bool = False,
    ) -> list[Memory]:
        """All that was told within a span, newest first.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        return self._found(self._where(since=since, until=until, kinds=kinds, session=session, superseded=history))

    def page(self, *, kinds: Collection[Kind] | None = None, after: str | None = None, limit: int = 50) -> list[Memory]:
        """A page of memories, newest first.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        where = self._where(kinds=kinds)
        return self._held.find(where, after=after, limit=limit) if self._held else []

    def get(self, memory_id: str) -> Memory | None:
        """One memory by its id, unless it has expired or lacks its consent.

        Raises:
            ConsentMissing: They did not agree to be remembered.
        """
        self._ledger.require(Purpose.MEMORY)
        found = self._held.get([memory_id]) if self._held else []
        return next((each for each in found if self._readable(each)), None)

    def correct(self, memory_id: str, draft: Draft, *, confirmed: bool = False) -> Kept:
        """Put something in the place of a memory, which stays as history until it expires.

        Raises:
            KeyError: There is no such memory.
            ConsentMissing, NotKept, ConfirmationNeeded, QuotaReached: As for `remember`.
        """
        old = self.get(memory_id)
        if old is None:
            raise KeyError("there is no such memory")
        kept = self.remember(draft, confirmed=confirmed)
        if kept.memory.id == old.id:  # it says the same in other words, and those were asked for
            screened = self._screen(draft.text, asked=draft.provenance.source != "passing")
            draft = self._masked(draft, screened)
            anew = replace(
                kept.memory,
                text=draft.text,
                provenance=draft.provenance,
                statement=draft.statement,
                sensitivity=screened.sensitivity,
            )
            self._unit.put([(anew, self._embed(anew.indexed))])
            return replace(kept, memory=anew, before=old)
        if old.superseded_by is None:
            self._unit.put([(replace(old, superseded_by=kept.memory.id), self._embed(old.indexed))])
        return replace(kept, outcome=Outcome.SUPERSEDED, before=old)

    def used(self, memories: Sequence[Memory]) -> None:
        """Note that these had a part in an answer."""
        self._ledger.require(Purpose.MEMORY)
        now = self._clock()
        there = self._unit.get([each.id for each in memories]) if memories else []
        self._unit.put([(replace(each, used=now), self._embed(each.indexed)) for each in there])

    def forget(self, ids: Iterable[str]) -> int:
        """Delete memories for good, with what they superseded and what was derived from them. Needs no consent.

        Returns:
            How many were deleted, history not counted.
        """
        if self._held is None:
            return 0
        asked = {memory.id for memory in self._held.get(list(ids))}
        falling = set(asked)
        fringe = list(asked)
        while fringe:
            resting = self._resting_on(fringe.pop())
            fringe += [each for each in resting if each not in falling]
            falling.update(resting)
        self._held.delete(sorted(falling))
        self._held.compact()
        self._note("memory.deleted", count=len(falling))
        return len(asked)

    def forget_purpose(self, purpose: Purpose) -> int:
        """Delete all that rests on a purpose; what a withdrawal does. Needs no consent."""
        if self._held is None:
            return 0
        ids = [memory.id for memory, _ in self._held.everything() if memory.purpose is purpose]
        return self.forget(ids)

    def usage(self) -> Usage:
        """How much is kept. Needs no consent: it tells nothing."""
        return self._held.usage() if self._held else Usage(0, 0)

    @property
    def quota(self) -> Quota:
        """How much may be kept."""
        return self._quota

    @property
    def _unit(self) -> Unit:
        if self._held is None:
            raise AssertionError("a consent is in the unit, so where there is a consent there is a unit")
        return self._held

    def _where(
        self,
        *,
        kinds: Collection[Kind] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        subject: str | None = None,
        attribute: str | None = None,
        session: str | None = None,
        superseded: bool = False,
    ) -> Filter:
        self._ledger.require(Purpose.MEMORY)
        return Filter(
            purposes=frozenset(self._ledger.live()),
            at=self._clock(),
            kinds=kinds,
            since=since,
            until=until,
            subject=subject,
            attribute=attribute,
            session=session,
            superseded=superseded,
        )

    def _ranked(self, held: Unit, question: str, where: Filter, limit: int) -> list[Ranked]:
        matches = held.search(question, self._embed(question), where, limit=CANDIDATES)
        ranked = rank(matches, question=question)
        if near := self._leaning():
            leant = lean(ranked, lambda memory: near(self._embed(memory.indexed)))
            if leant[:limit] != ranked[:limit] and self._may_lean():
                ranked = leant
        return ranked[:limit]

    def _readable(self, memory: Memory) -> bool:
        return memory.purpose in self._ledger.live() and (memory.expires is None or memory.expires > self._clock())

    def _found(self, where: Filter) -> list[Memory]:
        found: list[Memory] = []
        while self._held is not None:
            page = self._held.find(where, after=found[-1].id if found else None, limit=PAGE)
            found += page
            if len(page) < PAGE:
                break
        return found

    def _resting_on(self, memory_id: str) -> list[str]:
        # Whatever it was kept for, and whether or not it has expired: it falls.
        beginning = datetime.min.replace(tzinfo=self._clock().tzinfo)
        where = Filter(frozenset(Purpose), beginning, resting_on=memory_id, superseded=True)
        return [each.id for each in self._found(where)]

    def _same(self, draft: Draft, vector: Vector) -> tuple[Memory | None, list[Memory]]:
        """The memory that says what the draft says, and those that it contradicts."""
        if draft.statement is not None:
            said = draft.statement
            before = self._found(self._where(subject=said.subject, attribute=said.attribute))
            for each in before:
                if each.statement and each.statement.value.lower() == said.value.lower():
                    return each, []
            return None, [] if said.many else before
        where = self._where(kinds=[draft.kind])
        for match in self._unit.search(draft.text, vector, where, limit=5):
            if match.similarity >= SAME or match.memory.text.lower() == draft.text.lower():
                return match.memory, []
        return None, []

    def _make_room(self, draft: Draft) -> None:
        usage = self._unit.usage()
        needed = sum(len((text or "").encode()) for text in (draft.text, draft.provenance.words, draft.context))
        if usage.items + 1 > self._quota.items or usage.bytes + needed > self._quota.bytes:
            raise QuotaReached("this person has as many memories as they may have; let them choose what to let go")

    def _masked(self, draft: Draft, screened: Screened) -> Draft:
        if draft.context is not None:  # nobody asked to have that kept
            around = self._screen(draft.context, asked=False)
            draft = replace(draft, context=None if around.refused else around.text)
        if screened.text == draft.text:
            return draft
        # Words and canonical form would hold what was masked.
        return replace(
            draft, text=screened.text, statement=None, provenance=replace(draft.provenance, words=screened.text)
        )
