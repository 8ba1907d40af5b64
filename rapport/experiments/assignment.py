"""Who is in which arm, and what they get for it.

Only who agreed to be counted has a part. An arm follows from who it is, the experiment's name and the stratum (new to
Rapport or not) by a hash, so it needs no draw and is the same everywhere; it is noted with the person, and so stays
when shares or the stratum change. That somebody was treated differently, or would have been in another arm, is noted
when it first matters: `gets` is asked only where it makes a difference. Blocks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rapport.errors import ConsentMissing
from rapport.experiments.plan import HOLDOUT, Arm, Experiment, Piece
from rapport.experiments.sessions import sessions_of
from rapport.privacy.purposes import Purpose

if TYPE_CHECKING:
    from rapport.people import Person

RECORD = "experiments"
VERSION = 1
"""Of the form that it is kept in."""
NEW, REGULAR = "new", "regular"
REGULAR_SESSIONS = 3
"""Sessions that were counted before, from which somebody is no newcomer."""


@dataclass(frozen=True)
class Part:
    """Somebody's part in an experiment.

    Attributes:
        arm: Its name.
        stratum: What they were when they came into it.
        since: The day they did.
        exposed: The day on which the arm first made a difference; None while it did not.
    """

    arm: str
    stratum: str
    since: date
    exposed: date | None = None


@dataclass(frozen=True)
class Parts:
    """Somebody's parts.

    Attributes:
        by_name: By experiment.
        out: They want no part in any: they get everything, and are not counted in them.
    """

    by_name: dict[str, Part]
    out: bool = False


def parts_of(person: Person) -> Parts:
    """What is kept.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    kept = person.record(RECORD, Purpose.ANALYTICS)
    if kept is None:
        return Parts({})
    return Parts(
        {
            name: Part(arm, stratum, date.fromisoformat(since), date.fromisoformat(exposed) if exposed else None)
            for name, (arm, stratum, since, exposed) in kept["parts"].items()
        },
        kept["out"],
    )


def keep_parts(person: Person, parts: Parts) -> None:
    """Keep them in place of what was there.

    Raises:
        ConsentMissing: They did not agree to be counted.
    """
    record: dict[str, Any] = {
        "version": VERSION,
        "parts": {
            name: [part.arm, part.stratum, part.since.isoformat(), part.exposed.isoformat() if part.exposed else None]
            for name, part in parts.by_name.items()
        },
        "out": parts.out,
    }
    person.keep_record(RECORD, record, Purpose.ANALYTICS)


def gets(person: Person, piece: Piece, day: date) -> bool:
    """Whether somebody gets a piece of what suits them. To be asked where that makes a difference: it is noted.

    Args:
        person: Who.
        piece: Of what suits them.
        day: The day.
    """
    plan = person.plan
    held_out = is_held_out(person.id, plan.holdout)
    concerned = [each for each in plan.running if held_out or piece in each.pieces]
    if not (concerned or held_out):
        return True
    try:
        parts = parts_of(person)
    except ConsentMissing:
        return True
    if parts.out:
        return True
    gotten, now = not held_out, dict(parts.by_name)
    stratum = REGULAR if len(sessions_of(person)) >= REGULAR_SESSIONS else NEW
    for experiment in concerned:
        drawn = HOLDOUT if held_out else arm_for(person.id, experiment, stratum)
        part = now.get(experiment.name) or Part(drawn, stratum, day)
        now[experiment.name] = part if part.exposed else replace(part, exposed=day)
        arm = experiment.arm(part.arm)
        gotten = gotten and (arm is None or piece not in arm.without)
    if now != parts.by_name:
        keep_parts(person, replace(parts, by_name=now))
    return gotten


def is_held_out(person: str, holdout: float) -> bool:
    """Whether somebody is of the share who get the generic assistant for good; who is, stays so as it grows."""
    return _drawn(person, HOLDOUT) < holdout


def arm_for(person: str, experiment: Experiment, stratum: str) -> str:
    """The arm that somebody belongs in, by their id alone; the same wherever it is asked.

    Args:
        person: Their id.
        experiment: Which.
        stratum: What they are.
    """
    drawn = _drawn(person, f"{experiment.name}/{stratum}")
    return _at(experiment.arms, drawn).name


def _at(arms: tuple[Arm, ...], drawn: float) -> Arm:
    passed = 0.0
    for arm in arms:
        passed += arm.share
        if drawn < passed:
            return arm
    return arms[-1]


def _drawn(person: str, salt: str) -> float:
    """A number from 0 to less than 1, that is a person's for a salt."""
    digest = hashlib.blake2b(f"{salt}\0{person}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
