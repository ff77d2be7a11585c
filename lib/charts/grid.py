"""Machines × models as a heat map: hue and sign tell the fit, how strong the hue is the speed, the number says it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair as alt

from lib.charts.style import Theme, faint, ink, without_data

KINDS = {
    "all in GPU memory": ("#1a73e8", "●"),
    "part of it in RAM": ("#d97706", "▲"),
    "from RAM, on the processor": ("#0f9b8e", "◆"),
    "does not run, or not known": ("#808895", "–"),
}
"""Hue and sign of each way a model lies on a machine, as the table prints them."""
WEAKEST, STRONGEST = 0.14, 0.5
"""How strongly a cell is coloured at `SLOWEST` and at `QUICKEST` tokens a second; words on it stay readable."""
SLOWEST, QUICKEST = 1.0, 200.0
ROW, HEAD, NARROW = 26, 64, 46
"""Height of a row and of the headings in pixels, and how wide a column must be for whole words."""


@lru_cache(maxsize=64)
def machine_grid(machines: tuple[str, ...], models: tuple[str, ...], theme: Theme) -> dict[str, Any]:
    """Vega-Lite of one cell a machine and model, without its data.

    Data columns: machine (one of `machines`), model (one of `models`), kind (a key of `KINDS`), text, short (the same
    in few signs, for a phone), tok_per_s (or null), speed, fit, format, memory_gb, longest, on.
    """
    wide = f"width / {len(machines)} >= {NARROW * 2}"
    x = alt.X("machine:N", sort=list(machines), title=None, axis=None, scale=alt.Scale(paddingInner=0.03, paddingOuter=0))  # fmt: skip
    y = alt.Y("model:N", sort=list(models), title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=alt.ExprRef("width > 420 ? 230 : 120")), scale=alt.Scale(paddingInner=0.06, paddingOuter=0))  # fmt: skip
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(KINDS), range=[hue for hue, _ in KINDS.values()]),
        legend=alt.Legend(title=None, orient="bottom", direction="horizontal", columns=2, labelLimit=230, symbolType="square", symbolOpacity=0.6, symbolStrokeWidth=0, labelExpr=_signed()),
    )  # fmt: skip
    base = alt.Chart()
    tooltip = [
        alt.Tooltip("model:N"), alt.Tooltip("on:N", title="machine"), alt.Tooltip("fit:N"), alt.Tooltip("speed:N", title="tokens/s (80 % range)"),
        alt.Tooltip("format:N", title="quantization"), alt.Tooltip("memory_gb:Q", title="memory, GB", format=",.1f"), alt.Tooltip("longest:Q", title="longest context", format=","),
    ]  # fmt: skip
    strength = alt.Opacity("drawn:Q", scale=alt.Scale(type="log", domain=[SLOWEST, QUICKEST], range=[WEAKEST, STRONGEST], clamp=True), legend=None)  # fmt: skip
    cells = (
        base.transform_calculate(drawn=f"isValid(datum.tok_per_s) ? datum.tok_per_s : {SLOWEST}")
        .mark_rect(cornerRadius=2)
        .encode(x=x, y=y, color=colour, opacity=strength, tooltip=tooltip)
    )
    sign = " : ".join(f"datum.kind === '{kind}' ? '{mark}'" for kind, (_, mark) in KINDS.items()) + " : ''"
    nowhere = list(KINDS)[-1]
    words = (
        base.transform_calculate(
            sign=sign,
            said=f"datum.kind === '{nowhere}' ? datum.text : (datum.tok_per_s === null ? 'runs' : datum.text)",
        )
        .mark_text(fontSize=12, color=ink(theme), text=alt.ExprRef(f"{wide} ? (datum.kind === '{nowhere}' ? '' : datum.sign + ' ') + datum.said : datum.short"))
        .encode(x=x, y=y)
    )  # fmt: skip
    heads = (
        base.transform_aggregate(rows="count()", groupby=["machine"])
        .transform_calculate(lines="split(datum.machine, /(?<=,) | \\(/)")
        .mark_text(fontSize=12, fontWeight=600, color=ink(theme), baseline="bottom", text=alt.ExprRef(f"{wide} ? datum.machine : datum.machine"))
        .encode(x=x, y=alt.value(-6))
    )  # fmt: skip
    own = base.transform_filter(f"datum.machine === {machines[0]!r}").mark_rule(strokeWidth=2, color=faint(theme)).encode(x=x, y=alt.value(0))  # fmt: skip
    del own
    return without_data(alt.layer(cells, words, heads).properties(height=ROW * len(models)))


def _signed() -> str:
    """The legend's words with the sign of each kind before them."""
    cases = " : ".join(f"datum.label === '{kind}' ? '{mark} ' + datum.label" for kind, (_, mark) in KINDS.items())
    return f"{cases} : datum.label"
