"""Frames as quick as the arrays they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd


def framed(columns: Mapping[str, np.ndarray[Any, Any]]) -> pd.DataFrame:
    """A frame of columns of one length, each with the type it has: pandas would read every text to find it another one,
    which costs more than to rank what is in them."""
    index = pd.RangeIndex(len(next(iter(columns.values()), ())))
    series = (pd.Series(v, index, dtype=v.dtype, copy=False) for v in columns.values())
    frame = pd.DataFrame(dict(enumerate(series)), copy=False)
    frame.columns = _names(tuple(columns))
    return frame


@lru_cache(maxsize=256)
def _names(columns: tuple[str, ...]) -> pd.Index:
    """Column names that are looked up at once: pandas would first turn the texts of each new frame into such a table."""
    return pd.Index(columns, dtype=object)
