"""How good the capability index is: held-out scores, votes it never saw, its intervals, and makers' kindness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lib.catalog import Catalog
from lib.catalog.schema import Score
from lib.quality.capability_cells import REPORTED, Kind, Table, effort, share_of, usable, version, words
from lib.quality.capability_fit import CAPABILITY_SPREAD, Cells, Fit, Vector, capabilities, predicted, solve
from lib.quality.capability_index import families, reach

FOLDS = 5
TOP = 30
COVERAGE_FROM = 12
"""Families a model needs to have some of them hidden."""


@dataclass(frozen=True)
class HeldOut:
    """RMSE of hidden scores, in shares: the fit, and what simpler guesses make of the same ones."""

    cells: int
    fit: float
    median_error: float
    benchmark_mean: float
    model_mean: float
    additive: float


@dataclass(frozen=True)
class Agreement:
    """Of the index with one table of ratings by votes."""

    board: str
    models: int
    spearman: float
    spearman_low: float
    spearman_high: float
    kendall: float
    spearman_top: float
    windows: tuple[float, ...]
    """Spearman inside runs of `TOP` neighbours of the ratings, each starting half a run later."""
    pairs: int
    concordance: float
    """Share of pairs in the same order, of the pairs whose rating intervals do not overlap."""


def ranks(values: Vector) -> Vector:
    """Ranks from 1, equal values sharing theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[place], dtype=np.float64)


def spearman(a: Vector, b: Vector) -> float:
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def kendall(a: Vector, b: Vector) -> float:
    """Kendall's tau-b."""
    upper = np.triu_indices(len(a), 1)
    da, db = (np.sign(v[:, None] - v[None, :])[upper] for v in (a, b))
    return float(np.sum(da * db) / np.sqrt(np.sum(da != 0) * np.sum(db != 0)))


