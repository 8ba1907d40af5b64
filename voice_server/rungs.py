"""Which voices there are, made from what is installed and configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from rapport.errors import ModelMissing
from voice_server.catalogue import ELEVENLABS, ESPEAK, PIPER
from voice_server.elevenlabs import Account
from voice_server.espeak import EspeakVoice
from voice_server.ladder import Rung, StreamingRung
from voice_server.piper import PiperVoice
from voice_server.spending import Spending
from voice_server.turnstile import Turnstile

logger = logging.getLogger("voice_server")


def local_rungs(models: Path) -> list[Rung]:
    """The local voices, the best first.

    Raises:
        ModelMissing: There is none.
    """
    rungs: list[Rung] = []
    try:
        piper = PiperVoice.installed(models)
    except ModelMissing as error:
        logger.warning("no Piper: %s", error)
        piper = None
    espeak = EspeakVoice.installed()
    if piper is not None:
        rungs.append(piper)
    if espeak is not None:
        rungs.append(espeak)
    if not rungs:
        raise ModelMissing("there is no voice; `make models` fetches one, or install espeak-ng")
    return rungs


def engines(rungs: Sequence[Rung], account: Account | None) -> set[tuple[str, str | None]]:
    """What can speak here; see `Catalogue.spoken_by`."""
    local = {(PIPER, rung.model) if isinstance(rung, PiperVoice) else (ESPEAK, None) for rung in rungs}
    return {*local, *([(ELEVENLABS, None)] if account else [])}


def provider_rungs(account: Account, spending: Spending) -> list[StreamingRung]:
    """The provider's voices, the quickest first."""
    # Heavy, and of no use without a key.
    from voice_server.elevenlabs_http import ElevenLabsHttp
    from voice_server.elevenlabs_socket import ElevenLabsSocket

    turnstile = Turnstile(account.concurrency)
    return [ElevenLabsSocket(account, turnstile, spending), ElevenLabsHttp(account, turnstile, spending)]
