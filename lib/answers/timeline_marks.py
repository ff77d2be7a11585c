"""What the charts of the timeline draw: the corners of each line, and labels at the lines' ends that keep apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.answers.records import DAYS_A_MONTH

HEIGHT_PX = 460
LABEL_PX = 17
"""Height of a label with the air around it."""
ROOM = 0.3
"""Width kept free for the labels behind the last date, as a share of the time drawn."""


def nudged(wanted: Sequence[float], least: float) -> list[float]:
    """The values moved as little as needed for neighbours to be `least` apart, in the order given.

    `wanted` rises. Neighbours that touch become one block around the mean of where they wanted to be.
    """
    blocks: list[tuple[float, int]] = []  # centre, how many
    for value in wanted:
        centre, count = value, 1
        while blocks and centre - blocks[-1][0] < least * (count + blocks[-1][1]) / 2:
            other, more = blocks.pop()
            centre, count = (centre * count + other * more) / (count + more), count + more
        blocks.append((centre, count))
    return [centre + least * (i - (count - 1) / 2) for centre, count in blocks for i in range(count)]


def label_heights(ends: Sequence[float], drawn: Iterable[float]) -> list[float]:
    """Where on the y axis the label of each line's end stands so that no two touch; `drawn` is all else on that axis."""
    order = np.argsort(ends, kind="stable")
    known = [v for v in (*ends, *drawn) if np.isfinite(v)]
    low, high, at = min(known), max(known), list[float]()
    for _ in range(3):  # labels that need more room make the axis longer
        at = nudged([ends[i] for i in order], LABEL_PX / (HEIGHT_PX - 24) * max(high - low, 1e-9))
        low, high = min(low, at[0]), max(high, at[-1])
    return [at[place] for place in np.argsort(order)]


def _iso(days: pd.Series) -> list[str]:
    return [dt.date.fromordinal(int(day)).isoformat() for day in days]


def _marks(columns: dict[str, Any], names: pd.Series | None, since: int, as_of: int, mine: str) -> pd.DataFrame:
    """The columns, and those of the labels: at the last row marked `end` of each line, `None` elsewhere."""
    lines, ends = np.asarray(columns["line"], object), np.flatnonzero(columns["end"])
    low, high = (np.asarray(columns[c], float) for c in ("low", "high"))
    y = np.asarray(columns["y"], float)
    label_y, short, long = (np.full(len(lines), None, object) for _ in range(3))
    # Of lines that end together the larger memory comes first and stands above.
    label_y[ends[::-1]] = label_heights([float(v) for v in y[ends[::-1]]], (*y, *low, *high))
    short[ends] = lines[ends]
    long[ends] = lines[ends] if names is None else lines[ends] + ": " + names.to_numpy(object)[ends]
    room = (as_of - since) * ROOM
    at, edge = (dt.date.fromordinal(round(as_of + room * share)).isoformat() for share in (0.06, 1.0))
    return pd.DataFrame({**columns, "mine": lines == mine, "label_y": label_y, "short": short, "long": long, "label_date": at, "edge_date": edge})  # fmt: skip


def best_marks(found: pd.DataFrame, since: int, as_of: int, mine: str) -> pd.DataFrame:
    """One row a corner of each line from day `since` to day `as_of`: line, date, y, low, high, name, released, score_text,
    takes, behind_text, record, end, mine, and for the label at its end label_y, short, long, label_date, edge_date.

    `found` is `timeline.holders` with its texts; a line that began before `since` starts there at the height it had.
    """
    last = found["line"].ne(found["line"].shift(-1))
    until = found["day"].shift(-1).where(~last, as_of + 1)
    corners = found[until > since]
    start = corners.assign(at=corners["day"].clip(lower=since), record=corners["day"] >= since, end=False)
    every = pd.concat([start, found[last].assign(at=as_of, record=False, end=True)])
    # A line's corners stand together, its end last; the order of the lines is the order they are drawn in.
    place = pd.Series(range(len(found)), index=found.index)
    every = every.iloc[np.lexsort((every["end"], place[every.index]))].reset_index(drop=True)
    columns = {
        "line": every["line"], "date": _iso(every["at"]), "y": every["score"], "low": every["score_low"], "high": every["score_high"],
        "name": every["name"], "released": every["released"],
        "score_text": [f"{s:,.4g}" + (f" ({i})" if i else "") for s, i in zip(every["score"], every["interval"], strict=True)],
        "takes": [f"{gb:,.1f} GB at {form}" if form else "hosted" for gb, form in zip(every["memory_gb"], every["format"], strict=True)],
        "behind_text": [_behind(m, n) for m, n in zip(every["months_at_release"], every["hosted_name"], strict=True)],
        "record": every["record"], "end": every["end"],
    }  # fmt: skip
    return _marks(columns, every["name"], since, as_of, mine)


def _behind(months: float, name: object) -> str:
    if not np.isfinite(months) or months < 0.5:
        return "level with the best hosted"
    return f"{months:.0f} month{'' if round(months) == 1 else 's'} after {name}"


def behind_marks(found: pd.DataFrame, since: int, as_of: int, mine: str) -> pd.DataFrame:
    """Corners of the lines of months behind: a model's months grow day by day until the next one cuts them.

    Columns as of `best_marks` without score_text and takes; y is months, low and high what the intervals allow.
    """
    last = found["line"].ne(found["line"].shift(-1))
    until = found["day"].shift(-1).where(~last, as_of)
    seen = until >= since
    corners = [
        found[seen].assign(at=found["day"].clip(lower=since)[seen], record=found["day"] >= since, end=False),
        found[seen].assign(at=until[seen], record=False, end=last),
    ]
    every = pd.concat(corners)
    every = every.iloc[np.lexsort((~every["record"] & every["end"], every["at"], every.index))].reset_index(drop=True)
    months = {c: (every["at"] - every[day]) / DAYS_A_MONTH for c, day in (("y", "hosted_day"), ("low", "latest_day"), ("high", "earliest_day"))}  # fmt: skip
    columns = {
        "line": every["line"], "date": _iso(every["at"]), **months, "name": every["name"], "released": every["released"],
        "behind_text": [f"{m:.1f} months behind {n}" for m, n in zip(months["y"], every["hosted_name"], strict=True)],
        "record": every["record"], "end": every["end"],
    }  # fmt: skip
    return _marks(columns, None, since, as_of, mine)
