"""When gathered text is spoken."""

from emulator.buffering import TextBuffer


def test_text_waits_until_the_schedule_is_met() -> None:
    """120 characters, then 160 more: a short reply stalls, which is what clients trip over."""
    buffer = TextBuffer()

    assert buffer.add("a" * 119) is None
    assert buffer.add("b") == "a" * 119 + "b"
    assert buffer.add("c" * 159) is None
    assert buffer.add("d") == "c" * 159 + "d"


def test_the_last_of_the_schedule_counts_on() -> None:
    """For every generation after it."""
    buffer = TextBuffer([5])

    assert [buffer.add("abcde") for _ in range(3)] == ["abcde"] * 3


def test_a_flush_gives_what_there_is() -> None:
    """Once."""
    buffer = TextBuffer()
    buffer.add("short")

    assert buffer.flush() == "short"
    assert buffer.flush() is None


def test_auto_mode_speaks_every_piece_but_no_spaces() -> None:
    """The first message is a space, and so is a keep-alive."""
    buffer = TextBuffer(at_once=True)

    assert buffer.add(" ") is None
    assert buffer.add("Hello. ") == "Hello. "


def test_a_trigger_is_heeded_from_fifty_characters_on() -> None:
    """With fewer, more is waited for."""
    buffer = TextBuffer()

    assert buffer.add("a" * 49, triggered=True) is None
    assert buffer.add("a", triggered=True) == "a" * 50
