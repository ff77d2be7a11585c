"""What a month costs against tokens a day, at home and rented."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import altair as alt

from lib.charts.style import BLUE, GREEN, ORANGE, Theme, faint, haloed, ink, without_data

Ends = tuple[float, float]
Align = Literal["left", "right"]
Baseline = Literal["top", "bottom"]
LINES = {"home": (BLUE, [1, 0]), "same model": (ORANGE, [8, 4]), "as capable": (GREEN, [2, 3])}
"""Colour and dash of each line."""
POWERS = [10.0**power for power in range(-5, 15)]


@lru_cache(maxsize=64)
def cost_lines(theme: Theme, token_ends: Ends, usd_ends: Ends) -> dict[str, Any]:
    """Vega-Lite of dollars a month against tokens a day, both logarithmic, without its data.

    Data columns: line (a key of `LINES`), tokens, usd, low, high, text (for the tooltip), label, and kind: `line` for
    points of a line, `start`, `above` and `below` for its name, `limit` for the most a machine can do,
    `crossing-above` and `crossing-below` for a break-even, `mine` for the visitor's tokens on a line, `you` for the rule at them.
    """
    million = "datum.value >= 1e12 ? format(datum.value / 1e12, ',~g') + ' T' : datum.value >= 1e9 ? format(datum.value / 1e9, ',~g') + ' bn' : datum.value >= 1e6 ? format(datum.value / 1e6, ',~g') + ' M' : format(datum.value, ',~g')"  # fmt: skip
    x = alt.X("tokens:Q", title="tokens a day, in and out", scale=alt.Scale(type="log", domain=list(token_ends), nice=False), axis=alt.Axis(values=POWERS, labelExpr=million, gridOpacity=0.35, labelFlush=True))  # fmt: skip
    y = alt.Y("usd:Q", title="US dollars a month", scale=alt.Scale(type="log", domain=list(usd_ends), nice=False), axis=alt.Axis(values=POWERS, labelExpr="datum.value < 1 ? format(datum.value, datum.value < 0.01 ? '$,~g' : '$.2f') : format(datum.value, '$,.0f')", gridOpacity=0.35))  # fmt: skip
    colour = alt.Color("line:N", legend=None, scale=alt.Scale(domain=list(LINES), range=[c for c, _ in LINES.values()]))
    dash = alt.StrokeDash("line:N", legend=None, scale=alt.Scale(domain=list(LINES), range=[d for _, d in LINES.values()]))  # fmt: skip
    told = [alt.Tooltip("line:N"), alt.Tooltip("tokens:Q", title="tokens a day", format=",.3~s"), alt.Tooltip("text:N", title="a month")]  # fmt: skip
    base = alt.Chart()

    def of(kind: str) -> str:
        return f"datum.kind === '{kind}'"

    band = base.mark_area(opacity=0.2, clip=True, color=LINES["home"][0]).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q")).transform_filter(f"{of('line')} && datum.line === 'home'")  # fmt: skip
    line = base.mark_line(strokeWidth=2.5, clip=True).encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=told).transform_filter(of("line"))  # fmt: skip
    you = base.mark_rule(strokeWidth=1, strokeDash=[4, 4], color=faint(theme)).encode(x=x).transform_filter(of("you"))
    mine = base.mark_point(filled=True, size=90, opacity=1, stroke=ink(theme), strokeWidth=1.2).encode(x=x, y=y, color=colour, tooltip=told).transform_filter(of("mine"))  # fmt: skip
    cross = base.mark_point(shape="diamond", filled=True, size=130, opacity=1, color=ink(theme)).encode(x=x, y=y, tooltip=told).transform_filter("indexof(datum.kind, 'crossing') === 0")  # fmt: skip
    limit = base.mark_point(shape="stroke", angle=90, size=160, strokeWidth=2.5, opacity=1, color=LINES["home"][0]).encode(x=x, y=y).transform_filter(of("limit"))  # fmt: skip

    def words(kind: str, align: Align, dx: int, dy: int, baseline: Baseline) -> Any:
        mark = base.mark_text(align=align, dx=dx, dy=dy, baseline=baseline, fontSize=12, fontWeight=600, color=ink(theme))  # fmt: skip
        place = {"y": alt.value(0)} if kind == "you" else {"y": y}
        return mark.encode(x=x, text="label:N", **place).transform_filter(of(kind))

    texts = [
        words("start", "left", 4, -8, "bottom"), words("above", "right", -14, -10, "bottom"), words("below", "left", 8, 8, "top"),
        words("crossing-above", "right", -8, -10, "bottom"), words("crossing-below", "left", 10, 8, "top"), words("limit", "right", 4, -12, "bottom"), words("you", "left", 5, 4, "top"),
    ]  # fmt: skip
    return without_data(
        alt.layer(
            band, you, line, limit, mine, cross, *(layer for text in texts for layer in haloed(text, theme))
        ).properties(height=420)
    )
