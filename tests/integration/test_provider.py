"""A provider's voice through the whole stack: only after a yes, whole when it fails, and nothing left."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.emulator_process import KEY, EmulatorProcess
from tests.integration.speaking import ask, heard_in, share_of
from tests.integration.test_second_opinion import TRIES, in_noise
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


async def test_unclear_sound_goes_to_the_provider_only_after_a_yes(
    stack: Stack, emulator: EmulatorProcess, spoken: Spoken
) -> None:
    """And is heard again on this machine before it, and once it is taken back."""
    noisy = in_noise(spoken("Tell me what you are."))
    token = await asyncio.to_thread(fetch_token, stack.page)
    await asyncio.to_thread(_wake_ears, emulator)

    async def sent() -> int:
        """How often sound was sent there for one question, which is understood in any case."""
        for _ in range(TRIES):
            before = len(_heard(emulator))
            async with VoiceClient.connect(stack.page, token=token, speech=False) as client:
                _, reply = await ask(client, noisy)
            if "Rapport" in reply:
                break
        assert "Rapport" in reply, reply
        return len(_heard(emulator)) - before

    assert await sent() == 0
    await asyncio.to_thread(_people, stack, token, "PUT", "consents/cloud_speech", {"version": 1})
    assert await sent() == 1
    emulator.control("faults", "POST", kind="error", path="/v1/speech-to-text", times=1, status=503)
    await sent()
    await asyncio.to_thread(_people, stack, token, "DELETE", "consents/cloud_speech")
    assert await sent() == 0


def _heard(emulator: EmulatorProcess) -> list[dict[str, Any]]:
    return [each for each in emulator.control("requests") if each["path"] == "/v1/speech-to-text"]


def _wake_ears(emulator: EmulatorProcess) -> None:
    """The first utterance waits for the model to be loaded, which a provider's has been."""
    answer = requests.post(
        f"{emulator.url}/v1/speech-to-text",
        headers={"xi-api-key": KEY},
        data={"model_id": "scribe_v2", "file_format": "pcm_s16le_16"},
        files={"file": bytes(32_000)},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
