from datetime import datetime, timedelta, timezone

from rapport.memory.questions import Asked
from rapport.memory.working import LONGEST, Utterance, WorkingMemory

BEGIN = datetime(2025, 11, 22, 12, 0, tzinfo=timezone.utc)
HOME = Asked("my sister", ("lives in",))


def spoken(*words: str, corrects: tuple[str, ...] = ()) -> list[Utterance]:
    return [
        Utterance(turn, said, BEGIN + timedelta(seconds=turn), said in corrects) for turn, said in enumerate(words, 1)
    ]


def texts(working: WorkingMemory, asked: Asked) -> list[str]:
    return [each.fact.text for each in working.about(asked)]


def test_the_latest_value_answers() -> None:
    working = WorkingMemory(spoken("my sister lives in oslo", "i like jazz", "my sister lives in bergen"))

    assert texts(working, HOME) == ["your sister lives in bergen"]


def test_a_correction_is_read_against_what_was_told_before_it() -> None:
    working = WorkingMemory(spoken("my sister lives in oslo", "no bergen", corrects=("no bergen",)))

    assert texts(working, HOME) == ["your sister lives in bergen"]


def test_values_that_stand_beside_each_other_all_answer() -> None:
    working = WorkingMemory(spoken("i like jazz", "i like rock"))

    assert texts(working, Asked("me", ("likes",))) == ["you like rock", "you like jazz"]
    assert texts(working, Asked("me", ("likes",), "jazz")) == ["you like jazz"]


def test_what_was_let_go_of_and_questions_are_not_there() -> None:
    working = WorkingMemory(spoken("my sister lives in oslo", "where does my sister live"), let_go={1})

    assert list(working.all()) == []


def test_a_topic_is_found_by_its_words_without_a_model() -> None:
    working = WorkingMemory(spoken("we had a lovely trip to norway", "i like jazz"))

    assert [each.utterance.turn for each in working.near("the trip")] == [1]


def test_only_the_latest_turns_are_looked_at() -> None:
    working = WorkingMemory(spoken("my sister lives in oslo", *["i like jazz"] * LONGEST))

    assert texts(working, HOME) == []
