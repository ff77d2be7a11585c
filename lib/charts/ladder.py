"""What a quantization costs: measured loss against size, the formats of one model as steps."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import BLUE, GB_TICKS, STEPS, Theme, faint, fit_encodings, haloed, ink, without_data


@lru_cache(maxsize=64)
def ladder_steps(fits: tuple[str, ...], theme: Theme, *, limit_title: str) -> dict[str, Any]:
    """Vega-Lite of the rise of perplexity in per cent against memory, both on log axes, without its data.

    Data columns: format, memory_gb, rise_low, rise_high, middle, rise_text, measured_on, decode_text, fit,
    label, main (whether it is on the line), bits, and the same in all rows: limit_gb, four_low_gb and
    four_high_gb (the memory of the formats of four to five bits a weight).
    """
    x = alt.X("memory_gb:Q", title="memory needed, GB (10⁹ bytes)", scale=alt.Scale(type="log", base=2, nice=False, padding=36), axis=alt.Axis(labelExpr=GB_TICKS, tickCount=6, gridOpacity=0.35))  # fmt: skip
    y = alt.Y("middle:Q", title="rise of perplexity, % (log)", scale=alt.Scale(type="log", nice=False, padding=14), axis=alt.Axis(format="~g", values=STEPS, gridOpacity=0.35))  # fmt: skip
    colour, shape = fit_encodings(fits)
    base = alt.Chart()
    zone = base.transform_aggregate(low="min(four_low_gb)", high="max(four_high_gb)").transform_filter(
        "isValid(datum.low)"
    )
    four = zone.mark_rect(opacity=0.12, color=BLUE).encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=alt.value(0), y2=alt.value("height"))  # fmt: skip
    named = zone.mark_text(align="left", baseline="bottom", dx=4, dy=-4, fontSize=12, color=ink(theme)).encode(x=alt.X("low:Q"), y=alt.value("height"), text=alt.value("4–5 bits"))  # fmt: skip
    limit = base.transform_aggregate(limit_at="max(limit_gb)").transform_filter("datum.limit_at > 0")
    line = limit.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=ink(theme)).encode(x=alt.X("limit_at:Q"))
    said = limit.mark_text(align="right", baseline="top", dx=-6, dy=2, fontSize=12, fontWeight=600, color=ink(theme)).encode(x=alt.X("limit_at:Q"), y=alt.value(0), text=alt.value(limit_title))  # fmt: skip
    curve = base.mark_line(strokeWidth=1.5, color=faint(theme)).encode(x=x, y=y, order=alt.Order("memory_gb:Q")).transform_filter("datum.main")  # fmt: skip
    band = base.mark_rule(strokeWidth=2.5, opacity=0.45).encode(x=x, y=alt.Y("rise_low:Q"), y2=alt.Y2("rise_high:Q"), color=colour)  # fmt: skip
    points = base.mark_point(filled=True).encode(
        x=x, y=y, color=colour, shape=shape,
        size=alt.condition("datum.main", alt.value(110), alt.value(50)), opacity=alt.condition("datum.main", alt.value(1.0), alt.value(0.6)),
        tooltip=[alt.Tooltip("format:N", title="format"), alt.Tooltip("bits:Q", title="bits a weight", format=".2f"), alt.Tooltip("memory_gb:Q", title="memory needed, GB", format=",.1f"), alt.Tooltip("rise_text:N", title="perplexity"), alt.Tooltip("measured_on:N", title="measured on"), alt.Tooltip("decode_text:N", title="predicted tokens/s"), alt.Tooltip("fit:N", title="fit")],
    )  # fmt: skip
    words = base.mark_text(align="left", baseline="bottom", dx=7, dy=-3, fontSize=12, color=ink(theme)).encode(x=x, y=y, text=alt.Text("label:N"))  # fmt: skip
    return without_data(
        alt.layer(four, named, line, said, curve, band, points, *haloed(words, theme)).properties(height=480)
    )
