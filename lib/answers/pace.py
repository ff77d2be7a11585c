"""How fast one model is on one machine, in words: generating, the wait for the first word, and what people measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.answers.machine import Rig
from lib.answers.near import nearest_measurement
from lib.answers.placed import Placed, kv_share, runtime_of, speed_text
from lib.answers.prompt import prefill
from lib.answers.sized import Rows
from lib.answers.speed import decode
from lib.answers.text import plain
from lib.catalog import Catalog
from lib.speed.prefill import first_token_seconds
from lib.speed.words import speed_word
from lib.view import View

PHRASES = {
    "slower than reading": "slower than reading",
    "reading": "about as fast as reading",
    "chat": "faster than reading",
    "comfortable": "well above reading speed",
    "agent": "fast enough for agents and reasoning",
}
"""The words of `lib.speed.words` inside a sentence."""


@dataclass(frozen=True)
class FirstWord:
    """When the first word of an answer comes, in words; empty where it is not known."""

    said: str
    why: str
    speed: str = ""
    first: str = ""


def first_word(rows: Rows, on: Placed, view: View, speed: tuple[float, float, float]) -> FirstWord:
    """When the first word of the answer comes, in words, and why that is not known."""
    tokens = np.array([view.prompt], np.int64)
    found = prefill(
        rows.table, rows.parameters_b * 1e9, rows.active_parameters, rows.moe, on.rig, on.places, tokens,
        tokens_before=view.depth, runtime=runtime_of(rows.formats[0]),
    )  # fmt: skip
    rates = [float(v[0]) for v in (found.low, found.tok_per_s, found.high)]
    if np.isnan(rates[1]):
        why = f"{found.unknown[0][:1].upper()}{found.unknown[0][1:]}."
        return FirstWord(f"when the first word of a {view.prompt:,}-token prompt comes is not known", why)
    late, likely, early = (float(first_token_seconds(view.prompt, r, s)) for r, s in zip(rates, speed, strict=True))
    first = seconds_text(early, late, likely)
    said = f"first word of a {view.prompt:,}-token prompt after {first}"
    return FirstWord(said, "", speed_text(rates[1], rates[0], rates[2]), first)


def seconds_text(early: float, late: float, likely: float | None = None) -> str:
    """A time with its range, in the unit and with the digits of its long end: `0.19 s (0.16–0.42)`, `8.3–35 min`."""
    size, unit = (1.0, "s") if late < 120 else (60.0, "min")
    digits = 2 if late / size < 0.95 else 1 if late / size < 9.5 else 0
    low, high = (f"{v / size:,.{digits}f}" for v in (early, late))
    return f"{low}–{high} {unit}" if likely is None else f"{likely / size:,.{digits}f} {unit} ({low}–{high})"


def pace_lines(catalog: Catalog, rows: Rows, on: Placed, view: View) -> list[str]:
    """Lines of markdown on the speed of the table's first row, which runs on the machine; every word ours."""
    low, middle, high = (float(v[0]) for v in (on.speed.low, on.speed.decode_tok_per_s, on.speed.high))
    if np.isnan(middle):
        return [plain(f"Its speed is not known: {on.speed.unknown[0] or 'a fact of this machine is missing'}.")]
    word = str(speed_word(middle))
    full = decode(
        rows.table, rows.active_parameters, rows.moe, on.rig, on.places, runtime=runtime_of(rows.formats[0]),
        tokens_before=view.ctx, kv_share=kv_share(rows.table, view, view.ctx),
    )  # fmt: skip
    start = f"after {view.depth:,} tokens" if view.depth else "at the start of a conversation"
    said = f"Predicted **{speed_text(middle, low, high)} tokens/s** {start}, {PHRASES.get(word, word)}; {speed_text(full.decode_tok_per_s[0], full.low[0], full.high[0])} with the context full."
    first = first_word(rows, on, view, (low, middle, high))
    opening = first.said[:1].upper() + first.said[1:]
    return [said, plain(f"{opening}."), plain(nearest_text(catalog, rows, on.rig, view))]


def nearest_text(catalog: Catalog, rows: Rows, rig: Rig, view: View) -> str:
    """The measurement on this machine most like the table's first row, or that there is none."""
    form = rows.formats[0]
    m = nearest_measurement(
        catalog, (rig.device.id,), rig.count, model_bytes=float(rows.table.file_bytes[0]), parameters=float(rows.parameters_b[0]) * 1e9,
        active_parameters=float(rows.active_parameters[0]), quantization=form, runtime=runtime_of(form), depth=float(view.depth),
    )  # fmt: skip
    if m is None:
        return f"Nobody's measurement of anything like it on {rig.device.name} is in the catalog."
    when = f", {m.measured_on}" if m.measured_on else ""
    what = f"{m.model}{f' at {m.quantization}' if m.quantization else ''}"
    return f"Nearest measured there: {m.decode_tok_per_s:,.3g} tokens/s, {what}, with {m.runtime or 'a runtime not stated'} ({catalog.cited(m.source)[0]}{when})."
