"""Which machine runs it how fast: price, power or bandwidth against tokens a second."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.frontier import label_layers
from lib.charts.style import STEPS, Theme, faint, fit_encodings, ink, without_data

TITLES = {
    "price": "price of the devices, US dollars",
    "power": "rated power of the devices, watts",
    "bandwidth": "memory bandwidth of one device, GB/s",
}
FORMATS = {"price": "$,.0f", "power": ",.0f", "bandwidth": ",.0f"}


@lru_cache(maxsize=64)
def machine_scatter(axis: str, fits: tuple[str, ...], theme: Theme, *, least: float) -> dict[str, Any]:
    """Vega-Lite of speed against `axis` (price, power or bandwidth), without its data.

    Data columns: machine, x, decode_tok_per_s, decode_low, decode_high, fit, on_frontier, label,
    side, mine, chosen (the one point named on a phone), measured_tok_per_s. `least` is the speed asked for, drawn as a line when above 0.
    """
    x = alt.X("x:Q", title=TITLES[axis], scale=alt.Scale(type="log", nice=False, padding=14), axis=alt.Axis(format=FORMATS[axis].replace(".0f", ".2~s"), values=STEPS, gridOpacity=0.35))  # fmt: skip
    y = alt.Y("decode_tok_per_s:Q", title="predicted generation speed, tokens/s", scale=alt.Scale(type="log", nice=False, padding=14), axis=alt.Axis(format=",~g", values=STEPS, gridOpacity=0.35))  # fmt: skip
    colour, shape = fit_encodings(fits)
    base = alt.Chart()
    band = base.mark_rule(opacity=0.3, strokeWidth=1.5).encode(
        x=x, y=alt.Y("decode_low:Q"), y2=alt.Y2("decode_high:Q"), color=colour
    )
    points = base.mark_point(filled=True, size=70).encode(
        x=x, y=y, color=colour, shape=shape,
        opacity=alt.condition("datum.on_frontier || datum.mine", alt.value(1.0), alt.value(0.55)),
        size=alt.condition("datum.mine", alt.value(220), alt.value(70)),
        tooltip=[
            alt.Tooltip("machine:N"), alt.Tooltip("decode_text:N", title="predicted tokens/s"),
            alt.Tooltip("x:Q", title=TITLES[axis], format=FORMATS[axis]),
            alt.Tooltip("spare_gb:Q", title="memory to spare, GB", format=",.1f"), alt.Tooltip("fit:N"),
        ],
    )  # fmt: skip
    seen = (
        base.mark_point(shape="stroke", strokeWidth=2.5, size=180, color=ink(theme), filled=False)
        .encode(x=x, y=alt.Y("measured_tok_per_s:Q"), tooltip=[alt.Tooltip("machine:N"), alt.Tooltip("measured_tok_per_s:Q", title="measured tokens/s", format=",.3~g")])
        .transform_filter("isValid(datum.measured_tok_per_s)")
    )  # fmt: skip
    stairs = (
        base.mark_line(interpolate="step-after", strokeWidth=1.5, color=faint(theme))
        .encode(x=x, y=y, order=alt.Order("x:Q"))
        .transform_filter("datum.on_frontier")
    )
    layers = [stairs, band, points, seen, *label_layers(base, x, y, theme)]
    if least > 0:
        layers.append(
            alt.Chart(alt.InlineData(values=[{"least": least}]))
            .mark_rule(strokeDash=[6, 4], color=ink(theme))
            .encode(y=alt.Y("least:Q"))
        )
    return without_data(alt.layer(*layers).properties(height=430))
