"""What endpoints ask of a request before anything else: the emulator, and a key that may do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header
from starlette.requests import HTTPConnection

from emulator.account import Key
from emulator.state import Emulator


def emulator_of(connection: HTTPConnection) -> Emulator:
    """The emulator that serves this connection."""
    emulator: Emulator = connection.app.state.emulator
    return emulator


def address_of(connection: HTTPConnection) -> str:
    """The client's address."""
    return connection.client.host if connection.client else ""


def permitted(permission: str | None) -> Callable[..., Awaitable[Key]]:
    """A dependency: the request's key, which has this permission; None: any key will do."""

    async def key(
        connection: HTTPConnection, xi_api_key: Annotated[str | None, Header(alias="xi-api-key")] = None
    ) -> Key:
        account = emulator_of(connection).account
        return account.key_of(xi_api_key, permission=permission, address=address_of(connection))

    return key


async def _here(connection: HTTPConnection) -> Emulator:
    return emulator_of(connection)


Here = Annotated[Emulator, Depends(_here)]
"""The emulator, as an endpoint's parameter."""
