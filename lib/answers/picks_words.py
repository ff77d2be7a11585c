"""What a pick is said to be, to cost and to be allowed, in sentences."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from lib.answers.contexts import rise_text
from lib.answers.ladder import losses
from lib.answers.machine import Rig
from lib.answers.pace import PHRASES
from lib.answers.picks_index import TaskIndex, best_there_is, when_best
from lib.answers.picks_rules import Counted, near_points
from lib.answers.placed import band_text
from lib.answers.sized import sized_rows
from lib.catalog import Catalog
from lib.catalog.licence_answers import may_sell, may_train
from lib.fit import FIT_WORDS
from lib.quality.loss import Loss
from lib.sizing.formats import format_of
from lib.speed.words import speed_word

NOISE_POINTS = 1.0
"""Differences of tests this small, in points of per cent, are no measurable change."""
Row: TypeAlias = "pd.Series[Any]"
"""Of the candidates."""


def index_text(value: float, low: float, high: float, *, stands_in: bool = False) -> str:
    """An index with its interval: `118 ± 4`, or `104 (95–112)` where its halves differ; ≈ where the general one stands in."""
    mark = "≈ " if stands_in else ""
    below, above = round(value - low), round(high - value)
    return f"{mark}{value:.0f} ± {below}" if below == above else f"{mark}{value:.0f} ({low:.0f}–{high:.0f})"


def index_texts(rows: pd.DataFrame) -> list[str]:
    """`row_index_text` of each row: to make a row of each of thousands would cost more than all else of them."""
    told = zip(*(rows[c].tolist() for c in ("score", "score_low", "score_high", "stands_in")), strict=True)
    return [
        "not known" if pd.isna(value) else index_text(value, low, high, stands_in=bool(stands_in))
        for value, low, high, stands_in in told
    ]


def row_index_text(row: Row) -> str:
    """The index of a candidate with its interval; where it has none, that."""
    if pd.isna(row["score"]):
        return "not known"
    return index_text(row["score"], row["score_low"], row["score_high"], stands_in=bool(row["stands_in"]))


def speed_line(row: Row, made: Counted) -> str:
    """A candidate's speed with its range and how it feels."""
    if not np.isfinite(row["pace"]):
        return "speed not known on this machine"
    word, slots = str(speed_word(row["pace"])), made.view.slots
    word = PHRASES.get(word, word)
    band = band_text(row["total_low"], row["total_high"])
    speed, digits = row["total_tok_per_s"], 0 if row["total_high"] >= 20 else 1
    said = f"{speed:,.{digits}f} tokens/s ({band})"
    if slots == 1:
        return f"{said}: {word}"
    each = row["pace"]
    how = "together" if each * slots > row["decode_tok_per_s"] * 1.001 else "together, taking turns"
    return f"{said} {how}, {each:,.{0 if each >= 9.5 else 1}f} for each of {slots}: {word}"


def memory_line(row: Row, rig: Rig) -> str:
    """What of the machine's memory a candidate takes."""
    have = rig.limit_bytes / 1e9
    if row["fit_code"] == "offload":
        return f"{row['memory_gb']:,.1f} GB, {have:,.1f} of it fits in GPU memory: the rest lies in RAM"
    return f"{row['memory_gb']:,.1f} of {have:,.1f} GB: {FIT_WORDS[row['fit_code']]}"


def cost_lines(catalog: Catalog, row: Row, index: TaskIndex) -> tuple[str, ...]:
    """What the pick costs in quality against the best model there is, and what its format costs it."""
    return (_behind(catalog, row, index), format_cost(catalog, str(row["model"]), str(row["format"])))


def _behind(catalog: Catalog, row: Row, index: TaskIndex) -> str:
    best = best_there_is(catalog, index.domain)
    if best is None or pd.isna(row["score"]):
        return "It has no index, so how far it is behind the best model there is is not known."
    key, top = best
    if key == row["model"]:
        return "No model has a higher index."
    name = f"{catalog.models[key].name}, index {'≈ ' if top.stands_in else ''}{top.value:.0f}, {top.low:.0f}–{top.high:.0f}"
    less = top.value - row["score"]
    said = f"{less:.0f} point{'' if round(less) == 1 else 's'} below the best model there is ({name})"
    when = when_best(catalog, index.domain, float(row["score"]))
    return f"{said}; about where the best of {when[0][:7]} was ({when[1]})." if when else f"{said}."


