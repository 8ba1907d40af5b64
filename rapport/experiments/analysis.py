"""What experiments show: differences between arms, with intervals that may be looked at any time.

The unit is a person. What each did since the arm first made a difference to them is compared by least squares with
robust errors (HC3), with what they did before and their stratum as covariates, which takes out what people differ in
anyway (CUPED: Deng et al. 2013; Lin 2013). Intervals are an asymptotic confidence sequence (Waudby-Smith et al. 2024,
"Time-uniform central limit theory", theorem 2.2): they hold at all sizes at once, so whoever looks every day is misled
no oftener than who looks once. Pure; slow to import.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.stats import chisquare, norm

from rapport.experiments.plan import Metric
from rapport.experiments.sessions import LEAST_PEOPLE, SessionCounts

ALPHA = 0.05
POWER = 0.8
TIGHTEST_AT = 200
"""People for whom the intervals are at their tightest; for others they are valid, and somewhat wider."""
ROUNDING = 1e-9
"""Errors below this share of what is measured are the computer's: people are alike but for what they did before."""
MISMATCH = 0.001
"""The p-value under which the arms' sizes do not fit their shares, so that something is wrong with the assignment."""

Sessions = Sequence[SessionCounts]
Floats = npt.NDArray[np.float64]


def _share(part: str, whole: str) -> Callable[[Sessions], float | None]:
    def share(sessions: Sessions) -> float | None:
        of = sum(getattr(each, whole) for each in sessions)
        return sum(getattr(each, part) for each in sessions) / of if of else None

    return share


def _rating(sessions: Sessions) -> float | None:
    good, bad = sum(each.good for each in sessions), sum(each.bad for each in sessions)
    return good / (good + bad) if good + bad else None


def _days(sessions: Sessions) -> float | None:
    return float(len({each.day for each in sessions}))


def _accepted(sessions: Sessions) -> float | None:
    return sum(each.accepted for each in sessions) / len(sessions) if sessions else None


def _first_audio(sessions: Sessions) -> float | None:
    heard = [each.first_audio_ms for each in sessions if each.first_audio_ms is not None]
    return float(np.mean(heard)) if heard else None


def _complaints(sessions: Sessions) -> float | None:
    return sum(each.complaints for each in sessions) / len(sessions) if sessions else None


METRICS: Mapping[Metric, Callable[[Sessions], float | None]] = {
    Metric.TURNS_TO_SUCCESS: _share("steps", "solved"),
    Metric.TASK_SUCCESS: _share("solved", "tasks"),
    Metric.REPHRASE_RATE: _share("rephrased", "turns"),
    Metric.BARGE_IN_RATE: _share("cut", "answers"),
    Metric.CORRECTION_RATE: _share("corrected", "answers"),
    Metric.SUGGESTION_ACCEPTANCE: _share("accepted", "suggested"),
    Metric.ACCEPTED_SUGGESTIONS: _accepted,
    Metric.RATING: _rating,
    Metric.RETENTION: _days,
}
"""What is measured of a person's sessions; None where they tell nothing of it."""


def _unsolved(sessions: Sessions) -> float | None:
    solved = METRICS[Metric.TASK_SUCCESS](sessions)
    return None if solved is None else 1 - solved


GUARDRAILS: Mapping[str, Callable[[Sessions], float | None]] = {
    "first_audio_ms": _first_audio,
    "unsolved_rate": _unsolved,
    "privacy_complaints": _complaints,
}
"""What must not get worse; of each, more is worse."""


@dataclass(frozen=True)
class Observed:
    """A person in an experiment, as far as one measure goes.

    Attributes:
        arm: Their arm.
        stratum: Theirs.
        before: The measure before the arm made a difference; None where there is none.
        after: And since.
    """

    arm: str
    stratum: str
    before: float | None
    after: float


