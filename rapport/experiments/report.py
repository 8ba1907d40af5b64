"""How experiments stand, over everybody who has a part in them: gathered, as a table, and as a page with plots.

Only sums over twenty people or more leave this module; no person can be told from them.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from rapport.experiments.analysis import GUARDRAILS, METRICS, MISMATCH, Effect, Observed, Sessions, effect, sizes_fit
from rapport.experiments.assignment import Part, parts_of
from rapport.experiments.plan import HOLDOUT, Experiment
from rapport.experiments.sessions import of_everybody, sessions_of
from rapport.people import People, Person

_INK, _SOFT, _FOUND = "#0f211d", "#4a5f59", "#07604f"
_STYLE = f"""body {{ max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; font: 1rem/1.5 system-ui, sans-serif;
color: {_INK}; background: #fafdfb; }} table {{ border-collapse: collapse; margin: 1rem 0; width: 100%;
font-size: 0.875rem; }}
td, th {{ padding: 0.35rem 0.6rem; border-bottom: 1px solid #c9d8d2; text-align: right; }}
td:first-child, th:first-child {{ text-align: left; }} .found {{ font-weight: 700; color: {_FOUND}; }}
.soft {{ color: {_SOFT}; }} .alarm {{ color: #a01313; font-weight: 600; }} svg {{ max-width: 100%; height: auto; }}"""


_MISMATCH = "The arms' sizes don't fit their shares: trust nothing below, mend that first."


@dataclass(frozen=True)
class Participant:
    """Somebody who has a part in an experiment, as far as the analysis goes.

    Attributes:
        part: Their part.
        before: Their sessions before the arm made a difference.
        after: And since.
    """

    part: Part
    before: Sessions
    after: Sessions


@dataclass(frozen=True)
class Line:
    """One measure of one arm.

    Attributes:
        measure: Its name.
        role: `decides`, `besides` or `guardrail`.
        arm: The arm that is compared with the first one.
        effect: How it differs; None where there are too few people.
    """

    measure: str
    role: str
    arm: str
    effect: Effect | None

    @property
    def says(self) -> str:
        """What follows."""
        if self.effect is None:
            return "too few people, or all alike"
        if not self.effect.found:
            return "no difference found"
        if self.role == "guardrail":
            return "worse" if self.effect.difference > 0 else "better"
        return "more" if self.effect.difference > 0 else "less"


@dataclass(frozen=True)
class Standing:
    """How an experiment stands.

    Attributes:
        experiment: Which.
        sizes: People an arm, as it first made a difference to them; the holdout, too, where there is one.
        fits: The p-value of the sizes against the shares, in the worst stratum.
        lines: What was measured.
    """

    experiment: Experiment
    sizes: Mapping[str, int]
    fits: float
    lines: Sequence[Line]

    @property
    def mismatch(self) -> bool:
        """Whether the sizes do not fit the shares: then nothing that was measured can be trusted."""
        return self.fits < MISMATCH


def gather(people: People, experiment: Experiment) -> tuple[list[Participant], int]:
    """Who has a part in it, and how many could not be read; who takes the consent back, or leaves, is not counted."""

    def participant(person: Person) -> Participant | None:
        parts = parts_of(person)
        part = parts.by_name.get(experiment.name)
        if part is None or part.exposed is None or parts.out:
            return None
        sessions = sessions_of(person)
        split = [session for session in sessions if session.day < part.exposed]
        return Participant(part, split, sessions[len(split) :])

    return of_everybody(people, participant)


def stand(experiment: Experiment, participants: Sequence[Participant]) -> Standing:
    """How an experiment stands."""
    names = [arm.name for arm in experiment.arms]
    sizes = {name: sum(each.part.arm == name for each in participants) for name in [*names, HOLDOUT]}
    sizes = {name: size for name, size in sizes.items() if name != HOLDOUT or size}
    shares = [arm.share for arm in experiment.arms]
    strata = sorted({each.part.stratum for each in participants})
    drawn = Counter((each.part.stratum, each.part.arm) for each in participants)
    fits = [sizes_fit([drawn[stratum, name] for name in names], shares) for stratum in strata]
    return Standing(experiment, sizes, min(fits, default=1.0), list(_lines(experiment, participants)))


def table(standing: Standing) -> str:
    """It as text for a terminal."""
    experiment = standing.experiment
    told = [f"{experiment.name}: {experiment.asks}{'' if experiment.running else ' (not running)'}"]
    told.append("  people: " + ", ".join(f"{name} {size}" for name, size in standing.sizes.items()))
    if standing.mismatch:
        told.append(f"  {_MISMATCH.upper()} (p = {standing.fits:.1g})")
    rows = [_head(experiment), *(_cells(line) for line in standing.lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    told += [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(told)


def page(standings: Sequence[Standing], made: datetime, notes: Sequence[str] = ()) -> str:
    """All of them as one HTML page, with a plot each, that needs nothing from elsewhere.

    Args:
        standings: What to show.
        made: When.
        notes: Sentences to put first.
    """
    parts = [f"<p>{escape(note)}</p>" for note in notes]
    for standing in standings:
        experiment = standing.experiment
        sizes = ", ".join(f"{escape(name)} {size}" for name, size in standing.sizes.items())
        parts.append(f"<h2>{escape(experiment.asks)}</h2><p class=soft>{escape(experiment.name)} · people: {sizes}</p>")
        if standing.mismatch:
            parts.append(f"<p class=alarm>{escape(_MISMATCH)}</p>")
        parts.append(_plot(standing))
        head = "".join(f"<th>{escape(each)}</th>" for each in _head(experiment))
        rows = "".join(_row(line) for line in standing.lines)
        parts.append(f"<table><tr>{head}</tr>{rows}</table>")
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Rapport: experiments</title>"
        f"<style>{_STYLE}</style><h1>Experiments</h1><p class=soft>{made:%Y-%m-%d %H:%M} UTC. A person is the unit; "
        "intervals hold at all times at once. “Needs” is how many people the effect that is worth finding takes, for "
        f"80 % power.</p>{''.join(parts)}</html>\n"
    )


def _lines(experiment: Experiment, participants: Sequence[Participant]) -> Iterator[Line]:
    measures: list[tuple[str, str, Callable[[Sessions], float | None]]] = [
        (metric.value, "decides" if metric is experiment.outcome else "besides", METRICS[metric])
        for metric in sorted(METRICS, key=lambda each: each is not experiment.outcome)
    ]
    measures += [(name, "guardrail", measure) for name, measure in GUARDRAILS.items()]
    base = experiment.arms[0].name
    for name, role, measure in measures:
        observed = list(_observed(participants, measure))
        for arm in experiment.arms[1:]:
            yield Line(name, role, arm.name, effect(observed, base, arm.name, experiment.least_effect))


def _observed(participants: Sequence[Participant], measure: Callable[[Sessions], float | None]) -> Iterator[Observed]:
    for each in participants:
        after = measure(each.after)
        if after is not None:
            yield Observed(each.part.arm, each.part.stratum, measure(each.before) if each.before else None, after)


def _head(experiment: Experiment) -> tuple[str, ...]:
    base = experiment.arms[0].name
    return ("measure", "", "arm", base, "difference", "95 % at all times", "ratio", "says", "needs")


def _cells(line: Line) -> tuple[str, ...]:
    found = line.effect
    if found is None:
        return (line.measure, line.role, line.arm, "", "", "", "", line.says, "")
    ratios = [found.ratio(each) for each in (found.difference, found.low, found.high)]
    ratio = "" if ratios[0] is None else f"{ratios[0]:.2f} ({ratios[1]:.2f} to {ratios[2]:.2f})"
    return (
        line.measure,
        line.role,
        line.arm,
        f"{found.base:.3g} (n={found.base_people})",
        f"{found.difference:+.3g} (n={found.people})",
        f"{found.low:+.3g} to {found.high:+.3g}",
        ratio,
        line.says,
        str(found.needed or ""),
    )


def _row(line: Line) -> str:
    found = line.effect is not None and line.effect.found
    cells = "".join(f"<td>{escape(cell)}</td>" for cell in _cells(line))
    return f"<tr class={'found' if found else 'plain'}>{cells}</tr>"


def _plot(standing: Standing) -> str:
    """Each measure's ratio to the first arm, with its interval."""
    from matplotlib.figure import Figure  # slow to import

    drawn = [
        (line, line.effect, ratio)
        for line in standing.lines
        if line.effect is not None and (ratio := line.effect.ratio(line.effect.difference)) is not None
    ]
    if not drawn:
        return "<p class=soft>There is nothing to draw yet.</p>"
    figure = Figure(figsize=(8, 0.6 + 0.4 * len(drawn)))
    axes = figure.subplots()
    for place, (_, found, ratio) in enumerate(drawn):
        low, high = found.ratio(found.low) or 0, found.ratio(found.high) or 0
        colour = _FOUND if found.found else _SOFT
        axes.errorbar(ratio, -place, xerr=[[ratio - low], [high - ratio]], fmt="o", color=colour, capsize=4)
    axes.axvline(1, color=_INK, linewidth=0.8)
    axes.set_yticks([-place for place in range(len(drawn))], [f"{line.measure}, {line.arm}" for line, _, _ in drawn])
    axes.set_xlabel(f"as a multiple of “{standing.experiment.arms[0].name}”")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.set_layout_engine("tight")
    drawing = io.StringIO()
    figure.savefig(drawing, format="svg", metadata={"Date": None}, transparent=True)
    svg = drawing.getvalue()
    return svg[svg.index("<svg") :]
