"""Sound that is given word by word."""

from voice_server.word_ends import Alignment, WordEnds

RATE_HZ = 8_000
MS = 16
"""Bytes of a millisecond."""


def _aligned(text: str, each_ms: float = 10) -> Alignment:
    return Alignment(list(text), [each_ms * n for n in range(len(text))], [each_ms] * len(text))


def test_a_word_that_is_not_whole_is_held() -> None:
    """Sound ends where a word and the space after it do."""
    words = WordEnds(RATE_HZ)
    words.sent("One two. ")

    given = words.heard(bytes(60 * MS), _aligned("One tw"))

    assert given == [(bytes(40 * MS), 4)]
    assert not words.complete
    assert words.heard(bytes(30 * MS), _aligned("o. ")) == [(bytes(50 * MS), 9)]
    assert words.complete
    assert words.rest() == b""


def test_times_may_run_ahead_of_the_sound() -> None:
    """A clause's times may come with its first frame; the sound of later words follows."""
    words = WordEnds(RATE_HZ)
    words.sent("One two. ")

    assert words.heard(bytes(20 * MS), _aligned("One two. ")) == []
    assert words.heard(bytes(30 * MS), None) == [(bytes(40 * MS), 4)]
    assert words.heard(bytes(40 * MS), None) == [(bytes(50 * MS), 9)]


def test_each_word_has_its_own_sound() -> None:
    """Also where many come at once: so it is known when each is heard."""
    words = WordEnds(RATE_HZ)
    words.sent("One two. ")

    assert words.heard(bytes(90 * MS), _aligned("One two. ")) == [(bytes(40 * MS), 4), (bytes(50 * MS), 9)]


def test_spaces_do_not_matter() -> None:
    """Some are sent that are not spoken, and some come back that were not sent."""
    words = WordEnds(RATE_HZ)
    words.sent("One ")
    words.sent("two ")

    words.heard(bytes(100 * MS), _aligned(" One"))
    given = words.heard(bytes(100 * MS), _aligned("two "))

    assert words.complete
    assert given[-1][1] == 8


def test_times_of_another_text_are_not_trusted() -> None:
    """Then everything is held until the end, so that nothing is said twice."""
    words = WordEnds(RATE_HZ)
    words.sent("1984 ")

    assert words.heard(bytes(100 * MS), _aligned("nineteen eighty-four ")) == []
    assert not words.fits
    assert words.rest() == bytes(100 * MS)
