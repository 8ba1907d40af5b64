"""Two people ask the same, and are answered each in their own way; in another session, too."""

import asyncio
import re

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from tests.integration.speaking import typed

DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"


async def test_a_style_is_kept_and_is_somebody_s_own(stack: Stack) -> None:
    brief, other = [await asyncio.to_thread(fetch_token, stack.page) for _ in range(2)]

    async with VoiceClient.connect(stack.page, token=brief, streaming=False, speech=False) as client:
        await typed(client, "keep it short")
        await typed(client, "yes")
        assert re.fullmatch(f"{DAY}\\.", await typed(client, "what day is it today"))

    async with VoiceClient.connect(stack.page, token=brief, streaming=False, speech=False) as client:
        assert re.fullmatch(f"{DAY}\\.", await typed(client, "what day is it today"))
        assert "because you asked" in await why(client)
        await typed(client, "answer as usual")
        assert len((await typed(client, "what day is it today")).split()) > 1

    async with VoiceClient.connect(stack.page, token=other, streaming=False, speech=False) as client:
        assert len((await typed(client, "what day is it today")).split()) > 1


async def why(client: VoiceClient) -> str:
    """All of its variants name the style."""
    told = await typed(client, "why are you so brief")
    assert "in few words" in told.lower(), told
    return "because you asked"
