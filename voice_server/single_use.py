"""Single-use tokens: for a client that talks to the provider itself, and is never told the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from rapport.errors import VoiceUnavailable
from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import Account, failure_of_answer

KIND = "tts_websocket"
"""The provider's word for what it opens: a socket that speaks."""
TTL_S = 900
"""For which the provider lets it be used, once."""
ANSWER_S = 5.0


class SingleUseTokens:
    """The order `single-use-token`. Who gives it has asked for the person's consent.

    Args:
        account: At the provider; None where there is none.
    """

    def __init__(self, account: Account | None) -> None:
        self._account = account

    async def issue(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """Have the provider make one.

        Returns:
            `token`, `kind`, and `expires_in_s`.

        Raises:
            VoiceUnavailable: There is no provider, or it makes none.
        """
        if self._account is None:
            raise VoiceUnavailable("there is no provider of voices; set ELEVENLABS_API_KEY")
        from elevenlabs.client import AsyncElevenLabs
        from elevenlabs.core.api_error import ApiError

        try:
            async with httpx.AsyncClient(timeout=ANSWER_S) as http:
                client = AsyncElevenLabs(
                    api_key=self._account.keys.current.secret, base_url=self._account.base_url, httpx_client=http
                )
                made = await client.tokens.single_use.create(KIND, request_options={"max_retries": 0})
        except ApiError as error:
            raise failure_of_answer(error.status_code, error.body) from None  # the error itself quotes headers
        except httpx.HTTPError as error:
            raise RungFailed(Kind.NETWORK, type(error).__name__) from None
        return {"token": made.token, "kind": KIND, "expires_in_s": TTL_S}
