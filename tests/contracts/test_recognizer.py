"""What every recogniser keeps to: the fake, which hears coded speech, Vosk, which hears the local voice, and either
beside one that is biased."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import pytest

from rapport.errors import BadAudio
from rapport.speech.audio import PcmChunk
from rapport.speech.biased import BiasedRecognizer
from rapport.speech.recognizer import Recognizer, RecognizerModel, Transcript
from tests.fakes import coded_speech
from tests.fakes.recognizer import FakeRecognizerModel

DITHER_MS = 40
"""By which it moves the edge of a word: measured 20 ms, in 7 of 30 hearings."""
QUESTION = "what time is it"
OTHER = "the light is on"
CHUNK_BYTES = 1_024


@dataclass
class Room:
    """A recogniser's model, and a way to speak that it understands."""

    model: RecognizerModel
    say: Callable[[str], bytes]


@dataclass
class BiasedModel:
    """A model whose recognisers are biased to what is said here; with phrases, they hear these alone."""

    model: RecognizerModel

    def recognizer(self, phrases: Sequence[str] | None = None) -> Recognizer:
        if phrases is not None:
            return self.model.recognizer(phrases)
        return BiasedRecognizer(self.model, [QUESTION, OTHER])

    def knows(self, word: str) -> bool:
        return self.model.knows(word)


@pytest.fixture(params=["fake", "fake, biased", "vosk", "vosk, biased"])
def room(request: pytest.FixtureRequest) -> Room:
    """Each recogniser in turn."""
    if request.param.startswith("fake"):
        model, say = FakeRecognizerModel(), coded_speech.say
    else:
        model, say = request.getfixturevalue("vosk"), request.getfixturevalue("spoken")
    return Room(BiasedModel(model) if request.param.endswith("biased") else model, say)


