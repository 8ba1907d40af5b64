import pytest

from rapport.choosing import choose

PLACES = ["Portland, Oregon", "Portland, Maine"]
READINGS = ["know the time", "hear a joke"]


@pytest.mark.parametrize(
    ("said", "offers", "index"),
    [
        pytest.param("the first one", PLACES, 0, id="first"),
        pytest.param("no the second one please", PLACES, 1, id="second"),
        pytest.param("the last one", PLACES, 1, id="last"),
        pytest.param("the other one", PLACES, 1, id="other"),
        pytest.param("oregon", PLACES, 0, id="by-its-word"),
        pytest.param("main", PLACES, 1, id="by-its-sound"),
        pytest.param("tell me the time", READINGS, 0, id="reading"),
        pytest.param("joke", READINGS, 1, id="reading-by-one-word"),
        pytest.param("portland", PLACES, None, id="what-both-share-picks-neither"),
        pytest.param("yes", READINGS, None, id="yes-names-none"),
        pytest.param("blah", PLACES, None, id="nonsense"),
        pytest.param("the second one", ["know the time"], None, id="no-second"),
        pytest.param("the first", ["know the time"], 0, id="only-one"),
        pytest.param("the country", ["the country Georgia", "the state of Georgia"], 0, id="kind-of-place"),
    ],
)
def test_an_answer_picks_an_offer(said: str, offers: list[str], index: int | None) -> None:
    assert choose(said, offers) == index
