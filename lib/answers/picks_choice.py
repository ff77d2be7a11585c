"""Three of the candidates: the most capable, the best balance, the quickest. The rules stand in `picks_rules.rule_lines`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from lib.answers.picks_rules import READING, WIDER, near_points
from lib.speed.words import STEPS

Rows: TypeAlias = pd.DataFrame
Bools = np.ndarray[Any, np.dtype[np.bool_]]
AS_QUICK = 1.25
"""Speeds less than so many times apart are the same to the best balance: the 80 % band of a prediction is about as wide."""
QUICKER = 1.1
"""Times as quick as the others the quickest has to be to be worth points: less is inside the error of a prediction."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """A candidate and how it was found."""

    row: pd.Series[Any]
    limit: float
    """What counted: least tokens a second for the balance, most points below the best for the quickest."""
    before: str = ""
    """The model that won this place too, by name."""


def choose(least: Rows, balanced: Rows, quick: Rows, *, balance_tok_per_s: float) -> tuple[Chosen, ...]:
    """Up to three picks, no model twice: from candidates in formats chosen for the least speed, for the balance and for speed.

    All have the columns of `picks_candidates.pool`. The first is the most capable, the second the best balance, the third the quickest.
    """
    able = least[least["suits"].to_numpy(bool)]
    if able.empty:
        return ()
    top = able.iloc[0]
    best = float(top["score"])
    found = [Chosen(top, 0.0)]
    if balance := _other(balanced, [top["model"]], lambda rows: best_balance(rows, balance_tok_per_s, top)):
        found.append(balance)
    if quickest := _quickest(quick, found, best):
        found.append(quickest)
    return tuple(found)


def _quickest(rows: Rows, found: list[Chosen], best: float) -> Chosen | None:
    """The quickest near the best; where that is a pick already, the quickest further down that is quicker still, else one as quick."""
    taken = [str(c.row["model"]) for c in found]
    near = _other(rows, taken, lambda held: quickest_near(held, best))
    if near is None or not near.before:
        return near
    rest = rows[rows["suits"].to_numpy(bool) & ~rows["model"].isin(taken).to_numpy()]
    quickest = max(float(c.row["pace"]) for c in found if np.isfinite(c.row["pace"]))
    for times in WIDER:
        limit = times * near_points()
        held = rest[best - rest["score"].to_numpy(float) <= limit]
        if len(held) and float((row := quickest_of(held))["pace"]) > QUICKER * quickest:
            return Chosen(row, limit, near.before)
    # Slower than a pick and less capable: nobody should run it for its speed.
    return near if float(near.row["pace"]) * QUICKER >= quickest else None


def _other(
    rows: Rows, taken: Collection[str], rule: Callable[[Rows], tuple[pd.Series[Any], float] | None]
) -> Chosen | None:
    """Who wins a place by its rule, without those who have one; and who would have won it with them."""
    suited = rows[rows["suits"].to_numpy(bool)]
    first, rest = rule(suited), rule(suited[~suited["model"].isin(taken)])
    if rest is None:
        return None
    return Chosen(*rest, before=str(first[0]["name"]) if first and first[0]["model"] in taken else "")


def best_balance(rows: Rows, least_tok_per_s: float, top: pd.Series[Any]) -> tuple[pd.Series[Any], float] | None:
    """The quickest of those fast enough that the intervals do not tell from the most capable of them, and the speed that counted.

    Only those with half the odds of the best or more count, as for the quickest. Where nothing is that fast, the next
    slower word for a speed counts, down to none at all.
    """
    close = rows[_near(rows, float(top["score"]))[0]]
    least = float(top["pace"]) if np.isfinite(top["pace"]) else 0.0
    steps = sorted({s for s, _ in STEPS if READING <= s < least_tok_per_s} | {least_tok_per_s}, reverse=True)
    pace = close["pace"].to_numpy(float)
    for limit in (*steps, 0.0) if len(close) else ():
        fast = close[pace >= limit] if limit else close
        if len(fast):
            return quickest_of(fast[alike(fast)], AS_QUICK, least), limit
    return None


def alike(rows: Rows) -> Bools:
    """Which rows the intervals do not tell from the first, the most capable: the difference against both halves added as squares."""
    top = rows.iloc[0]
    less = top["score"] - rows["score"].to_numpy(float)
    found: Bools = less <= np.hypot(
        top["score"] - top["score_low"], (rows["score_high"] - rows["score"]).to_numpy(float)
    )
    found[0] = True
    return found


def quickest_near(rows: Rows, best: float) -> tuple[pd.Series[Any], float] | None:
    """The quickest of those near the best, and the points that counted as near; None where none is."""
    close, limit = _near(rows, best)
    return (quickest_of(rows[close]), limit) if close.any() else None


def _near(rows: Rows, best: float) -> tuple[Bools, float]:
    """Which rows have half the odds of the best or more, and the points that are; where none has, somewhat more points."""
    below, limit = best - rows["score"].to_numpy(float), 0.0
    found: Bools = np.zeros(len(rows), bool)
    for times in WIDER:
        limit = times * near_points()
        found = below <= limit
        if found.any():
            break
    return found, limit


def quickest_of(rows: Rows, alike_times: float = QUICKER, least: float = 0.0) -> pd.Series[Any]:
    """The row with the highest known speed; of those less than `alike_times` slower the most capable, which stands first.

    None of those is slower than `least` tokens a second if the quickest is not.
    """
    pace = rows["pace"].to_numpy(float)
    known = np.where(np.isnan(pace), -1.0, pace)
    best = float(known.max())
    return rows.iloc[int(np.argmax(known >= max(best / alike_times, min(best, least)) if best > 0 else known >= best))]