def hear(recognizer: Recognizer, pcm: bytes, at_ms: int = 0) -> list[str]:
    """Feed sound as it comes in, in small pieces; give what was asked for between them."""
    partials = []
    for start in range(0, len(pcm), CHUNK_BYTES):
        recognizer.accept(pcm[start : start + CHUNK_BYTES], at_ms + start // 32)
        partials.append(recognizer.partial())
    return partials


def quiet(pcm: bytes) -> bytes:
    """The same with half a second of silence after it."""
    return pcm + bytes(16_000)


def test_what_is_said_is_heard(room: Room) -> None:
    recognizer = room.model.recognizer()

    hear(recognizer, quiet(room.say(QUESTION)))

    assert recognizer.finish(quiet_ms=500).text == QUESTION


def test_the_last_word_is_heard_without_silence_after_it(room: Room) -> None:
    """`finish` does not wait for more sound; it makes do with what there is."""
    recognizer = room.model.recognizer()

    hear(recognizer, room.say(QUESTION))

    assert recognizer.finish().text == QUESTION


def test_words_come_while_someone_speaks(room: Room) -> None:
    """Partials grow word by word, and never begin before there are any."""
    partials = hear(room.model.recognizer(), quiet(room.say(QUESTION)))

    assert partials[0] == ""
    assert partials[-1] == QUESTION
    assert len(set(partials)) >= 3


def test_asking_for_partials_changes_nothing(room: Room) -> None:
    asked, unasked = room.model.recognizer(), room.model.recognizer()
    pcm = quiet(room.say(QUESTION))

    hear(asked, pcm)
    for start in range(0, len(pcm), CHUNK_BYTES):
        unasked.accept(pcm[start : start + CHUNK_BYTES], start // 32)

    one, other = asked.finish(quiet_ms=500), unasked.finish(quiet_ms=500)
    assert one.text == other.text
    assert one.confidence == pytest.approx(other.confidence, abs=0.05)
    # Kaldi dithers its input, so that two hearings of one sound differ by a frame whether asked or not.
    for word, again in zip(one.words, other.words, strict=True):
        assert (word.start_ms, word.end_ms) == pytest.approx((again.start_ms, again.end_ms), abs=DITHER_MS)


def test_words_have_times_on_the_sessions_clock(room: Room) -> None:
    """An utterance that begins an hour in has words there: in order, and inside its sound."""
    recognizer = room.model.recognizer()
    pcm, began_ms = quiet(room.say(QUESTION)), 3_600_000

    hear(recognizer, pcm, began_ms)
    words = recognizer.finish(quiet_ms=500).words

    assert [word.text for word in words] == QUESTION.split()
    assert began_ms <= words[0].start_ms
    assert words[-1].end_ms <= began_ms + PcmChunk(pcm, 16_000).duration_ms
    assert all(word.start_ms < word.end_ms for word in words)
    assert all(one.end_ms <= two.start_ms for one, two in pairwise(words))


def test_the_second_utterance_has_its_own_words_and_times(room: Room) -> None:
    """Nothing of the one before it is left, even after a gap that was not fed."""
    recognizer = room.model.recognizer()
    hear(recognizer, room.say(QUESTION))
    first = recognizer.finish()

    hear(recognizer, quiet(room.say(OTHER)), 60_000)
    second = recognizer.finish(quiet_ms=500)

    assert (first.text, second.text) == (QUESTION, OTHER)
    assert second.words[0].start_ms >= 60_000


def test_confidence_lies_between_0_and_1(room: Room) -> None:
    recognizer = room.model.recognizer()
    hear(recognizer, quiet(room.say(QUESTION)))

    transcript = recognizer.finish()

    assert all(0 <= word.confidence <= 1 for word in transcript.words)
    assert 0 < transcript.confidence <= 1


def test_nothing_said_is_an_empty_transcript(room: Room) -> None:
    assert room.model.recognizer().finish() == Transcript("", (), 0.0)


def test_finishing_twice_gives_nothing_the_second_time(room: Room) -> None:
    recognizer = room.model.recognizer()
    hear(recognizer, room.say(QUESTION))
    recognizer.finish()

    assert recognizer.finish().text == ""
    assert recognizer.partial() == ""


def test_what_is_reset_is_forgotten(room: Room) -> None:
    """Cut in the middle of a word, it leaves nothing for the utterance after it."""
    recognizer = room.model.recognizer()
    half = room.say(OTHER)
    hear(recognizer, half[: len(half) // 4 * 2])

    recognizer.reset()

    assert recognizer.partial() == ""
    hear(recognizer, quiet(room.say(QUESTION)), 5_000)
    assert recognizer.finish(quiet_ms=500).text == QUESTION


def test_half_a_sample_is_refused(room: Room) -> None:
    with pytest.raises(BadAudio):
        room.model.recognizer().accept(b"\0\0\0", 0)


def test_no_sound_at_all_is_no_utterance(room: Room) -> None:
    recognizer = room.model.recognizer()

    recognizer.accept(b"", 0)

    assert recognizer.finish().text == ""


def test_a_word_list_is_all_that_is_heard(room: Room) -> None:
    """Its words are found, and what else is said is marked as unknown."""
    recognizer = room.model.recognizer(["light", "stop"])

    hear(recognizer, quiet(room.say(OTHER)))
    heard = recognizer.finish(quiet_ms=500).text.split()

    assert "light" in heard
    assert set(heard) <= {"light", "stop", "[unk]"}


@pytest.mark.parametrize(
    "phrases",
    [
        pytest.param([], id="none"),
        pytest.param(["xqzt"], id="no-word"),
        pytest.param(["", "  "], id="empty"),
        pytest.param(["stop xqzt", "<eps>", "#0", "!SIL", "</s>"], id="symbols"),
    ],
)
def test_phrases_that_cannot_be_heard_harm_nothing(room: Room, phrases: list[str]) -> None:
    """The process lives, and nothing of them is heard."""
    recognizer = room.model.recognizer(phrases)

    hear(recognizer, quiet(room.say(QUESTION)))

    assert set(recognizer.finish(quiet_ms=500).text.split()) <= {"[unk]"}


@pytest.mark.parametrize(
    ("word", "known"),
    [
        pytest.param("computer", True, id="common"),
        pytest.param("Computer", True, id="capital"),
        pytest.param("xqzt", False, id="none"),
        pytest.param("", False, id="empty"),
        pytest.param("hello computer", False, id="two"),
        pytest.param("[unk]", False, id="unknown-mark"),
        pytest.param("<eps>", False, id="symbol"),
        pytest.param("#0", False, id="disambiguation"),
    ],
)
def test_a_model_knows_its_words(room: Room, word: str, known: bool) -> None:
    assert room.model.knows(word) is known


def test_sessions_share_a_model_in_threads(room: Room) -> None:
    """Four recognisers at once each hear their own speaker."""
    sentences = [QUESTION, OTHER, QUESTION, OTHER]
    sounds = [quiet(room.say(sentence)) for sentence in sentences]

    def listen(pcm: bytes) -> str:
        recognizer = room.model.recognizer()
        hear(recognizer, pcm)
        return recognizer.finish(quiet_ms=500).text

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(listen, sounds)) == sentences
