"""What is written of what is said, and what steers it."""

import pytest

from rapport.everyday.dictation import Command, Dictated, dictated, whole


@pytest.mark.parametrize(
    ("utterance", "command"),
    [
        ("that's all", Command.END),
        ("that's it", Command.END),
        ("okay i'm done", Command.END),
        ("end of note", Command.END),
        ("stop dictating", Command.END),
        ("save it please", Command.END),
        ("stop", Command.END),
        ("scratch that", Command.STRIKE),
        ("no delete the last sentence", Command.STRIKE),
        ("read it back to me", Command.READ),
        ("what do i have so far", Command.READ),
        ("start over", Command.BEGIN_ANEW),
        ("cancel", Command.DISCARD),
        ("never mind", Command.DISCARD),
        ("don't save it", Command.DISCARD),
        ("delete the note", Command.DISCARD),
    ],
)
def test_what_steers(utterance: str, command: Command) -> None:
    assert dictated(utterance) == Dictated("", command)


@pytest.mark.parametrize(
    ("utterance", "text"),
    [
        ("call the bank about the card", "Call the bank about the card."),
        ("stop the car before the bridge", "Stop the car before the bridge."),
        ("cancel the newspaper", "Cancel the newspaper."),
        ("that's all he ever says", "That's all he ever says."),
        ("i'll be late comma so eat without me", "I'll be late, so eat without me."),
        ("are you coming question mark", "Are you coming?"),
        ("first thing full stop second thing", "First thing. Second thing."),
        ("milk new line eggs", "Milk\nEggs."),
        ("it was a long period of time period", "It was a long period of time."),
        ("Typed as it is meant.", "Typed as it is meant."),
    ],
)
def test_what_is_written(utterance: str, text: str) -> None:
    assert dictated(utterance) == Dictated(text)


def test_the_end_may_follow_what_is_written() -> None:
    assert dictated("and bring the blue folder that's all") == Dictated("And bring the blue folder.", Command.END)


def test_the_parts_make_one_text() -> None:
    assert whole(["Call the bank.", "It's about the card."]) == "Call the bank. It's about the card."
    assert whole([]) == ""
