"""Which points of a crowded chart are drawn: where many would lie on each other, one stands for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

MOST_MARKS = 1_000
"""More points than this hide each other, and cost a browser more to draw than all else on the page."""
_CELLS = (96, 64, 48, 32, 24, 16, 8)
"""How many cells the chart is cut into from side to side, finest first; up and down two thirds as many."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


def standing_for_all(x: Numbers, y: Numbers, kinds: Sequence[str], always: Bools, *, most: int = MOST_MARKS) -> Bools:
    """Of each kind the first point in every cell of a grid, and whatever is `always` drawn; all where there are few.

    `x` is drawn on a log scale and greater than 0. The grid is the finest that leaves at most `most` points besides those
    always drawn, so what is left out has a point of its kind within a cell of it.
    """
    if len(x) <= most:
        return np.ones(len(x), bool)
    across, up = (shares(np.log(x)), shares(y))
    kind = np.unique(np.asarray(kinds, str), return_inverse=True)[1]
    kept = always.copy()
    for cells in _CELLS:
        cell = (kind * 1000 + (across * cells).astype(int)) * 1000 + (up * cells * 2 / 3).astype(int)
        kept = always.copy()
        kept[np.unique(cell, return_index=True)[1]] = True
        if kept.sum() - always.sum() <= most:
            break
    return kept


def shares(values: Numbers) -> Numbers:
    """Each value's place between the least and the greatest."""
    share: Numbers = (values - values.min()) / max(float(np.ptp(values)), 1e-9)
    return share
