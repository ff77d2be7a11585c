"""Where memory goes: one stacked bar a pool, with what the pool offers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import FREE, PARTS, Theme, ink, ink_on, legend, without_data


@lru_cache(maxsize=16)
def memory_bar(theme: Theme, pools: int) -> dict[str, Any]:
    """Vega-Lite of the parts of memory in each pool, without its data.

    Data columns: pool, part (a key of `PARTS`, or free), gb, order, middle (where a label stands), text
    (label or empty), total_gb (what the pool holds, same in all its rows).
    """
    y = alt.Y("pool:N", title=None, sort=None, axis=alt.Axis(labelLimit=160, domain=False, ticks=False))
    colour = alt.Color(
        "part:N",
        scale=alt.Scale(domain=[*PARTS, "free"], range=[*PARTS.values(), FREE[theme]]),
        legend=legend(narrow=2, wide=5),
    )
    base = alt.Chart()
    bars = base.mark_bar(height=26).encode(
        y=y,
        x=alt.X(
            "gb:Q",
            title="GB (10⁹ bytes)",
            stack="zero",
            axis=alt.Axis(gridOpacity=0.35, tickCount=alt.ExprRef("width / 60")),
        ),
        color=colour,
        order=alt.Order("order:Q"),
        tooltip=[alt.Tooltip("pool:N"), alt.Tooltip("part:N"), alt.Tooltip("gb:Q", title="GB", format=",.2f")],
    )
    text = (
        base.mark_text(fontSize=12, fontWeight=600)
        .encode(
            y=y,
            x=alt.X("middle:Q"),
            text=alt.Text("text:N"),
            color=_words_on_parts(),
        )
        .transform_filter("datum.text != ''")
    )
    limit = (
        base.transform_aggregate(at="max(total_gb)", groupby=["pool"])
        .mark_tick(thickness=2.5, size=38, color=ink(theme))
        .encode(y=y, x=alt.X("at:Q"), tooltip=[alt.Tooltip("at:Q", title="usable, GB", format=",.2f")])
    )
    return without_data(alt.layer(bars, text, limit).properties(height=110 + 44 * pools))


def _words_on_parts() -> Any:
    """White or black by the colour of the part the words lie on."""
    white = [part for part, colour in PARTS.items() if ink_on(colour) == "#ffffff"]
    dark = next(ink_on(colour) for part, colour in PARTS.items() if part not in white)
    return alt.when(alt.FieldOneOfPredicate("part", white)).then(alt.value("#ffffff")).otherwise(alt.value(dark))
