"""`python -m voice_server`: the voice server's command line."""

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from rapport.errors import RapportError
from rapport.loopback import refuse_strangers
from rapport.speech.wyoming_voice import TcpAddress, parse_voice_uri
from rapport.telemetry import metrics, traces
from voice_server import cost, pregenerate, quality, smoke
from voice_server.elevenlabs import Account
from voice_server.serving import serve
from voice_server.settings import VoiceServerSettings

COMMANDS = {"cost": cost, "pregenerate": pregenerate, "quality": quality, "smoke": smoke}


def main() -> None:
    """Serve until SIGTERM or SIGINT, or do what a command says."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.umask(0o077)
    try:
        account = Account.taken_from(os.environ)
        told = {"RAPPORT_VOICE_STATE": str(arguments.state)} if arguments.state else {}
        settings = VoiceServerSettings.from_environment({**os.environ, **told})
        if arguments.command is not None:
            sys.exit(COMMANDS[arguments.command].run(arguments, account, settings))
        address = parse_voice_uri(arguments.uri)
        if isinstance(address, TcpAddress):
            # Whoever reaches the server may have it speak.
            refuse_strangers(address.host, allowed=arguments.allow_remote)
        metrics.serve(os.environ)
        traces.export("voice", os.environ)
        asyncio.run(serve(address, arguments.models, arguments.domain, account, settings))
    except RapportError as error:
        sys.exit(f"voice server: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m voice_server",
        description="Speaks text, over the Wyoming protocol. Without a command, it serves.",
    )
    parser.add_argument("--uri", default="unix://var/voice.sock", help="unix://PATH or tcp://HOST:PORT")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder with piper/*.onnx")
    parser.add_argument("--domain", type=Path, default=Path("domain.yml"), help="Rasa's domain: the fixed wordings")
    parser.add_argument("--state", type=Path, help="folder of what it keeps (RAPPORT_VOICE_STATE)")
    parser.add_argument(
        "--allow-remote", action="store_true", help="listen on an address that other machines can reach"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, module in sorted(COMMANDS.items()):
        about, _, _ = (module.__doc__ or "").partition("\n")
        module.add_to(commands.add_parser(name, help=about, description=module.__doc__))
    return parser


if __name__ == "__main__":
    main()
