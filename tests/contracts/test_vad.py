"""What every voice activity detector keeps to: the fake, which takes all sound for speech, and Silero."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean

import pytest

from rapport.errors import BadAudio
from rapport.speech.vad import FRAME_BYTES, SileroVad, VoiceActivityDetector
from tests.fakes import coded_speech
from tests.fakes.vad import FakeVad


@dataclass
class Room:
    """A detector, and a way to speak that it takes for speech."""

    vad: VoiceActivityDetector
    say: Callable[[str], bytes]


@pytest.fixture(params=["fake", "silero"])
def room(request: pytest.FixtureRequest) -> Room:
    """Each detector in turn."""
    if request.param == "fake":
        return Room(FakeVad(), coded_speech.say)
    return Room(SileroVad(), request.getfixturevalue("spoken"))


def probabilities(vad: VoiceActivityDetector, pcm: bytes) -> list[float]:
    return [
        vad.probability(pcm[start : start + FRAME_BYTES]) for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    ]


def test_a_frame_is_32_ms(room: Room) -> None:
    assert room.vad.frame_samples == 512


def test_silence_is_no_speech(room: Room) -> None:
    assert max(probabilities(room.vad, bytes(64_000))) < 0.35


def test_speech_is_speech(room: Room) -> None:
    heard = probabilities(room.vad, room.say("what time is it"))

    assert all(0 <= probability <= 1 for probability in heard)
    assert mean(probability >= 0.5 for probability in heard) > 0.6


def test_silence_after_speech_is_silence_again(room: Room) -> None:
    """Within 200 ms of the last word."""
    probabilities(room.vad, room.say("what time is it"))

    assert max(probabilities(room.vad, bytes(32_000))[7:]) < 0.35


def test_a_new_stream_hears_the_same(room: Room) -> None:
    """After `reset`, nothing of the stream before it is left."""
    pcm = room.say("what time is it")
    first = probabilities(room.vad, pcm)

    room.vad.reset()

    assert probabilities(room.vad, pcm) == pytest.approx(first, abs=1e-4)


@pytest.mark.parametrize("samples", [0, 1, 511, 513, 1024])
def test_a_frame_of_another_length_is_refused(room: Room, samples: int) -> None:
    with pytest.raises(BadAudio):
        room.vad.probability(array("h", [100] * samples).tobytes())
