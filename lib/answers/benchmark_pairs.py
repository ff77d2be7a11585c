"""Two benchmarks against each other: the models that have both, and how far the two agree on their order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.benchmark_scores import scores_of
from lib.answers.scores import lower_is_better
from lib.catalog import Catalog

FEWEST_PAIRS = 5
"""Models that must have both scores before an agreement is told."""
LEADERS, OUTLIERS = 6, 5
"""Points named in a scatter: the best on both, and those the two tests place most differently."""


@dataclass(frozen=True)
class Agreement:
    """Spearman's rank correlation, the better end of both tests taken as the same end, with its 95 % interval."""

    pairs: int
    rho: float | None
    low: float | None
    high: float | None


def spearman(first: pd.Series[float], second: pd.Series[float]) -> Agreement:
    """Spearman's correlation of two series in the same order, ties at their mean rank.

    The interval is Fisher's transformation with the variance 1.06 / (n - 3) of Fieller, Hartley and Pearson (1957).
    Without five pairs, or where one series is constant, there is none.
    """
    pairs = len(first)
    if pairs < FEWEST_PAIRS or first.nunique() < 2 or second.nunique() < 2:
        return Agreement(pairs, None, None, None)
    rho = float(np.corrcoef(first.rank(), second.rank())[0, 1])
    middle, reach = math.atanh(max(-0.999999, min(0.999999, rho))), 1.959964 * math.sqrt(1.06 / (pairs - 3))
    return Agreement(pairs, rho, math.tanh(middle - reach), math.tanh(middle + reach))


def agreement_text(found: Agreement) -> str:
    """The agreement in words."""
    if found.rho is None:
        return f"{found.pairs} models have both, too few to tell how far the two agree"
    return f"{found.pairs} models have both and their order agrees to {found.rho:.2f} (Spearman; 95 % interval {found.low:.2f} to {found.high:.2f})"


@lru_cache(maxsize=64)
def pairs_of(catalog: Catalog, rank: str, against: str) -> pd.DataFrame:
    """Models with both scores: model, name, kind, licence, x, y, x_text, y_text, conditions, apart, notable. Read-only.

    `x` is the score of `rank` and `y` that of `against`. `apart` is how many places higher the model stands on `against`
    than on `rank`. `notable` are the best on both, the best of them that can be downloaded, and those most apart.
    """
    one, other = scores_of(catalog, rank).set_index("model"), scores_of(catalog, against).set_index("model")
    both = [model for model in one.index if model in other.index]
    a, b = one.loc[both], other.loc[both]
    table = pd.DataFrame(
        {
            "model": both, "name": a["name"].to_numpy(object), "kind": a["kind"].to_numpy(object), "licence": a["licence"].to_numpy(object),
            "x": a["value"].to_numpy(float), "y": b["value"].to_numpy(float), "x_text": a["text"].to_numpy(object), "y_text": b["text"].to_numpy(object),
            "conditions": [f"{p} | {q}" for p, q in zip(a["conditions"], b["conditions"], strict=True)],
        }
    )  # fmt: skip
    on_x = table["x"].rank(ascending=lower_is_better(catalog, rank))
    on_y = table["y"].rank(ascending=lower_is_better(catalog, against))
    return table.assign(apart=on_x - on_y, standing=on_x + on_y)


def notable(drawn: pd.DataFrame, best_kind: str) -> pd.Series[bool]:
    """Which drawn pairs carry a name: the best on both, the best of `best_kind`, and those most apart."""
    named = set(drawn.nsmallest(LEADERS, "standing").index)
    named |= set(drawn[drawn["kind"] == best_kind].nsmallest(2, "standing").index)
    named |= set(drawn.loc[drawn["apart"].abs().nlargest(OUTLIERS).index].index)
    return pd.Series(drawn.index.isin(list(named)), index=drawn.index, dtype=bool)


def agreement(catalog: Catalog, rank: str, against: str, pairs: pd.DataFrame) -> Agreement:
    """How far two rank ids agree on the models of `pairs`, with "better" pointing the same way on both."""
    x = -pairs["x"] if lower_is_better(catalog, rank) else pairs["x"]
    y = -pairs["y"] if lower_is_better(catalog, against) else pairs["y"]
    return spearman(x, y)
