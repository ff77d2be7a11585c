"""Several conversations at once on the visitor's machine: what all get together, what each gets, and how many fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.answers.placed import Placed, kv_share, runtime_of
from lib.answers.sized import Rows, request_for
from lib.answers.speed import at_once
from lib.sizing.table import FITS, place_all
from lib.view import View

COUNTS = (1, 2, 4, 8, 16, 32, 64, 128)


def several_users(rows: Rows, on: Placed, view: View) -> tuple[pd.DataFrame, str]:
    """users, total_tok_per_s, low, high, each_tok_per_s, fits: one row a number of conversations; and a sentence.

    Each has the context of its own that the view asks for; NaN where so many do not fit. Empty, with the reason in the
    sentence, where the model is not all in GPU memory or nothing is known.
    """
    if FITS[on.places.fit[0]] != "gpu":
        return pd.DataFrame(), "How several conversations at once run is known for models all in GPU memory."
    users = np.array(sorted({*COUNTS, view.slots}), np.int64)
    one = view.model_copy(update={"slots": 1})
    try:
        found = at_once(
            rows.table, rows.active_parameters, on.rig, _placed_alone(rows, on, one).places, users,
            runtime=runtime_of(rows.formats[0]), tokens_before=view.depth, kv_share=kv_share(rows.table, one, view.depth),
        )  # fmt: skip
    except ValueError as error:
        return pd.DataFrame(), f"{str(error)[:1].upper()}{str(error)[1:]}."
    frame = pd.DataFrame(
        {
            "users": users, "total_tok_per_s": found.total_tok_per_s, "low": found.low, "high": found.high,
            "each_tok_per_s": found.per_user_tok_per_s, "fits": [_fits(rows, on, view, int(n)) for n in users],
            "bandwidth_bound": found.bandwidth_bound,
        }
    )  # fmt: skip
    speeds = ["total_tok_per_s", "low", "high", "each_tok_per_s"]
    frame[speeds] = frame[speeds].where(frame["fits"])
    if view.slots == 1:  # one conversation has a range of its own, which is known better
        frame.loc[frame["users"] == 1, ["low", "high"]] = [on.speed.low[0], on.speed.high[0]]
    return frame, _sentence(frame, view, found.note)


def _placed_alone(rows: Rows, on: Placed, one: View) -> Placed:
    request = request_for(one.ctx, 1, one.kv, one)
    return Placed(on.rig, place_all(rows.table, on.rig.pools, request), on.speed)


def _fits(rows: Rows, on: Placed, view: View, users: int) -> bool:
    request = request_for(view.ctx, users, view.kv, view)
    return bool(place_all(rows.table, on.rig.pools, request).fit[0] == FITS.index("gpu"))


def _sentence(frame: pd.DataFrame, view: View, note: str) -> str:
    fitting = frame[frame["fits"]]
    if fitting.empty:
        return f"Not one conversation of {view.ctx:,} tokens fits."
    most = fitting.iloc[-1]
    told = f"{int(most['users'])} conversations of {view.ctx:,} tokens each fit: about {most['each_tok_per_s']:,.0f} tokens/s for each, {most['total_tok_per_s']:,.0f} together ({most['low']:,.0f}–{most['high']:,.0f})."
    if int(most["users"]) == 1:
        told = f"Only one conversation of {view.ctx:,} tokens fits."
    bound = fitting[~fitting["bandwidth_bound"]]
    more = f" From {int(bound.iloc[0]['users'])} at once on, computing takes longer than reading the weights: more then share nearly the same total." if len(bound) else ""  # fmt: skip
    return told + more + (f" {note[:1].upper()}{note[1:]}." if note else "")
