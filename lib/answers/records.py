"""Who was best when, and how long after another line a line gets somewhere. Days are ordinals, more worth is better."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

DAYS_A_MONTH = 365.25 / 12
Array = np.ndarray[Any, np.dtype[np.float64]]


def running_best(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that were better than everything before them on their `line`; of several on one day only the best.

    Needs the columns line, day, worth and model. Lines stay in the order they come in, each is sorted by day, and
    `worth` rises strictly along it. The index starts at 0.
    """
    line = pd.factorize(rows["line"])[0]
    order = np.lexsort((rows["model"].to_numpy(str), -rows["worth"].to_numpy(float), rows["day"].to_numpy(float), line))
    ordered, line = rows.iloc[order], line[order]
    best = ordered["worth"].groupby(line).cummax().to_numpy(float)
    first = np.r_[True, line[1:] != line[:-1]][: len(line)]
    before = np.where(first, -np.inf, np.r_[-np.inf, best[:-1]][: len(line)])
    return ordered[ordered["worth"].to_numpy(float) > before].reset_index(drop=True)


def caught_up(home: pd.DataFrame, hosted: pd.DataFrame) -> pd.DataFrame:
    """When the hosted line first was as good as each row of `home`, in the order of `home`.

    Both need day, worth, worth_low and worth_high; `hosted` also name and released, and is a `running_best` of one line.
    Returns hosted_name, hosted_released, hosted_day (of the first hosted row with at least the worth; NaN where
    there is none), and what the intervals allow: earliest_day, of the first hosted row not clearly worse, and
    latest_day, of the first clearly better or of home's own release, whichever is sooner: what runs at home can be
    hosted. The difference of two independent scores has the root of the sum of squares of their half-intervals
    as its own. Both are NaN where an interval up to home's release is not known.
    """
    if hosted.empty or home.empty:
        columns = ["hosted_name", "hosted_released", "hosted_day", "earliest_day", "latest_day"]
        return pd.DataFrame({c: np.full(len(home), np.nan) for c in columns})
    ours, low, high = (home[c].to_numpy(float)[:, None] for c in ("worth", "worth_low", "worth_high"))
    theirs, their_low, their_high = (hosted[c].to_numpy(float)[None, :] for c in ("worth", "worth_low", "worth_high"))
    days, own = hosted["day"].to_numpy(float), home["day"].to_numpy(float)

    def first(where: np.ndarray[Any, np.dtype[np.bool_]]) -> Array:
        return np.where(where.any(axis=1), days[where.argmax(axis=1)], np.nan)

    lead = theirs - ours
    reached = lead >= 0
    # NaN compares as false: what is not known is neither.
    earliest = first(lead >= -np.hypot(ours - low, their_high - theirs))
    latest = np.fmin(first(lead >= np.hypot(high - ours, theirs - their_low)), own)
    needed = days[None, :] <= own[:, None]
    known = np.isfinite(low + high)[:, 0] & (np.isfinite(their_low + their_high) | ~needed).all(axis=1)
    at, some = reached.argmax(axis=1), reached.any(axis=1)
    return pd.DataFrame(
        {
            "hosted_name": np.where(some, hosted["name"].to_numpy(object)[at], None),
            "hosted_released": np.where(some, hosted["released"].to_numpy(object)[at], None),
            "hosted_day": first(reached),
            "earliest_day": np.where(known, earliest, np.nan),
            "latest_day": np.where(known, latest, np.nan),
        }
    )
