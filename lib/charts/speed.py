"""How fast, and how wrong we are: measured against predicted, bytes against bandwidth, speed against depth."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import (
    BLUE,
    GREEN,
    ORANGE,
    PLUM,
    RED,
    STEPS,
    Look,
    Theme,
    faint,
    haloed,
    ink,
    legend,
    without_data,
)

KIND_LOOKS = {
    "dense model, one GPU": Look(BLUE, "circle"),
    "dense model, Apple chip": Look(GREEN, "diamond"),
    "mixture of experts, one device": Look(PLUM, "square"),
    "on the CPU": Look(RED, "triangle-up"),
    "several cards, or offload to RAM": Look(ORANGE, "triangle-down"),
}
"""By the class of the prediction, as the table prints it."""


def _encodings(kinds: tuple[str, ...]) -> tuple[alt.Color, alt.Shape]:
    names = legend(kinds, wide=3, symbolStrokeWidth=0)
    looks = list(KIND_LOOKS.values())
    return (
        alt.Color("kind:N", scale=alt.Scale(domain=list(KIND_LOOKS), range=[k.colour for k in looks]), legend=names),
        alt.Shape("kind:N", scale=alt.Scale(domain=list(KIND_LOOKS), range=[k.shape for k in looks]), legend=names),
    )


Ends = tuple[float, float]


def _axes(x: str, x_title: str, x_ends: Ends, y: str, y_title: str, y_ends: Ends) -> tuple[alt.X, alt.Y]:
    def scale(ends: Ends) -> alt.Scale:
        return alt.Scale(type="log", domain=list(ends), nice=False, padding=4)

    axis = alt.Axis(values=STEPS, format=",~g", gridOpacity=0.35)
    return (
        alt.X(f"{x}:Q", title=x_title, scale=scale(x_ends), axis=axis),
        alt.Y(f"{y}:Q", title=y_title, scale=scale(y_ends), axis=axis),
    )


def _tooltips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("model:N"), alt.Tooltip("format:N", title="quantization"), alt.Tooltip("device:N"),
        alt.Tooltip("runtime:N"), alt.Tooltip("depth:Q", title="tokens in the context", format=","),
        alt.Tooltip("measured:Q", title="measured, tokens/s", format=",.4~g"),
        alt.Tooltip("predicted_text:N", title="predicted (80 % range)"), alt.Tooltip("error:Q", title="predicted / measured - 1", format="+.0%"),
        alt.Tooltip("measured_on:N", title="measured on"), alt.Tooltip("source:N"),
    ]  # fmt: skip


def _diagonal(base: alt.Chart, x_ends: Ends, y_ends: Ends, theme: Theme, words: str) -> list[alt.Chart]:
    """The line on which both axes say the same, and what it means."""
    low, high = max(x_ends[0], y_ends[0]), min(x_ends[1], y_ends[1])
    once = base.transform_aggregate(rows="count()")
    line = once.mark_rule(strokeDash=[6, 4], strokeWidth=1.5, color=ink(theme)).encode(
        x=alt.XDatum(low), y=alt.YDatum(low), x2=alt.X2Datum(high), y2=alt.Y2Datum(high)
    )
    text = once.mark_text(align="right", baseline="bottom", dx=-14, fontSize=12, fontWeight=600, color=ink(theme)).encode(x=alt.XDatum(high * 0.7), y=alt.YDatum(high * 0.7), text=alt.value(words))  # fmt: skip
    return [line, *haloed(text, theme)]


def _marks(base: alt.Chart, x: alt.X, y: alt.Y, kinds: tuple[str, ...], theme: Theme) -> list[alt.Chart]:
    """Dots for measurements, larger ones with an outline for the essay's rows, and the names of a few of these."""
    colour, shape = _encodings(kinds)
    dots = base.mark_point(filled=True, size=42, opacity=0.5).encode(x=x, y=y, color=colour, shape=shape, tooltip=_tooltips()).transform_filter("!datum.essay")  # fmt: skip
    essay = base.mark_point(filled=True, size=170, opacity=1, stroke=ink(theme), strokeWidth=1.5).encode(x=x, y=y, color=colour, shape=shape, tooltip=_tooltips()).transform_filter("datum.essay")  # fmt: skip
    named = base.mark_text(baseline="bottom", dy=-10, fontSize=12, color=ink(theme)).encode(x=x, y=y, text=alt.Text("label:N")).transform_filter("datum.label != ''")  # fmt: skip
    return [dots, essay, *haloed(named, theme)]


