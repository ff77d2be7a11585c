"""The item-response fit behind the capability index: plain arrays in, plain arrays out.

A model of capability C reaches on a benchmark of difficulty D and slope a the share
p = chance + (1 − chance) · σ(a · (C − D)) of what can be reached: the three-parameter logistic of item
response theory (Birnbaum 1968), with chance known instead of fitted, as in Epoch AI's Capabilities Index
(https://epoch.ai/data/eci-documentation/methodology) but for chance and the weights. Fitted by penalised least
squares with Gauss-Newton steps; the capabilities, each of which meets only its own scores, are eliminated from
the normal equations, so that a step costs no more than a solve over the benchmarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Index = NDArray[np.intp]
Matrix = NDArray[np.float64]

CAPABILITY_SPREAD = 2.0
DIFFICULTY_SPREAD = 2.0
"""Priors in logits, wide beside what a handful of scores says: they keep what was never measured from running away."""
SLOPE_SPREAD = 0.4
FEW_MODELS = 8
FEW_SLOPE_SPREAD = 0.1
"""Spread of a slope's logarithm; a benchmark with fewer models than `FEW_MODELS` keeps close to the shared slope."""
TAIL = 8.0
"""Degrees of freedom of Student's t: a score many spreads off its place pulls less, as a misprint should."""
LEAST_SQUARES = 1e9
"""A tail so long that every score pulls in full: where the search begins, for it has fewer places to get stuck."""
STEPS = 200
CLOSE = 1e-6
"""In logits: steps end when no capability moves further."""
DRAW_STEPS = 20
DRAW_CLOSE = 1e-3


@dataclass(frozen=True)
class Cells:
    """Scores to fit, one entry each."""

    row: Index
    """Which model."""
    item: Index
    """Which benchmark under one protocol."""
    share: Vector
    """Of what can be reached, 0 to 1, more being better."""
    spread: Vector
    """One standard deviation, in shares."""
    chance: Vector
    """Share reached by guessing, one an item."""
    rows: int

    @property
    def items(self) -> int:
        return len(self.chance)

    def only(self, kept: NDArray[np.bool_]) -> Cells:
        return replace(self, row=self.row[kept], item=self.item[kept], share=self.share[kept], spread=self.spread[kept])


@dataclass(frozen=True)
class Fit:
    capability: Vector
    """One a row, in logits."""
    difficulty: Vector
    log_slope: Vector
    """One an item."""
    variance: Vector
    """Of each capability, the items taken as known: the inverse of its own curvature."""


def predicted(cells: Cells, fit: Fit) -> Vector:
    """Share each cell should have."""
    return _curve(cells, fit.capability, fit.difficulty, fit.log_slope)[0]


def _curve(cells: Cells, capability: Vector, difficulty: Vector, log_slope: Vector) -> tuple[Vector, Vector, Vector]:
    """Expected share, its derivative by the logit, and the logit, a cell each."""
    chance = cells.chance[cells.item]
    logit = np.exp(log_slope)[cells.item] * (capability[cells.row] - difficulty[cells.item])
    sigma = 1 / (1 + np.exp(-np.clip(logit, -40, 40)))
    return chance + (1 - chance) * sigma, (1 - chance) * sigma * (1 - sigma), logit


def slope_spreads(cells: Cells) -> Vector:
    """Prior spread of each item's log slope, from how many models it has."""
    models = np.bincount(cells.item, minlength=cells.items)
    return np.where(models < FEW_MODELS, FEW_SLOPE_SPREAD, SLOPE_SPREAD)


def solve(cells: Cells, weight: Vector | None = None, start: Fit | None = None, *, tail: float = TAIL, rough: bool = False) -> Fit:  # fmt: skip
    """Capabilities, difficulties and slopes that fit the cells best.

    `weight` multiplies each cell's say (1 where not given), `start` is where to look first (plain least
    squares where not given); `rough` ends early.
    """
    given = np.ones(len(cells.row)) if weight is None else weight
    prior = slope_spreads(cells) ** -2.0
    at = start
    if at is None:
        nothing = Fit(np.zeros(cells.rows), np.zeros(cells.items), np.zeros(cells.items), np.ones(cells.rows))
        at = solve(cells, weight, nothing, tail=LEAST_SQUARES)
    capability, difficulty, log_slope = at.capability, at.difficulty, at.log_slope
    damping, curvature = 1e-3, np.ones(cells.rows)

    def cost_of(c: Vector, d: Vector, s: Vector) -> float:
        off = (cells.share - _curve(cells, c, d, s)[0]) / cells.spread
        loss = np.sum(given * (tail + 1) * np.log1p(off**2 / tail))
        priors = np.sum((c / CAPABILITY_SPREAD) ** 2) + np.sum((d / DIFFICULTY_SPREAD) ** 2)
        return float(loss + priors + np.sum(prior * s**2))

    cost = cost_of(capability, difficulty, log_slope)
    for _ in range(DRAW_STEPS if rough else STEPS):
        curvature, own, cross, pull, pull_items = _normal(cells, capability, difficulty, log_slope, given, prior, tail)
        n, every = cells.items, np.arange(2 * cells.items)
        while True:
            damped = curvature * (1 + damping)
            inner = own - cross.T @ (cross / damped[:, None])
            inner[every, every] += damping * np.diag(own)
            items = np.linalg.solve(inner, pull_items - cross.T @ (pull / damped))
            rows = (pull - cross @ items) / damped
            new = capability + rows, difficulty + items[:n], log_slope + items[n:]
            now = cost_of(*new)
            if now <= cost or damping > 1e6:
                break
            damping *= 8
        if now > cost:
            break
        (capability, difficulty, log_slope), cost = new, now
        damping = max(damping / 8, 1e-9)
        if np.max(np.abs(rows)) < (DRAW_CLOSE if rough else CLOSE):
            break
    return Fit(capability, difficulty, log_slope, 1 / curvature)


