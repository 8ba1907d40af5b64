"""Speak the assistant's fixed wordings ahead of time, into files that any CDN can serve.

What is there already is not spoken again, so it can be broken off and gone on with; a wording that changed is spoken
under its new text, and the old file stays until it is removed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from rich.console import Console
from rich.progress import track

from rapport.errors import SettingsError, VoiceUnavailable
from rapport.speech.audio import PcmChunk
from rapport.speech.spoken_text import SpokenText
from voice_server.elevenlabs import Account
from voice_server.ladder import ClauseByClause, StreamingRung
from voice_server.manner import NEUTRAL
from voice_server.phrases import clauses_of, fixed_wordings
from voice_server.pregenerated import Pregenerated
from voice_server.prices import read_prices
from voice_server.rungs import local_rungs, provider_rungs
from voice_server.script import Line
from voice_server.settings import VoiceServerSettings
from voice_server.shaping import pause_ms
from voice_server.spending import Spending
from voice_server.usage import Usage

SAVED_EVERY = 20
"""Phrases after which the manifest is written, for who breaks off."""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "--voice", choices=("provider", "local"), help="whose voice; by default the provider's where there is a key"
    )
    parser.add_argument("--out", type=Path, help="folder of the files and their manifest (RAPPORT_PHRASES)")


def run(arguments: argparse.Namespace, account: Account | None, settings: VoiceServerSettings) -> int:
    """Do it; 1 where a phrase could not be spoken.

    Raises:
        SettingsError: There is no such voice, or no such folder.
    """
    if arguments.voice == "provider" and account is None:
        raise SettingsError("there is no provider's key; set ELEVENLABS_API_KEY, or take --voice local")
    console = Console(highlight=False)
    provider = account if arguments.voice != "local" else None
    folder = arguments.out or settings.phrases
    clauses = clauses_of(fixed_wordings(arguments.domain))
    done = asyncio.run(_speak_all(clauses, provider, arguments.models, folder, settings, console))
    return 0 if done else 1


async def _speak_all(
    clauses: list[str],
    account: Account | None,
    models: Path,
    folder: Path,
    settings: VoiceServerSettings,
    console: Console,
) -> bool:
    kept = await asyncio.to_thread(Pregenerated.at, folder)
    prices = read_prices(settings.prices)
    spoken_text = SpokenText()
    usage = Usage(settings.state / "usage.db", environment=settings.environment)
    rung: StreamingRung
    if account is not None:
        rung = provider_rungs(account, Spending(prices, usage))[-1]  # whole known texts go over HTTP
    else:
        rung = ClauseByClause(local_rungs(models)[0])
    spoken = there = ms = characters = 0
    failed: VoiceUnavailable | None = None
    try:
        await rung.start()
        voice = rung.voice(NEUTRAL)
        for clause in track(clauses, "speaking", console=console, transient=True):
            text = await spoken_text.write_out(clause)
            if not text or kept.holds(voice, NEUTRAL.settings, text):
                there += bool(text)
                continue
            try:
                sound = await _spoken(rung, text, pause_ms(clause, NEUTRAL.pace))
            except VoiceUnavailable as error:
                failed = error
                break
            cost = len(text) if account is not None else 0
            phrase = await asyncio.to_thread(kept.keep, text, voice, NEUTRAL.settings, sound, cost)
            spoken, ms, characters = spoken + 1, ms + phrase.ms, characters + cost
            if spoken % SAVED_EVERY == 0:
                await asyncio.to_thread(kept.save)
    finally:
        if spoken:
            await asyncio.to_thread(kept.save)
        await rung.stop()
        await asyncio.to_thread(usage.close)
        spoken_text.close()
    console.print(f"{voice}: {spoken} phrases spoken ({ms / 1_000:.0f} s), {there} were there, in {folder}")
    if account is not None and spoken:
        price = prices.of(account.model)
        dollars = characters / 1_000 * price.dollars_per_1000_characters
        console.print(
            f"{characters} characters: about {dollars:.2f} {prices.currency}, by the prices of {prices.as_of}"
        )
    if failed is not None:
        console.print(f"broken off: {failed}; run it again to go on", style="bold red", markup=False)
    return failed is None


async def _spoken(rung: StreamingRung, text: str, pause: float) -> PcmChunk:
    async def lines() -> AsyncGenerator[Line, None]:
        yield Line(text, 0, "", pause)

    pcm, rate_hz = bytearray(), 0
    async with contextlib.aclosing(rung.speak(lines(), NEUTRAL)) as pieces:
        async for piece in pieces:
            pcm += piece.sound.samples
            rate_hz = piece.sound.rate_hz
    return PcmChunk(bytes(pcm), rate_hz)
