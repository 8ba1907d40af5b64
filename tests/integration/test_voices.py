"""Voices by voice, through the running stack: said aloud, and heard in what comes back."""

import shutil
from collections.abc import Callable

import numpy as np

from channels.client import VoiceClient
from ops.stack import Stack
from rapport.speech.clauses import cut_clauses
from rapport.speech.recognizer import RecognizerModel
from rapport.speech.synthesizer import sound_of
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.integration.speaking import ask, heard_in, share_of

Spoken = Callable[[str], bytes]

RATE_HZ = 22_050
"""Of the local voice, so that nothing is resampled."""

FRAME = 2_048
"""Samples; a tenth of a second."""

OCTAVES = 6
FROM_HZ = 150
PER_SEMITONE = 10
FARTHEST = 6
"""Semitones."""


async def test_a_deeper_voice_is_heard_deeper(stack: Stack, spoken: Spoken, vosk: RecognizerModel) -> None:
    """By two semitones each time, and as well understood; asked whether that may be kept, and a no leaves it so."""
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
        deeper = semitones_deeper(_take(client), await _as_usual(stack, reply))

    assert 3 < deeper < 5


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
    """A step further each time; two, since a sentence that is given in parts, as to `_as_usual`, takes longer."""
    async with VoiceClient.connect(stack.page, playback_hz=RATE_HZ) as client:
        for words in ("speak slower", "no", "speak slower"):
            await ask(client, spoken(words))
            await client.playback.idle()
        _take(client)
        _, reply = await ask(client, spoken("what can you do"))
        await client.playback.idle()
        slower, usual = _take(client), await _as_usual(stack, reply)

    assert len(slower) > 1.2 * len(usual)


async def _as_usual(stack: Stack, text: str) -> bytes:
    """The same words, as the voice server speaks them to nobody in particular; many of them, since the local voice says
    each a little differently every time, and in a session's clauses, since it intones a sentence by its parts."""
    synthesizer = WyomingSynthesizer(stack.voice_uri)
    try:
        sounds = [sound for clause in cut_clauses(text) async for sound in sound_of(synthesizer, clause)]
    finally:
        await synthesizer.close()
    assert {sound.rate_hz for sound in sounds} == {RATE_HZ}
    return b"".join(sound.samples for sound in sounds)


def _take(client: VoiceClient) -> bytes:
    """What was played since the last time."""
    pcm = b"".join(tick.pcm for tick in client.playback.sounded)
    client.playback.sounded.clear()
    return pcm


def semitones_deeper(pcm: bytes, usual: bytes) -> float:
    """By how much all frequencies lie lower: where the two spectra are most alike.

    Of the sound's whole colour, since the pitch of the same words alone varies by a semitone from one time to the next.
    """
    colours = _colour(pcm), _colour(usual)
    farthest = FARTHEST * PER_SEMITONE
    span = len(colours[0]) - 2 * farthest
    unmoved = colours[1][farthest : farthest + span]
    alike = [np.corrcoef(colours[0][moved : moved + span], unmoved)[0, 1] for moved in range(2 * farthest + 1)]
    return (farthest - int(np.argmax(alike))) / PER_SEMITONE


def _colour(pcm: bytes) -> np.ndarray:
    """The mean log power at each tenth of a semitone."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) * np.hanning(FRAME)
    powers = np.mean(np.abs(np.fft.rfft(frames)) ** 2, axis=0)
    at_hz = FROM_HZ * 2 ** (np.arange(OCTAVES * 12 * PER_SEMITONE) / (12 * PER_SEMITONE))
    return np.interp(at_hz, np.fft.rfftfreq(FRAME, 1 / RATE_HZ), np.log(powers + 1))
