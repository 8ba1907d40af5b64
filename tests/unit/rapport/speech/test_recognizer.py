"""Transcripts as values."""

import pytest

from rapport.speech.recognizer import Transcript, Word


def test_a_transcript_is_made_of_its_words() -> None:
    words = [Word("what", 0, 200, 1.0), Word("time", 200, 500, 0.5)]

    transcript = Transcript.of(words)

    assert transcript == Transcript("what time", tuple(words), 0.75)


def test_no_words_have_no_confidence() -> None:
    assert Transcript.of([]) == Transcript("", (), pytest.approx(0.0))
