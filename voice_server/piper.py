"""Piper as a rung of the ladder: the stock program of `piper-tts`, in a process of its own.

Piper is GPL-3, so none of its code is imported here: it runs as `python -m piper.http_server`, and is spoken to over
HTTP. It listens on a Unix socket in a folder that only this user can enter, because its `/info` page tells the last
text to whoever asks. It logs no text unless it is started with `--debug`.
"""

import asyncio
import io
import logging
import os
import shutil
import sys
import tempfile
import wave
from pathlib import Path

import httpx

from rapport.errors import ModelMissing, VoiceUnavailable
from rapport.kept_child import KeptChild
from rapport.speech.audio import PcmChunk
from voice_server.catalogue import PIPER
from voice_server.manner import Manner
from voice_server.turnstile import Turnstile

logger = logging.getLogger(__name__)

LEAST_TIMEOUT_S = 4.0
TIMEOUT_S_PER_CHARACTER = 0.05
"""When Piper counts as hung. A character takes it 6 ms on two quiet cores, so this is for very busy ones."""

PROBE_INTERVAL_S = 0.05
"""Between looks at whether a starting Piper listens."""

WARM_UP = "It is twenty past four in the afternoon."
"""Said once after each start: the first request takes some 0.1 s longer."""

SPLIT_CORES = 2
"""Cores that one clause makes good use of; more clauses at a time only where there are more cores."""


class PiperVoice:
    """Piper with one voice.

    Args:
        model: The voice's `.onnx` file, with its `.onnx.json` beside it; the attribute is its name.

    Raises:
        ModelMissing: One of the two is not there.
    """

    def __init__(self, model: Path) -> None:
        if not model.is_file() or not model.with_name(f"{model.name}.json").is_file():
            raise ModelMissing(f"{model.name} or its .json is missing; `make models` fetches them")
        self.model = model.stem
        self.name = f"{PIPER} {model.stem}"
        self._folder = Path(tempfile.mkdtemp(prefix="rapport-voice-"))
        socket = self._folder / "piper.sock"
        self._child = KeptChild(
            "piper",
            (sys.executable, "-m", "piper.http_server", "--host", f"unix://{socket}", "--model", str(model)),
            self._become_ready,
        )
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket), limits=httpx.Limits(max_keepalive_connections=0)),
            base_url="http://piper",
        )
        self._turnstile = Turnstile(max(1, (os.cpu_count() or 1) // SPLIT_CORES))

    @classmethod
    def installed(cls, models: Path) -> "PiperVoice | None":
        """The first voice in a folder, by name, or None where there is none."""
        found = sorted((models / "piper").glob("*.onnx"))
        return cls(found[0]) if found else None

    def voice(self, manner: Manner) -> str:
        """See `Rung.voice`."""
        return self.name

    def preferred(self, manner: Manner) -> bool:
        """See `Rung.preferred`."""
        return manner.prefers(PIPER) == self.model

    @property
    def ready(self) -> bool:
        """Whether Piper is up and warm."""
        return self._child.ready

    @property
    def pid(self) -> int | None:
        """Piper's process id while it runs."""
        return self._child.pid

    async def start(self) -> None:
        """Start Piper and wait until it is warm, or has failed for the first time."""
        await self._child.start()

    async def stop(self) -> None:
        """End Piper and remove its socket."""
        await self._child.stop()
        await self._http.aclose()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def say(self, text: str, manner: Manner, *, urgent: bool) -> PcmChunk:
        """See `Rung.say`."""
        async with self._turnstile.passing(urgent=urgent):
            if not self._child.ready:
                raise VoiceUnavailable("it is not running now; it is being started")
            try:
                return await self._synthesize(text, manner.pace)
            except httpx.TimeoutException as error:
                self._child.replace()
                raise VoiceUnavailable("it hangs; it is started again") from error
            except httpx.TransportError as error:
                raise VoiceUnavailable(f"it died while speaking ({type(error).__name__})") from error

    async def _synthesize(self, text: str, pace: float) -> PcmChunk:
        response = await self._http.post(
            "/synthesize",
            json={"text": text, "length_scale": 1 / pace},
            timeout=LEAST_TIMEOUT_S + TIMEOUT_S_PER_CHARACTER * len(text),
        )
        if response.status_code != httpx.codes.OK:
            raise VoiceUnavailable(f"it answered {response.status_code}")
        with wave.open(io.BytesIO(response.content)) as reader:
            return PcmChunk(reader.readframes(reader.getnframes()), reader.getframerate())

    async def _become_ready(self) -> None:
        while True:
            try:
                await self._http.get("/voices", timeout=LEAST_TIMEOUT_S)
                break
            except httpx.TransportError:
                await asyncio.sleep(PROBE_INTERVAL_S)
        await self._synthesize(WARM_UP, pace=1.0)
