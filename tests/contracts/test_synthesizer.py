"""What every synthesizer keeps to: the scripted fake; the voice server with Piper, espeak-ng alone, a provider over its
socket or over HTTP, and clips of what was spoken before."""

import asyncio
import contextlib
import shutil
from array import array
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rapport.errors import VoiceUnavailable
from rapport.speech.audio import PcmChunk
from rapport.speech.grant import Grant
from rapport.speech.synthesizer import NEUTRAL, ClauseEnd, SpeechStyle, Synthesizer, sound_of
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests import live
from tests.fakes.speaking_desk import AGREED, PROOF, speaking_desk
from tests.fakes.synthesizer import ScriptedSynthesizer
from tests.voice_process import SERVICES_PYTHON, damaged_piper, have_piper, running_voice_server

SENTENCE = "It's twenty past four in Tokyo."
REPLY = "Sure, I can do that. I can also tell you the time, add numbers, or chat with you for a while."


@pytest.fixture(scope="module")
def piper_uri() -> Iterator[str]:
    """A voice server that speaks with Piper."""
    if not have_piper():
        pytest.skip("the local voice is not there; `make models` fetches it")
    with running_voice_server() as voice:
        yield voice.uri


@pytest.fixture(scope="module")
def espeak_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A voice server whose Piper cannot load its voice."""
    if not SERVICES_PYTHON.exists() or shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed, or the services environment is missing")
    folder: Path = tmp_path_factory.mktemp("models")
    with running_voice_server(models=damaged_piper(folder / "damaged")) as voice:
        yield voice.uri


@contextlib.contextmanager
def _speaking_through(
    folder: Path, said: str, *, grant: Grant = AGREED, refused: str = "", warm: tuple[str, ...] = ()
) -> Iterator[str]:
    """A voice server that speaks through an emulator of ElevenLabs, whose own voice is scripted.

    Args:
        folder: For models that can't be loaded.
        said: Who the log must say to have spoken.
        grant: For whom.
        refused: Sockets that the provider refuses.
        warm: Texts that are spoken before.
    """
    emulator = pytest.importorskip(
        "tests.unit.emulator.conftest", reason="the emulator runs in the services environment"
    )
    with emulator.listening() as provider, speaking_desk(grant) as desk:
        if refused:
            provider.fault("error", path=refused, times=None, handshake=True)
        told = desk.environment | {"ELEVENLABS_API_KEY": emulator.KEY, "ELEVENLABS_BASE_URL": provider.url}
        if live.live():
            told = desk.environment | live.provider_from_environment()
        with running_voice_server(models=damaged_piper(folder / "damaged"), environment=told) as voice:
            with ThreadPoolExecutor(1) as thread:  # a loop runs in this one
                thread.submit(lambda: asyncio.run(_warmed(voice.uri, warm))).result()
            yield voice.uri
            assert f"ms by {said}" in voice.log


async def _warmed(uri: str, texts: tuple[str, ...]) -> None:
    synthesizer = WyomingSynthesizer(uri)
    for text in texts:
        await _spoken(synthesizer, text)
    await synthesizer.close()


@pytest.fixture(scope="module")
def elevenlabs_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A voice server that speaks over the provider's socket."""
    with _speaking_through(tmp_path_factory.mktemp("models"), "elevenlabs socket") as uri:
        yield uri


@pytest.fixture(scope="module")
def elevenlabs_http_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that gets no socket."""
    with _speaking_through(tmp_path_factory.mktemp("models"), "elevenlabs http", refused="*/multi-stream-input") as uri:
        yield uri


@pytest.fixture(scope="module")
def cached_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that has spoken everything before, to somebody for whom that is kept."""
    remembered = replace(AGREED, clip_key=bytes(range(32)))
    said = ("Sure, I can do that.", "Okay.", SENTENCE, REPLY)
    with _speaking_through(tmp_path_factory.mktemp("models"), "clip", grant=remembered, warm=said) as uri:
        yield uri


@pytest.fixture(
    params=[
        "scripted",
        "piper",
        "espeak",
        pytest.param("elevenlabs", marks=pytest.mark.live),
        "elevenlabs_http",
        "cached",
    ]
)
async def synthesizer(request: pytest.FixtureRequest) -> AsyncIterator[Synthesizer]:
    """Each synthesizer in turn."""
    made: Synthesizer
    if request.param == "scripted":
        made = ScriptedSynthesizer()
    else:
        made = WyomingSynthesizer(request.getfixturevalue(f"{request.param}_uri"))
    if live.live():
        made = live.Counted(made)
    yield made
    await made.close()


async def _spoken(synthesizer: Synthesizer, text: str, style: SpeechStyle = NEUTRAL) -> list[PcmChunk]:
    # Whoever's voice it is may be asked.
    async with contextlib.aclosing(sound_of(synthesizer, text, replace(style, proof=PROOF))) as chunks:
        return [chunk async for chunk in chunks]


def _duration_ms(chunks: list[PcmChunk]) -> float:
    return sum(chunk.duration_ms for chunk in chunks)


async def test_speech_is_sound(synthesizer: Synthesizer) -> None:
    """Text becomes chunks of whole samples at one rate, loud enough to be heard, and as long as speech is."""
    chunks = await _spoken(synthesizer, SENTENCE)

    samples = array("h", b"".join(chunk.samples for chunk in chunks))
    assert len({chunk.rate_hz for chunk in chunks}) == 1
    assert 8_000 <= chunks[0].rate_hz <= 48_000
    assert all(chunk.samples and len(chunk.samples) % 2 == 0 for chunk in chunks)
    assert max(map(abs, samples)) > 3_000
    assert 1_000 < _duration_ms(chunks) < 5_000


