"""From cells to the index: its scale, its intervals, its domains. Pure; what is read and written stands elsewhere.

**Scale.** Two open models many have measured hold it: `ANCHORS`. One point is the same step in logits everywhere, so
differences mean the same at both ends; adding models moves the others only as far as it moves the fit.

**Interval.** 90 %, from a bootstrap over families of benchmarks (`capability_fit.draws`). Each draw is laid on the point
fit by the mean and spread of all models, so that the anchors have an interval like everyone. Few
benchmarks can agree by luck, so the bootstrap's variance for k families, times (k + 1)/(k − 1) for what the
bootstrap of few understates, is averaged with the variance the fit itself expects from the spread of the scores,
which has the weight of `EXPECTED_FAMILIES` families; the quantile is Student's with k − 1 + `EXPECTED_FAMILIES`
degrees of freedom, times `WIDER`. `[coverage]` in `capability.toml` tells how often such an interval from 4 benchmarks holds what
the model's other benchmarks say. Where nobody but its maker measured a model, the variance grows by
what indexes from makers' scores alone were found to differ from those of third parties.

**Domains** refit the capability alone, with slope and difficulty of each benchmark from the fit of all, on the same
scale: 100 in code means as good at code as a model of 100 is expected to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lib.catalog.schema import Benchmark
from lib.quality.capability_cells import FEWEST_BENCHMARKS, Table
from lib.quality.capability_fit import CAPABILITY_SPREAD, Cells, Fit, Vector, capabilities, draws, solve

ANCHORS = {"llama-3.1-8b-instruct": 60.0, "deepseek-r1": 100.0}
"""An 8B model of July 2024 most home machines run, and an open model of January 2025 that reasons at length; each measured
by many, on two dozen benchmarks. With these two numbers the weakest chat models stand above 0."""
NUMBER_OF_DRAWS = 300
SEED = 20240502
EXPECTED_FAMILIES = 4.0
WIDER = 1.1
"""Benchmarks of one kind err together, which neither variance knows. With this factor an interval of 90 % holds what it
promises in nine cases of ten (`[coverage]`); without it, in 88 of a hundred."""
NORMAL_95 = 1.6448536
CATEGORIES = {"code": "code", "mathematics": "mathematics", "instructions": "instructions", "agents": "agents"}
LONG = ("long-context", "long context")


@dataclass(frozen=True)
class Entry:
    """One model in one domain; without a value where it has too few benchmarks."""

    model: str
    domain: str
    value: float | None
    low: float | None
    high: float | None
    benchmarks: int
    scores: int
    makers_only: bool


@dataclass(frozen=True)
class Scale:
    """Index points from logits."""

    zero: float
    points: float
    """Index points in one logit."""

    def __call__(self, capability: Vector) -> Vector:
        return self.zero + self.points * capability


@dataclass(frozen=True)
class MakerBias:
    """By how much scores of makers alone place a model higher than those of third parties alone."""

    models: int
    mean: float
    spread: float
    """Logits, over models with four families of each kind."""
    off: tuple[tuple[str, float], ...]
    """The difference of each such model."""
    excess: float
    """Variance, in logits squared, of a normal difference of which as many lie within nine tenths of those found, less
    what the two indexes' own uncertainty explains."""


def domains_of(benchmark: Benchmark) -> frozenset[str]:
    """Domains a benchmark belongs to; every one is part of the general index."""
    found = {"general"}
    if benchmark.category in CATEGORIES:
        found.add(CATEGORIES[benchmark.category])
    if any(word in benchmark.measures.lower() for word in LONG):
        found.add("long-context")
    return frozenset(found)


def families(table: Table, kept: NDArray[np.bool_] | None = None) -> NDArray[np.intp]:
    """How many families of benchmarks each row has, among the cells kept."""
    met = np.zeros((table.cells.rows, max(table.clusters(), default=-1) + 1), dtype=bool)
    chosen = slice(None) if kept is None else kept
    met[table.cells.row[chosen], table.clusters()[table.cells.item[chosen]]] = True
    return np.asarray(met.sum(axis=1), dtype=np.intp)


def standing(table: Table) -> Mapping[str, int]:
    """The row that stands for each model: the one that thinks if it has enough benchmarks, else the other, else the first."""
    count = families(table)
    found: dict[str, int] = {}
    for kind in ("main", "quick"):
        for i, (model, of_kind) in enumerate(table.rows):
            if of_kind == kind and (model not in found or (count[found[model]] < FEWEST_BENCHMARKS <= count[i])):
                found[model] = i
    return dict(sorted(found.items()))


def scale_of(table: Table, fit: Fit) -> Scale:
    """The scale the anchors hold; `ValueError` if one of them has too few benchmarks."""
    rows = standing(table)
    count = families(table)
    if missing := [m for m in ANCHORS if m not in rows or count[rows[m]] < FEWEST_BENCHMARKS]:
        raise ValueError(f"the scale hangs on {', '.join(missing)}, with fewer than {FEWEST_BENCHMARKS} benchmarks")
    (low, low_value), (high, high_value) = ((float(fit.capability[rows[m]]), v) for m, v in ANCHORS.items())
    points = (high_value - low_value) / (high - low)
    return Scale(low_value - points * low, points)


def by_makers(table: Table) -> NDArray[np.bool_]:
    """Cells whose score comes from the maker, or from one does not know whom."""
    return np.array(
        [s.measured_by in ("maker", "unknown") or "copied from elsewhere" in (s.conditions or "") for s in table.scores]
    )


