"""What is Vosk's own: its files, its failures, its utterances inside ours, its silence."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rapport.errors import ModelMissing, RecognitionFailed
from rapport.speech.vosk_recognizer import VoskModel
from tests.conftest import MODELS

Spoken = Callable[[str], bytes]


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="make models"):
        VoskModel(tmp_path)


def test_a_model_with_an_empty_file_says_which(tmp_path: Path, vosk: VoskModel) -> None:
    shutil.copytree(MODELS / "vosk", tmp_path, dirs_exist_ok=True)
    (tmp_path / "am/final.mdl").write_bytes(b"")

    with pytest.raises(ModelMissing, match=r"am/final\.mdl"):
        VoskModel(tmp_path)


def test_a_damaged_model_is_missing(tmp_path: Path, vosk: VoskModel) -> None:
    shutil.copytree(MODELS / "vosk", tmp_path, dirs_exist_ok=True)
    (tmp_path / "am/final.mdl").write_bytes(b"damaged")

    with pytest.raises(ModelMissing, match="make models"):
        VoskModel(tmp_path)


def test_words_before_a_pause_are_kept(vosk: VoskModel, spoken: Spoken) -> None:
    """Vosk ends its utterance in a pause of half a second; ours goes on."""
    recognizer = vosk.recognizer()
    pcm = spoken("what time is it") + bytes(64_000) + spoken("the light is on") + bytes(16_000)
    partials = []
    for start in range(0, len(pcm), 1_024):
        recognizer.accept(pcm[start : start + 1_024], start // 32)
        partials.append(recognizer.partial())

    transcript = recognizer.finish(quiet_ms=500)

    assert transcript.text == partials[-1] == "what time is it the light is on"
    assert transcript.words[4].start_ms - transcript.words[3].end_ms > 1_900


def test_times_stay_right_over_many_utterances(vosk: VoskModel, spoken: Spoken) -> None:
    """What is pushed through at each end does not add up."""
    recognizer = vosk.recognizer()
    pcm = spoken("what time is it")
    starts = []
    for number in range(6):
        recognizer.accept(bytes(9_600) + pcm, number * 10_000)
        starts.append(recognizer.finish().words[0].start_ms - number * 10_000)

    assert max(starts) - min(starts) <= 90


def test_a_failure_costs_one_utterance(vosk: VoskModel, spoken: Spoken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sound is lost; the next gets a recogniser of its own."""
    recognizer = vosk.recognizer()
    recognizer.accept(spoken("the light is on"), 0)

    def fail(data: bytes) -> int:
        raise RuntimeError("Failed to process waveform")

    monkeypatch.setattr(recognizer._kaldi, "AcceptWaveform", fail)
    with pytest.raises(RecognitionFailed):
        recognizer.accept(bytes(640), 2_000)

    recognizer.accept(spoken("what time is it") + bytes(16_000), 9_000)
    transcript = recognizer.finish(quiet_ms=500)

    assert transcript.text == "what time is it"
    assert transcript.words[0].start_ms >= 9_000


def test_it_writes_nothing_of_what_it_is_told(vosk: VoskModel, capfd: pytest.CaptureFixture[str]) -> None:
    """Names in a word list would otherwise stand in the log."""
    recognizer = vosk.recognizer(["call xqzt", "call bob"])
    recognizer.accept(bytes(32_000), 0)
    recognizer.finish()

    captured = capfd.readouterr()
    assert captured.out + captured.err == ""
