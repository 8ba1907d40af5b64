"""Somebody known by their voice, through the running stack: learnt, known again, and kept apart from another's."""

import asyncio
from collections.abc import Callable

import numpy as np
import soxr

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from rapport.speech.audio import HEARING_RATE_HZ
from tests.integration.speaking import ask, typed

Spoken = Callable[[str], bytes]
TRIES = 4
"""How often somebody says a new name in a session until it has to be heard: how it sounds is found out meanwhile."""
TALLER = 1.2
"""Played back this much faster, the local voice is somebody else's: higher, of a smaller head."""
ENOUGH = (
    "i would like to know how many grams there are in three and a half pounds of brown sugar for a very large cake",
    "could you please tell me what twelve hundred and sixty divided by forty eight is because i need it for school",
    "what is the time right now in the city of madrid and is it any later than it is here where we are sitting now",
)
"""Some five seconds of speech each."""


def somebody_else(pcm: bytes) -> bytes:
    speech = np.frombuffer(pcm, "<i2").astype(np.float32)
    faster = soxr.resample(speech, HEARING_RATE_HZ * TALLER, HEARING_RATE_HZ)
    return np.clip(faster, -32_768, 32_767).astype("<i2").tobytes()


async def spoken_to(client: VoiceClient, pcm: bytes) -> str:
    _, reply = await ask(client, pcm)
    await client.playback.idle()
    return reply


async def test_a_voice_is_learnt_and_a_stranger_s_gets_no_personal_answer(stack: Stack, spoken: Spoken) -> None:
    token = await asyncio.to_thread(fetch_token, stack.page)
    question = spoken("where does my sister live")

    async with VoiceClient.connect(stack.page, token=token) as client:
        for text in ("remember that my sister lives in rome", "yes", "learn my voice", "yes"):
            await typed(client, text)
        for text in ENOUGH:
            await spoken_to(client, spoken(text))
        assert "rome" in (await spoken_to(client, question)).lower()
        refused = await spoken_to(client, somebody_else(question))
        assert "rome" not in refused.lower()

    async with VoiceClient.connect(stack.page, token=token) as client:
        assert "rome" not in (await spoken_to(client, somebody_else(question))).lower()
        assert "rome" in (await spoken_to(client, question)).lower()
        for text in ("stop recognizing my voice", "yes"):
            await typed(client, text)
        assert "rome" in (await spoken_to(client, somebody_else(question))).lower()


async def test_what_is_on_a_list_is_heard_from_the_first_word_on(stack: Stack, spoken: Spoken) -> None:
    """To somebody who never bought it, it sounds like marrying."""
    token = await asyncio.to_thread(fetch_token, stack.page)
    sentence = spoken("do i need turmeric")

    async with VoiceClient.connect(stack.page, token=token) as client:
        before, _ = await ask(client, sentence)
        await client.playback.idle()
        for text in ("remember that i like turmeric", "yes", "put turmeric on the list"):
            await typed(client, text)
    async with VoiceClient.connect(stack.page, token=token) as client:
        after, _ = await ask(client, sentence)

    assert "turmeric" not in before
    assert "turmeric" in after


async def test_a_name_that_the_recogniser_does_not_know_is_heard_once_it_was_told(stack: Stack, spoken: Spoken) -> None:
    """No dictionary of Vosk's has it: it comes as "and catch it" to anybody else."""
    token = await asyncio.to_thread(fetch_token, stack.page)
    question = spoken("who is nkechi")

    async with VoiceClient.connect(stack.page, token=token) as client:
        before, _ = await ask(client, question)
        await client.playback.idle()
        for text in ("remember that my neighbour is called nkechi", "yes"):
            await typed(client, text)
    async with VoiceClient.connect(stack.page, token=token) as client:
        after: list[str] = []
        while len(after) < TRIES and "who is nkechi" not in after:
            after.append((await ask(client, question))[0])
            await client.playback.idle()

    assert "nkechi" not in before
    assert "who is nkechi" in after
