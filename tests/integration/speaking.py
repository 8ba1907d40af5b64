"""Speaking to the running server, and listening to what comes back."""

import re

from channels.client import VoiceClient
from rapport.speech.audio import HEARING_RATE_HZ, Resampler
from rapport.speech.recognizer import RecognizerModel

LEAD = bytes(HEARING_RATE_HZ)
"""Half a second of silence, as a microphone has it before anybody speaks."""


def heard_in(client: VoiceClient, model: RecognizerModel) -> str:
    """What the recogniser makes of everything that came out of the loudspeaker."""
    resampler = Resampler(client.playback.rate_hz, HEARING_RATE_HZ)
    pcm = b"".join(tick.pcm for tick in client.playback.sounded)
    recognizer = model.recognizer()
    recognizer.accept(resampler.feed(pcm) + resampler.flush() + bytes(16_000), 0)
    return recognizer.finish().text


def share_of(words: str, among: str) -> float:
    """How many of the words were heard."""
    wanted, heard = (re.findall(r"[a-z']+", text.lower()) for text in (words, among))
    return sum(word in heard for word in wanted) / len(wanted)


async def ask(client: VoiceClient, pcm: bytes) -> tuple[str, str]:
    """Say something; give the final transcript and the reply's text."""
    seen = len(client.received)
    client.say(LEAD + pcm)
    reply = await client.reply(after=seen)
    return (await client.until("final", after=seen, understood=True))["text"], reply


async def typed(client: VoiceClient, text: str) -> str:
    """Type something; give the reply's text, once it was played."""
    seen = len(client.received)
    await client.send("text", text=text)
    return await client.reply(after=seen)
