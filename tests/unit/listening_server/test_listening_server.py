"""The listening server: what Whisper hears, as the protocol tells it."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal

import pytest
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.info import Describe, Info

from listening_server.handler import ListeningHandler
from listening_server.whisper import Whisper
from rapport.errors import BadAudio, ModelMissing
from rapport.speech.recognizer import Transcript, Word
from rapport.speech.second_opinion import WyomingSecondOpinion
from rapport.speech.wyoming_hearing import LONGEST_BYTES

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "models/whisper"
START_LIMIT_S = 60


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    try:
        return Whisper(MODEL)
    except ModelMissing as error:
        pytest.skip(str(error))


class ScriptedWhisper:
    def __init__(self) -> None:
        self.heard: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def hear(self, pcm: bytes) -> Transcript:
        self.heard.append(len(pcm))
        self.begun.set()
        assert self.gate.wait(10)
        return Transcript.of([Word("hello", 100, 400, 0.87654)])


class WatchedLock(asyncio.Lock):
    """Tells when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = asyncio.Event()

    async def acquire(self) -> Literal[True]:
        if self.locked():
            self.awaited.set()
        return await super().acquire()


@contextlib.asynccontextmanager
async def connected(
    whisper: ScriptedWhisper, path: Path, turn: asyncio.Lock | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    turn = turn or asyncio.Lock()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ListeningHandler(reader, writer, whisper, turn).run()  # type: ignore[arg-type]

    server = await asyncio.start_unix_server(serve, path)
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()


def test_words_are_as_the_recogniser_has_them(whisper: Whisper, spoken: Callable[[str], bytes]) -> None:
    """Lower case, numbers in words, in their order, with times within the sound."""
    pcm = spoken("Set a timer for 25 minutes, please.")

    heard = whisper.hear(pcm)

    assert heard.text == "set a timer for twenty five minutes please"
    assert heard.confidence > 0.7
    edges = [edge for word in heard.words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
    assert edges[-1] <= len(pcm) // 32


def test_silence_is_nothing(whisper: Whisper) -> None:
    heard = whisper.hear(bytes(32_000))

    assert heard.confidence < 0.5


def test_half_a_sample_is_refused(whisper: Whisper) -> None:
    with pytest.raises(BadAudio):
        whisper.hear(b"abc")


def test_a_model_that_is_not_whole_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()

    with pytest.raises(ModelMissing, match=r"tokenizer.json, model.bin"):
        Whisper(tmp_path)


async def test_several_utterances_go_over_one_connection(tmp_path: Path) -> None:
    scripted = ScriptedWhisper()
    async with connected(scripted, tmp_path / "s") as (reader, writer):
        await async_write_event(Describe().event(), writer)
        assert Info.from_event(await told(reader)).asr[0].installed
        for size in (3_200, 640):
            await say(writer, bytes(size))
            answer = await told(reader)
            assert answer.data["text"] == "hello"
            assert answer.data["context"] == {"words": [["hello", 100, 400, 0.877]]}

    assert scripted.heard == [3_200, 640]


async def test_what_was_given_up_while_others_were_heard_is_not_heard(tmp_path: Path) -> None:
    scripted = ScriptedWhisper()
    scripted.gate.clear()
    turn = WatchedLock()
    async with connected(scripted, tmp_path / "s", turn) as (reader, writer):
        await say(writer, bytes(640))
        await asyncio.to_thread(scripted.begun.wait, 10)
        _, impatient = await asyncio.open_unix_connection(tmp_path / "s")
        await say(impatient, bytes(1_280))
        await turn.awaited.wait()
        impatient.close()
        await impatient.wait_closed()
        scripted.gate.set()
        await told(reader)
        await say(writer, bytes(320))
        await told(reader)

    assert scripted.heard == [640, 320]


async def test_an_endless_utterance_is_refused(tmp_path: Path) -> None:
    async with connected(ScriptedWhisper(), tmp_path / "s") as (reader, writer):
        await say(writer, bytes(LONGEST_BYTES + 2))

        assert Error.from_event(await told(reader)).code == "refused"
        assert await async_read_event(reader) is None


async def test_what_is_no_event_closes_the_connection_and_nothing_else(tmp_path: Path) -> None:
    async with connected(ScriptedWhisper(), tmp_path / "s") as (reader, writer):
        writer.write(b"[1]\n")

        assert await async_read_event(reader) is None


async def told(reader: asyncio.StreamReader) -> Event:
    event = await async_read_event(reader)
    assert event is not None
    return event


async def say(writer: asyncio.StreamWriter, pcm: bytes) -> None:
    await async_write_event(AudioStart(rate=16_000, width=2, channels=1).event(), writer)
    await async_write_event(AudioChunk(rate=16_000, width=2, channels=1, audio=pcm).event(), writer)
    await async_write_event(AudioStop().event(), writer)


def test_the_process_hears_says_nothing_of_it_and_ends(
    whisper: Whisper, spoken: Callable[[str], bytes], tmp_path: Path
) -> None:
    """As `make run` starts it, and asked as the channel asks."""
    uri = f"unix://{tmp_path / 's'}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "listening_server", "--uri", uri], cwd=ROOT, stdout=log, stderr=log
        )
        try:
            until = time.monotonic() + START_LIMIT_S
            while not (tmp_path / "s").exists() and process.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            heard = asyncio.run(WyomingSecondOpinion(uri, longest_s=30).hear(spoken("Do you like mushrooms?"), ""))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0

    assert heard.text == "do you like mushrooms"
    assert (tmp_path / "log").read_text() == ""


def test_strangers_are_not_listened_to() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "listening_server", "--uri", "tcp://0.0.0.0:10300"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert refused.returncode == 1
    assert b"--allow-remote" in refused.stderr
