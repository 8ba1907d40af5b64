"""All that can go wrong with the provider, on each of its rungs, before and during speech; heard by the recogniser.

The real emulator with its real voice, the real voice server, and Vosk: each reply is heard whole, exactly once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from difflib import SequenceMatcher

import pytest
from wyoming.audio import AudioChunk
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.tts import SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped

from rapport.speech.audio import HEARING_RATE_HZ, PcmChunk, Resampler
from tests.emulator_process import EmulatorProcess
from tests.fakes.speaking_desk import PROOF, Desk, speaking_desk
from tests.voice_process import ROOT, VoiceProcess, have_piper, running_voice_server

vosk = pytest.importorskip("vosk")

pytestmark = [
    pytest.mark.skipif(not have_piper(), reason="the local voice is not there; `make models` fetches it"),
    pytest.mark.skipif(not (ROOT / "models/vosk").exists(), reason="Vosk's model is not there; `make models`"),
]

REPLY = (
    "Today is Sunday, the twenty second of November. You have three meetings in the morning, and nothing in the "
    "afternoon. My mother called, and she would like to hear from you before dinner."
)
"""Without a fault the recogniser hears every word of it, in the provider's voice and in the local one."""

WORDS = re.findall(r"[a-z]+", REPLY.lower())

PATIENCE_S = 200
"""On a busy machine the provider is late, and then left alone for up to two minutes (`breaker.LONGEST_REST_S`)."""

SOCKET, HTTP = "*/multi-stream-input", "*/stream"
DURING = 60_000
"""Bytes of sound: some 1.4 of twelve seconds."""

PASSING = {
    "late": {"kind": "latency", "ms": 2_500},
    "cut": {"kind": "cut"},
    "stalls": {"kind": "stall"},
    "busy": {"kind": "error", "status": 429, "code": "system_busy"},
    "broken": {"kind": "error", "status": 500, "code": "internal_server_error"},
    "malformed": {"kind": "malformed"},
    "odd": {"kind": "odd"},
    "jitter": {"kind": "jitter", "jitter_ms": 120},
}
LASTING = {
    "key": {"kind": "error", "status": 401, "code": "invalid_api_key"},
    "quota": {"kind": "error", "status": 401, "code": "quota_exceeded"},
    "voice": {"kind": "error", "status": 404, "code": "voice_not_found"},
}
STRIKES_FROM_THE_START = frozenset(("late", "odd", "jitter"))
UNNOTICED = frozenset(("odd", "jitter"))
"""What a rung copes with by itself."""


@pytest.fixture(scope="module")
def recogniser() -> object:
    """The recogniser's model."""
    vosk.SetLogLevel(-1)
    return vosk.Model(str(ROOT / "models/vosk"))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """The people's side: whoever is spoken to agreed to the provider."""
    with speaking_desk() as running:
        yield running


@pytest.fixture(scope="module", params=["socket", "http"])
def rung(request: pytest.FixtureRequest) -> str:
    """The provider's rung that speaks: the latter because there is no socket."""
    return str(request.param)


@pytest.fixture(scope="module")
def _voice(emulator: EmulatorProcess, desk: Desk, rung: str) -> Iterator[VoiceProcess]:
    emulator.control("reset", "POST")
    if rung == "http":
        _no_sockets(emulator)
    with running_voice_server(environment=emulator.told | desk.environment) as running:
        yield running


@pytest.fixture
def voice(emulator: EmulatorProcess, _voice: VoiceProcess, rung: str) -> VoiceProcess:
    """A voice server that speaks through the provider, which is well when the test begins."""
    emulator.control("reset", "POST")
    if rung == "http":
        _no_sockets(emulator)
    asyncio.run(_well(_voice, emulator, rung))
    return _voice


def _no_sockets(emulator: EmulatorProcess) -> None:
    emulator.control("faults", "POST", kind="error", path=SOCKET, times=None, status=503, handshake=True)


