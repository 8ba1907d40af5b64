"""Wake phrases that cannot be, and what sleep costs."""

import pytest

from rapport.errors import SettingsError
from rapport.speech.wake import PhraseWakeDetector
from tests.fakes.coded_speech import say, silence
from tests.fakes.recognizer import FakeRecognizerModel


def test_a_phrase_that_cannot_be_heard_is_refused() -> None:
    """With the word that is at fault."""
    with pytest.raises(SettingsError, match="'xqzt'"):
        PhraseWakeDetector(FakeRecognizerModel(), "hello xqzt")


@pytest.mark.parametrize("phrase", ["", "  "])
def test_an_empty_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(SettingsError, match="empty"):
        PhraseWakeDetector(FakeRecognizerModel(), phrase)


def test_capitals_do_not_matter() -> None:
    detector = PhraseWakeDetector(FakeRecognizerModel(), "Hello  Computer")

    assert detector.detect(silence(960) + say("hello computer") + silence(960))


def test_a_silent_room_costs_nothing() -> None:
    model = FakeRecognizerModel()
    detector = PhraseWakeDetector(model, "hello computer")

    detector.detect(silence(60_000))

    assert model.made[0].accepted == []


def test_a_talking_room_is_forgotten_bit_by_bit() -> None:
    """A minute of talk does not pile up in the recogniser, and the phrase in it is found."""
    model = FakeRecognizerModel()
    detector = PhraseWakeDetector(model, "hello computer")
    talk = (say("turn on the light yes no") + silence(320)) * 40

    assert not detector.detect(talk)
    assert len(model.made[0].quiet_ms) >= 4
    assert detector.detect(say("stop hello computer") + silence(960))


def test_a_phrase_said_word_by_word_is_no_phrase() -> None:
    detector = PhraseWakeDetector(FakeRecognizerModel(), "hello computer")

    assert not detector.detect(say("hello stop computer hello") + silence(960))
