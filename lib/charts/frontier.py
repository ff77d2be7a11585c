"""What is best for a given memory: quality against bytes needed, with the frontier and the machine's limit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from lib.charts.style import GB_TICKS, Theme, faint, fit_encodings, haloed, ink, without_data

ROOM_FOR_LABELS = alt.ExprRef("width > 460 || datum.chosen ? 1 : 0")
"""On a phone only the chosen point keeps its name: more would lie on each other."""


Values = np.ndarray[Any, Any]


def label_apart(
    x: pd.Series[float],
    y: pd.Series[float],
    wanted: pd.Series[bool],
    *,
    log_y: bool = False,
    across: float = 0.16,
    up: float = 0.06,
) -> pd.Series[str]:
    """`label_sides` of columns of a frame."""
    sides = label_sides(x.to_numpy(float), y.to_numpy(float), wanted.to_numpy(bool), log_y=log_y, across=across, up=up)
    return pd.Series(sides, index=x.index, dtype=object)


def label_sides(
    x: Values, y: Values, wanted: Values, *, log_y: bool = False, across: float = 0.16, up: float = 0.06
) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Where each of the `wanted` points carries its label so that no two labels touch: "left", "right" or "" (nowhere).

    `across` and `up` are a label's width and height as shares of the chart; `x` is drawn on a log
    scale. Labels stand to the upper left, where a frontier has no points; those near the left edge
    to the upper right. Points of greater `y` are served first.
    """
    log_x = np.log(np.where(x > 0, x, np.nan))
    high = np.log(np.where(y > 0, y, np.nan)) if log_y else y
    side = np.full(len(x), "", object)
    order = np.argsort(-high, kind="stable")
    order = order[(wanted & ~np.isnan(high + log_x))[order]]
    if len(order):
        log_x, high = ((v - np.nanmin(v)) / max(np.nanmax(v) - np.nanmin(v), 1e-9) for v in (log_x, high))
    placed: list[tuple[float, float]] = []
    for i in order.tolist():
        at, over = log_x.item(i), high.item(i)
        left = at > across
        end = at if left else at + across
        if all(abs(end - a) > across or abs(over - b) > up for a, b in placed):
            placed.append((end, over))
            side[i] = "left" if left else "right"
    return side


MOST_LABEL, LETTER = 200, 7
"""Pixels a name may take, and about as many as a letter of it takes."""
SIDES: tuple[tuple[str, Literal["left", "right"], int], ...] = (("left", "right", -7), ("right", "left", 4))
"""Where a label stands, how its text is aligned there, and how far from its point."""


def label_layers(base: alt.Chart, x: alt.X, y: alt.Y, theme: Theme) -> list[alt.Chart]:
    """The names beside the points that `label_apart` gave a side; columns label and side.

    Where a window made narrower leaves a name less room on its side than on the other, it stands there; what still does
    not fit of it is left out.
    """
    at = f"scale('x',datum['{str(x.shorthand).partition(':')[0]}'])"
    words = []
    for side, align, dx in SIDES:
        room = at if side == "left" else f"width-{at}"
        turned = f"{room}<min(width/2,{LETTER}*length(datum.label))"
        words.append(
            base.mark_text(
                align=alt.ExprRef(f"{turned}?'{side}':'{align}'"),
                baseline="bottom",
                dx=alt.ExprRef(f"{turned}?{-dx}:{dx}"),
                dy=-4,
                fontSize=12,
                color=ink(theme),
                limit=alt.ExprRef(f"min({MOST_LABEL},width/2+abs({at}-width/2)-{abs(dx)})"),
                opacity=ROOM_FOR_LABELS,
            )
            .encode(x=x, y=y, text=alt.Text("label:N"))
            .transform_filter(f"datum.side == '{side}'")
        )
    return [layer for side in words for layer in haloed(side, theme)]


@lru_cache(maxsize=64)
def pareto(
    score_title: str, fits: tuple[str, ...], theme: Theme, *, interval: bool, limit_title: str, rented_title: str = ""
) -> dict[str, Any]:
    """Vega-Lite of score against memory needed, without its data.

    Data columns: model, name, memory_gb, score, score_low, score_high, fit, on_frontier, label, side,
    limit_gb and rented (same in every row: where the machine ends, and the best score of a
    model that can only be rented), decode_text, format.
    """
    x = alt.X(
        "memory_gb:Q",
        title="memory needed, GB (10⁹ bytes)",
        scale=alt.Scale(type="log", base=2, nice=False, padding=12),
        axis=alt.Axis(labelExpr=GB_TICKS, tickCount=8, gridOpacity=0.35, labelFlush=False),
    )
    y = alt.Y(
        "score:Q",
        title=score_title,
        scale=alt.Scale(zero=False, padding=12),
        axis=alt.Axis(gridOpacity=0.35, titleLimit=400),
    )
    colour, shape = fit_encodings(fits)
    base = alt.Chart()
    tooltip = [
        alt.Tooltip("name:N", title="model"),
        alt.Tooltip("format:N", title="quantization"),
        alt.Tooltip("memory_gb:Q", title="memory needed, GB", format=",.1f"),
        alt.Tooltip("score:Q", title=score_title, format=",.4~g"),
        alt.Tooltip("decode_text:N", title="predicted tokens/s"),
        alt.Tooltip("fit:N", title="fit"),
    ]
    pick = alt.selection_point(name="pick", fields=["model"], on="click", empty=False)
    stairs = (
        base.mark_line(interpolate="step-after", strokeWidth=1.5, color=faint(theme), strokeDash=[1, 0])
        .encode(x=x, y=y, order=alt.Order("memory_gb:Q"))
        .transform_filter("datum.on_frontier")
    )
    points = (
        base.mark_point(filled=True, size=75, strokeWidth=1.5)
        .encode(x=x, y=y, color=colour, shape=shape, tooltip=tooltip,
                opacity=alt.condition("datum.on_frontier", alt.value(1.0), alt.value(0.55)),
                size=alt.condition("datum.chosen", alt.value(220), alt.value(75)))
        .add_params(pick)
    )  # fmt: skip
    limit = base.transform_aggregate(limit_at="max(limit_gb)").transform_filter("datum.limit_at > 0")
    line = limit.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=ink(theme)).encode(x=alt.X("limit_at:Q"))
    said = limit.mark_text(
        align="left", baseline="top", dx=6, dy=2, fontSize=12, fontWeight=600, color=ink(theme)
    ).encode(x=alt.X("limit_at:Q"), y=alt.value(0), text=alt.value(limit_title))
    layers = [stairs, line, said]
    if rented_title:
        rented = base.transform_aggregate(rented_at="max(rented)")
        beyond = alt.Y("rented_at:Q", scale=alt.Scale(zero=False, padding=12))
        layers.append(rented.mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=faint(theme)).encode(y=beyond))
        layers.append(
            rented.mark_text(align="left", baseline="bottom", dx=4, dy=-2, fontSize=12, color=ink(theme))
            .encode(y=beyond, x=alt.value(0), text=alt.value(rented_title))
        )  # fmt: skip
    if interval:
        layers.append(
            base.mark_rule(opacity=0.5, strokeWidth=1.5).encode(
                x=x, y=alt.Y("score_low:Q"), y2=alt.Y2("score_high:Q"), color=colour
            )
        )
    return without_data(alt.layer(*layers, points, *label_layers(base, x, y, theme)).properties(height=430))
