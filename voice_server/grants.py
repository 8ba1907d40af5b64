"""Asks the people API for whom an utterance is. Fails closed: without an answer it is for nobody."""

from __future__ import annotations

import logging

import httpx

from rapport.errors import NotAllowed
from rapport.speech.grant import NOBODY, Grant

logger = logging.getLogger(__name__)

ANSWER_S = 1.0
"""The people API is next door; a person waits meanwhile."""


class Grants:
    """The people API, as the voice server uses it.

    Args:
        people_url: Its address, without a slash at its end.
        key: The voice server's key, which the people API knows too.
    """

    def __init__(self, people_url: str, key: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=people_url, headers={"Authorization": f"Bearer {key}"}, timeout=ANSWER_S, trust_env=False
        )

    async def of(self, proof: str) -> Grant:
        """Who is spoken to, and what they agreed to at this moment; `NOBODY` where that can't be told."""
        try:
            answer = await self._http.post("/v1/speaking", json={"proof": proof})
            answer.raise_for_status()
            return Grant.from_json(answer.json())
        except (httpx.HTTPError, KeyError, TypeError, ValueError, NotAllowed) as error:
            logger.warning("whom to speak to is not known (%s); spoken locally, and not kept", type(error).__name__)
            return NOBODY

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()
