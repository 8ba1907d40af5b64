"""Export: a link that works once and not for long, and the archive behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field

from people_api.access import AskingMuch, AtDesk, admitted
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.errors import NotAllowed, PersonErased
from rapport.privacy.export import export
from rapport.tokens import EXPORT_TTL_S

routes = APIRouter(prefix="/export", tags=["export"])

LONGEST_TICKET = 1_000
"""Characters; ours have some 250."""


class Ticket(BaseModel):
    """A link to the archive."""

    ticket: str = Field(description="Opens the archive once.")
    url: str = Field(description="Where the archive is, from this server's root.", examples=["/v1/export/eyJhbGciOi…"])
    expires_in_s: int = Field(description="Seconds until it opens nothing any more.", examples=[EXPORT_TTL_S])


class Zip(Response):
    """An archive."""

    media_type = "application/zip"


@routes.post("", status_code=201, summary="Ask for an export", responses=described(*OF_A_PERSON, "nothing_kept"))
def ask(desk: AtDesk, person: AskingMuch) -> Ticket:
    """Everything that is held, as JSON and as a page to read: a link to it."""
    if not person.known:
        raise Refused("nothing_kept")
    ticket = desk.services.proofs.export(person.id)
    return Ticket(ticket=ticket, url=f"/v1/export/{ticket}", expires_in_s=EXPORT_TTL_S)


@routes.get(
    "/{ticket}",
    summary="The archive",
    response_class=Zip,
    dependencies=[Depends(admitted)],
    responses={
        **described("nothing_kept", "ticket", "key"),
        200: {
            "description": "A zip with `data.json` and `index.html`.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
            "headers": {
                "Content-Disposition": {"description": "Has it saved as a file.", "schema": {"type": "string"}}
            },
        },
    },
)
def download(desk: AtDesk, ticket: Annotated[str, Path(max_length=LONGEST_TICKET)]) -> Zip:
    """Once: the ticket is the whole of the credentials, so that a browser can open the link."""
    people = desk.services.people
    try:
        told = desk.services.proofs.ticket_of(ticket)
        desk.admit(desk.people, told.person)
        person = people.person(told.person)
    except (NotAllowed, PersonErased):
        raise Refused("ticket") from None
    if not person.known:
        raise Refused("nothing_kept")
    at = people.clock()
    # Spent before it is made: two that come at once don't both get it.
    if not person.spend(told.number, at + timedelta(seconds=EXPORT_TTL_S)):
        raise Refused("ticket")
    name = f"rapport-{at:%Y-%m-%d}.zip"
    return Zip(
        export(person, at),
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
