"""An emulator that listens, with a scripted voice, and its end in reach of the test."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from emulator.app import make_app
from emulator.speaking import Speaker
from emulator.state import Emulator
from tests.fakes.synthesizer import ScriptedSynthesizer

KEY = "key-of-a-test"
VOICE = "21m00Tcm4TlvDq8ikWAM"
FLASH = "eleven_flash_v2_5"
DITHER = 8


@dataclass
class Listening:
    """An emulator on a port of this machine."""

    emulator: Emulator
    voice: ScriptedSynthesizer
    port: int
    tls: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def client(self, key: str = KEY) -> httpx.Client:
        """For endpoints of the provider and of the emulator."""
        return httpx.Client(base_url=self.url, headers={"xi-api-key": key}, timeout=20)

    def speech(self, text: str = "Good morning.", *, how: str = "", key: str = KEY, **query: Any) -> httpx.Response:
        """Ask for speech; `body` is what the body holds besides."""
        body = {"text": text, "model_id": FLASH, **query.pop("body", {})}
        with self.client(key) as client:
            return client.post(
                f"/v1/text-to-speech/{VOICE}{how}", json=body, params={"output_format": "pcm_16000", **query}
            )

    def socket(self, kind: str = "stream-input", *, key: str | None = KEY, voice: str = VOICE, **query: Any) -> connect:
        """Open a socket."""
        asked = {"model_id": FLASH, "output_format": "pcm_16000", **query}
        parameters = "&".join(
            f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in asked.items()
        )
        return connect(
            f"ws://127.0.0.1:{self.port}/v1/text-to-speech/{voice}/{kind}?{parameters}",
            additional_headers={} if key is None else {"xi-api-key": key},
        )

    def switch(self, **switches: Any) -> None:
        with self.client() as client:
            client.patch("/_emulator/switches", json=switches).raise_for_status()

    def fault(self, kind: str, **values: Any) -> None:
        with self.client() as client:
            client.post("/_emulator/faults", json={"kind": kind, **values}).raise_for_status()

    def state(self) -> dict[str, Any]:
        with self.client() as client:
            return client.get("/_emulator").json()


@contextlib.contextmanager
def listening(certificate: Path | None = None) -> Iterator[Listening]:
    """Serve an emulator from a thread."""
    voice = ScriptedSynthesizer()
    emulator = Emulator(Speaker(voice), KEY)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(
        make_app(emulator),
        log_level="warning",
        access_log=False,
        lifespan="off",
        ssl_certfile=certificate,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield Listening(emulator, voice, listener.getsockname()[1], tls=certificate is not None)
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture(scope="module")
def _one() -> Iterator[Listening]:
    with listening() as one:
        yield one


@pytest.fixture
def here(_one: Listening) -> Listening:
    """An emulator in its first state."""
    _one.voice.__init__()  # type: ignore[misc]
    with _one.client() as client:
        client.post("/_emulator/reset").raise_for_status()
    return _one


def same_sound(one: bytes, other: bytes) -> bool:
    """Whether two stretches of PCM are the same, but for the resampler's dither."""
    first, second = (numpy.frombuffer(pcm, dtype="<i2").astype(int) for pcm in (one, other))
    return len(first) == len(second) > 0 and bool(numpy.abs(first - second).max() <= DITHER)


async def frames_until_end(socket: ClientConnection, within_s: float = 10) -> list[dict[str, Any]]:
    """Every frame until one is final, is an error, or the socket closes."""
    import json

    from websockets.exceptions import ConnectionClosed

    frames: list[dict[str, Any]] = []
    with contextlib.suppress(ConnectionClosed):
        while not (frames and (frames[-1].get("isFinal") or frames[-1].get("is_final") or "error" in frames[-1])):
            frames.append(json.loads(await asyncio.wait_for(socket.recv(), within_s)))
    return frames
