"""How good a sample of what was spoken sounded: of whom that was agreed to with, beside the way, and not whose."""

import argparse
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rapport.errors import ModelMissing
from rapport.speech.audio import PcmChunk
from rapport.speech.grant import Grant
from rapport.speech.spoken_text import SpokenText
from rapport.voices.sound import Samples
from tests.fakes.rung import ScriptedRung
from voice_server import quality
from voice_server.ladder import Ladder
from voice_server.quality import Sampling, sounded
from voice_server.settings import VoiceServerSettings
from voice_server.usage import Scored, Usage
from voice_server.utterance import Speech, Utterance

SECOND = PcmChunk(bytes(2 * 22_050), 22_050)


class Ear:
    """Scores what it hears as it is told to, once it is let."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.begins = threading.Event()
        self.lets = threading.Event()
        self.error: Exception | None = None

    def __call__(self, speech: Samples) -> float:
        self.begins.set()
        assert self.lets.wait(60)
        self.heard.append(len(speech))
        assert speech.dtype == np.float32
        if self.error:
            raise self.error
        return 3.5

    def close(self, sampling: Sampling) -> None:
        """End it once it has begun to listen: what yields to all others may not have come to that."""
        assert self.begins.wait(60)
        sampling.close()


@pytest.fixture
def usage(tmp_path: Path) -> Iterator[Usage]:
    kept = Usage(tmp_path / "usage.db")
    yield kept
    kept.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def sampling(usage: Usage, ear: Ear) -> Sampling:
    return Sampling(ear, usage, chance=lambda: True)


def test_only_who_agreed_is_listened_to_and_one_at_a_time(sampling: Sampling, usage: Usage, ear: Ear) -> None:
    assert not sampling.wanted(counted=False)
    assert sampling.wanted(counted=True)
    sampling.take("piper", 120.0, [SECOND])
    assert not sampling.wanted(counted=True), "it listens already"
    sampling.take("piper", 50.0, [SECOND])
    ear.lets.set()
    ear.close(sampling)
    assert ear.heard == [pytest.approx(16_000, abs=50)], "at 16 kHz, and once"
    assert usage.scores() == [Scored("piper", 120.0, 3.5)]


def test_what_is_too_short_is_not_scored(sampling: Sampling, usage: Usage, ear: Ear) -> None:
    ear.lets.set()
    sampling.take("piper", 120.0, [PcmChunk(bytes(2_000), 22_050)])
    sampling.close()
    assert ear.heard == []


def test_without_the_network_it_is_not_tried_again(sampling: Sampling, usage: Usage, ear: Ear) -> None:
    ear.lets.set()
    ear.error = ModelMissing("`make models`")
    sampling.take("piper", 120.0, [SECOND])
    ear.close(sampling)
    assert not sampling.wanted(counted=True)
    assert usage.scores() == []


def test_one_that_fails_is_told_and_the_next_is_heard(
    sampling: Sampling, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    ear.lets.set()
    ear.error = RuntimeError("secret words")
    sampling.take("piper", 120.0, [SECOND])
    ear.close(sampling)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert sampling.wanted(counted=True)


@pytest.mark.parametrize("counted", [True, False])
async def test_an_utterance_is_listened_to_where_its_person_agreed(usage: Usage, ear: Ear, counted: bool) -> None:
    ear.lets.set()
    sampling = Sampling(ear, usage, chance=lambda: True)
    speech = Speech(Ladder([ScriptedRung()]), SpokenText(), sampling=sampling)
    utterance = Utterance(speech, grant=Grant("o", counted=counted))
    utterance.add("One thing is as it is. Another thing is otherwise. " * 3)
    utterance.finish()
    async for _ in utterance.spoken():
        pass
    if counted:
        ear.close(sampling)
    assert ear.begins.is_set() is counted
    assert [each.voice for each in usage.scores()] == (["scripted"] if counted else [])


def test_voices_are_told_apart_and_lateness_with_them() -> None:
    late = [Scored("socket", 100.0 + 40 * at, 4.0 - 0.1 * at) for at in range(12)]
    rows = sounded([*late, Scored("piper", 90.0, 3.0), Scored("piper", 110.0, 3.2)])
    assert [(row.voice, row.utterances) for row in rows] == [("socket", 12), ("piper", 2), ("all", 14)]
    assert rows[0].with_latency is not None
    assert rows[0].with_latency.rank == pytest.approx(-1.0)
    assert rows[0].with_latency.p < 0.01
    assert rows[1].with_latency is None
    assert rows[1].score == pytest.approx(3.1)
    assert sounded([]) == []


def test_the_command_says_it_or_why_there_is_nothing(
    tmp_path: Path, usage: Usage, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = VoiceServerSettings.from_environment({"RAPPORT_VOICE_STATE": str(tmp_path)})
    arguments = argparse.Namespace(days=30, json=False)
    assert quality.run(arguments, None, settings) == 0
    assert "Nothing was scored" in capsys.readouterr().out
    usage.scored(Scored("piper", 90.0, 3.0))
    assert usage.scores(), "it is written"
    assert quality.run(arguments, None, settings) == 0
    told = capsys.readouterr().out
    assert "piper" in told
    assert "too few to tell" in told
