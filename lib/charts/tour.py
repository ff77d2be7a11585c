"""The tour's small pictures: bars with words beside them, and the lines of the cache."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import BLUE, GREEN, ORANGE, SLATE, SPACE, Theme, haloed, ink, legend, without_data

COLOURS = {
    "fits": BLUE, "too large": SLATE, "tokens a second": BLUE, "all": SLATE, "active": BLUE,
    "yours": ORANGE, "longest here": BLUE, "others": SLATE,
    "bandwidth / bytes": SLATE, "predicted": BLUE, "measured": ORANGE,
    "f16": BLUE, "q8_0": ORANGE, "q4_0": GREEN,
}  # fmt: skip
"""By the kind of bar or line, as the legend prints it."""
BAR, AROUND = 24, 84
"""Heights of a bar and of everything around the bars, in pixels."""
ROOM = 2.1
"""The axis is this many times as long as the longest bar: words stand beside it."""


def _colour(kinds: tuple[str, ...]) -> alt.Color:
    names = legend(narrow=2) if len(kinds) > 1 else None
    return alt.Color("kind:N", sort=list(kinds), scale=alt.Scale(domain=list(kinds), range=[COLOURS[k] for k in kinds]), legend=names)  # fmt: skip


@lru_cache(maxsize=256)
def tour_bars(
    labels: tuple[str, ...], kinds: tuple[str, ...], theme: Theme, *, longest: float, x_title: str, limit_title: str
) -> dict[str, Any]:
    """Vega-Lite of horizontal bars with words beside them, without its data.

    Data columns: label (one of `labels`; several bars of one stand together), kind (of `COLOURS`), value, text, limit
    (same in all rows, drawn as a line where `limit_title` is given). `longest` is the largest value.
    """
    grouped = len(kinds) > 1 and not {"fits", "too large", "yours"} & set(kinds)
    y = alt.Y("label:N", sort=list(labels), title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=alt.ExprRef(f"{SPACE} > 620 ? 240 : 110"), labelOverlap=False, labelFlush=False))  # fmt: skip
    x = alt.X("value:Q", title=x_title, scale=alt.Scale(domain=[0, longest * ROOM], nice=False), axis=alt.Axis(gridOpacity=0.3, tickCount=6, labelBound=True))  # fmt: skip
    inside: dict[str, Any] = {"yOffset": alt.YOffset("kind:N", sort=list(kinds))} if grouped else {}
    middle: dict[str, Any] = {"yOffset": alt.YOffset("kind:N", sort=list(kinds), bandPosition=0.5)} if grouped else {}
    base = alt.Chart()
    bars = base.mark_bar(height=alt.RelativeBandSize(0.72)).encode(y=y, x=x, color=_colour(kinds), tooltip=[alt.Tooltip("label:N", title=" "), alt.Tooltip("kind:N", title=" "), alt.Tooltip("text:N", title=x_title)], **inside)  # fmt: skip
    said: dict[str, Any] = {
        "align": "left",
        "baseline": "middle",
        "dx": 5,
        "dy": 4 if grouped else 0,  # Vega-Lite puts words of a lane a little above its middle
        "fontSize": 12,
        "limit": alt.ExprRef("width * 0.62"),
        "text": alt.ExprRef("width > 300 ? datum.text : split(datum.text, ';')[0]"),  # on a phone the first part
    }
    placed: dict[str, Any] = {"y": y, "x": alt.X("value:Q"), **middle}
    words = base.mark_text(**said, color=ink(theme)).encode(**placed)
    limit = _limit(base, theme, limit_title, across=True) if limit_title else []
    layers = [bars, *limit, *haloed(words, theme)]
    count = len(labels) * (len(kinds) if grouped else 1)
    return without_data(alt.layer(*layers).properties(height=BAR * count + AROUND))


def _limit(base: alt.Chart, theme: Theme, title: str, *, across: bool) -> list[alt.Chart]:
    """The line bars or curves are measured against, with its words at the end."""
    at = base.transform_aggregate(at="max(limit)").transform_filter("isValid(datum.at)")
    rule = at.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=ink(theme))
    said: dict[str, Any] = {"fontSize": 12, "fontWeight": 600, "color": ink(theme), "text": title}
    if across:
        return [rule.encode(x=alt.X("at:Q")), at.mark_text(align="left", baseline="bottom", dx=4, dy=-3, **said).encode(x=alt.X("at:Q"), y=alt.value(0))]  # fmt: skip
    return [rule.encode(y=alt.Y("at:Q")), at.mark_text(align="left", baseline="bottom", dx=4, dy=-4, **said).encode(x=alt.value(0), y=alt.Y("at:Q"))]  # fmt: skip


@lru_cache(maxsize=64)
def tour_lines(kinds: tuple[str, ...], theme: Theme, *, x_title: str, limit_title: str) -> dict[str, Any]:
    """Vega-Lite of GB against tokens, one line a kind, without its data.

    Data columns: label (tokens), kind (of `COLOURS`), value (GB), text, limit (drawn where `limit_title` is given).
    """
    x = alt.X("label:Q", title=x_title, scale=alt.Scale(type="log", base=2, nice=False), axis=alt.Axis(labelExpr="format(datum.value / 1024, ',.3~g') + 'k'", gridOpacity=0.3, tickCount=8, labelOverlap=True))  # fmt: skip
    y = alt.Y("value:Q", title="GB (10⁹ bytes)", axis=alt.Axis(gridOpacity=0.3, tickCount=5))
    base = alt.Chart()
    tooltip = [alt.Tooltip("label:Q", title="tokens", format=","), alt.Tooltip("kind:N", title="cache"), alt.Tooltip("text:N", title="takes")]  # fmt: skip
    lines = base.mark_line(strokeWidth=2).encode(x=x, y=y, color=_colour(kinds))
    dots = base.mark_point(filled=True, size=50).encode(x=x, y=y, color=_colour(kinds), tooltip=tooltip)
    layers = [lines, dots, *(_limit(base, theme, limit_title, across=False) if limit_title else ())]
    return without_data(alt.layer(*layers).properties(height=260))
