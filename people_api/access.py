"""Who asks: the session token of the voice channel, checked on every request, and how often they ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from people_api.limits import (
    ADDRESS_BURST,
    ADDRESS_PER_S,
    HEAVY,
    PERSON_BURST,
    PERSON_PER_S,
    Buckets,
    Limit,
)
from people_api.problems import Refused
from rapport.people import Person
from rapport.services import Services
from rapport.tokens import SessionTokens
from rapport.voices.listening import Listening

CHANNEL = "page"
"""What the ledger and the audit trail call the way by which something came here."""


@dataclass
class Desk:
    """What every request needs.

    Attributes:
        services: Everybody.
        tokens: Checks session tokens.
        people: How often a person may ask.
        addresses: How often an address may.
        clock: Seconds, for the limits.
        listening: Listens to samples of voices.
    """

    services: Services
    tokens: SessionTokens
    listening: Listening
    people: Buckets = field(default_factory=lambda: Buckets(Limit(PERSON_BURST, PERSON_PER_S)))
    addresses: Buckets = field(default_factory=lambda: Buckets(Limit(ADDRESS_BURST, ADDRESS_PER_S)))
    clock: Callable[[], float] = time.monotonic

    def admit(self, buckets: Buckets, name: str, cost: float = 1) -> None:
        """Let a request through.

        Raises:
            Refused: There were too many.
        """
        wait_s = buckets.take(name, self.clock(), cost)
        if wait_s:
            raise Refused("too_many_requests", {"Retry-After": str(wait_s)})


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="session",
    description="A session token of the voice channel (`POST /webhooks/voice/session`), the same as the socket's.",
)


def address_of(request: Request) -> str:
    """Where a request comes from; a proxy's word counts only where uvicorn was told to believe that proxy."""
    return request.client.host if request.client else ""


def admitted(request: Request, desk: AtDesk) -> None:
    """A request from an address that does not ask too often."""
    desk.admit(desk.addresses, address_of(request))


def _person(
    desk: AtDesk,
    _: Annotated[None, Depends(admitted)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Person:
    if credentials is None:
        raise Refused("token")
    person = desk.tokens.person_of(credentials.credentials)
    desk.admit(desk.people, person)
    return desk.services.people.person(person)


Asking = Annotated[Person, Depends(_person)]
"""Whoever the session token is for. Nobody else is ever reached: no route takes a person's id."""


def _rarely(desk: AtDesk, person: Asking) -> Person:
    desk.admit(desk.people, person.id, HEAVY)
    return person


AskingMuch = Annotated[Person, Depends(_rarely)]
"""The same, for what reads everything."""
