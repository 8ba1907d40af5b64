"""A second opinion by ElevenLabs Scribe, for whoever agreed that unclear sound may go to a cloud service.

The grant is asked for with each utterance, so a withdrawal holds from the next one on. Whoever may not be heard there,
is over their limit, or asks while the provider fails is refused at once, and is heard again on this machine.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time

import async_timeout
import httpx

from rapport.errors import RecognitionFailed
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.grant import NOBODY
from rapport.speech.recognizer import Transcript
from rapport.speech.spoken_text import SpokenText
from rapport.speech.written_words import as_said
from voice_server.breaker import Breaker, Kind, RungFailed
from voice_server.budget import Budget
from voice_server.elevenlabs import Account, failure_of_answer
from voice_server.elevenlabs_client import SdkClient
from voice_server.grants import Grants
from voice_server.keys import Key
from voice_server.manner import Manner
from voice_server.prices import Prices
from voice_server.usage import Request, Usage

logger = logging.getLogger(__name__)

MODEL = "scribe_v2"
RUNG = "hearing"
OK = 200
ANSWER_S = 1.5
"""From then on this machine is asked; together that is within what a person waits for."""


class Scribe:
    """Hears an utterance at the provider.

    Args:
        account: How we speak with the provider.
        grants: Tell who agreed to it; None: nobody did.
        budget: What may be spent.
        usage: Told of what was.
        prices: For what that is.
        writing: Writes out numbers; shared.
    """

    def __init__(
        self, account: Account, grants: Grants | None, budget: Budget, usage: Usage, prices: Prices, writing: SpokenText
    ) -> None:
        self._account = account
        self._grants = grants
        self._budget = budget
        self._usage = usage
        self._prices = prices
        self._writing = writing
        self._client = SdkClient(account, ANSWER_S)
        self._breaker = Breaker()

    async def hear(self, pcm: bytes, proof: str) -> Transcript:
        """The words of an utterance.

        Args:
            pcm: 16 kHz, 16 bit, mono.
            proof: Shows whose it is.

        Raises:
            RecognitionFailed: It may not be heard there, or could not be.
        """
        grant = await self._grants.of(proof) if self._grants and proof else NOBODY
        if not (await self._budget.within(Manner(grant=grant))).cloud:
            raise RecognitionFailed("this may not be heard at the provider")
        if not self._breaker.allows():
            raise RecognitionFailed("the provider failed lately, and is left alone")
        key = self._account.keys.current
        try:
            heard = await self._asked(pcm, key, grant.owner)
        except RungFailed as error:
            self._breaker.failed(error)
            if error.code == "invalid_api_key":
                self._account.keys.set_aside(key)
            raise RecognitionFailed(f"the provider did not hear: {error}") from None
        except BaseException:
            self._breaker.given_up()
            raise
        self._breaker.worked()
        return heard

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _asked(self, pcm: bytes, key: Key, owner: str) -> Transcript:
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.core.parse_error import ParsingError

        begun = time.monotonic()
        seconds = len(pcm) / HEARING_RATE_HZ / SAMPLE_BYTES
        try:
            async with async_timeout.timeout(ANSWER_S):
                answer = await self._client.of(key).speech_to_text.convert(
                    model_id=MODEL,
                    file=("utterance.pcm", pcm, "application/octet-stream"),
                    file_format="pcm_s16le_16",
                    language_code="en",
                    timestamps_granularity="word",
                    tag_audio_events=False,
                    request_options={"max_retries": 0},
                )
        except ApiError as error:
            if error.status_code == OK:
                raise RungFailed(Kind.SERVER, "an answer out of shape") from None
            raise failure_of_answer(error.status_code, error.body) from None  # the error itself quotes headers
        except ParsingError:
            raise RungFailed(Kind.SERVER, "an answer out of shape") from None
        except (httpx.TimeoutException, asyncio.TimeoutError) as error:
            raise RungFailed(Kind.STALLED, type(error).__name__) from None
        except httpx.HTTPError as error:
            raise RungFailed(Kind.NETWORK, type(error).__name__) from None
        cost = self._prices.heard(MODEL) * seconds
        logger.info(
            "provider: key %s, %s, heard %.1f s after %.0f ms, %g credits",
            *(key.id, MODEL, seconds, (time.monotonic() - begun) * 1_000, cost),
        )
        self._usage.spoke(Request(owner, key.id, MODEL, RUNG, 0, cost, True))
        return await asyncio.to_thread(self._transcript, answer)

    def _transcript(self, answer: object) -> Transcript:
        words = [each for each in getattr(answer, "words", ()) if each.type == "word"]
        return Transcript.of(
            said
            for each in words
            for said in as_said(
                each.text, each.start or 0.0, each.end or 0.0, math.exp(min(each.logprob, 0.0)), self._writing
            )
        )
