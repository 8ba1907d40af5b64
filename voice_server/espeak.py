"""The last resort among the voices: espeak-ng, where it is installed, one short-lived process a clause.

The text goes in over a pipe, since arguments are shown to every user of the machine.
"""

import asyncio
import contextlib
import io
import shutil
import wave

import async_timeout

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk
from voice_server.catalogue import ESPEAK
from voice_server.manner import Manner

PROGRAM = ESPEAK
USUAL = "en-us"
WORDS_PER_MINUTE = 175
"""espeak-ng's own pace, and what a pace of 1.0 means; see espeak-ng(1), option -s."""

TIMEOUT_S = 5.0
"""For one clause, which takes some 50 ms."""


class EspeakVoice:
    """espeak-ng as a rung of the ladder.

    Args:
        program: Where it is.
    """

    name = PROGRAM

    def __init__(self, program: str) -> None:
        self._program = program

    @classmethod
    def installed(cls) -> "EspeakVoice | None":
        """The voice, or None where espeak-ng is not on the path."""
        program = shutil.which(PROGRAM)
        return cls(program) if program else None

    def voice(self, manner: Manner) -> str:
        """See `Rung.voice`."""
        return f"{self.name} {manner.prefers(ESPEAK) or USUAL}"

    def preferred(self, manner: Manner) -> bool:
        """See `Rung.preferred`."""
        return manner.prefers(ESPEAK) is not None

    async def start(self) -> None:
        """Nothing to do: every clause starts its own process."""

    async def stop(self) -> None:
        """Nothing to do: a cancelled clause ends its own process."""

    async def say(self, text: str, manner: Manner, *, urgent: bool) -> PcmChunk:
        """See `Rung.say`; it is quick enough that urgency makes no difference."""
        try:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *(
                    "-v",
                    manner.prefers(ESPEAK) or USUAL,
                    "-s",
                    str(round(WORDS_PER_MINUTE * manner.pace)),
                    "--stdin",
                    "--stdout",
                ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise VoiceUnavailable(f"espeak-ng could not be started: {error.strerror}") from error
        try:
            async with async_timeout.timeout(TIMEOUT_S):
                wav, _ = await process.communicate(text.encode())
        except asyncio.TimeoutError as error:
            raise VoiceUnavailable(f"espeak-ng took longer than {TIMEOUT_S:g} s") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            raise VoiceUnavailable(f"espeak-ng ended with status {process.returncode}")
        return _pcm(wav)


def _pcm(wav: bytes) -> PcmChunk:
    # Into a pipe, espeak-ng writes a header that promises 2 GB, so the length is what came.
    try:
        with wave.open(io.BytesIO(wav)) as reader:
            rate_hz = reader.getframerate()
            samples = reader.readframes(len(wav) // SAMPLE_BYTES)
    except (wave.Error, EOFError) as error:
        raise VoiceUnavailable("espeak-ng gave no sound") from error
    return PcmChunk(samples[: len(samples) // SAMPLE_BYTES * SAMPLE_BYTES], rate_hz)
