"""ElevenLabs over chunked HTTP, through the official SDK: one request a clause, each stitched to the text before it.

A clause is given once it is whole, so that one that breaks off is spoken by the next voice from its beginning, and
nothing is heard twice. The first piece, without sound, comes with the first bytes.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

import httpx

from rapport.speech.audio import PcmChunk
from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import RATE_HZ, Account, WholeSamples, failure_of_answer, speed_of
from voice_server.manner import Manner
from voice_server.script import Line, Spoken
from voice_server.shaping import shape
from voice_server.turnstile import Turnstile

READ_S = 1.5
"""To connect, and between one chunk and the next; a working provider takes a tenth of it."""

CHUNK_BYTES = 4_096
REMEMBERED = 500
"""Characters of the text before a clause that are sent with it."""

ERROR_IN_SOUND = b'{"detail"'
"""The provider can fail under status 200, after sound or in its place; no speech holds these bytes."""


class ElevenLabsHttp:
    """ElevenLabs over HTTP, as a rung of the ladder.

    Args:
        account: How we speak with the provider.
        turnstile: Keeps to the plan's concurrency; shared with the account's other rungs.
    """

    name = "elevenlabs http"

    def __init__(self, account: Account, turnstile: Turnstile) -> None:
        from elevenlabs.client import AsyncElevenLabs

        self._account = account
        self._turnstile = turnstile
        self._http = httpx.AsyncClient(timeout=READ_S)
        self._client = AsyncElevenLabs(
            api_key=account.key, base_url=account.base_url, timeout=READ_S, httpx_client=self._http
        )

    async def start(self) -> None:
        """Nothing to do: the first request connects."""

    async def stop(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def speak(self, lines: AsyncGenerator[Line, None], manner: Manner) -> AsyncGenerator[Spoken, None]:
        """See `StreamingRung.speak`."""
        urgent = True
        async for line in lines:
            async with self._turnstile.passing(urgent=urgent):
                whole = WholeSamples()
                pcm = bytearray()
                async with contextlib.aclosing(self._chunks(line, manner)) as chunks:
                    async for chunk in chunks:
                        if not pcm:
                            yield Spoken(PcmChunk(b"", RATE_HZ), line.start)
                        pcm += whole.feed(chunk)
            urgent = False
            if not pcm or ERROR_IN_SOUND in pcm:
                raise RungFailed(Kind.SERVER, "no sound under status 200")
            yield Spoken(shape(PcmChunk(bytes(pcm), RATE_HZ), line.pause_ms), line.end)

    async def _chunks(self, line: Line, manner: Manner) -> AsyncGenerator[bytes, None]:
        """The sound of a line; a connection that turns out to be dead before its first byte is replaced once."""
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.core.parse_error import ParsingError

        for again in (True, False):
            begun = False
            try:
                async with contextlib.aclosing(self._request(line, manner)) as chunks:
                    async for chunk in chunks:
                        begun = True
                        yield chunk
                return
            except ApiError as error:
                raise failure_of_answer(error.status_code, error.body) from None  # it quotes headers and the answer
            except ParsingError:
                raise RungFailed(Kind.SERVER, "an answer out of shape") from None
            except httpx.TimeoutException as error:
                raise RungFailed(Kind.STALLED, type(error).__name__) from None
            except httpx.HTTPError as error:
                if begun or not again or isinstance(error, httpx.ConnectError):
                    raise RungFailed(Kind.NETWORK, type(error).__name__) from None

    async def _request(self, line: Line, manner: Manner) -> AsyncGenerator[bytes, None]:
        from elevenlabs.types import VoiceSettings

        speech = self._client.text_to_speech.stream(
            self._account.voice,
            text=line.text,
            model_id=self._account.model,
            output_format="pcm_22050",
            voice_settings=VoiceSettings(speed=speed_of(manner.pace)),
            **({"previous_text": line.before[-REMEMBERED:]} if line.before else {}),
            request_options={"chunk_size": CHUNK_BYTES},
        )
        async with contextlib.aclosing(speech):
            async for chunk in speech:
                yield chunk
