"""The client of a listening server, against servers that answer as they are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from wyoming.asr import Transcribe
from wyoming.asr import Transcript as TranscriptEvent
from wyoming.audio import AudioChunk, AudioStop
from wyoming.error import Error
from wyoming.event import Event, async_read_event, async_write_event
from wyoming.info import Describe, Info

from rapport.errors import RecognitionFailed, SettingsError
from rapport.speech.recognizer import Word
from rapport.speech.second_opinion import UNTOLD_CONFIDENCE, InTurn, WyomingSecondOpinion
from rapport.speech.wyoming_hearing import program

PCM = bytes(range(256)) * 500
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def server(path: Path, answer: Answer, *, hears: bool = True) -> AsyncIterator[list[Event]]:
    """Gathers events up to `audio-stop`, then answers."""
    events: list[Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (event := await async_read_event(reader)) is not None:
                if Describe.is_type(event.type):
                    ears = [program("hears", "a model", "nobody")] if hears else []
                    await async_write_event(Info(asr=ears).event(), writer)
                    continue
                events.append(event)
                if AudioStop.is_type(event.type):
                    await answer(writer)
        finally:
            writer.close()

    listening = await asyncio.start_unix_server(serve, path)
    try:
        yield events
    finally:
        listening.close()


def saying(event: Event) -> Answer:
    return lambda writer: async_write_event(event, writer)


async def test_all_sound_arrives_and_our_words_come_with_times_and_confidence(tmp_path: Path) -> None:
    told = TranscriptEvent("at five", context={"words": [["at", 0, 200, 0.9], ["five", 200, 600, 0.5]]}).event()
    async with server(tmp_path / "s", saying(told)) as events:
        heard = await WyomingSecondOpinion(f"unix://{tmp_path / 's'}").hear(PCM, "a proof")

    assert heard.text == "at five"
    assert heard.words == (Word("at", 0, 200, 0.9), Word("five", 200, 600, 0.5))
    assert heard.confidence == pytest.approx(0.7)
    assert Transcribe.from_event(events[0]).language == "en"
    assert b"".join(AudioChunk.from_event(event).audio for event in events if AudioChunk.is_type(event.type)) == PCM


async def test_another_s_text_becomes_words(tmp_path: Path) -> None:
    """wyoming-faster-whisper writes as people write, and tells no confidence."""
    async with server(tmp_path / "s", saying(TranscriptEvent(" It’s Sam's turn, OK?").event())):
        heard = await WyomingSecondOpinion(f"unix://{tmp_path / 's'}").hear(PCM, "a proof")

    assert heard.text == "it's sam's turn ok"
    assert heard.confidence == UNTOLD_CONFIDENCE


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def never(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (hang_up, "closed the connection"),
        (saying(Error("not agreed to", code="refused").event()), "not agreed to"),
        (never, "no second opinion within"),
        (saying(Event("transcript", {})), "does not speak Wyoming"),
        (saying(Event("transcript", {"text": "x", "context": {"words": [["x"]]}})), "does not speak Wyoming"),
    ],
)
async def test_no_opinion_is_told_as_one_error(tmp_path: Path, answer: Answer, told: str) -> None:
    async with server(tmp_path / "s", answer):
        with pytest.raises(RecognitionFailed, match=told):
            await WyomingSecondOpinion(f"unix://{tmp_path / 's'}", longest_s=0.3).hear(PCM, "a proof")


async def test_what_does_not_hear_is_not_sent_any_sound(tmp_path: Path) -> None:
    """As a voice server without a provider, or somebody else's voice."""
    async with server(tmp_path / "s", never, hears=False) as events:
        with pytest.raises(RecognitionFailed, match="does not hear"):
            await WyomingSecondOpinion(f"unix://{tmp_path / 's'}").hear(PCM, "a proof")

    assert events == []


async def test_only_who_asks_the_people_s_side_is_shown_whose_it_is(tmp_path: Path) -> None:
    said = saying(TranscriptEvent("hello").event())
    for proven in (True, False):
        async with server(tmp_path / "s", said) as events:
            await WyomingSecondOpinion(f"unix://{tmp_path / 's'}", proven=proven).hear(PCM, "a proof")
        (tmp_path / "s").unlink(missing_ok=True)

        assert Transcribe.from_event(events[0]).context == ({"proof": "a proof"} if proven else None)


async def test_the_next_is_asked_where_one_has_no_opinion(tmp_path: Path) -> None:
    nobody = WyomingSecondOpinion(f"unix://{tmp_path / 'nothing'}")
    async with server(tmp_path / "s", saying(TranscriptEvent("hello").event())):
        somebody = WyomingSecondOpinion(f"unix://{tmp_path / 's'}")

        assert (await InTurn([nobody, somebody]).hear(PCM, "")).text == "hello"
        with pytest.raises(RecognitionFailed, match="is it running"):
            await InTurn([nobody, nobody]).hear(PCM, "")


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecognitionFailed, match="is it running"):
        await WyomingSecondOpinion(f"unix://{tmp_path / 'nothing'}").hear(PCM, "a proof")


def test_a_malformed_address_is_told() -> None:
    with pytest.raises(SettingsError):
        WyomingSecondOpinion("http://ears")