def format_cost(catalog: Catalog, model_id: str, form: str) -> str:
    """What a format costs a model in quality, as measured on models like it."""
    if format_of(form).nominal_bits >= 16:
        return f"{form} is the format it was published in, or as exact."
    model, rows = catalog.models[model_id], sized_rows(catalog, (form,), (model_id,))
    if not rows.models or not model.parameters:
        return f"What {form} costs it was not measured."
    bits = 8 * float(rows.table.tensor_bytes[0]) / (rows.parameters_b[0] * 1e9)
    found = losses(catalog, model, form, bits)
    rise, points = found["perplexity"], found["accuracy"]
    if rise is None and points is None:
        return f"What {form} costs was not measured on any model near it."
    parts = [f"perplexity {rise_text(rise)}"] if rise else []
    parts += [_points(points)] if points else []
    on = ", ".join(dict.fromkeys(m for f in (rise, points) if f for m in f.measured_on))
    return f"{form} costs {' and '.join(parts)}, as measured on {on}."


def _points(found: Loss) -> str:
    low, high = -found.high, -found.low
    band = f"{low:+.1f}" if f"{low:+.1f}" == f"{high:+.1f}" else f"{low:+.1f} to {high:+.1f}"
    if max(abs(low), abs(high)) <= NOISE_POINTS:
        return f"no measurable change on tests ({band} points)"
    return f"{band} points on tests"


def licence_line(catalog: Catalog, model_id: str) -> str:
    """May it be sold with, may its output train others: the licence's answers in a line."""
    licence = catalog.licences.get(catalog.models[model_id].licence)
    if licence is None:
        return "its licence is not in the catalog"
    words = {"yes": "yes", "conditions": "under conditions", "no": "no", "unknown": "not known"}
    return f"{licence.name}; commercial use: {words[may_sell(licence)]}; its output may train others: {words[may_train(licence)]}"


def why_capable(row: Row, count: int) -> str:
    """One sentence for the first pick; `count` models suit."""
    marked = " (the index of all tasks standing in)" if row["stands_in"] else ""
    if count == 1:
        return "The only model with an index that suits this task here."
    return f"The highest index of the {count} models that suit this task here{marked}."


def why_balance(row: Row, top: Row, least: float, before: str) -> str:
    """One sentence for the best balance; `top` is the most capable pick, `before` names who won this place too."""
    said = f"{_times(row, top)}, {_points_less(row, top)}"
    if np.isfinite(row["pace"]) and row["pace"] < least:
        said += "; nothing that suits is quicker by the rule"
    return _after(before, "best balance", said)


def why_quickest(row: Row, top: Row, near: float, before: str) -> str:
    """One sentence for the quickest; `near` is how many points below the most capable still counted."""
    said = f"{_times(row, top)}, {_points_less(row, top)}"
    if near <= near_points() * 1.001:
        return _after(before, "quickest", said)
    if before:
        return f"{before} is the quickest within {near_points():.0f} points of the best; this is quicker still: {said}."
    return f"{said[:1].upper()}{said[1:]}; within {near:.0f} points, as nothing else is within {near_points():.0f}."


def _after(before: str, place: str, said: str) -> str:
    return f"{before} is also the {place}; the next is this, {said}." if before else f"{said[:1].upper()}{said[1:]}."


def _times(row: Row, top: Row) -> str:
    times = row["pace"] / top["pace"]
    if not np.isfinite(times):
        return "how much quicker than the most capable is not known"
    if 0.95 < times < 1.05:
        return "as quick as the most capable"
    return (
        f"{times:,.1f} times as quick as the most capable"
        if times > 1
        else f"{times:.2f} times the speed of the most capable"
    )


def _points_less(row: Row, top: Row) -> str:
    less = top["score"] - row["score"]
    said = f"{less:.0f} index point{'' if round(less) == 1 else 's'} less" if less >= 0.5 else "the same index"
    apart = less > np.hypot(top["score"] - top["score_low"], row["score_high"] - row["score"])
    return said if apart else f"{said}, which the intervals do not tell apart"
