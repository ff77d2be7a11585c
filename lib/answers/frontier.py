"""Which choices nothing beats."""

from __future__ import annotations

import numpy as np
import pandas as pd


def frontier(cost: pd.Series[float], worth: pd.Series[float]) -> pd.Series[bool]:
    """Which rows nothing beats: no other row costs as little or less and is worth more.

    Rows with an unknown cost or worth are never on the frontier. Same index in as out.
    """
    known = (
        pd.DataFrame({"cost": cost, "worth": worth}).dropna().sort_values(["cost", "worth"], ascending=[True, False])
    )
    best = known["worth"].cummax().shift(fill_value=-np.inf)
    return (known["worth"] > best).reindex(cost.index, fill_value=False).astype(bool)
