"""Who is better at what: a dot a model and benchmark, labelled, on a scale that need not start at zero."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import Theme, faint, ink, without_data

SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
COLOURS = ["#1a73e8", "#d97706", "#0f9b8e", "#a855b8", "#d1495b", "#7a6a00"]


@lru_cache(maxsize=64)
def score_dots(models: tuple[str, ...], benchmarks: tuple[str, ...], theme: Theme) -> dict[str, Any]:
    """Vega-Lite of scores, one line a benchmark, one dot a model, without its data.

    Data columns: benchmark, model (its name), place (0 to 1 within the benchmark's drawn range),
    score, text (the printed score), above, conditions, source. `models` fixes colours and shapes,
    `benchmarks` the order of the lines.
    """
    y = alt.Y(
        "benchmark:N",
        title=None,
        sort=list(benchmarks),
        scale=alt.Scale(domain=list(benchmarks)),
        axis=alt.Axis(
            labelLimit=alt.ExprRef("width > 520 ? 300 : 110"), grid=True, gridOpacity=0.4, domain=False, ticks=False
        ),
    )
    x = alt.X("place:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.04, 1.04]))
    scale = alt.Scale(domain=list(models), range=COLOURS[: len(models)])
    base = alt.Chart()
    span = base.mark_line(strokeWidth=1.5, color=faint(theme), opacity=0.6).encode(
        y=y, x=x, detail=alt.Detail("benchmark:N")
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        y=y, x=x,
        color=alt.Color("model:N", scale=scale, legend=alt.Legend(title=None, orient="top", direction="horizontal", columns=1, labelLimit=300)),
        shape=alt.Shape("model:N", scale=alt.Scale(domain=list(models), range=SHAPES[: len(models)])),
        tooltip=[alt.Tooltip("model:N"), alt.Tooltip("benchmark:N"), alt.Tooltip("text:N", title="score"), alt.Tooltip("conditions:N"), alt.Tooltip("source:N")],
    )  # fmt: skip
    numbers = [
        base.mark_text(dy=dy, fontSize=11, color=ink(theme))
        .encode(y=y, x=x, text=alt.Text("text:N"))
        .transform_filter(where)
        for dy, where in ((-13, "datum.above"), (14, "!datum.above"))
    ]
    return without_data(alt.layer(span, dots, *numbers).properties(height=max(160, 46 * len(benchmarks) + 60)))
