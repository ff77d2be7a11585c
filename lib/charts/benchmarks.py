"""One benchmark as a dot a model, and two benchmarks against each other, with the levels of guessing and of people."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd

from lib.charts.frontier import label_apart, label_layers
from lib.charts.style import BLUE, ORANGE, Look, Theme, ink, legend, without_data

KINDS = {"can be downloaded": Look(BLUE, "circle"), "only to rent": Look(ORANGE, "diamond")}
"""Colour and shape of a dot, by the word the table prints."""


def _kind(present: tuple[str, ...]) -> tuple[alt.Color, alt.Shape]:
    domain, looks = list(KINDS), list(KINDS.values())
    names = legend(present, wide=2)
    return (
        alt.Color("kind:N", scale=alt.Scale(domain=domain, range=[look.colour for look in looks]), legend=names),
        alt.Shape("kind:N", scale=alt.Scale(domain=domain, range=[look.shape for look in looks]), legend=names),
    )


def _axis(field: str, title: str, lower: bool) -> dict[str, Any]:
    return {
        "shorthand": f"{field}:Q", "title": title + (" (lower is better)" if lower else ""), "scale": alt.Scale(zero=False, nice=True, padding=14),
        "axis": alt.Axis(gridOpacity=0.35, titleLimit=420, tickCount=8, format=",.4~g"),
    }  # fmt: skip


def _at(base: alt.Chart, field: str) -> alt.Chart:
    """One row with the level all rows carry in `field`, as `<field>_at`; none where it is missing."""
    # Under one name for all, two aggregates would be taken for the same.
    level: Any = {f"{field}_at": f"max({field})"}
    return base.transform_aggregate(**level).transform_filter(f"isValid(datum.{field}_at)")


def _level(base: alt.Chart, field: str, title: str, theme: Theme, *, dash: list[int], drop: int) -> list[alt.Chart]:
    """A vertical rule at the level all rows carry in `field`, named at the top."""
    at, x = _at(base, field), alt.X(f"{field}_at:Q")
    return [
        at.mark_rule(strokeDash=dash, strokeWidth=1.5, color=ink(theme)).encode(x=x),
        at.mark_text(align="left", baseline="top", dx=5, fontSize=12, fontWeight=600, color=ink(theme)).encode(
            x=x, y=alt.value(drop), text=alt.value(title)
        ),
    ]


@lru_cache(maxsize=64)
def benchmark_dots(
    title: str, kinds: tuple[str, ...], height: int, theme: Theme, *, lower: bool, interval: bool, chance_title: str, human_title: str
) -> dict[str, Any]:  # fmt: skip
    """Vega-Lite of one benchmark, a dot a model, without its data.

    Data columns: name, value, low, high, kind, text, interval, conditions, measured_by, offset (pixels from the top),
    label (the name, or empty), inward (whether the label stands left of its dot), chance and human (the same in every
    row, or missing). `chance_title` and `human_title` name the two rules; an empty one is not drawn. `height` in pixels.
    """
    head = 34  # room above the first row for the names of the rules
    x = alt.X(**_axis("value", title, lower))
    y = alt.Y("offset:Q", axis=None, scale=alt.Scale(domain=[-head, height], reverse=True, nice=False, zero=False))
    colour, shape = _kind(kinds)
    base = alt.Chart()
    dots = base.mark_point(filled=True, opacity=1).encode(
        x=x, y=y, color=colour, shape=shape, size=alt.condition("datum.label != ''", alt.value(85), alt.value(45)),
        tooltip=[
            alt.Tooltip("name:N", title="model"), alt.Tooltip("text:N", title="score"), alt.Tooltip("kind:N", title="weights"),
            alt.Tooltip("low:Q", title="interval from", format=",.4~g"), alt.Tooltip("high:Q", title="to", format=",.4~g"), alt.Tooltip("interval:N", title="it rests on"),
            alt.Tooltip("measured_by:N", title="measured by"), alt.Tooltip("conditions:N"),
        ],
    )  # fmt: skip
    layers: list[alt.Chart] = []
    if chance_title:
        layers += _level(base, "chance", chance_title, theme, dash=[2, 3], drop=0)
    if human_title:
        layers += _level(base, "human", human_title, theme, dash=[7, 4], drop=15)
    if interval:
        layers.append(
            base.mark_rule(opacity=0.45, strokeWidth=1.5)
            .encode(x=alt.X("low:Q"), x2=alt.X2("high:Q"), y=y, color=colour)
            .transform_filter("isValid(datum.low)")
        )
    sides: tuple[tuple[str, Literal["left", "right"], int, str], ...] = (
        ("datum.inward", "right", -8, "isValid(datum.low) ? datum.low : datum.value"),
        ("!datum.inward", "left", 8, "isValid(datum.high) ? datum.high : datum.value"),
    )
    names = [
        base.mark_text(align=align, baseline="middle", dx=dx, fontSize=12, color=ink(theme), limit=220)
        .encode(x=alt.X("beside:Q"), y=y, text=alt.Text("label:N"))
        .transform_filter(f"datum.label != '' && {where}")
        .transform_calculate(beside=beside)
        for where, align, dx, beside in sides
    ]
    return without_data(alt.layer(*layers, dots, *names).properties(height=height + head))


def _guessing(base: alt.Chart, theme: Theme) -> list[alt.Chart]:
    """Rules where guessing would stand on both axes, each named at its end."""
    across = _level(base, "chance_x", "guessing", theme, dash=[2, 3], drop=2)
    up, y = _at(base, "chance_y"), alt.Y("chance_y_at:Q")
    return [
        *across,
        up.mark_rule(strokeDash=[2, 3], strokeWidth=1.5, color=ink(theme)).encode(y=y),
        up.mark_text(
            align="left", baseline="bottom", dx=4, dy=-3, fontSize=12, fontWeight=600, color=ink(theme)
        ).encode(y=y, x=alt.value(4), text=alt.value("guessing")),
    ]


@lru_cache(maxsize=64)
def benchmark_scatter(
    x_title: str, y_title: str, kinds: tuple[str, ...], theme: Theme, *, x_lower: bool, y_lower: bool, chance: bool
) -> dict[str, Any]:
    """Vega-Lite of two benchmarks, a point a model with both, without its data.

    Data columns: name, kind, x, y, x_text, y_text, conditions, label, side (as `scatter_labels` gives), chosen, and
    chance_x and chance_y (the same in every row, or missing), drawn as rules with `chance`.
    """
    x, y = alt.X(**_axis("x", x_title, x_lower)), alt.Y(**_axis("y", y_title, y_lower))
    colour, shape = _kind(kinds)
    base = alt.Chart()
    points = base.mark_point(filled=True).encode(
        x=x, y=y, color=colour, shape=shape, size=alt.condition("datum.side != ''", alt.value(110), alt.value(65)),
        opacity=alt.condition("datum.side != ''", alt.value(1.0), alt.value(0.65)),
        tooltip=[
            alt.Tooltip("name:N", title="model"), alt.Tooltip("x_text:N", title=x_title), alt.Tooltip("y_text:N", title=y_title),
            alt.Tooltip("kind:N", title="weights"), alt.Tooltip("conditions:N"),
        ],
    )  # fmt: skip
    layers: list[alt.Chart] = []
    if chance:
        layers += _guessing(base, theme)
    return without_data(alt.layer(*layers, points, *label_layers(base, x, y, theme)).properties(height=460))


def scatter_labels(x: pd.Series[float], y: pd.Series[float], wanted: pd.Series[bool]) -> pd.Series[str]:
    """Where each wanted point of a linear scatter carries its name so that no two touch: "left", "right" or ""."""
    spread = max(float(np.ptp(x)), 1e-9) if len(x) else 1.0
    # `label_apart` takes the logarithm of x, so its exponential is what stands evenly.
    return label_apart(np.exp((x - x.min()) / spread), y, wanted, across=0.2, up=0.05)
