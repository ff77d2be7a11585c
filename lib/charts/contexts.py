"""Memory over contexts and cache types as stacked bars, and layer by layer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import CATEGORICAL, PARTS, Theme, haloed, ink, legend, without_data

STACKED = ("weights", "KV cache", "compute buffer", "kept by system")
LAYER_PARTS = {"attention and dense": 1.0, "experts": 0.7, "output": 1.0, "KV cache": 0.4}
"""How strongly each part of a layer is drawn."""
LAYER_POOLS = CATEGORICAL
"""Colours of the memories layers lie in, in the order the pools are listed; after the last they repeat."""


@lru_cache(maxsize=64)
def context_bars(
    contexts: tuple[str, ...], caches: tuple[str, ...], theme: Theme, *, limit_title: str
) -> dict[str, Any]:
    """Vega-Lite of stacked bars, one a context and cache type, without its data.

    Data columns: at (one of `contexts`), cache (one of `caches`), part (of `STACKED`), gb, order, end_gb
    (the whole bar), text (beside the bar, in one row of it), fit, limit_gb (same in all rows).
    """
    y = alt.Y("at:N", title="context, tokens", sort=list(contexts), scale=alt.Scale(paddingInner=0.22), axis=alt.Axis(domain=False, ticks=False))  # fmt: skip
    by_cache = alt.YOffset("cache:N", sort=list(caches), scale=alt.Scale(domain=list(caches), paddingInner=0.12))
    middle = alt.YOffset("cache:N", sort=list(caches), scale=alt.Scale(domain=list(caches), paddingInner=0.12), bandPosition=0.5)  # fmt: skip
    base = alt.Chart()
    bars = base.mark_bar().encode(
        y=y, yOffset=by_cache, x=alt.X("gb:Q", title="GB (10⁹ bytes)", stack="zero", axis=alt.Axis(gridOpacity=0.35, tickCount=10)),
        color=alt.Color("part:N", scale=alt.Scale(domain=list(STACKED), range=[PARTS[p] for p in STACKED]), legend=legend(narrow=2)),
        order=alt.Order("order:Q"),
        tooltip=[alt.Tooltip("at:N", title="context"), alt.Tooltip("cache:N", title="KV cache type"), alt.Tooltip("part:N"), alt.Tooltip("gb:Q", title="GB", format=",.2f"), alt.Tooltip("end_gb:Q", title="bar, GB", format=",.2f"), alt.Tooltip("fit:N")],
    )  # fmt: skip
    ends = base.transform_filter("datum.text != ''").transform_calculate(room="datum.end_gb * 1.35")
    words = ends.mark_text(align="left", baseline="middle", dx=5, dy=2, fontSize=11, color=ink(theme))
    text = words.encode(y=y, yOffset=middle, x=alt.X("end_gb:Q"), text=alt.Text("text:N"))
    # Nothing is drawn here: it only makes the axis long enough for the words beside the longest bar.
    room = ends.mark_point(opacity=0).encode(y=y, x=alt.X("room:Q"))
    at = base.transform_aggregate(limit_at="max(limit_gb)")
    line = at.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=ink(theme)).encode(x=alt.X("limit_at:Q"))
    said = at.mark_text(align="right", baseline="bottom", dx=-4, dy=-4, fontSize=12, fontWeight=600, color=ink(theme)).encode(x=alt.X("limit_at:Q"), y=alt.value(0), text=alt.value(limit_title))  # fmt: skip
    height = 130 + len(contexts) * (14 + 18 * len(caches))
    return without_data(alt.layer(bars, line, said, *haloed(text, theme), room).properties(height=height))


@lru_cache(maxsize=64)
def layer_bars(pools: tuple[str, ...], parts: tuple[str, ...], theme: Theme) -> dict[str, Any]:
    """Vega-Lite of what each layer takes, coloured by the memory it lies in, without its data.

    Data columns: layer (a number from 0), part (one of `parts`, of `LAYER_PARTS`), pool (one of `pools`), gb.
    The part is told by how strong the colour is.
    """
    colours = [LAYER_POOLS[i % len(LAYER_POOLS)] for i in range(len(pools))]
    base = alt.Chart()
    bars = base.mark_bar(binSpacing=0).encode(
        x=alt.X("layer:O", title="layer", axis=alt.Axis(labelOverlap=True, labelAngle=0, domain=False, ticks=False)),
        y=alt.Y("gb:Q", title="GB", stack="zero", axis=alt.Axis(gridOpacity=0.35, tickCount=5)),
        color=alt.Color("pool:N", scale=alt.Scale(domain=list(pools), range=colours), legend=legend()),
        opacity=alt.Opacity("part:N", scale=alt.Scale(domain=list(parts), range=[LAYER_PARTS[p] for p in parts], type="ordinal"), legend=legend(symbolFillColor=ink(theme), symbolStrokeWidth=0, symbolOpacity=alt.Undefined)),
        order=alt.Order("part:N"),
        tooltip=[alt.Tooltip("layer:O"), alt.Tooltip("part:N"), alt.Tooltip("pool:N", title="lies in"), alt.Tooltip("gb:Q", title="GB", format=",.3f")],
    )  # fmt: skip
    return without_data(alt.layer(bars).properties(height=320))
