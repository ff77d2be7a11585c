"""What money buys: price against what a machine is worth, with the steps nothing cheaper beats and the budget."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.frontier import label_layers
from lib.charts.style import BLUE, GREEN, ORANGE, PLUM, STEPS, Look, Theme, faint, ink, legend, without_data

KIND_LOOKS = {
    "graphics cards": Look(BLUE, "circle"),
    "Macs": Look(PLUM, "diamond"),
    "unified memory": Look(GREEN, "square"),
    "processor alone": Look(ORANGE, "triangle-up"),
}
"""By the kind of machine, as the table prints it."""


@lru_cache(maxsize=64)
def price_steps(
    worth_title: str, kinds: tuple[str, ...], theme: Theme, *, log_worth: bool, own: bool = False
) -> dict[str, Any]:
    """Vega-Lite of worth against price in dollars, without its data.

    Data columns: machine, kind (a key of `KIND_LOOKS`), usd, worth, low, high (the interval, of the steps only), name
    (of the model), speed_text, basis, on_frontier, within (the budget), label, side, chosen (named on a phone too), and
    in every row the same: budget and, with `own`, own (what the machine one keeps is worth).
    """
    x = alt.X("usd:Q", title="price, US dollars", scale=alt.Scale(type="log", nice=False, padding=14), axis=alt.Axis(format="$,.2~s", values=STEPS, gridOpacity=0.35))  # fmt: skip
    scale = alt.Scale(type="log", nice=False, padding=14) if log_worth else alt.Scale(zero=False, nice=False, padding=14)  # fmt: skip
    y = alt.Y("worth:Q", title=worth_title, scale=scale, axis=alt.Axis(format=",~g", gridOpacity=0.35, titleLimit=400, **({"values": STEPS} if log_worth else {"tickCount": 8})))  # fmt: skip
    names = legend(kinds, narrow=2)
    colour = alt.Color("kind:N", legend=names, scale=alt.Scale(domain=list(KIND_LOOKS), range=[look.colour for look in KIND_LOOKS.values()]))  # fmt: skip
    shape = alt.Shape("kind:N", legend=names, scale=alt.Scale(domain=list(KIND_LOOKS), range=[look.shape for look in KIND_LOOKS.values()]))  # fmt: skip
    base = alt.Chart()
    tooltip = [
        alt.Tooltip("machine:N"), alt.Tooltip("usd:Q", title="price", format="$,.0f"), alt.Tooltip("basis:N", title="price is"),
        alt.Tooltip("name:N", title="runs"), alt.Tooltip("worth:Q", title=worth_title, format=",.4~g"), alt.Tooltip("speed_text:N", title="tokens/s"),
    ]  # fmt: skip
    points = base.mark_point(filled=True).encode(
        x=x, y=y, color=colour, shape=shape, tooltip=tooltip,
        opacity=alt.when("datum.on_frontier").then(alt.value(1.0)).when("datum.within").then(alt.value(0.5)).otherwise(alt.value(0.25)),
        size=alt.condition("datum.chosen", alt.value(220), alt.value(75)),
    )  # fmt: skip
    band = base.mark_rule(opacity=0.5, strokeWidth=1.5).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=colour).transform_filter("isValid(datum.low)")  # fmt: skip
    stairs = base.mark_line(interpolate="step-after", strokeWidth=1.5, color=faint(theme)).encode(x=x, y=y, order=alt.Order("usd:Q")).transform_filter("datum.on_frontier")  # fmt: skip
    limit = base.transform_aggregate(budget_at="max(budget)")
    line = limit.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=ink(theme)).encode(x=alt.X("budget_at:Q"))
    said = limit.mark_text(align="left", baseline="top", dx=6, dy=2, fontSize=12, fontWeight=600, color=ink(theme)).encode(x=alt.X("budget_at:Q"), y=alt.value(0), text=alt.value("your budget"))  # fmt: skip
    layers = [stairs, line, said, band, points]
    if own:
        have = base.transform_aggregate(own_at="max(own)").transform_filter("isValid(datum.own_at)")
        at = alt.Y("own_at:Q", scale=scale)
        layers.append(have.mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=ink(theme)).encode(y=at))
        layers.append(have.mark_text(align="left", baseline="bottom", dx=4, dy=-3, fontSize=12, color=ink(theme)).encode(y=at, x=alt.value(0), text=alt.value("what you have")))  # fmt: skip
    return without_data(alt.layer(*layers, *label_layers(base, x, y, theme)).properties(height=430))