@dataclass(frozen=True)
class Effect:
    """How an arm differs from the first one.

    Attributes:
        base: The first arm's mean.
        base_people: How many it rests on.
        people: How many the other rests on.
        difference: The other's mean less the first one's, as adjusted.
        low: The least difference that fits, with 95 % confidence at all times.
        high: The greatest.
        reduced: By what share the covariates made the variance smaller.
        needed: People in all that the least effect worth finding needs, for 80 % power; None where that can't be told.
    """

    base: float
    base_people: int
    people: int
    difference: float
    low: float
    high: float
    reduced: float
    needed: int | None

    @property
    def found(self) -> bool:
        """Whether there is a difference."""
        return not self.low <= 0 <= self.high

    def ratio(self, difference: float) -> float | None:
        """A difference as a multiple of the first arm's mean, with that taken as known."""
        return 1 + difference / self.base if self.base > 0 else None


def effect(observed: Sequence[Observed], base: str, arm: str, least: float) -> Effect | None:
    """How an arm differs from another; None where there are too few people in either, or they are all alike.

    Args:
        observed: Of both arms; others are passed over.
        base: The arm that is compared with.
        arm: The other.
        least: The effect that is worth finding, as a share of the first arm's mean.
    """
    both = [each for each in observed if each.arm in (base, arm)]
    treated = np.array([each.arm == arm for each in both], dtype=float)
    after = np.array([each.after for each in both])
    people = int(treated.sum())
    if min(people, len(both) - people) < LEAST_PEOPLE or np.ptp(after) == 0:
        return None
    plain = sm.OLS(after, sm.add_constant(treated)).fit(cov_type="HC3")
    fitted = sm.OLS(after, np.column_stack([np.ones(len(both)), treated, _covariates(both)])).fit(cov_type="HC3")
    error = float(fitted.bse[1])
    if error <= ROUNDING * float(np.abs(after).max()):
        return None
    wide = error * widening(len(both))
    difference = float(fitted.params[1])
    mean = float(after[treated == 0].mean())
    return Effect(
        base=mean,
        base_people=len(both) - people,
        people=people,
        difference=difference,
        low=difference - wide,
        high=difference + wide,
        reduced=max(0.0, 1 - float(fitted.bse[1] ** 2 / plain.bse[1] ** 2)),
        needed=people_needed(abs(least * mean), error * math.sqrt(len(both))),
    )


def widening(people: int, alpha: float = ALPHA) -> float:
    """Half the width of an interval, in standard errors, for it to hold at all sizes at once.

    For 200 people it is 3.0 where a single look would take 2.0.
    """
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / TIGHTEST_AT
    scale = people * rho2 + 1
    return math.sqrt(2 * scale / (people * rho2) * math.log(math.sqrt(scale) / alpha))


def people_needed(least: float, spread: float, power: float = POWER) -> int | None:
    """People in both arms for an effect to be found with some power; None where there is none to find.

    Args:
        least: The effect.
        spread: The standard error times the root of the number of people.
        power: How likely it is to be found once they are there.
    """
    if least <= 0 or spread <= 0:
        return None

    def short(people: float) -> float:
        return (widening(round(people)) + float(norm.ppf(power))) * spread / math.sqrt(people) - least

    most = 1e9
    return None if short(most) > 0 else math.ceil(brentq(short, 2, most, xtol=0.5)) if short(2) > 0 else 2


def sizes_fit(sizes: Sequence[int], shares: Sequence[float]) -> float:
    """The p-value of a sample-ratio check: how likely sizes are that fit the shares no better."""
    whole = sum(sizes)
    return float(chisquare(sizes, [share * whole for share in shares]).pvalue) if whole else 1.0


def _covariates(observed: Sequence[Observed]) -> Floats:
    """What people differ in anyway, centred: what they did before, whether that is known, and their stratum."""
    known = np.array([each.before is not None for each in observed], dtype=float)
    before = np.array([each.before if each.before is not None else np.nan for each in observed])
    mean = float(np.nanmean(before)) if known.any() else 0.0
    columns = [np.where(known > 0, before - mean, 0.0), known]
    columns += [
        np.array([each.stratum == stratum for each in observed], dtype=float)
        for stratum in sorted({each.stratum for each in observed})[1:]
    ]
    useful = [column - column.mean() for column in columns if np.ptp(column) > 0]
    return np.column_stack(useful) if useful else np.empty((len(observed), 0))
