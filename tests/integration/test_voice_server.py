"""The voice server with Piper, heard by the recogniser, and with Piper killed under it."""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

import jiwer
import pytest

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import HEARING_RATE_HZ, PcmChunk, Resampler
from rapport.speech.clauses import cut_clauses
from rapport.speech.synthesizer import NEUTRAL, Sound, SpeechStyle
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.voice_process import ROOT, VoiceProcess, have_piper, running_voice_server

vosk = pytest.importorskip("vosk")

pytestmark = [
    pytest.mark.skipif(not have_piper(), reason="the local voice is not there; `make models` fetches it"),
    pytest.mark.skipif(not (ROOT / "models/vosk").exists(), reason="Vosk's model is not there; `make models`"),
]

REPLIES = (
    ("It's 14:30 in Tokyo.", "it's fourteen thirty in tokyo"),
    ("Sure, I'll speak slower from now on.", "sure i'll speak slower from now on"),
    ("Sorry, I didn't catch that.", "sorry i didn't catch that"),
    ("15% of 60 is 9.", "fifteen percent of sixty is nine"),
    ("You can ask me about the time, the date, or numbers.", "you can ask me about the time the date or numbers"),
    ("Today is Sunday, the 22nd of November.", "today is sunday the twenty second of november"),
    ("It's 20 °C outside, e.g. warm.", "it's twenty degrees celsius outside for example warm"),
    ("All right. Talk to you soon.", "all right talk to you soon"),
)
"""What is written, and what the recogniser would write if it heard all of it."""

LONG = (
    "One morning the old clock in the hall stopped, and nobody knew why. "
    "My sister looked at it for a long time. Then she laughed, and opened the little door."
)


@pytest.fixture(scope="module")
def recogniser() -> object:
    """The recogniser's model."""
    vosk.SetLogLevel(-1)
    return vosk.Model(str(ROOT / "models/vosk"))


@pytest.fixture(scope="module")
def voice() -> Iterator[VoiceProcess]:
    """A voice server with Piper."""
    with running_voice_server() as running:
        yield running


async def _spoken(synthesizer: WyomingSynthesizer, text: str, style: SpeechStyle = NEUTRAL) -> list[PcmChunk]:
    """A reply asked for as the channel does, cut at its clauses."""
    return [chunk async for chunk in _reply(synthesizer, text, style)]


async def _reply(
    synthesizer: WyomingSynthesizer, text: str, style: SpeechStyle = NEUTRAL
) -> AsyncGenerator[PcmChunk, None]:
    async def clauses() -> AsyncIterator[str]:
        for clause in cut_clauses(text):
            yield clause

    async with contextlib.aclosing(synthesizer.speak(clauses(), style)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Sound):
                yield piece.pcm


def _heard(recogniser: object, chunks: list[PcmChunk]) -> str:
    hears = vosk.KaldiRecognizer(recogniser, HEARING_RATE_HZ)
    resampler = Resampler(chunks[0].rate_hz, HEARING_RATE_HZ)
    quiet = bytes(HEARING_RATE_HZ)  # half a second, as a microphone would hear around it
    speech = b"".join([*(resampler.feed(chunk.samples) for chunk in chunks), resampler.flush()])
    words = []
    for pcm in (quiet, speech, quiet):
        if hears.AcceptWaveform(pcm):
            words.append(json.loads(hears.Result())["text"])  # noqa: PERF401
    words.append(json.loads(hears.FinalResult())["text"])
    return " ".join(filter(None, words))


@pytest.mark.parametrize(("pace", "replies"), [(1.0, REPLIES), (0.8, REPLIES[:4]), (1.3, REPLIES[:4])])
async def test_replies_are_understood(
    voice: VoiceProcess, recogniser: object, pace: float, replies: tuple[tuple[str, str], ...]
) -> None:
    """What is said, cut and put together again, is understood at every pace in use."""
    synthesizer = WyomingSynthesizer(voice.uri)
    heard = [_heard(recogniser, await _spoken(synthesizer, said, SpeechStyle({"pace": pace}))) for said, _ in replies]
    await synthesizer.close()

    error_rate = jiwer.wer([expected for _, expected in replies], heard)
    print(f"word error rate at a pace of {pace}: {error_rate:.3f}", *heard, sep="\n")
    assert error_rate < 0.25


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
async def test_piper_killed_in_the_middle_of_a_reply(voice: VoiceProcess) -> None:
    """The reply is spoken to its end by the other voice, and nothing that was said is in the log."""
    before = len(voice.log)
    synthesizer = WyomingSynthesizer(voice.uri)
    whole_ms = sum(chunk.duration_ms for chunk in await _spoken(synthesizer, LONG))
    (piper,) = voice.children()

    chunks: list[PcmChunk] = []
    async with contextlib.aclosing(_reply(synthesizer, LONG)) as speech:
        chunks.append(await anext(speech))
        os.kill(piper, signal.SIGKILL)
        async for chunk in speech:
            chunks.append(chunk)  # noqa: PERF401  one comprehension could not stop after the first
    await synthesizer.close()

    assert sum(chunk.duration_ms for chunk in chunks) > 0.7 * whole_ms
    assert "espeak-ng takes over" in voice.log[before:]
    assert not any(word in voice.log for word in ("morning", "sister", "laughed"))


async def test_without_a_second_voice_the_error_is_honest(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where Piper dies and espeak-ng is not installed, the utterance fails, and the one after Piper's return works."""
    empty = tmp_path_factory.mktemp("path")
    with running_voice_server(environment={"PATH": str(empty)}) as voice:
        synthesizer = WyomingSynthesizer(voice.uri)
        (piper,) = voice.children()
        os.kill(piper, signal.SIGKILL)

        with pytest.raises(VoiceUnavailable):
            await _spoken(synthesizer, LONG)

        await synthesizer.close()
        assert voice.process.poll() is None
