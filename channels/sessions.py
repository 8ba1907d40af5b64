"""All sessions of a server: opened, taken up again, counted, ended."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from channels.people_side import Known
from channels.session import Parts, Session, SessionProofs
from channels.wire import Hello, WireError
from rapport.settings import SessionLimits

logger = logging.getLogger(__name__)


class Sessions:
    """Keeps the open sessions within their limits.

    Args:
        limits: What a person and the server may have.
        parts: Makes the parts of a person's session for a client's `hello`.
        prove: Makes what shows that a session is a person's.
    """

    def __init__(
        self,
        limits: SessionLimits,
        parts: Callable[[Hello, str], Awaitable[Parts]],
        prove: Callable[[str, str], SessionProofs],
    ) -> None:
        self._limits = limits
        self._parts = parts
        self._prove = prove
        self._closing: dict[asyncio.Task[None], Session] = {}
        self._open: dict[str, Session] = {}
        self._opening: list[str] = []
        self._awaited: set[str] = set()

    def __len__(self) -> int:
        return len(self._open)

    def find(self, name: str, person: str) -> Session | None:
        """Give an open session to who it belongs to; to anybody else it is not there."""
        session = self._open.get(name)
        return session if session is not None and session.person == person and not session.over else None

    async def open(self, hello: Hello, person: str) -> Session:
        """Open a session.

        Raises:
            WireError: The person, or the server, has too many.
            SettingsError: The wake phrase has a word that the recogniser does not know.
        """
        persons = [session.person for session in self._open.values()] + self._opening
        if persons.count(person) >= self._limits.sessions_per_person:
            raise WireError("too_many_sessions", "you have too many sessions open; close another window first")
        if len(persons) >= self._limits.sessions:
            raise WireError("too_many_sessions", "everyone is busy right now; try again in a moment")
        self._opening.append(person)
        try:
            parts = await self._parts(hello, person)
        finally:
            self._opening.remove(person)
        name = "s_" + secrets.token_hex(12)
        session = Session(
            name, person, self._prove(person, name), hello, parts, self._limits, lambda: self._forget(name)
        )
        self._open[name] = session
        if person in self._awaited:
            self._awaited.remove(person)
            session.tell_due(at_once=False)
        return session

    def tell_due(self, person: str) -> int:
        """Tell a person what is due in each session that is open, else in their next one; how many are open."""
        sessions = self._open_of(person)
        for session in sessions:
            session.tell_due()
        if not sessions:
            self._awaited.add(person)
        return len(sessions)

    def know(self, person: str, known: Known) -> int:
        """Take this for what is known of a person, in each of their sessions; how many are open."""
        sessions = self._open_of(person)
        for session in sessions:
            session.know(known)
        return len(sessions)

    async def erase(self, person: str) -> None:
        """Forget what a person said in any session, and end each after the answer that is under way."""
        self._awaited.discard(person)
        await asyncio.gather(*(session.erase() for session in self._of(person)))

    def kept_of(self, person: str) -> int:
        """How many conversations with a person are still held."""
        return sum(not session.erased for session in self._of(person))

    async def close(self) -> None:
        """End all sessions, and wait until nothing of them runs."""
        await asyncio.gather(*(session.closed() for session in list(self._open.values())))
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _open_of(self, person: str) -> list[Session]:
        return [session for session in self._open.values() if session.person == person]

    def _of(self, person: str) -> list[Session]:
        sessions = [*self._open.values(), *self._closing.values()]
        return [session for session in sessions if session.person == person]

    def _forget(self, name: str) -> None:
        session = self._open.pop(name, None)
        if session is not None:
            if session.owes_due:
                self._awaited.add(session.person)
            closing = asyncio.create_task(session.close_conversation())
            self._closing[closing] = session
            closing.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        del self._closing[closing]
        if not closing.cancelled() and closing.exception() is not None:
            # Its message may hold what was said.
            logger.error("a conversation's end failed: %s", type(closing.exception()).__name__)