def _normal(cells: Cells, capability: Vector, difficulty: Vector, log_slope: Vector, given: Vector, prior: Vector, tail: float) -> tuple[Vector, Matrix, Matrix, Vector, Vector]:  # fmt: skip
    """Gauss-Newton's equations: curvature of the rows, of the items, between them, and the pull on rows and items.

    Of the items, difficulties come first, then log slopes.
    """
    n, m, i = cells.items, cells.row, cells.item
    share, gradient, logit = _curve(cells, capability, difficulty, log_slope)
    off = cells.share - share
    say = given * (tail + 1) / (tail + (off / cells.spread) ** 2) / cells.spread**2
    by_row, by_slope = gradient * np.exp(log_slope)[i], gradient * logit

    def rows(values: Vector) -> Vector:
        return np.asarray(np.bincount(m, values, cells.rows), dtype=np.float64)

    def items(values: Vector) -> Vector:
        return np.asarray(np.bincount(i, values, n), dtype=np.float64)

    place = m * 2 * n + i
    both = np.concatenate([-say * by_row**2, say * by_row * by_slope])
    flat = np.bincount(np.concatenate([place, place + n]), both, cells.rows * 2 * n)
    cross = np.asarray(flat, dtype=np.float64).reshape(cells.rows, 2 * n)
    own, each = np.zeros((2 * n, 2 * n)), np.arange(n)
    own[each, each] = items(say * by_row**2) + DIFFICULTY_SPREAD**-2
    own[each + n, each + n] = items(say * by_slope**2) + prior
    own[each, each + n] = own[each + n, each] = items(-say * by_row * by_slope)
    pull = rows(say * by_row * off) - capability / CAPABILITY_SPREAD**2
    of_difficulty = items(-say * by_row * off) - difficulty / DIFFICULTY_SPREAD**2
    of_slope = items(say * by_slope * off) - prior * log_slope
    return rows(say * by_row**2) + CAPABILITY_SPREAD**-2, own, cross, pull, np.concatenate([of_difficulty, of_slope])


def capabilities(cells: Cells, items: Fit, centre: Vector, spread: float, weight: Vector | None = None) -> Fit:
    """Capabilities alone, difficulty and slope of every item as found before.

    `centre` and `spread` say, in logits, what is believed of a row before its scores are heard.
    """
    given = np.ones(len(cells.row)) if weight is None else weight
    capability = centre.copy()
    curvature = np.full(cells.rows, spread**-2.0)
    slope = np.exp(items.log_slope)[cells.item]
    for _ in range(STEPS):
        share, gradient, _ = _curve(cells, capability, items.difficulty, items.log_slope)
        off = cells.share - share
        say = given * (TAIL + 1) / (TAIL + (off / cells.spread) ** 2) / cells.spread**2
        curvature = np.bincount(cells.row, say * (gradient * slope) ** 2, cells.rows) + spread**-2.0
        pull = np.bincount(cells.row, say * gradient * slope * off, cells.rows) - (capability - centre) / spread**2
        step = np.clip(pull / curvature, -0.5, 0.5)
        capability = capability + step
        if np.max(np.abs(step)) < CLOSE:
            break
    return replace(items, capability=capability, variance=1 / curvature)


def draws(cells: Cells, cluster: Sequence[int] | Index, fit: Fit, number: int, seed: int) -> list[tuple[Vector, Fit]]:
    """Bootstrap over clusters of items: the weights of each draw, a cell each, and what they lead to.

    Rubin's Bayesian bootstrap (Annals of Statistics 9, 1981): a cluster's weight is exponential with mean 1
    instead of a count, so that a model with four benchmarks is never drawn without any.
    """
    which = np.asarray(cluster)[cells.item]
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        weight = generator.exponential(size=int(np.max(cluster)) + 1)[which]
        found.append((weight, solve(cells, weight, fit, rough=True)))
    return found
