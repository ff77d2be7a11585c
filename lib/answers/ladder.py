"""The ladder of one model: every format as a step, with its size, fit, speed and measured loss of quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import numpy as np
import pandas as pd

from lib.answers.contexts import in_one_place, rise_text, subject
from lib.answers.machine import Rig
from lib.answers.placed import placed, speed_text
from lib.answers.sized import request_of, sized_rows
from lib.catalog import Catalog
from lib.catalog.schema import Model
from lib.fit import FIT_WORDS, Fit
from lib.quality.loss import Loss, Metric, cost, loss, metric_of, stand_in_ratios
from lib.sizing import table as sizing
from lib.sizing.formats import FORMATS, format_of
from lib.sizing.weights import parameters
from lib.view import View

MAIN_STEPS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K")
"""The steps most publishers offer; the others lie between them."""
REFERENCE = 16.0
"""Bits a weight that models are published in: what every loss is measured against."""
CONTAINERS = {
    "gguf": "GGUF", "mlx": "MLX", "awq": "AWQ", "gptq": "GPTQ", "fp8": "FP8", "nvfp4": "NVFP4", "bnb": "bitsandbytes",
    "exl2": "EXL2", "exl3": "EXL3", "safetensors": "safetensors",
}  # fmt: skip
LEAST_DRAWN_PERCENT = 0.01
"""Rises below this are drawn here: they are within the noise of the measurements."""
NOT_MEASURED = "not measured"


@dataclass(frozen=True, eq=False)
class Ladder:
    sentence: str
    notes: tuple[str, ...]
    steps: pd.DataFrame
    """format, container, bits, file_gb, memory_gb, fit, decode_text, rise_low, rise_high, rise_text, kl_text, points_text, measured_on."""
    drawn: pd.DataFrame
    """Steps with a measured rise of perplexity: their columns, and middle, label, main, low_bits_gb, high_bits_gb, limit_gb."""
    limit_title: str
    chart_text: str
    evidence: pd.DataFrame
    """The measured rows behind the losses: model, format, bits, test, text, quantized, unquantized, cost, conditions, measured, source, url."""


@lru_cache(maxsize=256)
def ladder(catalog: Catalog, view: View) -> Ladder:
    """The ladder of the view's model on the view's machine. Cached: treat its frames as read-only."""
    about = subject(catalog, view)
    if about.rig is None:
        return Ladder("", (), pd.DataFrame(), pd.DataFrame(), "", "", pd.DataFrame())
    steps, used = _steps(catalog, about.id, about.model, about.rig, view)
    sentence = _sentence(about.model, steps)
    return Ladder(
        sentence, _notes(catalog, steps), steps, _drawn(steps, about.rig), about.rig.limit_title,
        f"Measured rise of perplexity against memory needed, one mark a format of {about.model.name}. {sentence} The same rows are in the table below.",
        _evidence(catalog, used),
    )  # fmt: skip


def losses(catalog: Catalog, model: Model, form: str, bits: float) -> dict[Metric, Loss | None]:
    """What a format of `bits` a weight costs a model, by metric; `None` where nothing near was measured."""
    a = model.architecture
    size = (model.parameters or 0) / 1e9
    if a is None or not size:
        return {"perplexity": None, "kl-divergence": None, "accuracy": None}
    rows = catalog.quantization_loss.values()
    about: dict[str, Any] = {"name": model.name, "parameters_b": size, "experts": a.experts is not None}
    metrics: tuple[Metric, ...] = ("perplexity", "kl-divergence", "accuracy")
    return {m: loss(rows, form, bits, metric=m, **about) for m in metrics}


def _steps(catalog: Catalog, key: str, model: Model, rig: Rig, view: View) -> tuple[pd.DataFrame, list[Loss]]:
    formats = tuple(FORMATS) if view.quant in (*FORMATS, "best") else (*FORMATS, view.quant)
    rows = sized_rows(catalog, formats, (key,))
    on, request = placed(rows, rig, view), request_of(view)
    memory = in_one_place(rows.table, rig, request).total
    assert model.architecture is not None
    total, _ = parameters(model.architecture)
    made, used = [], []
    for i, form in enumerate(rows.formats):
        bits = 8 * int(rows.table.tensor_bytes[i]) / total
        kind = format_of(form)
        reference = kind.nominal_bits >= REFERENCE
        found = {} if reference else losses(catalog, model, form, bits)
        used += [f for f in found.values() if f]
        rise, kl, points = (found.get(m) for m in ("perplexity", "kl-divergence", "accuracy"))
        fit = cast(Fit, sizing.FITS[on.places.fit[i]])
        speed = on.speed
        # The speed model is of llama.cpp, which reads none of the other containers.
        predicted = (
            speed_text(speed.decode_tok_per_s[i], speed.low[i], speed.high[i])
            if kind.container == "gguf" and fit != "none"
            else ""
        )
        made.append(
            {
                "format": form, "container": CONTAINERS[kind.container], "bits": bits, "file_gb": int(rows.table.file_bytes[i]) / 1e9,
                "memory_gb": int(memory[i]) / 1e9, "fit": FIT_WORDS[fit], "decode_text": predicted,
                "rise_low": 100 * rise.low if rise else np.nan, "rise_high": 100 * rise.high if rise else np.nan,
                "rise_text": "the reference" if reference else about_text(rise, rise_text(rise)) if rise else NOT_MEASURED,
                "kl_text": "the reference" if reference else about_text(kl, _band(kl.low, kl.high, "{:.4f}")) if kl else NOT_MEASURED,
                "points_text": "the reference" if reference else _points(points) if points else NOT_MEASURED,
                "measured_on": _measured_on(rise, kl, points),
            }
        )  # fmt: skip
    frame = pd.DataFrame(made).sort_values(["container", "bits"], ascending=[True, False], kind="stable")
    first = frame["container"] == "GGUF"
    return pd.concat([frame[first], frame[~first]], ignore_index=True), used


def about_text(found: Loss, text: str) -> str:
    """The text, marked where the format lies between two measured ones."""
    return f"≈ {text}" if found.between else text


def _band(low: float, high: float, form: str) -> str:
    a, b = form.format(low), form.format(high)
    return a if a == b else f"{a} to {b}"


def _points(found: Loss) -> str:
    tests = ", ".join(dict.fromkeys(r.metric.replace("mmlu", "MMLU").replace("-pro", "-Pro").replace("openllm-v1", "Open LLM v1") for r in found.rows))  # fmt: skip
    return about_text(found, f"{_band(-found.low, -found.high, '{:+.1f}')} ({tests})")


def _measured_on(*found: Loss | None) -> str:
    names = [(f.measured_on, {"perplexity": "perplexity", "kl-divergence": "KL", "accuracy": "tests"}[f.metric]) for f in found if f]  # fmt: skip
    if len({n for n, _ in names}) == 1:
        return ", ".join(names[0][0])
    return "; ".join(f"{what}: {', '.join(models)}" for models, what in names)


def _drawn(steps: pd.DataFrame, rig: Rig) -> pd.DataFrame:
    """What the chart shows: GGUF steps with a measured band, on an axis that cannot hold zero."""
    some = steps[steps["rise_high"].notna() & (steps["container"] == "GGUF")].copy()
    some["rise_low"], some["rise_high"] = (some[c].clip(lower=LEAST_DRAWN_PERCENT) for c in ("rise_low", "rise_high"))
    some["middle"] = np.sqrt(some["rise_low"] * some["rise_high"])
    some["main"] = some["format"].isin(MAIN_STEPS)
    four = steps[(steps["container"] == "GGUF") & steps["bits"].between(4, 5)]["memory_gb"]
    return some.assign(label=some["format"].where(some["main"], ""), four_low_gb=four.min(), four_high_gb=four.max(), limit_gb=rig.limit_bytes / 1e9)  # fmt: skip


def _sentence(model: Model, steps: pd.DataFrame) -> str:
    by = steps.set_index("format")
    known = [s for s in MAIN_STEPS if s in by.index and by.loc[s, "rise_text"] != NOT_MEASURED]
    if len(known) < 2 or "Q4_K_M" not in known or known[-1] == "Q4_K_M":
        return f"Too little was measured on models like {model.name} to say where its loss begins to grow."
    top, four, low = known[0], "Q4_K_M", known[-1]

    def saved(a: str, b: str) -> str:
        return f"{by.loc[a, 'file_gb'] - by.loc[b, 'file_gb']:,.1f} GB"

    def rise(form: str) -> str:
        return str(by.loc[form, "rise_text"]).replace("+", "").replace("≈", "about")

    return (
        f"From {top} to {four} the file shrinks by {saved(top, four)}, and perplexity is then {rise(four)} above the unquantized model's; "
        f"from {four} to {low} it shrinks by {saved(four, low)} more, and perplexity is {rise(low)} above."
    )


def _notes(catalog: Catalog, steps: pd.DataFrame) -> tuple[str, ...]:
    ratios = stand_in_ratios(catalog.quantization_loss.values())
    notes = [
        "Shaded are the formats of four to five bits a weight, which the essay calls the sweet spot: judge by how steeply the line rises on either side. Both axes are logarithmic, so a straight line means that each bit saved multiplies the loss by the same factor.",
        "The loss is what was measured on the models named, not on this one where they differ; ≈ marks a format that lies between two measured ones. Perplexity is each model's own, as a rise over its unquantized self.",
    ]
    if ratios:
        notes.append(
            f"How far one model's loss stands for another's: in {len(ratios)} pairs of near models in the same format they differed by a factor of {np.median(ratios):.1f} at the median and {np.percentile(ratios, 90):.1f} in nine of ten."
        )
    if (steps["container"] != "GGUF").any():
        notes.append("Speed is predicted for GGUF alone, which is what the speed model is fitted to; the other kinds of file are sized with llama.cpp's cache and buffers.")  # fmt: skip
    return tuple(notes)


def _evidence(catalog: Catalog, used: Sequence[Loss]) -> pd.DataFrame:
    rows = []
    for row in dict.fromkeys(r for found in used for r in found.rows):
        source = catalog.source_of(row.source)
        of = cost(row)
        unit = {"perplexity": f"{100 * of:+.2f} %", "kl-divergence": f"{of:.4f} nats", "accuracy": f"{-of:+.2f} points"}[metric_of(row)]  # fmt: skip
        how = [row.conditions or "", "with an importance matrix" if row.importance_matrix else "", row.confidence + " confidence"]  # fmt: skip
        rows.append(
            (row.model, row.format, row.bits_per_weight, row.metric, row.dataset or "", row.value, row.baseline_value, unit, "; ".join(h for h in how if h), row.measured or "", source.title if source else row.source, source.url if source else "")
        )  # fmt: skip
    columns = ["model", "format", "bits", "test", "text", "quantized", "unquantized", "cost", "conditions", "measured", "source", "url"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).sort_values(["test", "model", "bits"], ascending=[True, True, False], kind="stable")  # fmt: skip
