"""A second opinion on an utterance: slower and better ears than the session's own, asked where those are unsure.

The port, and its adapter for any server that recognises speech over the Wyoming protocol: ours (`listening_server`, and
the voice server where it has a provider), wyoming-faster-whisper on a machine with a GPU, and others.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import Protocol

import async_timeout
from wyoming.asr import Transcribe
from wyoming.asr import Transcript as TranscriptEvent
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient, AsyncTcpClient, AsyncUnixClient
from wyoming.error import Error
from wyoming.info import Describe, Info

from rapport.errors import RecognitionFailed
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.recognizer import Transcript, Word
from rapport.speech.wyoming_voice import TcpAddress, parse_voice_uri

CHUNK_BYTES = 32_000
"""A second of sound an event."""
LONGEST_S = 3.0
"""From then on an answer to what was heard at first is better than a better answer. On two quiet cores an opinion takes
0.8 s."""
UNTOLD_CONFIDENCE = 0.75
"""Of each word, where the server does not tell how sure it is of them."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class SecondOpinion(Protocol):
    """Hears a whole utterance."""

    async def hear(self, pcm: bytes, proof: str) -> Transcript:
        """What was said in it; its text is empty where nothing was understood.

        Args:
            pcm: 16 kHz, 16 bit, mono.
            proof: Shows to the people's side whose it is.

        Raises:
            RecognitionFailed: There is no opinion to be had.
        """


class WyomingSecondOpinion:
    """Asks a Wyoming server, over a connection each time.

    Args:
        uri: Where it listens: `unix:///path` or `tcp://host:port`.
        longest_s: How long to wait for it.
        proven: It is shown whose an utterance is: our voice server, which asks the people's side what it may do.

    Raises:
        SettingsError: The address is malformed.
    """

    def __init__(self, uri: str, *, longest_s: float = LONGEST_S, proven: bool = False) -> None:
        self._address = parse_voice_uri(uri)
        self._longest_s = longest_s
        self._proven = proven

    async def hear(self, pcm: bytes, proof: str) -> Transcript:
        """See `SecondOpinion.hear`; a caller that leaves closes the connection."""
        try:
            async with async_timeout.timeout(self._longest_s), self._client() as client:
                await client.write_event(Describe().event())
                while (event := await client.read_event()) is not None:
                    if Info.is_type(event.type):
                        if not Info.from_event(event).asr:
                            raise RecognitionFailed("what is at that address does not hear")
                        await _send(client, pcm, {"proof": proof} if self._proven else None)
                    elif TranscriptEvent.is_type(event.type):
                        return _transcript(TranscriptEvent.from_event(event))
                    elif Error.is_type(event.type):
                        raise RecognitionFailed(f"no second opinion: {Error.from_event(event).text}")
        except asyncio.TimeoutError as error:
            raise RecognitionFailed(f"no second opinion within {self._longest_s:g} s; is its machine busy?") from error
        except (OSError, EOFError) as error:
            raise RecognitionFailed("no listening server is at its address; is it running?") from error
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise RecognitionFailed("what is at the listening server's address does not speak Wyoming") from error
        raise RecognitionFailed("the listening server closed the connection; its log may say why")

    def _client(self) -> AsyncClient:
        if isinstance(self._address, TcpAddress):
            return AsyncTcpClient(self._address.host, self._address.port)
        return AsyncUnixClient(str(self._address.path))


class InTurn:
    """Asks one after the other, until one has an opinion.

    Args:
        opinions: Those to be asked; at least one.
    """

    def __init__(self, opinions: Sequence[SecondOpinion]) -> None:
        self._opinions = opinions

    async def hear(self, pcm: bytes, proof: str) -> Transcript:
        """See `SecondOpinion.hear`."""
        *others, last = self._opinions
        for opinion in others:
            with contextlib.suppress(RecognitionFailed):
                return await opinion.hear(pcm, proof)
        return await last.hear(pcm, proof)


async def _send(client: AsyncClient, pcm: bytes, context: dict[str, str] | None) -> None:
    shape = {"rate": HEARING_RATE_HZ, "width": SAMPLE_BYTES, "channels": 1}
    await client.write_event(Transcribe(language="en", context=context).event())
    await client.write_event(AudioStart(**shape).event())
    for at in range(0, len(pcm), CHUNK_BYTES):
        await client.write_event(AudioChunk(**shape, audio=pcm[at : at + CHUNK_BYTES]).event())
    await client.write_event(AudioStop().event())


def _transcript(event: TranscriptEvent) -> Transcript:
    told = (event.context or {}).get("words")
    if told is None:
        words = _WORD.findall(event.text.lower().replace("’", "'"))
        return Transcript.of(Word(word, 0, 0, UNTOLD_CONFIDENCE) for word in words)
    return Transcript.of(Word(str(text), int(start), int(end), float(sure)) for text, start, end, sure in told)
