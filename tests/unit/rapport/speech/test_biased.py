"""One reading of two: what is taken of what was heard openly, and of what is likely."""

from collections.abc import Sequence

import pytest

from rapport.errors import RecognitionFailed
from rapport.speech.biased import EXPECTED_TIMES, BiasedRecognizer, rejoined
from rapport.speech.recognizer import UNKNOWN_WORD, Transcript, Word
from tests.fakes import coded_speech
from tests.fakes.recognizer import FakeRecognizer, FakeRecognizerModel


def heard(said: str, *sure: float) -> Transcript:
    """Words of a tenth of a second each; `sure` of them, and of the rest wholly."""
    words = said.split()
    confidences = [*sure, *[1.0] * (len(words) - len(sure))]
    return Transcript.of(
        Word(word, 100 * at, 100 * at + 100, each)
        for at, (word, each) in enumerate(zip(words, confidences, strict=True))
    )


@pytest.mark.parametrize(
    ("openly", "likely", "best"),
    [
        pytest.param(
            heard("wait me and ninety minutes", 0.59, 1.0, 0.8),
            heard("wake me in ninety minutes", 1.0, 1.0, 0.79),
            "wake me in ninety minutes",
            id="surer-on-the-whole",
        ),
        pytest.param(
            heard("remind me of my aunt gertrude", 1, 1, 1, 1, 0.9, 0.9),
            heard("remind me of my aunt good", 1, 1, 1, 1, 0.9, 0.6),
            "remind me of my aunt gertrude",
            id="what-is-not-likely-stays",
        ),
        pytest.param(
            heard("what is three to the power of for", 1, 1, 1, 1, 1, 1, 1, 0.76),
            heard("what was three to the power of four", 1, 0.6, 1, 1, 1, 1, 1, 1),
            "what is three to the power of four",
            id="word-by-word",
        ),
        pytest.param(
            heard("margaret said mister hale as he returned", 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9),
            heard("my good said miss to hell as", 0.7, 1.0, 1.0, 0.6, 1.0, 1.0, 1.0),
            "margaret said mister hale as he returned",
            id="speech-about-something-else",
        ),
        pytest.param(heard("play some jazz"), heard(f"play some {UNKNOWN_WORD}"), "play some jazz", id="unknown"),
        pytest.param(heard("a plus nine", 0.5), heard(""), "a plus nine", id="nothing-likely"),
        pytest.param(Transcript.of([]), heard("stop"), "stop", id="nothing-heard-openly"),
    ],
)
def test_the_surer_one_is_taken(openly: Transcript, likely: Transcript, best: str) -> None:
    assert rejoined(openly, likely).text == best


def test_what_each_heard_stays_as_an_alternative() -> None:
    openly = heard("which state do we have today", 1, 0.9)
    likely = heard("which date do we halve today", 1, 1, 1, 1, 0.8)

    both = rejoined(openly, likely)

    assert {both.text, *(other.text for other in both.alternatives)} == {
        "which state do we have today",
        "which date do we halve today",
    }


def test_likely_words_that_are_far_less_sure_are_no_other_way_to_hear_it() -> None:
    """They are those that the assistant was trained on, so they would make sense of anything."""
    openly = heard("make me a double shot drip coffee")
    likely = heard("make me a dollar sha drink coffee", 1, 1, 1, 0.5, 0.6, 0.8)

    both = rejoined(openly, likely)

    assert both.text == openly.text
    assert both.alternatives == ()


def test_an_unknown_word_is_no_word() -> None:
    both = rejoined(heard("play some jazz"), heard(f"play {UNKNOWN_WORD} jazz"))

    assert [other.text for other in both.alternatives] == ["play jazz"]


class Model(FakeRecognizerModel):
    """Notes the phrases it was asked for; makes no biased recogniser where it is told not to."""

    refuses = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Sequence[str] | None] = []

    def recognizer(self, phrases: Sequence[str] | None = None) -> FakeRecognizer:
        self.asked.append(phrases)
        if phrases is not None and self.refuses:
            raise RecognitionFailed("no")
        return super().recognizer(phrases)


def say(recognizer: BiasedRecognizer, text: str) -> str:
    recognizer.accept(coded_speech.say(text), 0)
    return recognizer.finish().text


def test_what_is_expected_counts_from_the_next_utterance_on() -> None:
    model = Model()
    recognizer = BiasedRecognizer(model, ["what time is it"])
    assert say(recognizer, "what time is it") == "what time is it"

    recognizer.expect(["the light"])
    say(recognizer, "the light")
    say(recognizer, "the light")

    assert model.asked == [None, ["what time is it"], ["what time is it", *["the light"] * EXPECTED_TIMES]]


def test_a_person_s_own_words_are_likely_until_others_are() -> None:
    model = Model()
    recognizer = BiasedRecognizer(model, ["what time is it"])
    recognizer.know(["the light"])
    assert say(recognizer, "the light") == "the light"

    recognizer.know([])
    say(recognizer, "the light")

    assert model.asked == [None, ["what time is it", "the light"], ["what time is it"]]


def test_without_the_likely_the_open_reading_stands() -> None:
    model = Model()
    model.refuses = True

    assert say(BiasedRecognizer(model, ["the light"]), "what time is it") == "what time is it"


def test_a_likely_reading_that_fails_is_done_without_and_made_anew() -> None:
    model = Model()
    recognizer = BiasedRecognizer(model, ["what time is it"])
    recognizer.accept(coded_speech.say("what time"), 0)
    _, biased = model.made

    def fail(*, quiet_ms: int = 0) -> Transcript:
        raise RecognitionFailed("scripted")

    biased.finish = fail  # type: ignore[method-assign]

    assert recognizer.finish().text == "what time"
    assert say(recognizer, "what time is it") == "what time is it"
    assert len(model.made) == 3


def test_after_an_utterance_that_failed_the_next_is_heard_twice_again() -> None:
    model = Model()
    recognizer = BiasedRecognizer(model, ["what time is it"])
    model.failures = 1
    with pytest.raises(RecognitionFailed):
        recognizer.accept(coded_speech.say("what time"), 0)

    assert say(recognizer, "what time is it") == "what time is it"
    assert model.asked == [None, ["what time is it"], ["what time is it"]]


def test_a_name_is_put_back_where_it_was_heard_as_other_words() -> None:
    model = Model()
    recognizer = BiasedRecognizer(model, ["what time is it"])
    recognizer.know(["turn on nkechi"], {"the light": "nkechi"})

    assert say(recognizer, "turn on the light") == "turn on nkechi"
    assert model.asked == [None, ["what time is it", "turn on nkechi", "turn on the light"]]
