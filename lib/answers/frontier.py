"""Which choices nothing beats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


def frontier(cost: pd.Series[float], worth: pd.Series[float]) -> pd.Series[bool]:
    """Which rows nothing beats: no other row costs as little or less and is worth more.

    Rows with an unknown cost or worth are never on the frontier. Same index in as out.
    """
    return pd.Series(frontier_at(cost.to_numpy(float), worth.to_numpy(float)), index=cost.index)


def frontier_at(cost: Numbers, worth: Numbers) -> Bools:
    """The same for plain arrays."""
    found = np.zeros(len(cost), bool)
    known = np.flatnonzero(~np.isnan(cost) & ~np.isnan(worth))
    order = known[np.lexsort((-worth[known], cost[known]))]
    best = np.maximum.accumulate(np.concatenate(([-np.inf], worth[order])))
    found[order] = worth[order] > best[:-1]
    return found
