"""Colours, shapes and inks, the same in every chart.

Fit is told by shape and word as well as colour. Each colour has at least 3:1 contrast on the
page's white and on its near-black, and the set stays apart for the common colour blindnesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from lib.fit import FIT_WORDS, NOT_HERE, TOO_SHORT, TOO_SLOW, UNKNOWN_SPEED, UNPAID

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    colour: str
    shape: str


LOOKS = {
    FIT_WORDS["gpu"]: Look("#1a73e8", "circle"),
    FIT_WORDS["cpu"]: Look("#0f9b8e", "diamond"),
    FIT_WORDS["offload"]: Look("#d97706", "triangle-up"),
    TOO_SLOW: Look("#b0574f", "triangle-down"),
    TOO_SHORT: Look("#8d7a3f", "square"),
    UNKNOWN_SPEED: Look("#7b6fb0", "wedge"),
    NOT_HERE: Look("#9a6b6b", "stroke"),
    UNPAID: Look("#7d8590", "arrow"),
    FIT_WORDS["none"]: Look("#808895", "cross"),
}
"""By the fit's word, as the table and the legend print it."""

PARTS = {
    "weights": "#1a73e8",
    "KV cache": "#d97706",
    "compute buffer": "#0f9b8e",
    "kept by system": "#a855b8",
    "free": "#c3c8d0",
}


def ink(theme: Theme) -> str:
    """The colour of text in a chart."""
    return "#31333f" if theme == "light" else "#e6e8ec"


def faint(theme: Theme) -> str:
    """The colour of lines that only help the eye."""
    return "#808895" if theme == "light" else "#9aa1ac"


def fit_encodings(present: tuple[str, ...]) -> tuple[alt.Color, alt.Shape]:
    """Colour and shape by fit, with one legend for both that names only the fits `present`."""
    legend = alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        columns=2,
        values=list(present),
        labelLimit=240,
        labelFontSize=11,
        columnPadding=8,
        symbolSize=80,
        symbolOpacity=1,
    )
    return (
        alt.Color(
            "fit:N", scale=alt.Scale(domain=list(LOOKS), range=[look.colour for look in LOOKS.values()]), legend=legend
        ),
        alt.Shape(
            "fit:N", scale=alt.Scale(domain=list(LOOKS), range=[look.shape for look in LOOKS.values()]), legend=legend
        ),
    )


GB_TICKS = "datum.value >= 1000 ? format(datum.value / 1000, ',') + ' TB' : format(datum.value, ',') + ' GB'"


def without_data(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The chart as a plain dictionary whose layers all read the data it will be drawn with."""
    spec: dict[str, Any] = chart.to_dict()
    spec.pop("datasets", None)
    for layer in spec["layer"]:
        if layer.get("data", {}).get("name") == "empty":  # what Altair puts where no data was given
            del layer["data"]
    return spec
