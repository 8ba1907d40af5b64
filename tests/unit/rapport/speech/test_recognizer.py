"""Transcripts as values."""

import pytest

from rapport.speech.recognizer import Transcript, Word


def test_a_transcript_is_made_of_its_words() -> None:
    words = [Word("what", 0, 200, 1.0), Word("time", 200, 500, 0.5)]

    transcript = Transcript.of(words)

    assert transcript == Transcript("what time", tuple(words), 0.75)


def test_no_words_have_no_confidence() -> None:
    assert Transcript.of([]) == Transcript("", (), pytest.approx(0.0))


def test_parts_are_joined_with_their_alternatives_by_rank() -> None:
    def heard(*texts: str) -> Transcript:
        first, *others = (Transcript.of([Word(text, 0, 100, 1.0)]) for text in texts)
        return Transcript(first.text, first.words, first.confidence, tuple(others))

    joined = Transcript.joined([heard("wait", "wake"), heard("me"), heard("and", "in", "an")])

    assert joined.text == "wait me and"
    assert [other.text for other in joined.alternatives] == ["wake me in", "wait me an"]
    assert Transcript.joined([]) == Transcript.of([])
