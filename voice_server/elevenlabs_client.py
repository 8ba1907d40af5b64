"""The official SDK's client, with the key of the hour, over connections that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from voice_server.elevenlabs import Account
from voice_server.keys import Key

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs


class SdkClient:
    """Makes clients of one account.

    Args:
        account: How we speak with the provider.
        timeout_s: To connect, and between one chunk and the next.
    """

    def __init__(self, account: Account, timeout_s: float) -> None:
        from elevenlabs.client import AsyncElevenLabs  # heavy, and of no use without an account

        self._make = AsyncElevenLabs  # loaded by now: a first request neither waits for that, nor holds up the others
        self._account = account
        self._timeout_s = timeout_s
        self._http = httpx.AsyncClient(timeout=timeout_s)
        self._made: dict[str, AsyncElevenLabs] = {}

    def of(self, key: Key) -> AsyncElevenLabs:
        """The client with this key; former keys' requests hold on to theirs."""
        if key.id not in self._made:
            self._made = {
                key.id: self._make(
                    api_key=key.secret,
                    base_url=self._account.base_url,
                    timeout=self._timeout_s,
                    httpx_client=self._http,
                )
            }
        return self._made[key.id]

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
