"""Times of characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.alignment import align, joined
from emulator.speaking import Spoken, frames
from rapport.speech.audio import PcmChunk

texts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=60)


@given(texts, st.integers(1, 10_000), st.integers(0, 500))
def test_the_characters_fill_the_sound_without_a_gap(text: str, spoken_ms: int, silence_ms: int) -> None:
    """Each begins where the one before ends, and the last ends with the sound, in milliseconds and in seconds."""
    times = align(text, spoken_ms=spoken_ms, whole_ms=spoken_ms + silence_ms)

    as_ms = times.as_milliseconds("charDurationsMs")
    assert as_ms["chars"] == list(text)
    assert all(duration >= 0 for duration in as_ms["charDurationsMs"])
    assert sum(as_ms["charDurationsMs"]) == spoken_ms + silence_ms
    assert as_ms["charStartTimesMs"][-1] + as_ms["charDurationsMs"][-1] == spoken_ms + silence_ms
    as_s = times.as_seconds()
    assert as_s["character_start_times_seconds"][1:] == as_s["character_end_times_seconds"][:-1]
    assert as_s["character_end_times_seconds"][-1] == pytest.approx((spoken_ms + silence_ms) / 1_000, abs=0.001)


def test_a_digit_takes_longer_than_a_letter_and_a_space_less() -> None:
    """As they do when spoken."""
    durations = align("a 1", spoken_ms=530, whole_ms=530).as_milliseconds("d")["d"]

    assert durations == [100, 30, 400]


def test_silence_at_the_end_belongs_to_the_last_character() -> None:
    """So that what lies before it is not moved."""
    assert align("ab", spoken_ms=200, whole_ms=500).bounds_ms == (0, 100, 500)


def test_joined_parts_are_one_after_the_other() -> None:
    """With the times of the second after those of the first."""
    whole = joined([align("ab", spoken_ms=200, whole_ms=300), align("c", spoken_ms=50, whole_ms=50)])

    assert whole.chars == "abc"
    assert whole.bounds_ms == (0, 100, 300, 350)


def test_nothing_has_no_times() -> None:
    """And does not fail."""
    assert joined([]).as_seconds()["characters"] == []
    assert align("", spoken_ms=0, whole_ms=0).duration_ms == 0


@given(texts, st.integers(1, 100_000), st.sampled_from([8_000, 16_000, 22_050, 44_100]))
def test_frames_join_to_the_whole(text: str, samples: int, rate_hz: int) -> None:
    """No sample is lost or split, and each frame's characters last as long as its sound, to a millisecond."""
    sound = PcmChunk(bytes(range(256)) * 0 + b"ab" * samples, rate_hz)
    times = align(text, spoken_ms=sound.duration_ms, whole_ms=sound.duration_ms)

    pieces = frames(Spoken(sound, times, times), 500)

    assert b"".join(piece.pcm for piece in pieces) == sound.samples
    assert "".join(piece.alignment.chars for piece in pieces) == text
    assert "".join(piece.normalized.chars for piece in pieces) == text
    for piece in pieces:
        assert len(piece.pcm) % 2 == 0
        assert piece.alignment.duration_ms == pytest.approx(PcmChunk(piece.pcm, rate_hz).duration_ms, abs=1)
