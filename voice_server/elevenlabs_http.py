"""ElevenLabs over chunked HTTP, through the official SDK: one request a clause, each stitched to those before it.

A clause is given once it is whole, so that one that breaks off is spoken by the next voice from its beginning, and
nothing is heard twice. The first piece, without sound, comes with the first bytes.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from rapport.speech.audio import PcmChunk
from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import RATE_HZ, Account, Speaking, WholeSamples, failure_of_answer, held_to
from voice_server.elevenlabs_client import SdkClient
from voice_server.keys import Key
from voice_server.manner import Manner
from voice_server.script import Line, Spoken
from voice_server.shaping import shape
from voice_server.spending import Bill, Spending
from voice_server.turnstile import Turnstile

READ_S = 1.5
"""To connect, and between one chunk and the next; a working provider takes a tenth of it."""

CHUNK_BYTES = 4_096
REMEMBERED = 500
"""Characters of the text before a clause that are sent with it, where no request of before can be named."""

STITCHED = 3
"""Requests of before that may be named."""
UNSTITCHED_MODELS = frozenset(("eleven_v3",))

ERROR_IN_SOUND = b'{"detail"'
"""The provider can fail under status 200, after sound or in its place; no speech holds these bytes."""


class ElevenLabsHttp:
    """ElevenLabs over HTTP, as a rung of the ladder.

    Args:
        account: How we speak with the provider.
        turnstile: Keeps to the plan's concurrency; shared with the account's other rungs.
        spending: Told of what is asked for; shared likewise.
    """

    name = "elevenlabs http"

    def __init__(self, account: Account, turnstile: Turnstile, spending: Spending) -> None:
        self._account = account
        self._turnstile = turnstile
        self._spending = spending
        self._client = SdkClient(account, READ_S)

    def voice(self, manner: Manner) -> str:
        """See `StreamingRung.voice`."""
        return self._account.speaking(manner).name

    async def start(self) -> None:
        """Nothing to do: the first request connects."""

    async def stop(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        urgent = True
        before: deque[str] = deque(maxlen=STITCHED)
        async for line in lines:
            async with self._turnstile.passing(urgent=urgent):
                whole = WholeSamples()
                pcm = bytearray()
                async with contextlib.aclosing(self._chunks(line, manner, before)) as chunks:
                    async for chunk in chunks:
                        if not pcm:
                            yield Spoken(PcmChunk(b"", RATE_HZ), line.start)
                        pcm += whole.feed(chunk)
            urgent = False
            if not pcm or ERROR_IN_SOUND in pcm:
                raise RungFailed(Kind.SERVER, "no sound under status 200")
            yield Spoken(shape(PcmChunk(bytes(pcm), RATE_HZ), line.pause_ms), line.end)

    async def _chunks(self, line: Line, manner: Manner, before: deque[str]) -> AsyncGenerator[bytes, None]:
        """The sound of a line. A connection that turns out to be dead before its first byte is replaced once, and so is
        a key that is not accepted."""
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.core.parse_error import ParsingError

        asked = self._account.speaking(manner)
        for again in (True, False):
            key = self._account.keys.current
            bill = self._spending.begin(manner, key, asked.model, "http")
            begun = False
            try:
                async with contextlib.aclosing(self._request(line, asked, key, before, bill)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        bill.heard()
                        yield chunk
                return
            except ApiError as error:
                failed = failure_of_answer(error.status_code, error.body)  # the error itself quotes headers
                if failed.code == "invalid_api_key":
                    self._account.keys.set_aside(key)
                if begun or not again or self._account.keys.current == key:
                    raise failed from None
            except ParsingError:
                raise RungFailed(Kind.SERVER, "an answer out of shape") from None
            except httpx.TimeoutException as error:
                raise RungFailed(Kind.STALLED, type(error).__name__) from None
            except httpx.HTTPError as error:
                if begun or not again or isinstance(error, httpx.ConnectError):
                    raise RungFailed(Kind.NETWORK, type(error).__name__) from None
            finally:
                bill.settle()

    async def _request(
        self, line: Line, asked: Speaking, key: Key, before: deque[str], bill: Bill
    ) -> AsyncGenerator[bytes, None]:
        from elevenlabs.types import VoiceSettings

        response = self._client.of(key).text_to_speech.with_raw_response.stream(
            asked.voice,
            text=line.text,
            model_id=asked.model,
            output_format="pcm_22050",
            voice_settings=VoiceSettings(**dict[str, Any](asked.settings)),
            request_options={"chunk_size": CHUNK_BYTES},
            **held_to(asked.language, asked.model),
            **_stitches(line, asked, before),
        )
        async with response as answer:
            bill.sent(len(line.text))
            cost = answer.headers.get("character-cost", "")
            bill.told_credits = float(cost) if cost.replace(".", "", 1).isdigit() else None
            async for chunk in answer.data:
                yield chunk
        request_id = answer.headers.get("request-id")
        if request_id:  # only what was read to its end may be named
            before.append(request_id)


def _stitches(line: Line, asked: Speaking, before: deque[str]) -> dict[str, Any]:
    """What the clause follows: the requests themselves where they are known, else their text."""
    if before and asked.model not in UNSTITCHED_MODELS:
        return {"previous_request_ids": list(before)}
    return {"previous_text": line.before[-REMEMBERED:]} if line.before else {}
