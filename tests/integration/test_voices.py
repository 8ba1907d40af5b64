"""Voices by voice, through the running stack: said aloud, and heard in what comes back."""

import shutil
from collections.abc import Callable

import numpy as np

from channels.client import VoiceClient
from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from rapport.speech.synthesizer import sound_of
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.integration.speaking import ask, heard_in, share_of

Spoken = Callable[[str], bytes]

RATE_HZ = 22_050
"""Of the local voice, so that nothing is resampled."""

LOWEST_HZ, HIGHEST_HZ = 60, 300
FRAME_S = 0.04


async def test_a_deeper_voice_is_heard_deeper(stack: Stack, spoken: Spoken, vosk: RecognizerModel) -> None:
    """By two semitones each time, and as well understood; it is asked whether that may be kept, and a no leaves it so.

    Twice, since the local voice says the same words now and then two thirds of a semitone higher or lower.
    """
    async with VoiceClient.connect(stack.page, playback_hz=RATE_HZ) as client:
        transcript, reply = await ask(client, spoken("use a deeper voice"))
        assert "deeper" in transcript
        assert "May I keep how you like me to speak" in reply
        await client.playback.idle()
        assert share_of(reply, heard_in(client, vosk)) > 0.6
        for words in ("no", "use a deeper voice"):
            await ask(client, spoken(words))
            await client.playback.idle()
        _take(client)

        _, reply = await ask(client, spoken("what can you do"))
        await client.playback.idle()
        deeper, usual = pitch_hz(_take(client)), pitch_hz(await _as_usual(stack, reply))

    assert 0.7 < deeper / usual < 0.9, f"{usual:.0f} Hz became {deeper:.0f} Hz"


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
    async with VoiceClient.connect(stack.page, playback_hz=RATE_HZ) as client:
        await ask(client, spoken("speak slower"))
        await client.playback.idle()
        _take(client)
        _, reply = await ask(client, spoken("what can you do"))
        await client.playback.idle()
        slower, usual = _take(client), await _as_usual(stack, reply)

    assert len(slower) > 1.08 * len(usual)


async def _as_usual(stack: Stack, text: str) -> bytes:
    """The same words, as the voice server speaks them to nobody in particular; many of them, since the local voice says
    each a little differently every time."""
    synthesizer = WyomingSynthesizer(stack.voice_uri)
    try:
        sounds = [sound async for sound in sound_of(synthesizer, text)]
    finally:
        await synthesizer.close()
    assert {sound.rate_hz for sound in sounds} == {RATE_HZ}
    return b"".join(sound.samples for sound in sounds)


def _take(client: VoiceClient) -> bytes:
    """What was played since the last time."""
    pcm = b"".join(tick.pcm for tick in client.playback.sounded)
    client.playback.sounded.clear()
    return pcm


def pitch_hz(pcm: bytes) -> float:
    """The median fundamental frequency of the voiced frames, by their autocorrelation."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    size = round(FRAME_S * RATE_HZ)
    found = []
    for frame in samples[: len(samples) // size * size].reshape(-1, size):
        if np.sqrt(np.mean(frame**2)) < 500:
            continue
        centred = frame - frame.mean()
        likeness = np.correlate(centred, centred, "full")[size - 1 :]
        lags = slice(RATE_HZ // HIGHEST_HZ, RATE_HZ // LOWEST_HZ)
        best = int(np.argmax(likeness[lags])) + lags.start
        if likeness[best] > 0.5 * likeness[0]:
            found.append(RATE_HZ / best)
    return float(np.median(found))
