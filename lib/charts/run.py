"""What to run: capability against speed, what nothing both as capable and as quick beats, and the picks by name."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.frontier import label_layers
from lib.charts.style import Theme, faint, fit_encodings, without_data


@lru_cache(maxsize=64)
def capability_speed(score_title: str, fits: tuple[str, ...], theme: Theme, *, each: bool) -> dict[str, Any]:
    """Vega-Lite of capability against tokens a second, without its data.

    Data columns: name, format, role_text, score, low, high (the interval, of picks only), tok_per_s, speed_text, fit,
    on_frontier, chosen (a pick), label, side. With `each` the speed is that of one conversation of several.
    """
    title = f"predicted generation speed{' of each conversation' if each else ''}, tokens/s"
    x = alt.X("tok_per_s:Q", title=title, scale=alt.Scale(type="log", nice=False, padding=18), axis=alt.Axis(format="~g", tickCount=8, gridOpacity=0.35))  # fmt: skip
    y = alt.Y("score:Q", title=score_title, scale=alt.Scale(zero=False, padding=14), axis=alt.Axis(gridOpacity=0.35, titleLimit=400))  # fmt: skip
    colour, shape = fit_encodings(fits)
    base = alt.Chart()
    # Read from the left: the best there is at a speed or more is what the next point on the right reaches.
    stairs = base.mark_line(interpolate="step-before", strokeWidth=1.5, color=faint(theme)).encode(x=x, y=y, order=alt.Order("tok_per_s:Q")).transform_filter("datum.on_frontier")  # fmt: skip
    band = base.mark_rule(opacity=0.5, strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=colour).transform_filter("isValid(datum.low)")  # fmt: skip
    points = base.mark_point(filled=True).encode(
        x=x, y=y, color=colour, shape=shape,
        opacity=alt.condition("datum.on_frontier || datum.chosen", alt.value(1.0), alt.value(0.5)),
        size=alt.condition("datum.chosen", alt.value(220), alt.value(70)),
        tooltip=[
            alt.Tooltip("name:N", title="model"), alt.Tooltip("format:N", title="quantization"), alt.Tooltip("role_text:N", title="pick"),
            alt.Tooltip("score:Q", title=score_title, format=",.0f"), alt.Tooltip("speed_text:N", title="predicted tokens/s"), alt.Tooltip("fit:N", title="fit"),
        ],
    )  # fmt: skip
    return without_data(alt.layer(stairs, band, points, *label_layers(base, x, y, theme)).properties(height=400))
