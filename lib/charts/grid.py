"""Machines × models as a heat map: hue and sign tell the fit, how strong the hue is the speed, the number says it."""

from __future__ import annotations

import json
import textwrap
from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import BLUE, GREEN, ORANGE, SLATE, SPACE, Theme, ink, legend, without_data

KINDS = {
    "all in GPU memory": (BLUE, "●"),
    "part of it in RAM": (ORANGE, "▲"),
    "from RAM, on the processor": (GREEN, "◆"),
    "does not run, or not known": (SLATE, "–"),
}
"""Hue and sign of each way a model lies on a machine, as the table prints them."""
WEAKEST, STRONGEST = 0.16, 0.5
"""How strongly a cell is coloured at `SLOWEST` and at `QUICKEST` tokens a second; words on it stay readable."""
SLOWEST, QUICKEST = 1.0, 200.0
ROW, LINE, WIDE, AROUND = 26, 14, 92, 140
"""Heights of a row and of a line of a heading in pixels, how wide a column must be for whole words, and the height of
headings and legend, which the picture's height holds too."""
HEAD_LETTERS, HEAD_LINES, TALLEST_HEAD = 15, 4, 150


@lru_cache(maxsize=64)
def machine_grid(machines: tuple[str, ...], models: tuple[str, ...], theme: Theme) -> dict[str, Any]:
    """Vega-Lite of one cell a machine and model, without its data.

    Data columns: machine (one of `machines`), model (one of `models`), kind (a key of `KINDS`), text, short (the same
    in few signs, for a phone), tok_per_s (or null), speed, fit, format, memory_gb, longest, on.
    """
    wide = f"width / {len(machines)} >= {WIDE}"
    x = alt.X("machine:N", sort=list(machines), title=None, axis=None, scale=alt.Scale(domain=list(machines), paddingInner=0.03, paddingOuter=0))  # fmt: skip
    y = alt.Y("model:N", sort=list(models), title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=alt.ExprRef(f"{SPACE} > 620 ? 230 : 112"), labelFontSize=12, labelOverlap=False, labelFlush=False), scale=alt.Scale(domain=list(models), paddingInner=0.06, paddingOuter=0))  # fmt: skip
    base = alt.Chart()
    cells = (
        base.transform_calculate(drawn=f"isValid(datum.tok_per_s) ? datum.tok_per_s : {SLOWEST}")
        .mark_rect(cornerRadius=2)
        .encode(x=x, y=y, color=_colour(), opacity=_strength(), tooltip=_tooltip())
    )
    sign = " : ".join(f"datum.kind === '{kind}' ? '{mark} '" for kind, (_, mark) in list(KINDS.items())[:-1]) + " : ''"
    words = base.mark_text(fontSize=12, color=ink(theme), text=alt.ExprRef(f"{wide} ? ({sign}) + datum.text : datum.short")).encode(x=x, y=y)  # fmt: skip
    lines = _lines(machines)
    most = max(len(found) for found in lines.values())
    heads = (
        base.transform_aggregate(rows="count()", groupby=["machine"])
        .mark_text(
            fontSize=12, fontWeight=600, color=ink(theme), lineHeight=LINE, limit=TALLEST_HEAD,
            text=alt.ExprRef(f"{wide} ? ({_chosen(lines)}) : datum.machine"), angle=alt.ExprRef(f"{wide} ? 0 : -90"),
            align=alt.ExprRef(f"{wide} ? 'center' : 'left'"), baseline=alt.ExprRef(f"{wide} ? 'top' : 'middle'"),
        )
        .encode(x=x, y=alt.value(alt.ExprRef(f"{wide} ? {-LINE * most - 6} : -6")))
    )  # fmt: skip
    return without_data(alt.layer(cells, words, heads).properties(height=ROW * len(models) + AROUND))


def _colour() -> alt.Color:
    names = legend(
        each=230, orient="bottom", symbolType="square", symbolOpacity=0.7, symbolStrokeWidth=0, labelExpr=_signed()
    )
    return alt.Color("kind:N", scale=alt.Scale(domain=list(KINDS), range=[hue for hue, _ in KINDS.values()]), legend=names)  # fmt: skip


def _strength() -> alt.Opacity:
    scale = alt.Scale(type="log", domain=[SLOWEST, QUICKEST], range=[WEAKEST, STRONGEST], clamp=True)
    return alt.Opacity("drawn:Q", scale=scale, legend=None)


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("model:N"), alt.Tooltip("on:N", title="machine"), alt.Tooltip("fit:N"), alt.Tooltip("speed:N", title="tokens/s (80 % range)"),
        alt.Tooltip("format:N", title="quantization"), alt.Tooltip("memory_gb:Q", title="memory, GB", format=",.1f"), alt.Tooltip("longest:Q", title="longest context", format=","),
    ]  # fmt: skip


def _signed() -> str:
    """The legend's words with the sign of each kind before them."""
    cases = " : ".join(f"datum.label === '{kind}' ? '{mark} ' + datum.label" for kind, (_, mark) in KINDS.items())
    return f"{cases} : datum.label"


def _lines(machines: tuple[str, ...]) -> dict[str, list[str]]:
    """Each machine's name in a few short lines."""
    return {m: textwrap.wrap(m, HEAD_LETTERS, max_lines=HEAD_LINES, placeholder=" …") or [m] for m in machines}


def _chosen(lines: dict[str, list[str]]) -> str:
    """A Vega expression for the lines of a datum's machine. Names are quoted as JSON, so none can end the text."""
    return f"{json.dumps(lines, ensure_ascii=True)}[datum.machine]"
