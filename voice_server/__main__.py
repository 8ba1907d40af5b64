"""`python -m voice_server`: the voice server's command line, its socket, and its orderly end."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from rapport.errors import ModelMissing, RapportError, SettingsError
from rapport.loopback import refuse_strangers
from rapport.speech.wyoming_voice import TcpAddress, UnixAddress, parse_voice_uri
from voice_server.cloning import CloneProvider, Clones
from voice_server.elevenlabs import Account
from voice_server.espeak import EspeakVoice
from voice_server.grants import Grants
from voice_server.ladder import Ladder, Rung, StreamingRung
from voice_server.orders import Orders
from voice_server.own_voices import OwnSound
from voice_server.piper import PiperVoice
from voice_server.settings import VoiceServerSettings
from voice_server.spoken_text import SpokenText
from voice_server.turnstile import Turnstile
from voice_server.utterance import Speech
from voice_server.wyoming_server import SpeakingHandler

logger = logging.getLogger("voice_server")


def main() -> None:
    """Run the voice server until SIGTERM or SIGINT."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.umask(0o077)
    try:
        account = Account.taken_from(os.environ)
        settings = VoiceServerSettings.from_environment(os.environ)
        address = parse_voice_uri(arguments.uri)
        if isinstance(address, TcpAddress):
            # Whoever reaches the server may have it speak.
            refuse_strangers(address.host, allowed=arguments.allow_remote)
        asyncio.run(_serve(address, arguments.models, account, settings))
    except RapportError as error:
        sys.exit(f"voice server: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m voice_server", description="Speaks text, over the Wyoming protocol."
    )
    parser.add_argument("--uri", default="unix://var/voice.sock", help="unix://PATH or tcp://HOST:PORT")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder with piper/*.onnx")
    parser.add_argument(
        "--allow-remote", action="store_true", help="listen on an address that other machines can reach"
    )
    return parser


async def _serve(
    address: UnixAddress | TcpAddress, models: Path, account: Account | None, settings: VoiceServerSettings
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await _refuse_a_second_server(address)
    ladder = Ladder(_rungs(models), _providers(account))
    logger.info("voices: %s", ", then ".join(ladder.names))
    spoken_text = SpokenText()
    clones = Clones(settings.state, _clone_provider(account))
    own_sound = OwnSound(ladder, provider=account is not None)
    orders = Orders(
        settings.key, {"clone": clones.clone, "clone-delete": clones.delete, "own-voices": own_sound.voices}
    )
    grants = Grants(settings.grants_url, settings.key) if settings.grants_url else None
    try:
        if await _unless(stop, ladder.start()):
            await clones.start()
            async with _listening(address, Speech(ladder, spoken_text, grants), orders):
                logger.info("speaks at %s", address)
                await stop.wait()
    finally:
        await ladder.stop()
        await clones.stop()
        spoken_text.close()
        if grants:
            await grants.close()
    logger.info("stopped")


def _rungs(models: Path) -> list[Rung]:
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


def _providers(account: Account | None) -> list[StreamingRung]:
    if account is None:
        return []
    # Heavy, and of no use without a key.
    from voice_server.elevenlabs_http import ElevenLabsHttp
    from voice_server.elevenlabs_socket import ElevenLabsSocket

    turnstile = Turnstile(account.concurrency)
    return [ElevenLabsSocket(account, turnstile), ElevenLabsHttp(account, turnstile)]


def _clone_provider(account: Account | None) -> CloneProvider | None:
    if account is None:
        return None
    from voice_server.elevenlabs_clones import ElevenLabsClones  # heavy, and of no use without a key

    return ElevenLabsClones(account)


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
async def _listening(address: UnixAddress | TcpAddress, speech: Speech, orders: Orders) -> AsyncIterator[None]:
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        connections.add(connection)
        try:
            await SpeakingHandler(reader, writer, speech, orders).run()
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


if __name__ == "__main__":
    main()
