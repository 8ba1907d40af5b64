"""Memory through the whole stack: told by voice in one session, asked in another after a restart, withdrawn, erased.

Each test runs its own stacks over a folder of people that outlives them.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from channels.client import ClientError, VoiceClient, fetch_token
from ops.stack import Stack, running_stack
from rapport.speech.recognizer import RecognizerModel
from rapport.tokens import Proofs
from tests.integration.speaking import ask, heard_in, typed

Spoken = Callable[[str], bytes]
TOKEN_KEY = "k" * 64


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where people are kept, from one stack to the next."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def start(home: Path) -> Callable[[], Any]:
    """Starts Rapport over the same people, as after a restart."""
    settings = {
        "RAPPORT_TOKEN_KEY": TOKEN_KEY,
        "RAPPORT_KEY": secrets.token_hex(32),
        "RAPPORT_MEMORY": f"embedded:{home / 'people'}",
        "RAPPORT_STATE": str(home / "state"),
        "RAPPORT_SESSIONS_PER_PERSON": "16",
    }
    return lambda: running_stack(settings, log=home / "log")


@pytest.fixture(scope="module")
def running(start: Callable[[], Any]) -> Iterator[Stack]:
    with start() as stack:
        yield stack


def posted(url: str, message: dict[str, Any]) -> str:
    request = urllib.request.Request(url, json.dumps(message).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.read().decode())


async def test_what_was_told_by_voice_is_known_after_a_restart_until_consent_is_withdrawn(
    start: Callable[[], Any], home: Path, spoken: Spoken, vosk: RecognizerModel
) -> None:
    with start() as stack:
        token = await asyncio.to_thread(fetch_token, stack.page)
        async with VoiceClient.connect(stack.page, token=token) as client:
            _, asked = await ask(client, spoken("remember that my sister lives in london"))
            assert "remember" in asked.lower()
            assert not list((home / "people").glob("p_*")), "nothing may be kept before the answer"
            await ask(client, spoken("yes please"))

    with start() as stack:
        token = await asyncio.to_thread(fetch_token, stack.page, previous=token)
        async with VoiceClient.connect(stack.page, token=token) as client:
            _, answer = await ask(client, spoken("where does my sister live"))
            assert "london" in answer.lower()
            assert "london" in heard_in(client, vosk)

            said = [await ask(client, spoken("please stop remembering things about me"))]
            said += [await ask(client, spoken("yes please"))]
            said += [await ask(client, spoken("where does my sister live"))]
            assert "london" not in said[-1][1].lower(), said

    log = (home / "log").read_text(errors="replace").lower()
    assert "london" not in log
    assert "sister" not in log


async def test_a_session_knows_its_own_person_only(running: Stack) -> None:
    async with VoiceClient.connect(running.page) as anna:
        await typed(anna, "remember that my brother lives in Lisbon")
        await typed(anna, "yes")
        assert "lisbon" in (await typed(anna, "where does my brother live")).lower()
    async with VoiceClient.connect(running.page) as ben:
        assert "lisbon" not in (await typed(ben, "where does my brother live")).lower()


async def test_a_forged_proof_over_rest_reaches_nobody(running: Stack) -> None:
    """REST lets anybody send metadata; only what the channel signed for this very session counts."""
    async with VoiceClient.connect(running.page) as anna:
        await typed(anna, "remember that my aunt lives in Vienna")
        await typed(anna, "yes")
        token = await asyncio.to_thread(fetch_token, running.page)
        proofs = [
            {"person": "p_" + "a" * 24},
            {"proof": token},
            {"proof": Proofs("x" * 64).turn("p_" + "a" * 24, anna.session, ttl_s=60)},
            {"proof": Proofs(TOKEN_KEY).turn("p_" + "a" * 24, "s_other", ttl_s=60)},
            {},
        ]
        for metadata in proofs:
            message = {"sender": "rest-1", "message": "where does my aunt live", "metadata": metadata}
            body = await asyncio.to_thread(posted, f"{running.url}/webhooks/rest/webhook", message)
            assert json.loads(body), "never silence"
            assert "vienna" not in body.lower()


async def test_who_asks_for_it_is_erased_and_told_so(running: Stack, home: Path) -> None:
    async with VoiceClient.connect(running.page) as client:
        await typed(client, "remember that my parrot is called Quincy")
        await typed(client, "yes")
        people = {folder.name for folder in (home / "people").glob("p_*")}
        await typed(client, "delete everything about me")
        seen = len(client.received)
        await client.send("text", text="yes")

        receipt = (await client.until("show", after=seen))["receipt"]
        with pytest.raises(ClientError, match="erased"):
            await client.until("never", after=seen)

    erased = people - {folder.name for folder in (home / "people").glob("p_*")}
    assert len(erased) == 1
    assert receipt["memories"] == 1
    assert "conversations" in receipt["erased"]
    needles = [next(iter(erased)).encode(), b"Quincy", b"quincy"]
    found = [
        file.relative_to(home)
        for file in home.rglob("*")
        if file.is_file() and any(needle in file.read_bytes() for needle in needles)
    ]
    assert found == []
