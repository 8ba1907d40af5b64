"""Speech frame by frame: hysteresis on scripted probabilities, and real rooms."""

from array import array
from collections.abc import Callable
from pathlib import Path

import pytest

from rapport.speech.audio import read_wav
from rapport.speech.vad import FRAME_BYTES, SileroVad, SpeechDetector
from tests.fakes.vad import FakeVad

SOUND = array("h", [1_000] * 512).tobytes()


class ScriptedVad(FakeVad):
    """Gives the next probability of a list, whatever the sound."""

    def __init__(self, probabilities: list[float]) -> None:
        super().__init__()
        self._next = iter(probabilities)

    def probability(self, frame: bytes) -> float:
        super().probability(frame)
        return next(self._next)


@pytest.mark.parametrize(
    ("probabilities", "speech"),
    [
        pytest.param([0.9, 0.1, 0.9, 0.1], [0, 0, 0, 0], id="clicks"),
        pytest.param([0.5, 0.5, 0.5], [0, 1, 1], id="onset"),
        pytest.param([0.9, 0.9, 0.4, 0.35, 0.34, 0.4], [0, 1, 1, 1, 0, 0], id="hysteresis"),
        pytest.param([0.9, 0.9, 0.0, 0.9, 0.9], [0, 1, 0, 0, 1], id="second-onset"),
        pytest.param([0.45] * 4, [0, 0, 0, 0], id="never-sure"),
    ],
)
def test_speech_begins_and_ends_with_hysteresis(probabilities: list[float], speech: list[int]) -> None:
    """Two likely frames begin it; it goes on while the next are not unlikely."""
    detector = SpeechDetector(ScriptedVad(probabilities))

    assert [detector.hear(SOUND) for _ in probabilities] == list(map(bool, speech))


def test_the_network_is_not_asked_about_silence() -> None:
    vad = FakeVad()
    detector = SpeechDetector(vad)

    assert not any(detector.hear(bytes(FRAME_BYTES)) for _ in range(100))
    assert vad.frames == 0


def test_a_reset_detector_has_heard_nothing() -> None:
    detector = SpeechDetector(FakeVad())
    detector.hear(SOUND)

    detector.reset()

    assert [detector.hear(SOUND) for _ in range(2)] == [False, True]


def frames_of(pcm: bytes) -> list[bytes]:
    return [pcm[start : start + FRAME_BYTES] for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def test_noise_is_no_speech(eval_data: Path) -> None:
    """A minute of kitchen, and two other rooms."""
    for path in sorted((eval_data / "noise").iterdir()):
        detector = SpeechDetector(SileroVad())

        assert not any(map(detector.hear, frames_of(read_wav(path).samples))), path.name


def test_speech_in_kitchen_noise_is_found(eval_data: Path, spoken: Callable[[str], bytes]) -> None:
    """Ten recordings of the kitchen with a sentence in the middle: speech begins there, within 200 ms."""
    kitchen = array("h", read_wav(eval_data / "noise/kitchen_a.flac").samples)
    said = array("h", spoken("what time is it in tokyo"))
    for take in range(10):
        room = kitchen[take * 80_000 : take * 80_000 + 64_000]
        for place, sample in enumerate(said):
            room[32_000 + place] = max(-32_768, min(32_767, room[32_000 + place] + sample // 2))
        detector = SpeechDetector(SileroVad())

        speech = [detector.hear(frame) for frame in frames_of(room.tobytes())]

        assert 2_000 <= speech.index(True) * 32 + 32 <= 2_300
