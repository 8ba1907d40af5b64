"""What every wake word keeps to: openWakeWord's, and the phrase spotter on Vosk and on the fake recogniser."""

import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from rapport.errors import BadAudio
from rapport.speech.wake import OPEN_WAKE_WORD_PHRASE, OpenWakeWordDetector, PhraseWakeDetector, WakeDetector
from tests.fakes import coded_speech
from tests.fakes.recognizer import FakeRecognizerModel

BATCH_BYTES = 3_200
PAUSE = bytes(32_000)


@dataclass
class Bedroom:
    """Where an assistant sleeps: its detector, the phrase that wakes it, and a way to speak to it."""

    detector: WakeDetector
    phrase: str
    say: Callable[[str], bytes]

    def hears(self, pcm: bytes, batch_bytes: int = BATCH_BYTES) -> int:
        """How often it wakes up."""
        batches = (pcm[start : start + batch_bytes] for start in range(0, len(pcm), batch_bytes))
        return sum(self.detector.detect(batch) for batch in batches)


@pytest.fixture(params=["fake", "vosk", "open-wake-word"])
def bedroom(request: pytest.FixtureRequest) -> Bedroom:
    """Each detector in turn."""
    if request.param == "fake":
        return Bedroom(PhraseWakeDetector(FakeRecognizerModel(), "hello computer"), "hello computer", coded_speech.say)
    say = request.getfixturevalue("spoken")
    if request.param == "vosk":
        detector = PhraseWakeDetector(request.getfixturevalue("vosk"), "hello computer")
        return Bedroom(detector, "hello computer", say)
    return Bedroom(OpenWakeWordDetector(), OPEN_WAKE_WORD_PHRASE, say)


def phrase(bedroom: Bedroom) -> bytes:
    words = bedroom.phrase if bedroom.say is coded_speech.say else f"{bedroom.phrase.title()}."
    return bedroom.say(words)


@pytest.mark.parametrize("batch_bytes", [640, 1_024, 3_200, 64_000])
def test_the_phrase_wakes_it_once(bedroom: Bedroom, batch_bytes: int) -> None:
    """In batches of any size."""
    assert bedroom.hears(PAUSE + phrase(bedroom) + PAUSE, batch_bytes) == 1


def test_it_wakes_within_half_a_second(bedroom: Bedroom) -> None:
    assert bedroom.hears(PAUSE + phrase(bedroom) + PAUSE[:16_000]) == 1


def test_what_follows_at_once_does_not_hide_it(bedroom: Bedroom) -> None:
    """ "Hey Jarvis what time is it", in one breath."""
    assert bedroom.hears(PAUSE + phrase(bedroom) + bedroom.say("what time is it") + PAUSE) == 1


def test_other_words_do_not_wake_it(bedroom: Bedroom) -> None:
    said = "what time is it in tokyo", "turn on the light", "yes", "one two three"
    assert bedroom.hears(PAUSE.join(map(bedroom.say, said)) + PAUSE) == 0


def test_half_the_phrase_does_not_wake_it(bedroom: Bedroom) -> None:
    first_word = bedroom.phrase.split()[0]
    half = phrase(bedroom)[: BATCH_BYTES * 3] if first_word not in coded_speech.VOCABULARY else bedroom.say(first_word)

    assert bedroom.hears(PAUSE + half + PAUSE) == 0


def test_silence_and_noise_do_not_wake_it(bedroom: Bedroom) -> None:
    noise = random.Random(7)
    hiss = array("h", (noise.randrange(-900, 900) for _ in range(5 * 16_000))).tobytes()

    assert bedroom.hears(bytes(160_000) + hiss) == 0


def test_the_second_time_wakes_it_again(bedroom: Bedroom) -> None:
    said = PAUSE + phrase(bedroom) + PAUSE

    assert [bedroom.hears(said), bedroom.hears(said)] == [1, 1]


def test_a_phrase_cut_by_a_reset_does_not_wake_it(bedroom: Bedroom) -> None:
    said = phrase(bedroom)
    middle = len(said) // 4 * 2
    woke = bedroom.hears(PAUSE + said[:middle])

    bedroom.detector.reset()

    assert woke + bedroom.hears(said[middle:] + PAUSE) == 0


def test_it_wakes_after_a_reset(bedroom: Bedroom) -> None:
    bedroom.hears(PAUSE + bedroom.say("what time is it"))
    bedroom.detector.reset()

    assert bedroom.hears(phrase(bedroom) + PAUSE) == 1


def test_half_a_sample_is_refused(bedroom: Bedroom) -> None:
    with pytest.raises(BadAudio):
        bedroom.detector.detect(b"\0")
