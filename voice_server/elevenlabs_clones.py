"""Voices cloned at ElevenLabs, through the official SDK: an instant clone's name and samples, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, TypeVar

import httpx

from rapport.errors import StoreUnavailable
from voice_server.cloning import CloneRefused
from voice_server.elevenlabs import Account
from voice_server.elevenlabs_client import SdkClient

ANSWER_S = 20.0
UPLOAD_S = 50.0
"""Below the 60 s that the people's side waits for an order."""

NEVER_AGAIN = (400, 413, 422)
"""A refusal of these samples. What is wrong with the account (401, 402, 403, 429) can be mended, and tried again."""

Answer = TypeVar("Answer")


class ElevenLabsClones:
    """See `CloneProvider`.

    Args:
        account: How we speak with the provider.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client = SdkClient(account, UPLOAD_S)

    @property
    def _voices(self) -> Any:
        """The provider's client, with the key of this moment."""
        return self._client.of(self._account.keys.current).voices

    async def add(self, name: str, samples: Sequence[bytes]) -> str:
        """Upload the samples."""
        files: Any = [(f"{number}.wav", each, "audio/wav") for number, each in enumerate(samples, 1)]
        # The SDK would send a JSON upload again by itself; this one is ours to send again, after looking for it.
        making = self._voices.ivc.create(name=name, files=files, request_options={"max_retries": 0})
        made = await self._answer(making, UPLOAD_S, refusable=True)
        return str(made.voice_id)

    async def delete(self, voice_id: str) -> None:
        """Delete it."""
        if await self.exists(voice_id):
            await self._answer(self._voices.delete(voice_id))

    async def exists(self, voice_id: str) -> bool:
        """Ask for it."""
        from elevenlabs.core.api_error import ApiError

        try:
            await self._answer(self._voices.get(voice_id))
        except StoreUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, ApiError) and _says_not_found(cause):
                return False
            raise
        return True

    async def named(self, name: str) -> list[str]:
        """Search for it, page by page."""
        found: list[str] = []
        token: str | None = None
        while True:
            more = {"next_page_token": token} if token else {}
            page = await self._answer(self._voices.search(search=name, category="cloned", page_size=100, **more))
            found += [voice.voice_id for voice in page.voices if voice.name == name]
            token = page.next_page_token if page.has_more else None
            if not token:
                return found

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @staticmethod
    async def _answer(asked: Awaitable[Answer], within_s: float = ANSWER_S, *, refusable: bool = False) -> Answer:
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.core.parse_error import ParsingError

        try:
            return await asyncio.wait_for(asked, within_s)
        except ApiError as error:
            if refusable and error.status_code in NEVER_AGAIN:
                raise CloneRefused(_code_of(error) or "refused") from None
            raise StoreUnavailable(f"the provider of voices answers {error.status_code or 'nothing'}") from error
        except (httpx.HTTPError, ParsingError, asyncio.TimeoutError) as error:
            raise StoreUnavailable(f"the provider of voices can't be reached ({type(error).__name__})") from error


def _code_of(error: Any) -> str:
    detail = error.body.get("detail") if isinstance(error.body, dict) else None
    if not isinstance(detail, dict):
        return ""
    code = detail.get("code") or detail.get("status")
    # A code is a word; whatever else stands there may quote what was sent.
    return code if isinstance(code, str) and code.replace("_", "").isalnum() and len(code) < 60 else ""


def _says_not_found(error: Any) -> bool:
    """Which status it comes with differs: 400, 401 or 404 have been seen."""
    return _code_of(error) == "voice_not_found" or error.status_code == 404