async def _well(voice: VoiceProcess, emulator: EmulatorProcess, rung: str) -> None:
    """Speak until the rung does, so that what failed before is over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if rung == "http":
            emulator.control("hangup", "POST")  # of a socket that was opened between the reset and the fault
        before = len(voice.log)
        await _spoken(voice.uri, "All is well again.")
        if f"by elevenlabs {rung}" in voice.log[before:]:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the voice server does not go back to the provider's {rung}: {voice.log[-1_000:]}")


@contextlib.asynccontextmanager
async def _asked(uri: str, text: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient.from_uri(uri) as client:
        await client.write_event(SynthesizeStart(context={"proof": PROOF}).event())
        await client.write_event(SynthesizeChunk(text).event())
        await client.write_event(SynthesizeStop().event())
        yield client


async def _spoken(uri: str, text: str = REPLY) -> list[PcmChunk]:
    """All that is spoken of a text."""
    chunks = []
    async with _asked(uri, text) as client:
        while event := await client.read_event():
            assert not Error.is_type(event.type), event.data
            if SynthesizeStopped.is_type(event.type):
                return chunks
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                chunks.append(PcmChunk(chunk.audio, chunk.rate))
    raise AssertionError("the voice server closed the connection")


def _heard(recogniser: object, chunks: list[PcmChunk]) -> list[str]:
    """The words that the recogniser hears."""
    hears = vosk.KaldiRecognizer(recogniser, HEARING_RATE_HZ)
    resampler = Resampler(chunks[0].rate_hz, HEARING_RATE_HZ)
    assert {chunk.rate_hz for chunk in chunks} == {chunks[0].rate_hz}
    speech = b"".join([*(resampler.feed(chunk.samples) for chunk in chunks), resampler.flush()])
    words: list[str] = []
    for pcm in (bytes(HEARING_RATE_HZ), speech, bytes(HEARING_RATE_HZ)):
        if hears.AcceptWaveform(pcm):
            words += json.loads(hears.Result())["text"].split()
    words += json.loads(hears.FinalResult())["text"].split()
    return " ".join(words).replace("today's", "today is").split()


def _whole_and_once(recogniser: object, chunks: list[PcmChunk]) -> None:
    """Every word was heard, in order, and none twice; the recogniser may mistake one where the voice changes."""
    heard = _heard(recogniser, chunks)
    lost, added = [], []
    for kind, begin, end, heard_begin, heard_end in SequenceMatcher(None, WORDS, heard, autojunk=False).get_opcodes():
        if kind != "equal":
            lost += WORDS[begin:end]
            added += heard[heard_begin:heard_end]
    assert len(lost) <= 1, (lost, heard)
    assert len(added) <= len(lost) + 1, (added, heard)


async def _trouble(emulator: EmulatorProcess, rung: str, fault: dict[str, object]) -> None:
    """Have the fault strike every request by this rung. A socket draws its faults as it is opened, so it is anew."""
    emulator.control("faults", "POST", path=SOCKET if rung == "socket" else HTTP, times=None, **fault)
    if rung == "socket":
        opened = emulator.control()["sockets_opened"]
        emulator.control("hangup", "POST")
        await _until(emulator, lambda state: state["sockets_opened"] > opened)


async def _until(emulator: EmulatorProcess, so: Callable[[dict[str, int]], bool]) -> None:
    """Wait until the emulator's state is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not so(emulator.control()):
        assert time.monotonic() < deadline, emulator.control()
        await asyncio.sleep(0.05)


def _strikes() -> Iterator[object]:
    for name, fault in PASSING.items():
        for moment, after_bytes in (("before", 0), ("during", DURING)):
            if moment == "during" and name in STRIKES_FROM_THE_START:
                continue
            told = fault if name in STRIKES_FROM_THE_START else {**fault, "after_bytes": after_bytes}
            yield pytest.param(told, id=f"{name}-{moment}")


def test_without_a_fault_the_provider_speaks_all_of_it(voice: VoiceProcess, recogniser: object) -> None:
    _whole_and_once(recogniser, asyncio.run(_spoken(voice.uri)))


@pytest.mark.parametrize("fault", _strikes())
def test_a_passing_fault_is_not_heard(
    voice: VoiceProcess, emulator: EmulatorProcess, recogniser: object, rung: str, fault: dict[str, object]
) -> None:
    """Whatever goes wrong, and whenever: another voice goes on at the next word."""
    before = len(voice.log)

    async def speak_in_trouble() -> list[PcmChunk]:
        await _trouble(emulator, rung, fault)
        chunks = await _spoken(voice.uri)
        await _until(emulator, lambda state: not state["contexts"] and not state["speaking"])
        return chunks

    _whole_and_once(recogniser, asyncio.run(speak_in_trouble()))

    struck = f"elevenlabs {rung} cannot speak" in voice.log[before:]
    assert struck or fault["kind"] in UNNOTICED


@pytest.mark.parametrize("after_chunks", [0, 1, 5, 20, 60])
def test_whoever_leaves_leaves_nothing_behind(
    voice: VoiceProcess, emulator: EmulatorProcess, after_chunks: int
) -> None:
    """Barge-in at any moment: the provider's context is closed, its socket stays, and the next reply is whole."""
    sockets = emulator.control()["sockets"]

    async def leave() -> None:
        async with _asked(voice.uri, REPLY) as client:
            chunks = 0
            while chunks < after_chunks:
                event = await client.read_event()
                assert event is not None
                chunks += AudioChunk.is_type(event.type)
        await _until(emulator, lambda state: not state["contexts"] and not state["speaking"])

    asyncio.run(leave())

    assert emulator.control()["sockets"] == sockets
    assert sum(chunk.duration_ms for chunk in asyncio.run(_spoken(voice.uri, "Good morning to you."))) > 500


def test_the_log_tells_what_failed_and_never_what_was_said(
    voice: VoiceProcess, emulator: EmulatorProcess, rung: str
) -> None:
    before = len(voice.log)

    async def speak_in_trouble() -> None:
        await _trouble(emulator, rung, {"kind": "cut", "after_bytes": DURING})
        await _spoken(voice.uri)

    asyncio.run(speak_in_trouble())

    assert f"elevenlabs {rung} cannot speak" in voice.log[before:]
    assert not any(word in voice.log.lower() for word in ("sunday", "mother", "dinner"))


@pytest.mark.parametrize("by", ["socket", "http"])
@pytest.mark.parametrize("name", LASTING)
def test_what_somebody_has_to_mend_is_not_heard_either(
    emulator: EmulatorProcess, desk: Desk, recogniser: object, by: str, name: str
) -> None:
    """A key, a quota, a voice: the local voice speaks, and goes on doing so, and the log says why."""
    emulator.control("reset", "POST")
    if by == "http":
        _no_sockets(emulator)
    with running_voice_server(environment=emulator.told | desk.environment) as fresh:

        async def speak_twice() -> list[list[PcmChunk]]:
            await _trouble(emulator, by, LASTING[name])
            return [await _spoken(fresh.uri), await _spoken(fresh.uri)]

        for chunks in asyncio.run(speak_twice()):
            _whole_and_once(recogniser, chunks)
        assert "takes over" in fresh.log
        assert str(LASTING[name]["code"]) in fresh.log
