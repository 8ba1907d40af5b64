"""Single-use tokens, for clients that speak through the provider themselves: they never see the key.

A token opens one socket for speech, in whatever voice and model its holder asks for, and what is spoken with it is not
seen here. So none is given once a limit is reached, be it a soft one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from rapport.speech.grant import Grant
from voice_server.breaker import Kind, RungFailed
from voice_server.budget import Budget
from voice_server.elevenlabs import Account, failure_of_answer
from voice_server.keys import Key
from voice_server.manner import Manner

KIND = "tts_websocket"
"""What the token is good for, in the provider's words."""

EXPIRES_IN_S = 900
"""The provider's documentation has 15 minutes; its answer does not say."""

ANSWER_S = 10.0

NO_PROVIDER, LIMIT = "no-provider", "limit"
"""Why none is given."""


class SingleUseTokens:
    """Gets tokens from the provider.

    Args:
        account: How we speak with it; None where there is none.
        budget: What may be spent.
    """

    def __init__(self, account: Account | None, budget: Budget | None) -> None:
        self._account = account
        self._budget = budget

    async def issue(self, data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        """The order `single-use-token`: `{owner}`, who agreed to have a provider asked.

        Returns:
            `{"token", "expires_in_s", "kind"}`, or `{"refused": reason}`.

        Raises:
            RungFailed: The provider gave none.
            KeyError, ValueError: It is out of shape.
        """
        owner = data["owner"]
        if not isinstance(owner, str) or not owner:
            raise ValueError
        if self._account is None:
            return {"refused": NO_PROVIDER}
        manner = Manner(grant=Grant(owner=owner, cloud=True))
        if self._budget is not None and await self._budget.within(manner) != manner:
            return {"refused": LIMIT}
        return {"token": await self._token(self._account), "expires_in_s": EXPIRES_IN_S, "kind": KIND}

    async def _token(self, account: Account) -> str:
        """With the key of this moment; one that is not accepted is replaced once."""
        key = account.keys.current
        try:
            return await _asked(account, key)
        except RungFailed as failed:
            if failed.code != "invalid_api_key":
                raise
            account.keys.set_aside(key)
            if account.keys.current == key:
                raise
        return await _asked(account, account.keys.current)


async def _asked(account: Account, key: Key) -> str:
    from elevenlabs.client import AsyncElevenLabs  # heavy, and of no use without a key
    from elevenlabs.core.api_error import ApiError
    from elevenlabs.core.parse_error import ParsingError

    async with httpx.AsyncClient(timeout=ANSWER_S) as http:
        provider = AsyncElevenLabs(api_key=key.secret, base_url=account.base_url, httpx_client=http)
        try:
            answer = await asyncio.wait_for(provider.tokens.single_use.create(KIND), ANSWER_S)
        except ApiError as error:
            raise failure_of_answer(error.status_code, error.body) from None  # the error itself quotes headers
        except ParsingError:
            raise RungFailed(Kind.SERVER, "an answer out of shape") from None
        except (httpx.TimeoutException, asyncio.TimeoutError):
            raise RungFailed(Kind.STALLED) from None
        except httpx.HTTPError as error:
            raise RungFailed(Kind.NETWORK, type(error).__name__) from None
    return str(answer.token)
