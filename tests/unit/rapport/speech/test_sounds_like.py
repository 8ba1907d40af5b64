"""Names that cannot be heard, by what is heard in their place."""

import pytest

from rapport.speech.recognizer import Transcript, Word
from rapport.speech.sounds_like import heard_for, is_said_otherwise, unheard, with_names, with_sounds

KNOWN = frozenset("who is call my aunt and catch up tandy you".split())
SOUNDS = {"and catch up": "nkechi", "tandy": "thandiwe", "tandy you": "thandiwe"}


def heard(said: str, *others: str) -> Transcript:
    words = tuple(Word(word, 100 * at, 100 * at + 90, 1.0 - at / 10) for at, word in enumerate(said.split()))
    return Transcript(said, words, 0.9, tuple(heard(other) for other in others))


def test_sentences_with_one_unknown_word_tell_of_it() -> None:
    assert unheard(
        ["who is nkechi", "who is tandy", "call nkechi thandiwe", "call aunt nkechi"], KNOWN.__contains__
    ) == [
        ("who is nkechi", "nkechi"),
        ("call aunt nkechi", "nkechi"),
    ]


@pytest.mark.parametrize(
    ("sentence", "came", "words"),
    [
        ("who is nkechi", "who is and catch up", "and catch up"),
        ("put nkechi on the list", "but and catch on the lists", "and catch"),
        ("who is nkechi", "who is", None),
        ("who is nkechi", "who is this and that and those", None),
    ],
    ids=["at-the-end", "in-the-middle", "nothing", "too-much"],
)
def test_what_stands_in_its_place_was_heard_for_it(sentence: str, came: str, words: str | None) -> None:
    assert heard_for("nkechi", sentence, came) == words


def test_what_is_said_anyway_stands_for_no_name() -> None:
    assert is_said_otherwise("that's it", ["stop that's it", "go on"])
    assert not is_said_otherwise("hat's it", ["stop that's it"])


def test_sentences_are_listened_for_as_they_sound() -> None:
    assert with_sounds(["who is nkechi", "my list"], SOUNDS) == ["who is nkechi", "my list", "who is and catch up"]


def test_names_are_put_back_the_longest_sound_first() -> None:
    read = with_names(heard("call tandy you and catch up", "call tandy up"), [], SOUNDS)

    assert read.text == "call thandiwe nkechi"
    assert read.words[1] == Word("thandiwe", 100, 290, 0.8)
    assert [each.text for each in read.alternatives] == ["call thandiwe up"]


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ("who is and catch", "who is nkechi"),
        ("who is and catcher", "who is nkechi"),
        ("who is the pope", "who is the pope"),
        ("how is and catch", "how is and catch"),
        ("who is", "who is"),
    ],
)
def test_in_its_sentence_a_name_is_what_sounds_like_it(came: str, read: str) -> None:
    assert with_names(heard(came), ["who is nkechi"], SOUNDS).text == read


@pytest.mark.parametrize(
    ("came", "read"),
    [
        ("who is and catch us", "who is nkechi"),
        ("where is and catch up", "where is nkechi"),
        ("and catch us", "nkechi"),
    ],
    ids=["in-its-sentence", "anywhere", "by-itself"],
)
def test_what_is_around_a_name_stays(came: str, read: str) -> None:
    assert with_names(heard(came), ["nkechi", "who is nkechi"], SOUNDS).text == read


def test_without_names_nothing_changes() -> None:
    said = heard("call tandy", "call candy")

    assert with_names(said, ["who is nkechi"], {}) is said
