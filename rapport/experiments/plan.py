"""Which experiments there are, as designers write them in `data/experiments.yml`. Values, and their reading."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from rapport.errors import SettingsError

logger = logging.getLogger(__name__)

VERSION = 1
"""Of the form that the file has."""
HOLDOUT = "holdout"
"""The name of the arm of those who get the generic assistant in every experiment."""


class Piece(str, Enum):
    """A part of what suits somebody, that an arm can go without. What they said outright they get in any arm."""

    STYLE = "style"
    """The way of answering that was learnt."""
    READINGS = "readings"
    """Which readings are offered, and how many."""
    SUGGESTIONS = "suggestions"
    """Unasked ones."""
    MEMORIES = "memories"
    """Their order, where several answer about equally well."""
    PACE = "pace"
    """Slower speech, where that was learnt."""
    SCALE = "scale"
    """Celsius or Fahrenheit, where that was learnt."""
    NAMES = "names"
    """Places that they name often, which are listened for."""


class Metric(str, Enum):
    """What is measured of a person's sessions; each is a mean over sessions or a share, `analysis` says how."""

    TURNS_TO_SUCCESS = "turns_to_success"
    TASK_SUCCESS = "task_success"
    REPHRASE_RATE = "rephrase_rate"
    BARGE_IN_RATE = "barge_in_rate"
    CORRECTION_RATE = "correction_rate"
    SUGGESTION_ACCEPTANCE = "suggestion_acceptance"
    ACCEPTED_SUGGESTIONS = "accepted_suggestions"
    RATING = "rating"
    RETENTION = "retention"


@dataclass(frozen=True)
class Arm:
    """One way to treat people.

    Attributes:
        name: Lower case.
        share: Of the people, 0 to 1.
        without: What its people don't get.
    """

    name: str
    share: float
    without: frozenset[Piece] = frozenset()


@dataclass(frozen=True)
class Experiment:
    """A question to people's behaviour.

    Attributes:
        name: Lower case; who is in which arm follows from it.
        asks: The question, for people to read.
        running: False is the switch that ends it at once.
        arms: The first is what the others are compared with.
        outcome: What decides.
        least_effect: The change of it that is worth finding, as a share of what it is in the first arm.
    """

    name: str
    asks: str
    running: bool
    arms: tuple[Arm, ...]
    outcome: Metric
    least_effect: float

    @property
    def pieces(self) -> frozenset[Piece]:
        """What its arms differ in."""
        return frozenset().union(*(arm.without for arm in self.arms)) - frozenset.intersection(
            *(arm.without for arm in self.arms)
        )

    def arm(self, name: str) -> Arm | None:
        """An arm by its name; None where it is gone."""
        return next((each for each in self.arms if each.name == name), None)


@dataclass(frozen=True)
class Plan:
    """All of them.

    Attributes:
        holdout: Share of the counted people who get the generic assistant in every experiment.
        experiments: Running or not.
    """

    holdout: float = 0.0
    experiments: tuple[Experiment, ...] = ()

    @property
    def running(self) -> tuple[Experiment, ...]:
        """Those that are going on."""
        return tuple(each for each in self.experiments if each.running)


def read_plan(file: Path) -> Plan:
    """The plan in a file; where there is no file, there is no experiment.

    Raises:
        SettingsError: It can't be used; the message says why.
    """
    if not file.is_file():
        return Plan()
    try:
        return _plan(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"{file.name} can't be used: {type(error).__name__}: {error}") from error


class PlanFile:
    """The plan of a file as it is now: who ends an experiment in it has ended it, without a restart.

    What is written while it runs and can't be used is told in the log, and what was read before holds.

    Args:
        file: The file.

    Raises:
        SettingsError: It can't be used as it begins.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written = self._mark()
        self._plan = read_plan(file)

    def __call__(self) -> Plan:
        """The plan."""
        written = self._mark()
        if written != self._written:
            self._written = written
            try:
                self._plan = read_plan(self._file)
            except SettingsError as error:
                logger.error("experiments go on as before: %s", error)
        return self._plan

    def _mark(self) -> tuple[int, int] | None:
        try:
            status = self._file.stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_size


def _plan(read: Mapping[str, Any]) -> Plan:
    if read["version"] != VERSION:
        raise ValueError(f"it has version {read['version']}, and {VERSION} is known")
    experiments = tuple(_experiment(each) for each in read.get("experiments") or ())
    names = [each.name for each in experiments]
    if len(set(names)) < len(names):
        raise ValueError("two experiments have one name")
    holdout = float(read.get("holdout") or 0)
    if not 0 <= holdout < 1:
        raise ValueError("holdout is a share, from 0 to less than 1")
    return Plan(holdout, experiments)


def _experiment(read: Mapping[str, Any]) -> Experiment:
    arms = tuple(
        Arm(str(each["name"]), float(each["share"]), frozenset(map(Piece, each.get("without") or ())))
        for each in read["arms"]
    )
    name = str(read["name"])
    if len(arms) < 2 or len({each.name for each in arms}) < len(arms) or HOLDOUT in {each.name for each in arms}:
        raise ValueError(f"{name} needs two arms or more, each with a name of its own, and none is called {HOLDOUT}")
    if abs(sum(each.share for each in arms) - 1) > 1e-6 or min(each.share for each in arms) <= 0:
        raise ValueError(f"the arms' shares of {name} must be above 0, and add up to 1")
    least = float(read["least_effect"])
    if not 0 < least < 1:
        raise ValueError(f"least_effect of {name} is a share, above 0 and less than 1")
    if not isinstance(read["running"], bool):
        raise TypeError(f"running of {name} is true or false")
    return Experiment(name, str(read["asks"]), read["running"], arms, Metric(read["outcome"]), least)
