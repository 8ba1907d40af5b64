"""What is spoken in noise, through the running stack: misheard at first, and heard again."""

import asyncio
from collections.abc import Callable

import numpy as np

from channels.client import VoiceClient, fetch_token
from ops.stack import Stack
from rapport.speech.audio import HEARING_RATE_HZ
from tests.integration.speaking import ask

SNR_DB = 2
LEAD_S, TAIL_S = 0.5, 1.0

TRIES = 2
"""On a busy machine the second opinion may come too late (`second_opinion.LONGEST_S`), and then is not waited for."""


def in_noise(pcm: bytes) -> bytes:
    """Under a soft hiss, seeded."""
    speech = np.frombuffer(pcm, "<i2").astype(float)
    edges = [np.zeros(int(seconds * HEARING_RATE_HZ)) for seconds in (LEAD_S, TAIL_S)]
    sound = np.concatenate([edges[0], speech, edges[1]])
    noise = np.convolve(np.random.default_rng(7).normal(size=len(sound)), np.ones(4) / 4, "same")
    noise *= np.sqrt(np.mean(speech**2) / np.mean(noise**2)) / 10 ** (SNR_DB / 20)
    return np.clip(sound + noise, -32_768, 32_767).astype("<i2").tobytes()


async def test_what_noise_hid_is_understood_all_the_same(stack: Stack, spoken: Callable[[str], bytes]) -> None:
    """The words on the page are mended, and the answer is to what was said."""
    token = await asyncio.to_thread(fetch_token, stack.page)

    for _ in range(TRIES):
        async with VoiceClient.connect(stack.page, token=token) as client:
            _, reply = await ask(client, in_noise(spoken("Tell me what you are.")))
            finals = [each.fields["text"] for each in client.received if each.fields["type"] == "final"]
        if len(finals) > 1:
            break

    assert len(finals) == 2
    assert finals[0] != finals[1] == "tell me what you are"
    assert "Rapport" in reply, reply
