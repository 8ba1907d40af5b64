"""Timers by voice, through the running stack: set, rung with a chime, put off, and told after a restart."""

import asyncio
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack, running_stack
from rapport.speech.recognizer import RecognizerModel
from tests.integration.speaking import ask, heard_in

Spoken = Callable[[str], bytes]


async def rung(client: VoiceClient, after: int) -> str:
    """What is said unasked, after its chime, once it was played."""
    chime = await client.until("reply", after=after, text="")
    await client.until("reply_end", after=after, turn=chime["turn"])
    await client.playback.idle()
    told = [each.fields for each in client.received[after:] if each.fields["type"] in ("reply", "final")]
    assert all(each["turn"] != chime["turn"] for each in told if each["type"] == "final")
    return " ".join(each["text"] for each in told if each["turn"] == chime["turn"]).strip()


async def test_a_timer_rings_and_is_put_off_without_any_consent(
    stack: Stack, stack_log: Path, spoken: Spoken, vosk: RecognizerModel
) -> None:
    """The conversation holds it, and it goes with the conversation."""
    token = await asyncio.to_thread(fetch_token, stack.page)
    async with VoiceClient.connect(stack.page, token=token) as client:
        transcript, reply = await ask(client, spoken("set a laundry timer for five seconds"))
        assert "five seconds" in transcript
        assert "five seconds" in reply
        seen = len(client.received)
        told = await rung(client, seen)
        assert "laundry timer" in told
        assert "laundry" in heard_in(client, vosk)

        _, reply = await ask(client, spoken("give me ten more seconds"))
        assert "ten seconds" in reply
        _, reply = await ask(client, spoken("how much time is left on the timer"))
        assert "seconds" in reply
        seen = len(client.received)
        assert "laundry timer" in await rung(client, seen)
        _, reply = await ask(client, spoken("thank you"))
        assert reply

    async with VoiceClient.connect(stack.page, token=token) as client:
        _, reply = await ask(client, spoken("what timers do i have"))
        assert "timer" in reply
        assert "laundry" not in reply
    assert "laundry" not in stack_log.read_text(errors="replace")


async def test_a_reminder_is_asked_about_kept_and_told_after_a_restart(tmp_path: Path, spoken: Spoken) -> None:
    settings = {
        "RAPPORT_TOKEN_KEY": "k" * 64,
        "RAPPORT_KEY": secrets.token_hex(32),
        "RAPPORT_MEMORY": f"embedded:{tmp_path / 'people'}",
        "RAPPORT_STATE": str(tmp_path / "state"),
    }
    with running_stack(settings, log=tmp_path / "log") as stack:
        token = await asyncio.to_thread(fetch_token, stack.page)
        async with VoiceClient.connect(stack.page, token=token) as client:
            _, reply = await ask(client, spoken("wake me up tomorrow at half past six"))
            assert "May I remember" in reply
            _, reply = await ask(client, spoken("yes you may"))
            assert "half past six in the morning" in reply
            _, reply = await ask(client, spoken("remind me to call my mother"))
            assert "?" in reply
            _, reply = await ask(client, spoken("in ten seconds"))
            assert "call your mother" in reply

    with running_stack(settings, log=tmp_path / "log") as stack:
        async with VoiceClient.connect(stack.page, token=token) as client:
            seen = len(client.received)
            _, reply = await ask(client, spoken("hello"))
            said = reply if "call your mother" in reply else await rung(client, seen)
            assert "call your mother" in said
            _, reply = await ask(client, spoken("when is my alarm"))
            assert "half past six in the morning" in reply
            _, reply = await ask(client, spoken("cancel my alarm"))
            assert "alarm" in reply
            _, reply = await ask(client, spoken("do i have any alarms"))
            assert "half past six" not in reply
    assert "mother" not in (tmp_path / "log").read_text(errors="replace")


@pytest.mark.parametrize("order", ["", "Bearer nonsense"])
async def test_only_the_peoples_side_has_anything_told(stack: Stack, order: str) -> None:
    request = urllib.request.Request(f"{stack.page.rstrip('/')}/due", b"", {"Authorization": order}, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, request)
    assert refused.value.code == 401
