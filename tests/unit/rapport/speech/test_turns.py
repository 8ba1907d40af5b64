"""Turn-taking, on a passed clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.speech.turns import (
    BARGE_IN_MS,
    COMPLETE_MS,
    DANGLING_MS,
    HOLD_MS,
    SETTLE_MS,
    SILENCE_MS,
    Decision,
    Floor,
    TurnTaker,
    breaks_off,
)

FRAME_MS = 32
SPEAKING = Floor(speaking=True)


def hear(turns: TurnTaker, *, speech: bool, for_ms: int, partial: str = "") -> list[Decision]:
    decisions = []
    for _ in range(for_ms // FRAME_MS):
        decisions += turns.hear(speech=speech, for_ms=FRAME_MS, partial=partial)
    return decisions


def pause_after(text: str, *, complete: bool | None) -> TurnTaker:
    """A turn whose words were read after the first, short silence."""
    turns = TurnTaker()
    assert hear(turns, speech=True, for_ms=960) == [Decision.STARTED]
    assert hear(turns, speech=False, for_ms=SETTLE_MS) == [Decision.PAUSED]
    assert turns.settled(text, complete=complete) == []
    return turns


@pytest.mark.parametrize(
    ("text", "complete", "needed_ms"),
    [
        pytest.param("what time is it", True, COMPLETE_MS, id="whole-request"),
        pytest.param("blue banana", None, SILENCE_MS, id="nobody-knows"),
        pytest.param("what time is it in", True, DANGLING_MS, id="breaks-off-though-it-is-understood"),
    ],
)
def test_silence_that_ends_a_turn_depends_on_its_words(text: str, complete: bool | None, needed_ms: int) -> None:
    """A whole request ends soon, one that breaks off late."""
    turns = pause_after(text, complete=complete)

    assert hear(turns, speech=False, for_ms=needed_ms - SETTLE_MS - FRAME_MS) == []
    assert hear(turns, speech=False, for_ms=FRAME_MS) == [Decision.ENDED]


def test_going_on_after_a_pause_keeps_the_turn_open() -> None:
    """What comes after a pause belongs to the turn, and is settled again."""
    turns = pause_after("what time is it", complete=True)

    assert hear(turns, speech=True, for_ms=320) == [Decision.RESUMED]
    assert hear(turns, speech=False, for_ms=SETTLE_MS) == [Decision.PAUSED]


def test_a_breath_within_a_turn_is_no_pause() -> None:
    turns = TurnTaker()
    hear(turns, speech=True, for_ms=640)

    assert hear(turns, speech=False, for_ms=SETTLE_MS - FRAME_MS) == []
    assert hear(turns, speech=True, for_ms=320) == []


def test_sound_without_words_is_no_turn() -> None:
    turns = TurnTaker()
    hear(turns, speech=True, for_ms=128)
    hear(turns, speech=False, for_ms=SETTLE_MS)

    assert turns.settled("", complete=None) == [Decision.DISCARDED]
    assert not turns.open


def test_an_endless_turn_is_capped() -> None:
    """At its cap a turn is answered, even in the middle of a word, and once."""
    turns = TurnTaker(turn_ms=3_200)

    decisions = hear(turns, speech=True, for_ms=3_200, partial="blah blah")

    assert decisions == [Decision.STARTED, Decision.TOO_LONG]


def test_a_click_does_not_hold_the_reply() -> None:
    turns = TurnTaker()
    turns.give_floor(SPEAKING)

    assert Decision.HOLD not in hear(turns, speech=True, for_ms=HOLD_MS - FRAME_MS)


@pytest.mark.parametrize("noise", ["", "mm", "the", "uh huh", "yeah"])
def test_a_cough_or_a_backchannel_lets_the_reply_go_on(noise: str) -> None:
    """The reply holds its breath, and goes on; nothing is answered."""
    turns = TurnTaker()
    turns.give_floor(SPEAKING)

    decisions = hear(turns, speech=True, for_ms=BARGE_IN_MS + 160, partial=noise)
    decisions += hear(turns, speech=False, for_ms=SETTLE_MS, partial=noise)
    decisions += turns.settled(noise, complete=None)

    assert decisions == [
        Decision.STARTED, Decision.HOLD, Decision.PAUSED, Decision.RELEASED, Decision.DISCARDED
    ]  # fmt: skip


def test_real_words_cut_the_reply_while_they_are_said() -> None:
    turns = TurnTaker()
    turns.give_floor(SPEAKING)

    decisions = hear(turns, speech=True, for_ms=BARGE_IN_MS, partial="what about")

    assert decisions == [Decision.STARTED, Decision.HOLD, Decision.BARGED_IN]
    assert turns.open


def test_one_short_word_cuts_the_reply_once_it_is_known() -> None:
    """ "stop" is shorter than the least speech that interrupts, yet it does."""
    turns = TurnTaker()
    turns.give_floor(SPEAKING)
    hear(turns, speech=True, for_ms=192)
    hear(turns, speech=False, for_ms=SETTLE_MS)

    assert turns.settled("stop", complete=True) == [Decision.BARGED_IN]
    assert hear(turns, speech=False, for_ms=COMPLETE_MS - SETTLE_MS) == [Decision.ENDED]


def test_a_short_answer_counts_where_one_is_expected() -> None:
    """ "yes" over a question that it answers is no backchannel."""
    turns = TurnTaker()
    turns.give_floor(Floor(speaking=True, expects_short_answer=True))
    hear(turns, speech=True, for_ms=192)
    hear(turns, speech=False, for_ms=SETTLE_MS)

    assert turns.settled("yes", complete=True) == [Decision.BARGED_IN]


def test_a_reply_that_begins_while_someone_speaks_holds() -> None:
    turns = TurnTaker()
    hear(turns, speech=True, for_ms=320)

    assert turns.give_floor(SPEAKING) == [Decision.HOLD]
    assert turns.give_floor(SPEAKING) == []


def test_a_reply_that_begins_after_real_words_is_cut() -> None:
    turns = pause_after("and in paris", complete=None)

    assert turns.give_floor(SPEAKING) == [Decision.BARGED_IN]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("what time is it in", True),
        ("set a timer for", True),
        ("what's the", True),
        ("what time is it", False),
        ("repeat that please", False),
        ("what can you do", False),
        ("tell me what time it is", False),
        ("what are you up to", False),
        ("why", False),
        ("twelve percent of", True),
    ],
)
def test_words_that_break_off_are_told_from_whole_ones(text: str, expected: bool) -> None:
    assert breaks_off(text) is expected


@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.sampled_from(["", "the", "stop it", "what is"]), st.booleans()),
        max_size=300,
    )
)
def test_decisions_always_make_sense(frames: list[tuple[bool, bool, str, bool]]) -> None:
    """Whatever is heard: a turn starts before it ends, ends once, and a held reply is released, cut or overtaken."""
    turns = TurnTaker(turn_ms=5_000)
    open_turn = held = False
    for speech, speaking, text, complete in frames:
        held = held and speaking
        decisions = turns.give_floor(Floor(speaking))
        decisions += turns.hear(speech=speech, for_ms=FRAME_MS, partial=text)
        for decision in list(decisions):
            if decision is Decision.PAUSED:
                decisions += turns.settled(text, complete=complete)
        for decision in decisions:
            if decision is Decision.STARTED:
                assert not open_turn
                open_turn = True
            else:
                assert open_turn
            if decision is Decision.HOLD:
                assert not held
                held = True
            if decision in (Decision.RELEASED, Decision.BARGED_IN):
                held = False
            if decision in (Decision.ENDED, Decision.TOO_LONG):
                turns.end()
            if decision in (Decision.ENDED, Decision.TOO_LONG, Decision.DISCARDED):
                open_turn = held = False
        assert turns.open is open_turn
