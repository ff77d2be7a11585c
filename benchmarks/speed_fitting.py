"""What all fits of speeds share: constants with priors, robust least squares, ranges checked on sources left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from lib.speed.calibration import Band

Vector = NDArray[np.float64]
Words = NDArray[np.str_]
PRIOR_WEIGHT = 0.2
"""Chosen among 0.1, 0.2 and 0.3 by the error on sources left out: what is hardly measured should lean on the rest."""
STEP = 1e-4
DIGITS = 4


@dataclass(frozen=True)
class Priors:
    """Positive constants: name → (prior, spread of its logarithm, name of a parent it multiplies)."""

    of: Mapping[str, tuple[float, float, str | None]]

    @property
    def start(self) -> Vector:
        return np.log([prior for prior, *_ in self.of.values()])

    @property
    def spread(self) -> Vector:
        return np.array([spread for _, spread, _ in self.of.values()])

    def constants(self, theta: Vector) -> dict[str, float]:
        """Every constant by name, parents multiplied in; `theta` are logarithms."""
        found: dict[str, float] = {}
        for (name, (*_, parent)), value in zip(self.of.items(), np.exp(theta).tolist(), strict=True):
            found[name] = value * (found[parent] if parent else 1.0)
        return found


def shared_weights(source: Words, device: Words) -> Vector:
    """Less for each of the many rows of one source on one device."""
    keys = np.char.add(np.char.add(source, " "), device)
    _, inverse, count = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(count[inverse] ** -0.5)


def fit(
    priors: Priors,
    predicted: Callable[[Vector], Vector],
    measured: Vector,
    weight: Vector,
    soft: float,
    start: Vector,
    *,
    quick: Callable[[Vector], Vector] | None = None,
) -> Vector:
    """Logarithms of the constants that suit the measurements best; `predicted` gives one number for each of them.

    `quick` is `predicted` for the slopes alone, which it gives sooner and nearly as well.
    """
    target, middle, spread = np.log(measured), priors.start, priors.spread

    def residuals(theta: Vector) -> Vector:
        rows = (np.log(predicted(theta)) - target) * weight
        return np.concatenate([rows, PRIOR_WEIGHT * (theta - middle) / spread])

    def slopes(theta: Vector) -> Vector:
        assert quick is not None
        base = np.log(quick(theta))
        rows = np.stack([(np.log(quick(moved)) - base) / STEP for moved in theta + STEP * np.eye(len(theta))], axis=1)
        return np.concatenate([rows * weight[:, None], np.diag(PRIOR_WEIGHT / spread)])

    found = least_squares(
        residuals,
        start,
        jac=slopes if quick else "2-point",
        loss="soft_l1",
        f_scale=soft,
        xtol=1e-6,
        ftol=1e-6,
    )
    return np.asarray(found.x)


def powers(values: Callable[[Vector], Vector], start: Vector) -> Callable[[Vector], Vector]:
    """`values` of the logarithms of constants, taken as products of powers of these; what is 0 at the start stays 0."""
    base = values(start)
    zero = base == 0
    log_base = np.log(np.where(zero, 1.0, base))
    moved = [np.log(np.where(zero, 1.0, values(theta))) - log_base for theta in start + STEP * np.eye(len(start))]
    slope = np.stack(moved) / STEP
    return lambda theta: np.where(zero, 0.0, np.exp(log_base + np.tensordot(theta - start, slope, 1)))


def ends(ratio: Vector, source: Words, scale: float = 1.0) -> tuple[float, float]:
    """Range that holds 80 % of the ratios, each source counted by the square root of its rows.

    `scale` stretches the logarithm of the range around its median.
    """
    _, inverse, count = np.unique(source, return_inverse=True, return_counts=True)
    order = np.argsort(ratio)
    weight = (count[inverse] ** -0.5)[order]
    at = (np.cumsum(weight) - weight / 2) / weight.sum()
    low, middle, high = np.interp([0.1, 0.5, 0.9], at, np.log(ratio)[order])
    return float(np.exp(middle + scale * (low - middle))), float(np.exp(middle + scale * (high - middle)))


def unseen_ends(ratio: Vector, source: Words, scale: float) -> tuple[Vector, Vector]:
    """Ends of the range for each row, as ratios, made without its source; NaN where there is no other source."""
    low, high = np.full(len(ratio), np.nan), np.full(len(ratio), np.nan)
    for name in np.unique(source):
        own = source == name
        if np.any(~own):
            low[own], high[own] = ends(ratio[~own], source[~own], scale)
    return low, high


SCALES = np.round(np.arange(0.7, 2.51, 0.01), 2)


def honest_scale(ratio: Vector, source: Words) -> float:
    """How much a range has to be stretched so that it holds 80 % of the rows of a source it has not seen.

    Conformal calibration over sources: rows of one source err alike, so a range that holds 80 % of the rows of known
    sources holds less of a new one.
    """

    def missed(scale: float) -> tuple[float, float]:
        low, high = unseen_ends(ratio, source, scale)
        return abs(float(np.mean((ratio >= low) & (ratio <= high))) - 0.8), scale

    return min((float(s) for s in SCALES), key=missed)


def make_band(ratio: Vector, source: Words) -> Band:
    """Range of measured / predicted that holds 80 % of a source it has not seen."""
    scale = honest_scale(ratio, source)
    below, above = unseen_ends(ratio, source, scale)
    low, high = ends(ratio, source, scale)
    error = np.abs(1 / ratio - 1)
    return Band(
        low=round(low, DIGITS), high=round(high, DIGITS), rows=len(ratio), sources=len(np.unique(source)),
        median_error=round(float(np.median(error)), DIGITS), p90_error=round(float(np.quantile(error, 0.9)), DIGITS),
        coverage=round(float(np.mean((ratio >= below) & (ratio <= above))), DIGITS),
    )  # fmt: skip