@lru_cache(maxsize=64)
def predicted_measured(kinds: tuple[str, ...], theme: Theme, ends: Ends) -> dict[str, Any]:
    """Vega-Lite of measured against predicted tokens a second, without its data; both axes have the same ends.

    Data columns: predicted, measured, model, format, device, runtime, depth, predicted_text, error, measured_on,
    source, kind (a key of `KIND_LOOKS`), essay (drawn larger), label (beside the mark, or empty).
    """
    x, y = _axes("predicted", "predicted tokens/s", ends, "measured", "measured tokens/s", ends)
    base = alt.Chart()
    once = base.transform_aggregate(rows="count()")
    said: dict[str, Any] = {"fontSize": 12, "color": faint(theme)}
    upper = once.mark_text(align="left", baseline="top", dx=8, dy=6, **said).encode(x=alt.XDatum(ends[0]), y=alt.YDatum(ends[1]), text=alt.value("faster than predicted"))  # fmt: skip
    lower = once.mark_text(align="right", baseline="bottom", dx=-8, dy=-6, **said).encode(x=alt.XDatum(ends[1]), y=alt.YDatum(ends[0]), text=alt.value("slower than predicted"))  # fmt: skip
    same = _diagonal(base, ends, ends, theme, "as predicted")
    return without_data(alt.layer(*same, upper, lower, *_marks(base, x, y, kinds, theme)).properties(height=520))


@lru_cache(maxsize=64)
def bandwidth_reached(kinds: tuple[str, ...], theme: Theme, x_ends: Ends, y_ends: Ends) -> dict[str, Any]:
    """Vega-Lite of bytes read a second against the memory's bandwidth, both in GB/s, without its data.

    The limit line is tokens a second = bandwidth / bytes a token: here the diagonal, whatever the model. Data columns:
    bandwidth_gb_per_s, reached_gb_per_s, and those of `predicted_measured`.
    """
    x, y = _axes("bandwidth_gb_per_s", "bandwidth of the memory, GB/s", x_ends, "reached_gb_per_s", "tokens/s × GB read a token, GB/s", y_ends)  # fmt: skip
    base = alt.Chart()
    limit = _diagonal(base, x_ends, y_ends, theme, "limit: tokens/s = bandwidth / bytes a token")
    return without_data(alt.layer(*limit, *_marks(base, x, y, kinds, theme)).properties(height=460))


@lru_cache(maxsize=8)
def speed_by_depth(theme: Theme) -> dict[str, Any]:
    """Vega-Lite of predicted tokens a second against tokens in the context, with the range, without its data.

    Data columns: depth, decode_tok_per_s, low, high, text.
    """
    x = alt.X("depth:Q", title="tokens in the context", axis=alt.Axis(format=",.0f", tickCount=6, gridOpacity=0.35))
    y = alt.Y("decode_tok_per_s:Q", title="tokens/s", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=5, gridOpacity=0.35))  # fmt: skip
    base = alt.Chart()
    band = base.mark_area(opacity=0.18, color=BLUE).encode(x=x, y=alt.Y("low:Q"), y2=alt.Y2("high:Q"))
    line = base.mark_line(strokeWidth=2, color=BLUE).encode(x=x, y=y)
    dots = base.mark_point(filled=True, size=60, color=BLUE).encode(
        x=x, y=y, tooltip=[alt.Tooltip("depth:Q", title="tokens in the context", format=","), alt.Tooltip("text:N", title="tokens/s (80 % range)")]
    )  # fmt: skip
    return without_data(alt.layer(band, line, dots).properties(height=220))