def held_out(table: Table, seed: int = 1) -> HeldOut:
    """Every score predicted from a fit that saw none of its model's scores in that family of benchmarks."""
    cells = table.cells
    group = cells.row * len(table.items) + table.clusters()[cells.item]
    _, place = np.unique(group, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(place.max() + 1)[place] % FOLDS
    guesses = np.zeros((4, len(cells.row)))
    for f in range(FOLDS):
        seen, hidden = fold != f, fold == f
        guesses[0, hidden] = predicted(cells, solve(cells.only(seen)))[hidden]
        guesses[1:, hidden] = _simple(cells, seen)[:, hidden]
    off = guesses - cells.share
    rmse = np.sqrt(np.mean(off**2, axis=1))
    return HeldOut(len(cells.row), float(rmse[0]), float(np.median(np.abs(off[0]))), *(float(r) for r in rmse[1:]))


def _simple(cells: Cells, seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The benchmark's mean, the model's mean, and the sum of what both add to the mean of all (ridge of one score)."""
    row, item, share = cells.row[seen], cells.item[seen], cells.share[seen]
    mean = share.mean()
    of_row, of_item = np.bincount(row, minlength=cells.rows), np.bincount(item, minlength=cells.items)
    models, benchmarks = np.zeros(cells.rows), np.zeros(cells.items)
    for _ in range(100):
        models = np.bincount(row, share - mean - benchmarks[item], cells.rows) / (of_row + 1)
        benchmarks = np.bincount(item, share - mean - models[row], cells.items) / (of_item + 1)
    benchmark_mean = (np.bincount(item, share, cells.items) + mean) / (of_item + 1)
    model_mean = (np.bincount(row, share, cells.rows) + mean) / (of_row + 1)
    return np.array([benchmark_mean[cells.item], model_mean[cells.row], mean + models[cells.row] + benchmarks[cells.item]])  # fmt: skip


def ratings(catalog: Catalog, benchmark: str, protocol: str, kinds: Mapping[str, Kind]) -> Mapping[str, Score]:
    """One rating a model: in the setting the index means, that is the longest thinking, or none if that is its row."""
    given: dict[str, list[Score]] = defaultdict(list)
    for score in catalog.scores:
        if score.benchmark == benchmark and score.protocol == protocol and score.model in kinds:
            given[score.model].append(score)

    def rank(score: Score) -> tuple[tuple[bool, int, int], float]:
        level = effort(score) or (False, 0, -1)
        return level, -score.value

    return {
        model: (max if kinds[model] == "main" else min)(scores, key=rank) for model, scores in sorted(given.items())
    }


def agreement(index: Mapping[str, float], rated: Mapping[str, Score], board: str, seed: int = 2) -> Agreement:
    """How the index orders the models of a board, whole and among neighbours."""
    models = sorted((m for m in rated if m in index), key=lambda m: (-rated[m].value, m))
    ours, theirs = np.array([index[m] for m in models]), np.array([rated[m].value for m in models])
    generator = np.random.default_rng(seed)
    again = [
        spearman(ours[i], theirs[i]) for i in (generator.integers(0, len(models), len(models)) for _ in range(500))
    ]
    starts = range(0, max(len(models) - TOP, 0) + 1, TOP // 2)
    apart = [
        (i, j)
        for i in range(len(models))
        for j in range(i + 1, len(models))
        if (rated[models[i]].low or -np.inf) > (rated[models[j]].high or np.inf)
    ]
    right = float(np.mean([ours[i] > ours[j] for i, j in apart])) if apart else float("nan")
    low, high = np.quantile(again, [0.05, 0.95])
    return Agreement(
        board, len(models), spearman(ours, theirs), float(low), float(high), kendall(ours, theirs),
        spearman(ours[:TOP], theirs[:TOP]), tuple(spearman(ours[s : s + TOP], theirs[s : s + TOP]) for s in starts),
        len(apart), right,
    )  # fmt: skip


def coverage(table: Table, fit: Fit, k: int, *, repeats: int = 3, number: int = 100, seed: int = 3) -> tuple[int, float, float]:  # fmt: skip
    """How often the 90 % interval from `k` families of a model holds what its other families say.

    The benchmarks' curves stay as they are; the uncertainty of what the others say is allowed for.
    Returns how many trials, the share held, and the median half-width in logits.
    """
    cells, cluster = table.cells, table.clusters()
    family = cluster[cells.item]
    generator = np.random.default_rng(seed)
    parts: list[list[tuple[NDArray[np.intp], NDArray[np.intp]]]] = [[], []]
    trial = 0
    for row in np.flatnonzero(families(table) >= COVERAGE_FROM):
        of_row = np.flatnonzero(cells.row == row)
        for _ in range(repeats):
            drawn = np.isin(family[of_row], generator.choice(np.unique(family[of_row]), k, replace=False))
            for half, kept in zip(parts, (drawn, ~drawn), strict=True):
                half.append((np.full(int(kept.sum()), trial), of_row[kept]))
            trial += 1
    centre = np.zeros(trial)
    (few, chosen), (many, _) = (_stacked(cells, half, trial) for half in parts)
    placed, rest = (capabilities(c, fit, centre, CAPABILITY_SPREAD) for c in (few, many))
    weights = (generator.exponential(size=len(cluster))[family[chosen]] for _ in range(number))
    again = np.array([capabilities(few, fit, placed.capability, CAPABILITY_SPREAD, w).capability for w in weights])
    below, above = reach(again, placed.variance, np.full(trial, k), centre)
    off = rest.capability - placed.capability
    allowed = np.sqrt(np.where(off < 0, below, above) ** 2 + 1.645**2 * rest.variance)
    return trial, float(np.mean(np.abs(off) <= allowed)), float(np.median((below + above) / 2))


def _stacked(cells: Cells, parts: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]], rows: int) -> tuple[Cells, NDArray[np.intp]]:  # fmt: skip
    row, at = (np.concatenate(p) for p in zip(*parts, strict=True))
    return replace(cells, row=row, item=cells.item[at], share=cells.share[at], spread=cells.spread[at], rows=rows), at


def maker_against(catalog: Catalog, other: str) -> tuple[int, float]:
    """How many points of share a maker's number lies above another's of the same model, benchmark, part and setting."""
    given: dict[tuple[object, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for s in catalog.scores:
        benchmark = catalog.benchmarks[s.benchmark]
        if catalog.protocols[s.protocol].comparable or not usable(s, benchmark) or "copied" in words(s):
            continue
        level = effort(s)
        key = (s.model, s.benchmark, REPORTED, version(s), None if level is None else level[0])
        given[key][s.measured_by].append(share_of(s.value, benchmark))
    off = [np.median(by["maker"]) - np.median(by[other]) for by in given.values() if "maker" in by and other in by]
    return len(off), float(np.mean(off)) if off else float("nan")


def residuals(table: Table, fit: Fit, catalog: Catalog) -> Mapping[str, tuple[int, float, float]]:
    """By who measured: how many cells, their mean residual, and the spread of the middle ones (1.48 × median)."""
    off = table.cells.share - predicted(table.cells, fit)
    kinds = np.array(
        ["comparable" if catalog.protocols[s.protocol].comparable else s.measured_by for s in table.scores]
    )
    return {
        str(k): (int((kinds == k).sum()), float(off[kinds == k].mean()), float(1.4826 * np.median(np.abs(off[kinds == k]))))
        for k in sorted(set(kinds))
    }  # fmt: skip
