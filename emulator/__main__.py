"""`python -m emulator`: the emulator's command line."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn

from emulator.app import make_app
from emulator.local_ears import LocalEars
from emulator.local_voice import own_voice
from emulator.speaking import Speaker
from emulator.state import Emulator
from rapport.errors import RapportError, SettingsError
from rapport.loopback import refuse_strangers
from rapport.speech.synthesizer import Synthesizer
from rapport.speech.wyoming_voice import WyomingSynthesizer

logger = logging.getLogger("emulator")

END_WITHIN_S = 3
"""Seconds that connections have to end after SIGTERM."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # uvicorn tells the address of each socket, which may hold a token, and complains of cuts that were asked for.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(lambda record: "without completing" not in record.getMessage())
    for name in [name for name in os.environ if name.startswith("ELEVENLABS_")]:
        del os.environ[name]  # the child must speak by itself, not through a provider, or through us
    try:
        refuse_strangers(arguments.host, allowed=arguments.allow_remote)
        asyncio.run(_serve(arguments))
    except RapportError as error:
        sys.exit(f"emulator: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulator", description="An ElevenLabs-compatible server that speaks with the local voice."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8123, help="0: any that is free; the first line says which")
    parser.add_argument("--key", default="emulator-key", help="the API key that may do everything")
    parser.add_argument("--voice", help="a Wyoming voice that runs: unix://PATH or tcp://HOST:PORT; else its own")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder with piper/*.onnx")
    parser.add_argument("--certificate", type=Path, help="a PEM file with certificate and key: serve TLS")
    parser.add_argument("--allow-remote", action="store_true", help="listen where other machines can reach it")
    return parser


class _Server(uvicorn.Server):
    """uvicorn, which leaves signals to us: it would end the process by them before our voice is stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    listener = _bound(arguments.host, arguments.port)
    serving = asyncio.create_task(_listen(arguments, listener, stop))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await asyncio.wait({serving}, timeout=END_WITHIN_S + 1)
    finally:
        for task in (serving, stopping):
            task.cancel()
        await asyncio.wait({serving, stopping})
        listener.close()
    if not serving.cancelled():
        serving.result()
    logger.info("stopped")


async def _listen(arguments: argparse.Namespace, listener: socket.socket, stop: asyncio.Event) -> None:
    async with _voice(arguments) as voice, contextlib.aclosing(LocalEars(arguments.models)) as ears:
        config = uvicorn.Config(
            make_app(Emulator(Speaker(voice), arguments.key, ears)),
            access_log=False,
            log_config=None,
            server_header=False,
            lifespan="off",
            ws_per_message_deflate=False,
            ssl_certfile=arguments.certificate,
            timeout_graceful_shutdown=END_WITHIN_S,
        )
        server = _Server(config)
        ending = asyncio.create_task(_end_when(stop, server))
        host, port = listener.getsockname()[:2]
        scheme = "https" if arguments.certificate else "http"
        logger.info("listens at %s://%s:%d", scheme, f"[{host}]" if ":" in host else host, port)
        try:
            await server.serve(sockets=[listener])
        finally:
            ending.cancel()
            await asyncio.wait({ending})


async def _end_when(stop: asyncio.Event, server: uvicorn.Server) -> None:
    await stop.wait()
    server.should_exit = True


@contextlib.asynccontextmanager
async def _voice(arguments: argparse.Namespace) -> AsyncIterator[Synthesizer]:
    if arguments.voice is None:
        async with own_voice(arguments.models) as voice:
            yield voice
        return
    named = WyomingSynthesizer(arguments.voice)
    try:
        yield named
    finally:
        await named.close()


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        raise SettingsError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
    return listener


if __name__ == "__main__":
    main()
