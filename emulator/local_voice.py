"""The emulator's own voice: a voice server as its child, over the Wyoming protocol, where no running one is named."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path

from rapport.errors import VoiceUnavailable
from rapport.kept_child import KeptChild
from rapport.speech.wyoming_voice import WyomingSynthesizer

PROBE_INTERVAL_S = 0.05
"""Between looks at whether the starting voice server speaks."""


@contextlib.asynccontextmanager
async def own_voice(models: Path) -> AsyncIterator[WyomingSynthesizer]:
    """A voice server of one's own, for as long as the context lasts.

    It inherits this process's environment, which must not hold a provider's key: it would speak through the provider.

    Args:
        models: The folder that holds `piper/`.

    Raises:
        VoiceUnavailable: It did not start; the log says why.
    """
    folder = Path(tempfile.mkdtemp(prefix="emulator-voice-"))
    uri = f"unix://{folder / 'voice.sock'}"
    voice = WyomingSynthesizer(uri)

    async def speaks() -> None:
        while not await _can_speak(voice):  # noqa: ASYNC110 - another process becomes ready, and tells nobody
            await asyncio.sleep(PROBE_INTERVAL_S)

    # Without a domain it knows no fixed wordings, so it keeps no clips: it really speaks.
    options = {"--uri": uri, "--models": str(models), "--domain": "none", "--state": str(folder / "state")}
    program = (sys.executable, "-m", "voice_server", *chain.from_iterable(options.items()))
    child = KeptChild("voice server", program, speaks)
    try:
        await child.start()
        if not child.ready:
            raise VoiceUnavailable("the voice server did not start; `make models` fetches a voice")
        yield voice
    finally:
        await voice.close()
        await child.stop()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _can_speak(voice: WyomingSynthesizer) -> bool:
    try:
        async with contextlib.aclosing(voice.speak("Ready.")) as sound:
            return [chunk async for chunk in sound] != []
    except VoiceUnavailable:
        return False
