"""What the people API tells the channel of whose session it is; where it can't, they are heard like anybody."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from rapport.errors import BadAudio
from rapport.tokens import Proofs
from rapport.voices.speaker import Embedding, as_text, from_text

logger = logging.getLogger(__name__)

ANSWER_S = 3.0
PROOF_S = 60


@dataclass(frozen=True)
class Known:
    """What is known of a person as far as hearing goes.

    Attributes:
        words: Their own, that they are likely to say.
        voice: By which they are recognised; None where they are not.
        learn: They agreed to be recognised, and their voice is still to be learnt.
        record: They agreed that sound is kept.
        style: In which they are answered; None is the usual one.
        deep: What they want to know more about, by intent.
    """

    words: tuple[str, ...] = ()
    voice: Embedding | None = None
    learn: bool = False
    record: bool = False
    style: str | None = None
    deep: tuple[str, ...] = ()


NOTHING_KNOWN = Known()


class Acquaintance(Protocol):
    """Knows people as far as hearing goes, and learns their voices."""

    async def about(self, person: str) -> Known:
        """What they agreed to be known by; nothing where that can't be told."""

    async def learn(self, person: str, voice: Embedding) -> bool:
        """Have a voice kept as theirs; False where that is not possible now, or not agreed to."""

    async def record(self, person: str, session: str, turn: int, sound: bytes) -> None:
        """Have the sound of a turn kept: 16 kHz, 16 bit, mono. Where that is not possible now, it is lost."""


class PeopleSide:
    """The people API, as the channel uses it.

    Args:
        url: Its address, without a slash at its end.
        proofs: Signs for whom it asks.
    """

    def __init__(self, url: str, proofs: Proofs) -> None:
        self._url = url
        self._proofs = proofs

    async def about(self, person: str) -> Known:
        """See `Acquaintance.about`."""
        try:
            said = await self._ask("POST", "", {"proof": self._proofs.hearing(person, ttl_s=PROOF_S)})
            voice = from_text(said["voice"]) if said["voice"] else None
            words = tuple(map(str, said["words"]))
            deep = tuple(map(str, said["deep"]))
            return Known(words, voice, said["learn"] is True, said["record"] is True, said["style"], deep)
        except (aiohttp.ClientError, asyncio.TimeoutError, KeyError, TypeError, ValueError, BadAudio) as error:
            logger.warning("a person's own words and voice are not known (%s)", type(error).__name__)
            return NOTHING_KNOWN

    async def learn(self, person: str, voice: Embedding) -> bool:
        """See `Acquaintance.learn`."""
        proof = self._proofs.hearing(person, ttl_s=PROOF_S)
        try:
            await self._ask("PUT", "/voice", {"proof": proof, "voice": as_text(voice)})
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            logger.warning("a voice could not be kept (%s)", type(error).__name__)
            return False
        return True

    async def record(self, person: str, session: str, turn: int, sound: bytes) -> None:
        """See `Acquaintance.record`."""
        proof = self._proofs.hearing(person, ttl_s=PROOF_S)
        encoded = base64.b64encode(sound).decode()
        body: dict[str, str | int] = {"proof": proof, "session": session, "turn": turn, "sound": encoded}
        try:
            await self._ask("POST", "/recording", body)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            logger.warning("a recording could not be kept (%s)", type(error).__name__)

    async def _ask(self, method: str, path: str, body: Mapping[str, str | int]) -> Any:
        timeout = aiohttp.ClientTimeout(total=ANSWER_S)
        async with (
            aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as http,
            http.request(method, f"{self._url}/v1/hearing{path}", json=body) as answer,
        ):
            return await answer.json() if answer.status == 200 else None