async def test_more_text_is_longer(synthesizer: Synthesizer) -> None:
    """The whole text is spoken, not its first clause alone."""
    short = _duration_ms(await _spoken(synthesizer, "Sure, I can do that."))

    assert _duration_ms(await _spoken(synthesizer, REPLY)) > 2 * short


async def test_clauses_are_spoken_as_they_come(synthesizer: Synthesizer) -> None:
    """The first is heard while nobody knows the second; each ends, and its words lie in order within its sound."""
    more = asyncio.Event()

    async def clauses() -> AsyncIterator[str]:
        yield "Good morning to you."
        await more.wait()
        yield "It is twenty past four."
        yield "…"

    lengths_ms, ends = [0.0], []
    async with contextlib.aclosing(synthesizer.speak(clauses(), SpeechStyle(proof=PROOF))) as pieces:
        async for piece in pieces:
            if isinstance(piece, ClauseEnd):
                ends.append(piece)
                lengths_ms.append(0.0)
            else:
                lengths_ms[-1] += piece.pcm.duration_ms
                more.set()

    assert [len(end.words) for end in ends] == [4, 5, 0]
    assert lengths_ms[2:] == [0.0, 0.0]
    for end, length_ms in zip(ends[:2], lengths_ms, strict=False):
        edges = [ms for word in end.words for ms in (word.start_ms, word.end_ms)]
        assert length_ms > 700
        assert edges == sorted(edges)
        assert edges[-1] <= length_ms + 1


async def test_an_utterance_can_be_given_up_while_it_waits_for_text(synthesizer: Synthesizer) -> None:
    """Whoever leaves does not have to finish the sentence."""
    waiting = asyncio.Event()

    async def clauses() -> AsyncIterator[str]:
        yield SENTENCE
        waiting.set()
        await asyncio.Event().wait()

    async def listen() -> None:
        async with contextlib.aclosing(synthesizer.speak(clauses(), SpeechStyle(proof=PROOF))) as pieces:
            async for _ in pieces:
                pass

    listening = asyncio.create_task(listen())
    await asyncio.wait_for(waiting.wait(), 15)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert 1_000 < _duration_ms(await _spoken(synthesizer, SENTENCE)) < 5_000


async def test_pace_changes_the_length(synthesizer: Synthesizer) -> None:
    """A slower pace takes longer, a faster one less, by about the factor asked for."""
    normal = _duration_ms(await _spoken(synthesizer, SENTENCE))
    slow = _duration_ms(await _spoken(synthesizer, SENTENCE, SpeechStyle({"pace": 0.7})))
    fast = _duration_ms(await _spoken(synthesizer, SENTENCE, SpeechStyle({"pace": 1.4})))

    assert 1.15 < slow / normal < 1.75
    assert 0.5 < fast / normal < 0.9


async def test_an_absurd_pace_is_kept_within_bounds(synthesizer: Synthesizer) -> None:
    """A pace of 100 gives quick speech, not a click."""
    fastest = _duration_ms(await _spoken(synthesizer, SENTENCE, SpeechStyle({"pace": 2.0})))

    assert _duration_ms(await _spoken(synthesizer, SENTENCE, SpeechStyle({"pace": 100.0}))) > 0.7 * fastest


async def test_what_cannot_be_said_is_silent(synthesizer: Synthesizer) -> None:
    """Text without a word in it gives no chunks, and no error."""
    assert await _spoken(synthesizer, " … ") == []


async def test_an_utterance_can_be_given_up(synthesizer: Synthesizer) -> None:
    """After its first chunk an utterance is closed; the next one is spoken whole."""
    async with contextlib.aclosing(sound_of(synthesizer, REPLY)) as chunks:
        first = await anext(chunks)

    assert first.samples
    assert 1_000 < _duration_ms(await _spoken(synthesizer, SENTENCE)) < 5_000


async def test_cancellation_is_ordinary(synthesizer: Synthesizer) -> None:
    """Cancelled at any await, an utterance raises CancelledError and nothing else; the next one is spoken whole."""
    for delay_s in (0.0, 0.001, 0.05, 0.2, 0.5):
        speaking = asyncio.create_task(_spoken(synthesizer, REPLY))
        await asyncio.sleep(delay_s)  # so that it is cancelled at different awaits
        if speaking.cancel():
            with pytest.raises(asyncio.CancelledError):
                await speaking

    assert 1_000 < _duration_ms(await _spoken(synthesizer, SENTENCE)) < 5_000


async def test_utterances_beside_each_other_do_not_mix(synthesizer: Synthesizer) -> None:
    """Several sessions speak at once, each as long as it would be alone."""
    alone = [_duration_ms(await _spoken(synthesizer, text)) for text in ("Okay.", REPLY)]

    beside = await asyncio.gather(*(_spoken(synthesizer, text) for text in ("Okay.", REPLY, "Okay.", REPLY)))

    for chunks, expected_ms in zip(beside, alone * 2, strict=True):
        assert 0.7 * expected_ms < _duration_ms(chunks) < 1.4 * expected_ms


async def test_a_closed_synthesizer_says_so(synthesizer: Synthesizer) -> None:
    """After `close`, speaking is refused."""
    await synthesizer.close()

    with pytest.raises(VoiceUnavailable):
        await _spoken(synthesizer, SENTENCE)


async def test_the_fake_fails_as_scripted() -> None:
    """The fake's failures come before the first chunk or after it, each once."""
    fake = ScriptedSynthesizer(fails_before=1, fails_midway=1)

    with pytest.raises(VoiceUnavailable):
        await _spoken(fake, SENTENCE)
    speech = sound_of(fake, SENTENCE)
    assert (await anext(speech)).samples
    with pytest.raises(VoiceUnavailable):
        await anext(speech)
    assert await _spoken(fake, SENTENCE)
