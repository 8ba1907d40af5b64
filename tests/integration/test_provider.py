"""A provider's voice through the whole stack: only after a yes, whole when it fails, and nothing left."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.emulator_process import KEY, EmulatorProcess
from tests.integration.speaking import ask, heard_in, share_of
from tests.voice_process import have_piper

Spoken = Callable[[str], bytes]

pytestmark = pytest.mark.skipif(not have_piper(), reason="the local voice is absent; `make models` gets it")


@pytest.fixture(scope="module")
def stack(provider_stack: Stack) -> Stack:
    return provider_stack


def _people(stack: Stack, token: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{stack.people}/v1/{path}",
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def _asked(emulator: EmulatorProcess) -> int:
    return len(emulator.control("requests"))


async def test_a_key_and_a_yes_are_all_it_takes(
    stack: Stack, emulator: EmulatorProcess, home: Path, spoken: Spoken, vosk: RecognizerModel
) -> None:
    """Spoken questions, answers that are listened to: local, by the provider, by a stand-in, and local again."""
    token = await asyncio.to_thread(fetch_token, stack.page)

    async def answered(question: str) -> tuple[str, int, VoiceClient]:
        before = _asked(emulator)
        async with VoiceClient.connect(stack.page, token=token) as client:
            _, reply = await ask(client, spoken(question))
            await client.playback.idle()
            assert share_of(reply, heard_in(client, vosk)) > 0.6, (reply, heard_in(client, vosk))
            return reply, _asked(emulator) - before, client

    _, asked, _ = await answered("what time is it in tokyo")
    assert asked == 0, "nothing may leave the machine before the yes"

    for purpose in ("cloud_speech", "memory"):
        _people(stack, token, "PUT", f"consents/{purpose}", {"version": 1})
    reply, asked, client = await answered("what time is it in london")
    assert asked > 0
    words = [message.fields for message in client.received if message.fields["type"] == "words"]
    assert " ".join(word["word"] for message in words for word in message["words"]) == " ".join(reply.split())
    assert not any(message.fields["type"] == "voice" for message in client.received)
    assert list((home / "voice/clips").glob("o_*/*")), "what was said to somebody who is remembered is kept"

    for path in ("*/multi-stream-input", "*/stream"):
        emulator.control("faults", "POST", kind="error", path=path, times=None, status=503, handshake=True)
    emulator.control("hangup", "POST")
    _, _, client = await answered("what time is it in berlin")
    assert any(message.fields["type"] == "voice" for message in client.received), "a stand-in is told of"
    emulator.control("faults", "DELETE")

    _people(stack, token, "DELETE", "consents/cloud_speech")
    _, asked, _ = await answered("what time is it in madrid")
    assert asked == 0

    receipt = await asyncio.to_thread(_people, stack, token, "POST", "erasure", {"confirm": "erase me"})
    assert "speech" in receipt["erased"]
    assert not list((home / "voice/clips").glob("o_*"))
    log = (home / "log").read_text(errors="replace")
    assert KEY not in log
    assert "tokyo" not in log.lower()
