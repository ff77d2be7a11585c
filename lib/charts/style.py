"""Colours, shapes, inks and words, the same in every chart.

One set of colours serves the light and the dark page: each has at least 3:1 contrast on both, and
they stay apart in normal sight and in the three kinds of colour blindness. `tests/charts/test_palette.py`
measures it. Where more kinds are told than colours can tell apart, shape and word tell them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from lib.fit import FIT_WORDS, NOT_HERE, TOO_SHORT, TOO_SLOW, UNKNOWN_SPEED, UNPAID

Theme = Literal["light", "dark"]
PAPER: dict[Theme, str] = {"light": "#ffffff", "dark": "#12151c"}
"""What charts stand on: the page's backgrounds in .streamlit/config.toml."""

BLUE, ORANGE, GREEN, PLUM, RED, SLATE = "#1e69e1", "#d2780f", "#00a587", "#964b78", "#c0362c", "#8589ad"
CATEGORICAL = (BLUE, ORANGE, GREEN, PLUM, RED, SLATE)
"""For up to six kinds, in this order; also the colours of charts that name none (.streamlit/config.toml)."""


@dataclass(frozen=True)
class Look:
    colour: str
    shape: str


LOOKS = {
    FIT_WORDS["gpu"]: Look(BLUE, "circle"),
    FIT_WORDS["cpu"]: Look(GREEN, "diamond"),
    FIT_WORDS["offload"]: Look(ORANGE, "triangle-up"),
    TOO_SLOW: Look(RED, "triangle-down"),
    TOO_SHORT: Look("#87875a", "square"),
    UNKNOWN_SPEED: Look(PLUM, "wedge"),
    NOT_HERE: Look("#78694b", "stroke"),
    UNPAID: Look("#5a7869", "arrow"),
    FIT_WORDS["none"]: Look(SLATE, "cross"),
}
"""By the fit's word, as the table and the legend print it. What runs is bright, what does not is muted."""

PARTS = {"weights": BLUE, "KV cache": ORANGE, "compute buffer": GREEN, "kept by system": PLUM}
FREE: dict[Theme, str] = {"light": "#c3c8d0", "dark": "#3a4150"}
"""Free memory is nearly the paper's colour: nothing is there, and the tick at its end says how far it goes."""


def ink(theme: Theme) -> str:
    """The colour of text in a chart."""
    return "#10131c" if theme == "light" else "#e6e8ec"


def faint(theme: Theme) -> str:
    """The colour of lines that only help the eye."""
    return "#6b7280" if theme == "light" else "#9aa1ac"


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on `colour` (`#rrggbb`)."""
    return "#ffffff" if luminance(colour) < 0.1833 else "#0b0d12"  # at 0.1833 white has 4.5:1


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 for black to 1 for white (WCAG 2.2, "relative luminance")."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


SPACE = "(containerSize()[0] || width)"
"""A Vega expression for the pixels a chart may take. What the layout depends on must ask for this: `width`, the axes'
length, follows from the layout, so that one that asked for it would change after its room was measured."""


def legend(
    present: tuple[str, ...] | None = None, *, narrow: int = 1, wide: int = 4, each: int = 170, **more: Any
) -> alt.Legend:
    """Names over the chart in the order of its marks: `wide` beside each other where there is room, on a phone `narrow`.

    `present` are the values to name; all of the scale's where it is None. `each` is the room one of them takes, in pixels.
    """
    usual: dict[str, Any] = {
        "title": None,
        "orient": "top",
        "direction": "horizontal",
        "columns": alt.ExprRef(
            f"{SPACE} > {each * wide} ? {wide} : {SPACE} > {2 * each + 80} ? {min(wide, max(narrow, 2))} : {narrow}"
        ),
        "labelLimit": 260,
        "labelFontSize": 12,
        "columnPadding": 12,
        "symbolSize": 80,
        "symbolOpacity": 1,
    }
    if present is not None:
        usual["values"] = list(present)
    return alt.Legend(**usual | more)


def fit_encodings(present: tuple[str, ...]) -> tuple[alt.Color, alt.Shape]:
    """Colour and shape by fit, with one legend for both that names only the fits `present`."""
    names = legend(present)
    return (
        alt.Color(
            "fit:N", scale=alt.Scale(domain=list(LOOKS), range=[look.colour for look in LOOKS.values()]), legend=names
        ),
        alt.Shape(
            "fit:N", scale=alt.Scale(domain=list(LOOKS), range=[look.shape for look in LOOKS.values()]), legend=names
        ),
    )


HALO = 3.5
"""Width in pixels of the paper's colour around words that lie on lines."""


def haloed(words: alt.Chart, theme: Theme) -> list[alt.Chart]:
    """A layer of words, and before it the same words in the paper's colour, so that no line crosses them."""
    under = words.copy(deep=True)
    under.mark.stroke, under.mark.strokeWidth, under.mark.strokeJoin = PAPER[theme], HALO, "round"
    under.mark.aria = False  # said once
    return [under, words]


STEPS = [step * 10.0**power for power in range(-5, 15) for step in (1, 2, 5)]
"""Ticks of a logarithmic axis: what is not between its ends is not drawn."""
GB_TICKS = "datum.value >= 1000 ? format(datum.value / 1000, ',.2~g') + ' TB' : format(datum.value, ',') + ' GB'"

# Streamlit's own grey of axes and legends has 3.7:1 on the page. A chart is built without knowing its page here, but
# Vega knows what colour it stands on.
_WORDS = {"expr": "luminance(background) > 0.5 ? '#4a5160' : '#b9bfca'"}
CONFIG: dict[str, Any] = {
    "axis": {"labelColor": _WORDS, "titleColor": _WORDS, "labelFontSize": 12, "titleFontSize": 12, "titlePadding": 8},
    "legend": {"labelColor": _WORDS, "titleColor": _WORDS},
}
"""What all charts share; anything a chart says of itself goes before it."""


def without_data(chart: alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    """The chart as a plain dictionary whose layers all read the data it will be drawn with."""
    spec: dict[str, Any] = chart.to_dict()
    spec.pop("datasets", None)
    for layer in spec["layer"]:
        if layer.get("data", {}).get("name") == "empty":  # what Altair puts where no data was given
            del layer["data"]
        # A guide that stands at no field has nothing to say to a screen reader, which would call it a nameless picture.
        if layer["mark"]["type"] == "rule" and not any("field" in channel for channel in layer["encoding"].values()):
            layer["mark"]["aria"] = False
        for channel in ("x", "y"):
            drawn = layer["encoding"].get(channel, {})
            if drawn.get("axis") and drawn.get(
                "title"
            ):  # Vega's own words name the ends, and stay when the data change
                drawn["axis"]["description"] = f"{channel.upper()}-axis: {drawn['title']}"
    spec["config"] = CONFIG
    return spec
