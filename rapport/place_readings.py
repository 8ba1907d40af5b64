"""What a place's name can mean, and which meaning is taken.

Values and a decision: names are looked up in `places`, and the moment is passed in, since clocks that agree in
winter may differ in summer.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# A reading this many times weightier than any other is taken without asking.
CLEAR_LEAD = 4
# With a smaller lead than this, it is named with what tells it from its namesakes.
NAMED_LEAD = 50
# A zone with this share of a country's city dwellers is the country's time.
CLEAR_SHARE = 0.85

# Of a name that needs no weighing, because a table or the talk says what it means.
_SETTLED_WEIGHT = 1e12
# What lies this near has the same weather.
_FAR_KM = 60
_KM_A_DEGREE = 111
# A zone with less than this share is not worth naming among a country's times.
_LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Zone:
    """A zone of a place.

    Attributes:
        key: IANA name.
        city: The largest city in it, for telling a country's zones apart.
        people: City dwellers in it.
        at: Where that city lies, as latitude and longitude in degrees; None for a named zone or region.
    """

    key: str
    city: str
    people: int
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class Place:
    """One reading of a place's name.

    Attributes:
        name: As it is said, with an article where it takes one: "the United States".
        label: The name with what tells it from its namesakes: "Portland, Oregon".
        zones: Its zones, the most populous first; one for a city.
        weight: How likely it is meant, against other readings: population times the number of names
            that languages have for it, which tells Barcelona in Spain from Barcelona in Venezuela.
        country: ISO code, or "" for a named zone or region.
        state: Code of the US state, or "".
        area: It is a country or a state, and no town.
    """

    name: str
    label: str
    zones: tuple[Zone, ...]
    weight: float
    country: str = ""
    state: str = ""
    area: bool = False


@dataclass(frozen=True)
class Here:
    """A place whose time is one: `zone` is its IANA name, `at` latitude and longitude where they are known."""

    name: str
    zone: str
    at: tuple[float, float] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Spot:
    """A point of a place: the town itself, or the largest one of a country; `at` is latitude and longitude."""

    name: str
    zone: str
    at: tuple[float, float] | None


@dataclass(frozen=True)
class Either:
    """Two places that could be meant, whose times differ now, or which lie far apart; the likelier first."""

    first: Place
    second: Place


@dataclass(frozen=True)
class Spread:
    """A country or state with several times now; its two most populous ones, by their largest cities."""

    name: str
    first: Here
    second: Here


Settled = Here | Either | Spread


def known_place(name: str, zone: str, at: tuple[float, float] | None = None) -> Place:
    """A place that was settled before, as a reading of its own."""
    return Place(name, name, (Zone(zone, name, 1, at),), weight=_SETTLED_WEIGHT)


def settle(readings: tuple[Place, ...], now: datetime) -> Settled:
    """Which of the readings is meant, or what has to be asked or told apart.

    Readings whose clocks agree now are one. A reading with a clear lead is taken, and named with what
    tells it apart if it has rivals.

    Args:
        readings: What `Gazetteer.find` found, at least one.
        now: The moment, with a zone: offsets are compared at it.
    """
    first = readings[0]
    rivals = [place for place in readings[1:] if _offset(place.zones[0], now) != _offset(first.zones[0], now)]
    if rivals and first.weight < CLEAR_LEAD * rivals[0].weight:
        return Either(first, rivals[0])
    has_namesake = bool(rivals) and first.weight < NAMED_LEAD * rivals[0].weight
    name = first.label if has_namesake else first.name
    shares: dict[timedelta, list[Zone]] = defaultdict(list)
    for zone in first.zones:
        shares[_offset(zone, now)].append(zone)
    groups = sorted(shares.values(), key=lambda zones: -sum(zone.people for zone in zones))
    everyone = sum(zone.people for zone in first.zones)
    if len(groups) == 1 or sum(zone.people for zone in groups[0]) >= CLEAR_SHARE * everyone:
        return Here(name, groups[0][0].key, groups[0][0].at)
    most, *others = groups
    others = [zones for zones in others if sum(zone.people for zone in zones) >= _LEAST_SHARE * everyone]
    farthest = max(others or groups[1:], key=lambda zones: abs(_offset(zones[0], now) - _offset(most[0], now)))
    return Spread(name, *(Here(zones[0].city, zones[0].key, zones[0].at) for zones in (most, farthest)))


def spot(readings: tuple[Place, ...], own_country: str = "") -> Spot | Either:
    """The point that is meant, where what matters is where a place lies; or what has to be asked.

    A name with a clear lead is taken, as by `settle`; what lies near it is no rival. Of two that could be meant, it is
    the one in the person's own country, if the other is not.

    Args:
        readings: What `Gazetteer.find` found, at least one.
        own_country: ISO code of the country that the person seems to be in.
    """
    first = readings[0]
    rivals = [place for place in readings[1:] if _far(place.zones[0].at, first.zones[0].at)]
    if rivals and first.weight < CLEAR_LEAD * rivals[0].weight:
        near = [place for place in (first, rivals[0]) if place.country == own_country]
        if len(near) != 1:
            return Either(first, rivals[0])
        first, rivals = near[0], [first, *rivals]
    zone = first.zones[0]
    if first.area:
        return Spot(zone.city, zone.key, zone.at)  # a country is not all under one sky
    has_namesake = bool(rivals) and first.weight < NAMED_LEAD * rivals[0].weight
    return Spot(first.label if has_namesake else first.name, zone.key, zone.at)


def _far(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    if one is None or other is None:
        return one != other
    north, east = one[0] - other[0], (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return math.hypot(north, east) * _KM_A_DEGREE > _FAR_KM


def _offset(zone: Zone, now: datetime) -> timedelta:
    offset = now.astimezone(ZoneInfo(zone.key)).utcoffset()
    return offset if offset is not None else timedelta()
