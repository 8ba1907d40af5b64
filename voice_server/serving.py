"""The voice server's life: its voices, its socket, what goes on beside it, and its orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from pathlib import Path
from typing import Any

from rapport.errors import SettingsError
from rapport.speech.spoken_text import SpokenText
from rapport.speech.wyoming_voice import TcpAddress, UnixAddress
from voice_server.budget import Budget
from voice_server.cache import ClipCache
from voice_server.catalogue import read_catalogue
from voice_server.clips import ClipStore
from voice_server.cloning import CloneProvider, Clones
from voice_server.elevenlabs import Account
from voice_server.grants import Grants
from voice_server.ladder import Ladder
from voice_server.orders import Handler, Orders
from voice_server.own_voices import OwnSound
from voice_server.phrases import clauses_of, fixed_wordings
from voice_server.pregenerated import Pregenerated
from voice_server.preview import Preview
from voice_server.prices import read_prices
from voice_server.quality import Sampling, dnsmos_at
from voice_server.rungs import engines, local_rungs, provider_rungs
from voice_server.settings import VoiceServerSettings
from voice_server.single_use import SingleUseTokens
from voice_server.spending import Spending
from voice_server.usage import Usage
from voice_server.utterance import Speech
from voice_server.voice_choice import VoiceChoice
from voice_server.wyoming_server import Hearing, SpeakingHandler

logger = logging.getLogger("voice_server")

SWEEP_S = 3_600.0
"""Between looks for clips that are too old."""


async def serve(
    address: UnixAddress | TcpAddress,
    models: Path,
    domain: Path,
    account: Account | None,
    settings: VoiceServerSettings,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        address: Where to listen.
        models: Folder with `piper/*.onnx`.
        domain: Rasa's domain file, with the fixed wordings.
        account: At the provider; None: only local voices speak.
        settings: See there.

    Raises:
        SettingsError, ModelMissing: Something that it is told can't be.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await _refuse_a_second_server(address)
    clones = Clones(settings.state, _clone_provider(account))
    prices = read_prices(settings.prices)
    phrases = Pregenerated.at(settings.phrases)
    rungs = local_rungs(models)
    catalogue = read_catalogue(settings.voices).spoken_by(engines(rungs, account))
    async with contextlib.AsyncExitStack() as stack:
        usage = Usage(settings.state / "usage.db", environment=settings.environment)
        stack.push_async_callback(asyncio.to_thread, usage.close)
        store = ClipStore(
            settings.state / "clips", most_bytes=settings.clip_bytes, longest_s=settings.clip_days * 24 * 3_600.0
        )
        clips = ClipCache(store, phrases, usage)
        stack.push_async_callback(asyncio.to_thread, clips.close)
        stack.push_async_callback(clones.stop)
        providers = provider_rungs(account, Spending(prices, usage)) if account else []
        ladder = Ladder(rungs, providers, clips)
        stack.push_async_callback(ladder.stop)
        spoken_text = SpokenText()
        stack.callback(spoken_text.close)
        budget = Budget(settings.limits, usage, prices, account.model) if account else None
        voices = VoiceChoice(catalogue, clones.clone_of, ladder.first_audio, account.speaking if account else None)
        speech = Speech(
            ladder,
            spoken_text,
            await _grants(stack, settings),
            frozenset(clauses_of(fixed_wordings(domain))),
            budget,
            usage,
            voices,
            await _sampling(stack, models, usage),
        )
        logger.info("voices: %s", ", then ".join(ladder.names))
        hearing = None
        if account and budget:
            from voice_server.scribe import Scribe  # heavy, and of no use without a key

            hearing = Scribe(account, speech.grants, budget, usage, prices, spoken_text)
            stack.push_async_callback(hearing.close)
        if await _unless(stop, ladder.start()):
            await _beside(stack, _sweeping(clips))
            await clones.start()
            own_sound = OwnSound(ladder, provider=account is not None)
            taken = {
                **orders(clips, usage, clones, SingleUseTokens(account, budget)),
                "own-voices": own_sound.voices,
                "preview": Preview(speech).speak,
                "voices": voices.listed,
            }
            if account:
                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, account.keys.look_now)
                await _beside(stack, account.keys.watch())
            async with _listening(address, speech, Orders(settings.key, taken), hearing):
                logger.info("speaks at %s", address)
                await stop.wait()
    logger.info("stopped")


def orders(clips: ClipCache, usage: Usage, clones: Clones, tokens: SingleUseTokens) -> Mapping[str, Handler]:
    """The orders that the people's side may give."""
    kept = (clones, clips, usage)

    async def forget(data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        for each in kept:
            await each.forget(str(data["owner"]))
        return {}

    async def traces(data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        return {"left": [line for each in kept for line in await each.traces(str(data["owner"]))]}

    async def expire(data: Mapping[str, Any], payload: bytes) -> dict[str, Any]:
        await clips.forget(str(data["owner"]))
        return {}

    return {
        "forget": forget,
        "traces": traces,
        "expire-clips": expire,
        "can-clone": clones.can,
        "clone": clones.clone,
        "clone-delete": clones.delete,
        "single-use-token": tokens.issue,
    }


def _clone_provider(account: Account | None) -> CloneProvider | None:
    if account is None:
        return None
    from voice_server.elevenlabs_clones import ElevenLabsClones  # heavy, and of no use without a key

    return ElevenLabsClones(account)


async def _grants(stack: contextlib.AsyncExitStack, settings: VoiceServerSettings) -> Grants | None:
    if not settings.grants_url:
        return None
    grants = Grants(settings.grants_url, settings.key)
    stack.push_async_callback(grants.close)
    return grants


async def _sampling(stack: contextlib.AsyncExitStack, models: Path, usage: Usage) -> Sampling:
    sampling = Sampling(dnsmos_at(models), usage)
    stack.push_async_callback(asyncio.to_thread, sampling.close)
    return sampling


async def _beside(stack: contextlib.AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Have something go on until the stack ends."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _sweeping(clips: ClipCache) -> None:
    while True:
        await clips.sweep()
        await asyncio.sleep(SWEEP_S)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, unless we are told to stop first; whether it was done."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        working.result()
        return not stop.is_set()
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


@contextlib.asynccontextmanager
async def _listening(
    address: UnixAddress | TcpAddress, speech: Speech, orders: Orders, hearing: Hearing | None
) -> AsyncIterator[None]:
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        connections.add(connection)
        try:
            await SpeakingHandler(reader, writer, speech, orders, hearing).run()
        finally:
            connections.discard(connection)

    try:
        if isinstance(address, UnixAddress):
            address.path.parent.mkdir(parents=True, exist_ok=True)
            server = await asyncio.start_unix_server(serve, address.path)
            address.path.chmod(0o600)
        else:
            server = await asyncio.start_server(serve, address.host, address.port)
    except OSError as error:
        raise SettingsError(f"cannot listen at {address}: {error.strerror or error}") from error
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        if isinstance(address, UnixAddress):
            address.path.unlink(missing_ok=True)


async def _refuse_a_second_server(address: UnixAddress | TcpAddress) -> None:
    """Tell a socket file that a dead server left, which is replaced, from one where a server listens."""
    if isinstance(address, UnixAddress):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_unix_connection(address.path)
            writer.close()
            raise SettingsError(f"another voice server listens at {address}; stop it, or choose another --uri")
