"""`python -m listening_server`: hears again what the channel is unsure of."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from functools import partial
from pathlib import Path

from wyoming.server import AsyncServer, AsyncTcpServer, AsyncUnixServer

from listening_server.handler import ListeningHandler
from listening_server.whisper import Whisper
from rapport.errors import RapportError
from rapport.loopback import refuse_strangers
from rapport.speech.wyoming_voice import TcpAddress, UnixAddress, parse_voice_uri

WARM_UP = bytes(32_000)
"""A second of silence: the first utterance takes longer than the others."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m listening_server", description=__doc__)
    parser.add_argument("--uri", default="unix://var/listening.sock", help="unix://PATH or tcp://HOST:PORT")
    parser.add_argument("--model", type=Path, default=Path("models/whisper"), help="folder of a CTranslate2 Whisper")
    parser.add_argument(
        "--allow-remote", action="store_true", help="listen on an address that other machines can reach"
    )
    arguments = parser.parse_args()
    # faster-whisper tells at INFO how long what it heard was.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    os.umask(0o077)
    try:
        address = parse_voice_uri(arguments.uri)
        if isinstance(address, TcpAddress):
            # Whoever reaches the server may have it work.
            refuse_strangers(address.host, allowed=arguments.allow_remote)
        whisper = Whisper(arguments.model)
        whisper.hear(WARM_UP)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_server(address).run(partial(ListeningHandler, whisper=whisper, turn=asyncio.Lock())))
    except RapportError as error:
        sys.exit(f"listening server: {error}")


def _server(address: TcpAddress | UnixAddress) -> AsyncServer:
    """Ends at SIGTERM."""
    if isinstance(address, TcpAddress):
        return AsyncTcpServer(address.host, address.port)
    return AsyncUnixServer(address.path)


if __name__ == "__main__":
    main()
