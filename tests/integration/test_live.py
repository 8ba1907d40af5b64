"""The voice server's ways to the provider, one by one: at the emulator, or at itself by `make test-live`."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from tests.live import BUDGET, live, provider_from_environment
from tests.unit.emulator.conftest import KEY, listening
from tests.voice_process import ROOT, SERVICES_PYTHON
from voice_server.elevenlabs import RATE_HZ, Account
from voice_server.elevenlabs_http import ElevenLabsHttp
from voice_server.elevenlabs_socket import ElevenLabsSocket
from voice_server.ladder import StreamingRung
from voice_server.manner import NEUTRAL
from voice_server.prices import read_prices
from voice_server.script import Line
from voice_server.smoke import TEXT
from voice_server.spending import Spending
from voice_server.turnstile import Turnstile

pytestmark = pytest.mark.live

FIRST, SECOND = "Good morning to you.", "It is twenty past four."
MS_PER_CHARACTER = (25.0, 200.0)
"""As of any speech; see `voice_server/smoke.py`."""


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, str]]:
    """What tells a voice server of the provider."""
    if live():
        yield provider_from_environment()
        return
    with listening() as provider:
        yield {"ELEVENLABS_API_KEY": KEY, "ELEVENLABS_BASE_URL": provider.url}


def test_smoke_finds_nothing_wrong(told: dict[str, str], tmp_path: Path) -> None:
    """One synthesis over HTTP and one over the socket, with their metadata."""
    for _ in range(2):
        BUDGET.ask(TEXT)
    ran = subprocess.run(
        [SERVICES_PYTHON, "-m", "voice_server", "--state", tmp_path, "smoke"],
        cwd=ROOT,
        env={**os.environ, **told, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "wrong" not in ran.stdout


async def lines() -> AsyncGenerator[Line, None]:
    """Two clauses."""
    for text, start, before in ((FIRST, 0, ""), (SECOND, len(FIRST) + 1, f"{FIRST} ")):
        BUDGET.ask(text)
        yield Line(text, start, before, 0.0)


@pytest.mark.parametrize("way", [ElevenLabsSocket, ElevenLabsHttp], ids=["socket", "http"])
async def test_two_clauses_are_spoken_whole(
    told: dict[str, str], way: type[ElevenLabsSocket] | type[ElevenLabsHttp]
) -> None:
    """Sound as long as speech is, to the last character, and no failure on the way."""
    account = Account.taken_from(dict(told))
    assert account is not None
    rung: StreamingRung = way(account, Turnstile(), Spending(read_prices()))
    await rung.start()
    try:
        async with contextlib.aclosing(rung.speak(lines(), NEUTRAL)) as pieces:
            spoken = [piece async for piece in pieces]
    finally:
        await rung.stop()

    sound_ms = sum(piece.sound.duration_ms for piece in spoken)
    least, most = (each * len(FIRST + SECOND) for each in MS_PER_CHARACTER)
    assert {piece.sound.rate_hz for piece in spoken} == {RATE_HZ}
    assert least < sound_ms < most
    assert spoken[-1].to == len(FIRST) + len(SECOND) + 2
