"""Voices by voice, through the running stack: said aloud, and heard in what comes back."""

import shutil
from collections.abc import Callable

import numpy as np

from channels.client import VoiceClient
from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.integration.speaking import ask, heard_in, share_of

Spoken = Callable[[str], bytes]

LOWEST_HZ, HIGHEST_HZ = 60, 300
FRAME_S = 0.04


async def test_a_deeper_voice_is_heard_deeper(stack: Stack, spoken: Spoken, vosk: RecognizerModel) -> None:
    """By some two semitones, and as well understood; it is asked whether that may be kept, and a no leaves it so."""
    async with VoiceClient.connect(stack.page, playback_hz=22_050) as client:
        _, reply = await ask(client, spoken("what is seven times eight"))
        await client.playback.idle()
        before = pitch_hz(_take(client), 22_050)

        transcript, reply = await ask(client, spoken("use a deeper voice"))
        assert "deeper" in transcript
        assert "May I keep a voice profile" in reply
        await client.playback.idle()
        assert share_of(reply, heard_in(client, vosk)) > 0.6
        after = pitch_hz(_take(client), 22_050)
        assert 0.84 < after / before < 0.95, f"{before:.0f} Hz became {after:.0f} Hz"

        await ask(client, spoken("no"))
        await client.playback.idle()
        _take(client)
        await ask(client, spoken("what is nine times eight"))
        await client.playback.idle()
        assert pitch_hz(_take(client), 22_050) / before < 0.95, "it holds for the session"


async def test_a_voice_is_chosen_by_its_accent(stack: Stack, spoken: Spoken) -> None:
    """And another one after it; what there is not is said."""
    async with VoiceClient.connect(stack.page) as client:
        said = []
        for words in ("use a scottish voice", "no", "use an irish voice", "go back to your normal voice"):
            said.append((await ask(client, spoken(words)))[1])
            await client.playback.idle()

    if shutil.which("espeak-ng"):
        assert "Duncan" in said[0]
    assert any(part in said[2].lower() for part in ("no such voice", "voice like that", "none like that"))
    assert any(part in said[3].lower() for part in ("usual", "myself", "normally"))


async def test_slower_is_heard_slower(stack: Stack, spoken: Spoken) -> None:
    async with VoiceClient.connect(stack.page) as client:
        lengths = []
        for words in ("what is six times eight", "speak slower", "what is six times eight"):
            await ask(client, spoken(words))
            await client.playback.idle()
            lengths.append(len(_take(client)))

    assert lengths[2] > 1.08 * lengths[0]


def _take(client: VoiceClient) -> bytes:
    """What was played since the last time."""
    pcm = b"".join(tick.pcm for tick in client.playback.sounded)
    client.playback.sounded.clear()
    return pcm


def pitch_hz(pcm: bytes, rate_hz: int) -> float:
    """The median fundamental frequency of the voiced frames, by their autocorrelation."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    size = round(FRAME_S * rate_hz)
    found = []
    for frame in samples[: len(samples) // size * size].reshape(-1, size):
        if np.sqrt(np.mean(frame**2)) < 500:
            continue
        centred = frame - frame.mean()
        likeness = np.correlate(centred, centred, "full")[size - 1 :]
        lags = slice(rate_hz // HIGHEST_HZ, rate_hz // LOWEST_HZ)
        best = int(np.argmax(likeness[lags])) + lags.start
        if likeness[best] > 0.5 * likeness[0]:
            found.append(rate_hz / best)
    return float(np.median(found))
