"""A bigger model at fewer bits, or a smaller one at more? What this machine runs in each, and what the evidence allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from lib.answers.contexts import in_one_place, rise_text, subject
from lib.answers.ladder import MAIN_STEPS, NOT_MEASURED, about_text, losses
from lib.answers.placed import speed_text, timed
from lib.answers.scores import lower_is_better, rank_title, ranked_scores
from lib.answers.sized import BEST_FORMATS, Rows, request_of, rows_of, sized_rows
from lib.catalog import Catalog
from lib.quality.loss import ACCURACY, cost
from lib.sizing import table as sizing
from lib.sizing.formats import FORMATS
from lib.sizing.weights import parameters
from lib.view import View


@dataclass(frozen=True, eq=False)
class Bigger:
    sentence: str
    notes: tuple[str, ...]
    rows: pd.DataFrame
    """format, bits, model, parameters_b, score, memory_gb, decode_text, rise_text: the best model of each step."""
    rank_title: str


AT_ONCE = 256
"""Models looked at together, best first, until one of them fits."""


@lru_cache(maxsize=256)
def bigger_or_smaller(catalog: Catalog, view: View) -> Bigger:
    """The model with the highest score this machine holds, in each of the main formats. Cached: read-only.

    Holds means all of it in GPU memory, on a machine without GPU in RAM, at the view's context, which the
    model must have been made for.
    """
    title = rank_title(catalog, view.rank)
    rows = _best(catalog, view)
    return Bigger(_sentence(rows, title), _notes(catalog, title), rows, title)


def _best(catalog: Catalog, view: View) -> pd.DataFrame:
    rig = subject(catalog, view).rig
    if rig is None:
        return pd.DataFrame()
    wanted = sizing.FITS.index("gpu" if rig.pools.gpus else "cpu")
    scores, sign = ranked_scores(catalog, view.rank), -1 if lower_is_better(catalog, view.rank) else 1
    scored = [m for m in scores if (catalog.models[m].context_tokens or view.ctx) >= view.ctx]
    scored.sort(key=lambda m: (sign * scores[m].value, m), reverse=True)
    made = []
    for form in MAIN_STEPS:
        for start in range(0, len(scored), AT_ONCE):
            rows = _rows(catalog, form, tuple(scored[start : start + AT_ONCE]))
            taken = in_one_place(rows.table, rig, request_of(view))
            held = np.flatnonzero(taken.places.fit == wanted)
            if len(held):
                break
        else:
            continue
        at = int(held[0])
        # The one row there is to tell of.
        rows, memory, i = rows.take(np.array([at])), int(taken.total[at]), 0
        on = timed(rows, rig, taken.places.take(np.array([at])), view)
        model = catalog.models[rows.models[i]]
        assert model.architecture is not None  # only models with shapes are sized
        bits = 8 * int(rows.table.tensor_bytes[i]) / parameters(model.architecture)[0]
        rise = losses(catalog, model, form, bits)["perplexity"]
        told = about_text(rise, f"{rise_text(rise)} ({', '.join(rise.measured_on)})") if rise else NOT_MEASURED
        speed = speed_text(on.speed.decode_tok_per_s[i], on.speed.low[i], on.speed.high[i])
        size = (model.parameters or np.nan) / 1e9
        made.append((form, bits, model.name, size, scores[rows.models[i]].value, memory / 1e9, speed, told))
    columns = ["format", "bits", "model", "parameters_b", "score", "memory_gb", "decode_text", "rise_text"]
    return pd.DataFrame(made, columns=columns)


@lru_cache(maxsize=64)
def _rows(catalog: Catalog, form: str, models: tuple[str, ...]) -> Rows:
    """These models in one format, in their order. Formats the front page does not choose from are sized as needed."""
    if form not in BEST_FORMATS:
        return rows_of(((m, catalog.models[m]) for m in models), (form,))
    every = sized_rows(catalog, (form,))
    return every.take(np.array([every.first[m] for m in models if m in every.first], np.intp))


def _sentence(rows: pd.DataFrame, title: str) -> str:
    if len(rows) < 2:
        return "Too few models with a score fit this machine to compare a bigger one at fewer bits with a smaller one at more."
    if rows["model"].nunique() == 1:
        one = rows.iloc[0]
        return f"Here the question does not arise: of all that fit, {one['model']} has the best score on {title} in every format from {one['format']} down."
    said = []
    for model, steps in rows.groupby("model", sort=False):
        first, last = steps["format"].iloc[0], steps["format"].iloc[-1]
        where = first if first == last else f"{first} to {last}"
        said.append(f"at {where} {model} ({steps['score'].iloc[0]:,.4g})")
    return (
        f"The best score on {title} among all that fit: {'; '.join(said)}. These are scores of the unquantized models."
    )


def _notes(catalog: Catalog, title: str) -> tuple[str, ...]:
    """What the measured losses allow one to say of a bigger model at fewer bits, and what not."""
    notes = []
    for low, high, words in ((4.0, 5.0, "four to five bits"), (0.0, 3.2, "fewer than 3.2 bits")):
        found = []
        for row in catalog.quantization_loss.values():
            known = FORMATS.get(row.format)
            bits = row.bits_per_weight or (known.nominal_bits if known else None)
            if row.part == "weights" and row.metric in ACCURACY and bits is not None and low <= bits <= high:
                found.append((cost(row), row.model))
        if found:
            values, models = [v for v, _ in found], sorted({m for _, m in found})
            named = f"{len(models)} models" if len(models) > 3 else ", ".join(models)
            notes.append(
                f"Measured on MMLU, MMLU-Pro and the like, {words} cost {min(values):.1f} to {max(values):.1f} points, {np.median(values):.1f} at the median ({named})."
            )
    notes.append(
        f"What this allows: where a bigger model leads a smaller one by clearly more than was lost at four to five bits, the bigger is the better choice. What it does not: nobody measured {title} of quantized models, the losses are of other models and other tests, and long reasoning may suffer more than perplexity shows. Scores that lie close are not decided here, and below about three bits the losses are too large and too thinly measured to recommend."
    )
    return tuple(notes)
