"""Which choices nothing beats."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def frontier(cost: pd.Series[float], worth: pd.Series[float]) -> pd.Series[bool]:
    """Which rows nothing beats: no other row costs as little or less and is worth more.

    Rows with an unknown cost or worth are never on the frontier. Same index in as out.
    """
    price, value = cost.to_numpy(float), worth.to_numpy(float)
    found: np.ndarray[Any, np.dtype[np.bool_]] = np.zeros(len(cost), bool)
    known = np.flatnonzero(~np.isnan(price) & ~np.isnan(value))
    order = known[np.lexsort((-value[known], price[known]))]
    best = np.maximum.accumulate(np.concatenate(([-np.inf], value[order])))
    found[order] = value[order] > best[:-1]
    return pd.Series(found, index=cost.index)
