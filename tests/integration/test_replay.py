"""Recorded with consent in one session, replayed through another Rapport: `make replay`, as an operator runs it."""

import asyncio
import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

from channels.client import VoiceClient, fetch_token
from ops.layout import ROOT, python_of
from ops.stack import running_stack
from tests.integration.speaking import ask, typed

REPLAY_S = 300


async def test_what_was_recorded_is_replayed_and_nothing_personal_is(
    tmp_path: Path, spoken: Callable[[str], bytes]
) -> None:
    settings = {
        "RAPPORT_TOKEN_KEY": secrets.token_hex(32),
        "RAPPORT_KEY": secrets.token_hex(32),
        "RAPPORT_MEMORY": f"embedded:{tmp_path / 'people'}",
        "RAPPORT_STATE": str(tmp_path / "state"),
    }
    with running_stack(settings) as stack:
        token = await asyncio.to_thread(fetch_token, stack.page)
        async with VoiceClient.connect(stack.page, token=token) as client:
            for text in (
                "remember that my sister lives in madrid",
                "yes",
                "you may keep recordings of my voice",
                "yes",
            ):
                await typed(client, text)
        async with VoiceClient.connect(stack.page, token=token) as client:
            for text in ("what day is it today", "what time is it in madrid"):
                await ask(client, spoken(text))
                await client.playback.idle()
            await client.send("control", action="end")
            await client.socket.wait_closed()

    # Rapport ended only once what the session was about had been kept.
    replayed = await asyncio.to_thread(
        subprocess.run,
        [str(python_of("services")), "-m", "ops.replay", "--utterances", "0", "--json", str(tmp_path / "figures.json")],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=REPLAY_S,
        check=False,
    )

    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "1 recorded turns of 1 sessions" in replayed.stdout
    assert "recordings: 1 turns, 0 not answered" in replayed.stdout
    assert "intent 100%, slots 100%, answer 100%" in replayed.stdout
