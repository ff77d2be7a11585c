"""Who is better at what: a dot with its interval for each model and benchmark, labelled."""

from __future__ import annotations

import json
import textwrap
from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import CATEGORICAL, SPACE, Theme, ink, legend, without_data

SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
COLOURS = CATEGORICAL
WIDE = f"{SPACE} > 620"
"""Whether there is room for whole names beside the lanes."""
LANE, GAP = 17, 14
"""Heights in pixels of one model's lane and of the space between two benchmarks."""


@lru_cache(maxsize=64)
def score_dots(models: tuple[str, ...], benchmarks: tuple[str, ...], theme: Theme) -> dict[str, Any]:
    """Vega-Lite of scores, one row a benchmark, in it one lane a model, without its data.

    Data columns: benchmark, model (its name), place, place_low, place_high (0 to 1 from the worst to the best
    model known; NaN for an end not known), score, text (what is printed beside the dot), interval, conditions,
    source, side ("left" or "right": where the text stands). `models` fixes colours, shapes and the order of the
    lanes, `benchmarks` that of the rows.
    """
    y = alt.Y(
        "benchmark:N",
        title=None,
        sort=list(benchmarks),
        scale=alt.Scale(domain=list(benchmarks), paddingInner=GAP / (LANE * len(models) + GAP), paddingOuter=0.1),
        axis=alt.Axis(
            labelLimit=alt.ExprRef(f"{WIDE} ? 360 : 150"),
            labelExpr=f"{WIDE} ? datum.label : {_wrapped(benchmarks, lines=2 if len(models) == 1 else 4)}[datum.label]",
            labelLineHeight=12,
            grid=True,
            gridOpacity=0.5,
            tickBand="extent",
            domain=False,
            ticks=False,
        ),
    )
    lane = alt.YOffset("model:N", sort=list(models), scale=alt.Scale(domain=list(models)))
    x = alt.X("place:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.09, 1.09]))
    # One model needs no legend: its name stands beside its first dot.
    names = legend(wide=3) if len(models) > 1 else None
    colour = alt.Color(
        "model:N", scale=alt.Scale(domain=list(models), range=list(COLOURS[: len(models)])), legend=names
    )
    tooltip = [alt.Tooltip("model:N"), alt.Tooltip("benchmark:N"), alt.Tooltip("score:Q", format=",.4~g"), alt.Tooltip("interval:N"), alt.Tooltip("conditions:N"), alt.Tooltip("source:N")]  # fmt: skip
    base = alt.Chart()
    intervals = (
        base.mark_rule(strokeWidth=3, opacity=0.55)
        .encode(y=y, yOffset=lane, x=alt.X("place_low:Q", axis=None), x2="place_high:Q", color=colour, tooltip=tooltip)
        .transform_filter("isValid(datum.place_low) && isValid(datum.place_high)")
    )
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(
        y=y, yOffset=lane, x=x, color=colour, tooltip=tooltip,
        shape=alt.Shape("model:N", scale=alt.Scale(domain=list(models), range=SHAPES[: len(models)]), legend=names),
    )  # fmt: skip
    # On a phone without the name that goes with the first score.
    said = alt.ExprRef(f"{WIDE} ? datum.text : split(datum.text, '  ')[0]")
    # Beyond the interval, so that the number never lies on it.
    texts = [
        mark.encode(y=y, yOffset=lane, x=alt.X("at:Q", axis=None), tooltip=tooltip)
        .transform_filter(f"datum.side == '{side}'")
        .transform_calculate(at=f"isValid(datum.{end}) ? datum.{end} : datum.place")
        for mark, side, end in (
            (base.mark_text(dx=8, align="left", fontSize=11, color=ink(theme), text=said), "right", "place_high"),
            (base.mark_text(dx=-8, align="right", fontSize=11, color=ink(theme), text=said), "left", "place_low"),
        )
    ]
    height = max(90, (LANE * len(models) + GAP) * len(benchmarks) + 20)
    return without_data(alt.layer(intervals, dots, *texts).properties(height=height))


def _wrapped(names: tuple[str, ...], *, lines: int) -> str:
    """A Vega object of each name in short lines. Names are quoted as JSON, so none can end the text."""
    return json.dumps({n: textwrap.wrap(n, 21, max_lines=lines, placeholder=" …") or [n] for n in names}, ensure_ascii=True)  # fmt: skip
