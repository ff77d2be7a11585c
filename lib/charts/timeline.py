"""Who was best when, for each size of memory: lines named at their ends, the best hosted model dashed beside them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import altair as alt

from lib.charts.style import Theme, faint, ink, without_data

TIERS = ("192 GB", "96 GB", "48 GB", "24 GB", "16 GB", "8 GB")
CLOUD = "cloud"
COLOURS: dict[Theme, tuple[str, ...]] = {
    "light": ("#361889", "#12429f", "#00669b", "#007f8a", "#11957c", "#42985a"),
    "dark": ("#d9d9ff", "#a8c8ff", "#6dbbe8", "#3dadb9", "#1f9b82", "#36884d"),
}
"""From the largest memory to the smallest; each at least 3:1 on the page, the larger the stronger."""
WIDTHS = (5.0, 4.2, 3.4, 2.6, 1.9, 1.3)
"""Larger memories are drawn first and wider, so that lines which coincide are all seen."""
HEIGHT = 460
BOLD: tuple[tuple[str, Literal[400, 700]], ...] = (("datum.mine", 700), ("!datum.mine", 400))
WIDE, NARROW = alt.ExprRef("width > 560 ? 1 : 0"), alt.ExprRef("width > 560 ? 0 : 1")
"""On a phone a line's label is its memory alone."""


def _when(test: str) -> Any:
    return {"condition": {"test": test, "value": 0.35}, "value": 0}


def _lines(
    y_title: str, theme: Theme, interpolate: Any, tooltip: list[alt.Tooltip], *, until: str, lower: bool, zero: bool
) -> dict[str, Any]:
    # Behind the last date there is only room for labels.
    past = f"datum.value <= toDate('{until}')"
    x = alt.X("date:T", title=None, scale=alt.Scale(type="utc", nice=False, padding=4), axis=alt.Axis(labelExpr=f"{past} ? utcFormat(datum.value, '%b %Y') : ''", tickCount=10, labelOverlap=True, labelFlush=False, gridOpacity=_when(past), tickOpacity=_when(past)))  # fmt: skip
    scale = alt.Scale(zero=zero, nice=False, padding=12, reverse=lower)
    y = alt.Y("y:Q", title=y_title, scale=scale, axis=alt.Axis(gridOpacity=0.35, titleLimit=400))
    domain = [*TIERS, CLOUD]
    colour = alt.Color("line:N", scale=alt.Scale(domain=domain, range=[*COLOURS[theme], ink(theme)]), legend=None)
    width = alt.StrokeWidth("line:O", scale=alt.Scale(type="ordinal", domain=domain, range=[*WIDTHS, 2.0]), legend=None)
    base = alt.Chart()
    home, cloud = f"datum.line !== '{CLOUD}'", f"datum.line === '{CLOUD}'"
    lines = [
        base.mark_line(interpolate=interpolate, strokeCap="butt", strokeJoin="miter", strokeDash=dash)
        .encode(x=x, y=y, color=colour, strokeWidth=width, detail=alt.Detail("line:N"))
        .transform_filter(which)
        for which, dash in ((home, [1, 0]), (cloud, [7, 4]))
    ]
    sure = (
        base.mark_rule(strokeWidth=1.5, opacity=0.55)
        .encode(x=x, y=alt.Y("low:Q", scale=scale), y2=alt.Y2("high:Q"), color=colour)
        .transform_filter(f"(datum.record || datum.end) && isValid(datum.low) && (datum.mine || {cloud})")
    )
    points = (
        base.mark_point(filled=True, opacity=1)
        .encode(x=x, y=y, color=colour, tooltip=tooltip, size=alt.condition("datum.mine", alt.value(85), alt.value(34)),
                shape=alt.condition(cloud, alt.value("diamond"), alt.value("circle")))
        .transform_filter("datum.record")
    )  # fmt: skip
    named = base.transform_filter("datum.end && isValid(datum.label_y)")
    at, height = alt.X("label_date:T"), alt.Y("label_y:Q", scale=scale)
    leads = named.mark_rule(strokeWidth=1, color=faint(theme), opacity=0.8).encode(x=x, y=y, x2=alt.X2("label_date:T"), y2=alt.Y2("label_y:Q"))  # fmt: skip
    words = [
        named.mark_text(align="left", baseline="middle", dx=3, fontSize=12, limit=300, opacity=seen, fontWeight=weight)
        .encode(x=at, y=height, text=alt.Text(f"{text}:N"), color=colour)
        .transform_filter(which)
        for text, seen in (("long", WIDE), ("short", NARROW))
        for which, weight in BOLD
    ]
    room = base.mark_point(opacity=0).encode(x=alt.X("edge_date:T"), y=y)
    return without_data(alt.layer(room, *lines, sure, leads, points, *words).properties(height=HEIGHT))


@lru_cache(maxsize=64)
def best_lines(score_title: str, theme: Theme, *, until: str, lower: bool) -> dict[str, Any]:
    """Vega-Lite of the best score so far by release date, a step line a size of memory, without its data.

    Data columns: line (one of `TIERS` or `CLOUD`; the larger memories first), date, y, low, high, name, released,
    score_text, takes, behind_text, record (carries a point), end, mine (drawn stronger), and at the end of each
    line label_y, short, long, label_date, edge_date. `until` is the last date (ISO) drawn; `lower`: a smaller score is
    better and stands higher.
    """
    tooltip = [
        alt.Tooltip("name:N", title="model"),
        alt.Tooltip("released:N", title="released"),
        alt.Tooltip("line:N", title="best for"),
        alt.Tooltip("score_text:N", title="score"),
        alt.Tooltip("takes:N", title="takes"),
        alt.Tooltip("behind_text:N", title="came"),
    ]
    return _lines(score_title, theme, "step-after", tooltip, until=until, lower=lower, zero=False)


@lru_cache(maxsize=64)
def behind_lines(theme: Theme, *, until: str) -> dict[str, Any]:
    """Vega-Lite of months behind the best hosted model, a saw-tooth line a size of memory, without its data.

    Data columns as of `best_lines`, without score_text and takes; y, low and high are months.
    """
    tooltip = [
        alt.Tooltip("name:N", title="model"),
        alt.Tooltip("released:N", title="released"),
        alt.Tooltip("line:N", title="best for"),
        alt.Tooltip("behind_text:N", title="on that day"),
    ]
    return _lines("months behind the cloud", theme, "linear", tooltip, until=until, lower=False, zero=True)
