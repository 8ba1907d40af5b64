"""The ear: frames in, speech and words out, the moment before speech kept. With fakes, then with the real parts."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.errors import BadAudio, RecognitionFailed
from rapport.speech.audio import read_wav
from rapport.speech.ear import PRE_ROLL_MS, Ear, Heard
from rapport.speech.recognizer import RecognizerModel
from rapport.speech.vad import FRAME_MS, SileroVad
from tests.fakes.coded_speech import say, silence
from tests.fakes.recognizer import FakeRecognizerModel
from tests.fakes.vad import FakeVad

BATCH_BYTES = 640


class Listener:
    """An ear with fakes in it, fed in batches of 20 ms."""

    def __init__(self) -> None:
        self.model = FakeRecognizerModel()
        self.recognizer = self.model.recognizer()
        self.ear = Ear(FakeVad(), self.recognizer)

    def hear(self, pcm: bytes) -> list[Heard]:
        return hear(self.ear, pcm)


def hear(ear: Ear, pcm: bytes) -> list[Heard]:
    batches = (pcm[start : start + BATCH_BYTES] for start in range(0, len(pcm), BATCH_BYTES))
    return [heard for batch in batches for heard in ear.hear(batch)]


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_every_frame_is_told_about(listener: Listener) -> None:
    heard = listener.hear(silence(320))

    assert [each.at_ms for each in heard] == list(range(FRAME_MS, 321, FRAME_MS))
    assert not any(each.speech for each in heard)


@given(cuts=st.lists(st.integers(0, 20_000), max_size=6))
def test_the_size_of_batches_makes_no_difference(cuts: list[int]) -> None:
    pcm = silence(320) + say("one two") + silence(320)
    edges = [0, *sorted(2 * cut for cut in cuts if 2 * cut < len(pcm)), len(pcm)]
    whole, cut = Listener(), Listener()

    in_pieces = [heard for start, end in pairwise(edges) for heard in cut.ear.hear(pcm[start:end])]

    assert in_pieces == whole.ear.hear(pcm)


def test_nobody_speaking_costs_no_recognition(listener: Listener) -> None:
    listener.hear(silence(60_000))

    assert listener.recognizer.accepted == []
    assert listener.ear.finish().text == ""


def test_what_is_said_is_understood(listener: Listener) -> None:
    listener.hear(silence(960) + say("what time is it") + silence(320))

    assert listener.ear.finish().text == "what time is it"


def test_the_moment_before_speech_is_kept(listener: Listener) -> None:
    """300 ms before the first frame that was found to be speech, and not much more."""
    heard = listener.hear(silence(960) + say("one"))

    first = next(each.at_ms for each in heard if each.speech) - FRAME_MS
    assert PRE_ROLL_MS <= first - listener.recognizer.accepted[0][0] <= PRE_ROLL_MS + FRAME_MS


def test_a_session_that_begins_with_speech_loses_nothing(listener: Listener) -> None:
    listener.hear(say("stop"))

    assert listener.recognizer.accepted[0][0] == 0
    assert listener.ear.finish().text == "stop"


def test_the_recogniser_hears_without_gaps(listener: Listener) -> None:
    """From the kept moment through pauses to the end, every sample once and in order."""
    listener.hear(silence(960) + say("one") + silence(500) + say("two") + silence(700))

    places = [(at_ms, at_ms + size // 32) for at_ms, size in listener.recognizer.accepted]
    assert all(end == start for (_, end), (start, _) in pairwise(places))


def test_words_are_told_while_someone_speaks(listener: Listener) -> None:
    """At least every 200 ms there is news, and never the same twice."""
    heard = listener.hear(say("one two three stop yes no one two three"))

    news = [each for each in heard if each.partial is not None]
    assert [each.partial for each in news][-1] == "one two three stop yes no one two three"
    assert all(later.at_ms - earlier.at_ms <= 200 for earlier, later in pairwise(news))
    assert len({each.partial for each in news}) == len(news)


def test_the_end_of_speech_is_known(listener: Listener) -> None:
    heard = listener.hear(silence(960) + say("one") + silence(960))

    assert listener.ear.last_voiced_ms == max(each.at_ms for each in heard if each.speech)
    assert 960 + 128 <= listener.ear.last_voiced_ms <= 960 + 192


def test_the_recogniser_is_told_how_long_it_was_quiet(listener: Listener) -> None:
    heard = listener.hear(say("one") + silence(960))

    listener.ear.finish()

    assert listener.recognizer.quiet_ms == [heard[-1].at_ms - listener.ear.last_voiced_ms]


def test_speech_after_the_end_is_another_utterance(listener: Listener) -> None:
    """With its own kept moment, and none of the words before it."""
    listener.hear(say("one") + silence(704))
    first = listener.ear.finish()
    listener.hear(silence(960) + say("two"))
    second = listener.ear.finish()

    assert (first.text, second.text) == ("one", "two")
    assert second.words[0].start_ms > first.words[0].end_ms


def test_a_quick_second_utterance_does_not_repeat_the_first(listener: Listener) -> None:
    """Speech 100 ms after the end: what is kept begins after the last speech, not inside it."""
    listener.hear(say("one") + silence(96))
    listener.ear.finish()
    listener.hear(silence(32) + say("two"))

    assert listener.ear.finish().text == "two"


def test_an_utterance_ended_in_the_middle_of_speech_goes_on_in_the_next(listener: Listener) -> None:
    """A turn that is too long is cut; no frame is heard twice, and none is lost."""
    pcm = say("one two three")
    listener.hear(pcm[: len(pcm) // 2])
    first = listener.ear.finish()
    listener.hear(pcm[len(pcm) // 2 :])
    second = listener.ear.finish()

    places = sorted(at_ms for at_ms, _ in listener.recognizer.accepted)
    assert len(places) == len(set(places))
    assert {*first.text.split(), *second.text.split()} >= {"one", "three"}


def test_half_a_sample_is_refused_and_nothing_of_it_heard(listener: Listener) -> None:
    with pytest.raises(BadAudio):
        listener.ear.hear(b"\0" * 1_025)

    assert [each.at_ms for each in listener.ear.hear(bytes(1_024))] == [FRAME_MS]


def test_a_failed_recognition_loses_one_utterance(listener: Listener) -> None:
    """The clock goes on, and the next is heard."""
    listener.model.failures = 1
    with pytest.raises(RecognitionFailed):
        listener.hear(say("one"))

    listener.ear.reset()
    listener.hear(silence(960) + say("two"))

    assert listener.ear.finish().text == "two"


def test_a_reset_ear_forgets_the_utterance_and_keeps_the_clock(listener: Listener) -> None:
    listener.hear(say("one"))

    listener.ear.reset()

    assert listener.ear.finish().text == ""
    assert listener.hear(silence(32))[0].at_ms > 160


def test_skipped_sound_is_not_heard_and_moves_the_clock(listener: Listener) -> None:
    """Muted speech is forgotten, down to the moment before the next."""
    listener.hear(silence(320))
    listener.ear.skip(say("one two"))
    heard = listener.hear(silence(320) + say("three"))

    assert heard[0].at_ms == 320 + 384 + FRAME_MS
    assert listener.ear.finish().text == "three"
    assert listener.recognizer.accepted[0][0] >= 320 + 384


def test_what_is_skipped_ends_the_open_utterance(listener: Listener) -> None:
    listener.hear(say("one"))

    listener.ear.skip(silence(32))

    assert listener.ear.finish().text == ""


def test_sound_kept_from_sleep_begins_what_follows_a_wake_word(listener: Listener) -> None:
    """What was said while the wake word was being recognised is not lost."""
    command = say("turn on the light")
    listener.ear.skip(silence(960) + command[:6_400], keep=True)
    listener.hear(command[6_400:])

    assert listener.ear.finish().text == "turn on the light"


def test_the_end_of_a_wake_word_opens_no_utterance(listener: Listener) -> None:
    """Its last sound is still there when it has been recognised."""
    wake_phrase = say("hello computer")
    listener.ear.skip(silence(960) + wake_phrase[:-4_096], keep=True)

    heard = listener.hear(wake_phrase[-4_096:] + silence(960))

    assert not any(each.speech for each in heard)
    assert listener.recognizer.accepted == []


def test_a_command_after_the_wake_word_is_heard(listener: Listener) -> None:
    listener.ear.skip(silence(960) + say("hello computer"), keep=True)
    listener.hear(silence(640) + say("one") + silence(320))

    assert listener.ear.finish().text == "one"


@pytest.mark.parametrize("sentence", ["what time is it in tokyo", "the light is on"])
def test_real_speech_is_found_and_understood(
    vosk: RecognizerModel, spoken: Callable[[str], bytes], sentence: str
) -> None:
    ear = Ear(SileroVad(), vosk.recognizer())

    heard = hear(ear, bytes(32_000) + spoken(sentence) + bytes(16_000))

    assert ear.finish().text == sentence
    assert any(each.partial for each in heard)
    assert ear.last_voiced_ms > 1_000


def test_real_noise_is_not_recognised(vosk: RecognizerModel, eval_data: Path) -> None:
    ear = Ear(SileroVad(), vosk.recognizer())

    heard = hear(ear, read_wav(eval_data / "noise/kitchen_a.flac").samples)

    assert not any(each.speech or each.partial for each in heard)
    assert ear.finish().text == ""


def test_the_utterance_s_sound_stays_with_its_pauses_and_without(listener: Listener) -> None:
    said = say("one") + silence(640) + say("two")
    listener.hear(silence(640) + said + silence(320))
    listener.ear.finish()

    whole, voiced = listener.ear.sound, listener.ear.voiced
    assert say("one") in whole
    assert say("two") in whole
    assert 0 < len(voiced) <= len(said) - len(silence(640))

    listener.hear(silence(640) + say("three"))
    assert say("one") not in listener.ear.sound
