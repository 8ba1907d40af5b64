"""A list by voice, through the running stack: begun under consent, known in the next session, and ticked off."""

import asyncio
from collections.abc import Callable

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.integration.speaking import ask, heard_in

Spoken = Callable[[str], bytes]


async def test_a_shopping_list_from_the_first_thing_to_the_last(
    stack: Stack, spoken: Spoken, vosk: RecognizerModel
) -> None:
    token = await asyncio.to_thread(fetch_token, stack.page)

    async with VoiceClient.connect(stack.page, token=token) as client:
        transcript, reply = await ask(client, spoken("add milk and eggs to my shopping list"))
        assert "milk and eggs" in transcript
        assert "May I remember" in reply
        await client.playback.idle()
        _, reply = await ask(client, spoken("yes you may"))
        assert "milk and eggs" in reply
        await client.playback.idle()

    async with VoiceClient.connect(stack.page, token=token) as client:
        _, reply = await ask(client, spoken("what's on my shopping list"))
        assert "milk and eggs" in reply
        await client.playback.idle()
        assert "milk" in heard_in(client, vosk)
        _, reply = await ask(client, spoken("i bought the milk"))
        assert "milk" in reply
        assert "one thing" in reply
        await client.playback.idle()
        _, reply = await ask(client, spoken("clear my shopping list"))
        assert "one thing" in reply
        await client.playback.idle()
        _, reply = await ask(client, spoken("yes"))
        assert "shopping list" in reply
        await client.playback.idle()
        _, reply = await ask(client, spoken("which lists do i have"))
        assert "list" in reply
        assert "with" not in reply  # as a list that there is would be told