def maker_bias(table: Table, fit: Fit) -> MakerBias:
    """Each model placed twice on the same benchmarks' curves: by its maker's scores, by third parties' alone."""
    maker = np.array([s.measured_by == "maker" for s in table.scores])
    third = np.array([s.measured_by == "third-party" for s in table.scores])
    centre = np.zeros(table.cells.rows)
    a, b = (capabilities(table.cells.only(k), fit, centre, CAPABILITY_SPREAD) for k in (maker, third))
    both = (families(table, maker) >= FEWEST_BENCHMARKS) & (families(table, third) >= FEWEST_BENCHMARKS)
    off = (a.capability - b.capability)[both]
    if len(off) < 2:
        return MakerBias(len(off), 0.0, 0.0, (), 0.0)
    known = float(np.median((a.variance + b.variance)[both]))
    excess = max(float(np.quantile(np.abs(off), 0.9) / NORMAL_95) ** 2 - known, float(off.mean()) ** 2)
    each = tuple((table.rows[r][0], float(d)) for r, d in zip(np.flatnonzero(both), off, strict=True))
    return MakerBias(len(off), float(off.mean()), float(off.std(ddof=1)), each, excess)


def student(degrees: Vector) -> Vector:
    """95 % quantile of Student's t (Abramowitz and Stegun 26.7.5), within 1 % from three degrees of freedom on."""
    z = NORMAL_95
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / degrees + second / degrees**2 + third / degrees**3


def reach(drawn: NDArray[np.float64], expected: Vector, count: NDArray[np.intp], more: Vector) -> tuple[Vector, Vector]:
    """How far the interval reaches below and above, in logits.

    `drawn` has a draw a line and a row a column; `expected` is the variance the fit expects, `count` the
    families, `more` variance on top. The shape (which side is longer) is the bootstrap's, the width as said above.
    """
    k = np.maximum(count, 2).astype(float)
    seen = drawn.var(axis=0) * (k + 1) / (k - 1)
    degrees = k - 1 + EXPECTED_FAMILIES
    variance = (EXPECTED_FAMILIES * expected + (k - 1) * seen) / degrees
    half = WIDER * np.sqrt(student(degrees) ** 2 * variance + NORMAL_95**2 * more)
    middle = np.median(drawn, axis=0)
    below, above = middle - np.quantile(drawn, 0.05, axis=0), np.quantile(drawn, 0.95, axis=0) - middle
    lean = np.clip(np.where(below + above > 0, below / np.maximum(below + above, 1e-12), 0.5), 0.3, 0.7)
    return 2 * half * lean, 2 * half * (1 - lean)


def domain_cells(table: Table, domain: str, benchmarks: Mapping[str, Benchmark]) -> NDArray[np.bool_]:
    in_domain = np.array([domain in domains_of(benchmarks[b]) for b in table.benchmarks])
    return np.asarray(in_domain[table.cells.item])


def index(table: Table, benchmarks: Mapping[str, Benchmark], domains: Sequence[str], *, number: int = NUMBER_OF_DRAWS) -> tuple[Fit, list[Entry]]:  # fmt: skip
    """The fit of everything, and an entry for each model and domain with at least one usable score.

    With `number` 0 no bootstrap is made, and the interval is what the fit expects.
    """
    fit = solve(table.cells)
    scale = scale_of(table, fit)
    rows = standing(table)
    fitted = families(table) >= FEWEST_BENCHMARKS
    maker, bias = by_makers(table), maker_bias(table, fit)
    drawn = [
        (w, _laid_on(f, fit, fitted)) for w, f in draws(table.cells, table.clusters(), fit, number, SEED)
    ]  # fmt: skip
    found: list[Entry] = []
    for domain in domains:
        kept = domain_cells(table, domain, benchmarks)
        cells = table.cells.only(kept)
        count, scores = families(table, kept), np.bincount(cells.row, minlength=cells.rows)
        others = np.bincount(cells.row, ~maker[kept], cells.rows)
        of = _placed(cells, fit, domain)
        each = [_placed(cells, f, domain, w[kept]).capability for w, f in drawn] or [of.capability]
        alone = others == 0
        below, above = reach(np.array(each), of.variance, count if drawn else np.ones_like(count), alone * bias.excess)
        value, low, high = (scale(c) for c in (of.capability, of.capability - below, of.capability + above))
        for model, row in rows.items():
            if count[row]:
                known = count[row] >= FEWEST_BENCHMARKS and fitted[row]
                here, least, most = (round(float(x[row]), 1) if known else None for x in (value, low, high))
                entry = Entry(model, domain, here, least, most, int(count[row]), int(scores[row]), bool(alone[row]))
                found.append(entry)
    return fit, found


def _placed(cells: Cells, fit: Fit, domain: str, weight: Vector | None = None) -> Fit:
    """Capabilities in a domain, starting from what all benchmarks say."""
    if domain == "general":
        return fit
    return capabilities(cells, fit, fit.capability, CAPABILITY_SPREAD, weight)


def _laid_on(draw: Fit, fit: Fit, kept: NDArray[np.bool_]) -> Fit:
    """A draw moved and stretched so that the models with an index have the mean and spread they have in the fit.

    Difficulties go along and slopes shrink by as much, so that every curve stays where it was.
    """
    grow = float(fit.capability[kept].std() / draw.capability[kept].std())
    move = float(fit.capability[kept].mean() - grow * draw.capability[kept].mean())
    return replace(
        draw,
        capability=grow * draw.capability + move,
        difficulty=grow * draw.difficulty + move,
        log_slope=draw.log_slope - np.log(grow),
        variance=draw.variance * grow**2,
    )
