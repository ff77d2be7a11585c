"""Prompt tokens a second of every row of a table on one machine, with the range around each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from lib.answers.machine import Rig
from lib.answers.speed import calibration
from lib.architecture import Architecture
from lib.sizing.table import FITS, Placements, SizingTable
from lib.speed.prefill import PromptWork, prefill_tok_per_s, prompt_doubts, prompt_work

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
HALF_PRECISION_BITS = 14.0
"""Files with more bits a weight are computed as they are, without unpacking."""


@dataclass(frozen=True, eq=False)
class Prompts:
    """Prompt tokens a second, NaN where unknown; `[rows]`."""

    low: Numbers
    tok_per_s: Numbers
    high: Numbers
    unknown: str = ""
    """Why they are unknown, where they are."""
    doubts: tuple[str, ...] = ()
    """Why the range is wider than usual."""


@lru_cache(maxsize=16384)
def _shape(a: Architecture, total: float, active: float, prompt_tokens: float, before: float) -> PromptWork:
    return prompt_work(
        a, total_parameters=total, active_parameters=active, weight_bytes=0.0, prompt_tokens=prompt_tokens, tokens_before=before
    )  # fmt: skip


def prefill(
    table: SizingTable,
    parameters: Numbers,
    active_parameters: Numbers,
    moe: Bools,
    rig: Rig,
    places: Placements,
    prompt_tokens: Ints,
    *,
    tokens_before: Ints | int = 0,
    runtime: str = "llama.cpp",
    backend: str | None = None,
    build_date: str | None = None,
    split: Literal["layer", "tensor"] = "layer",
) -> Prompts:
    """How fast prompts of `prompt_tokens` `[rows]` are read after `tokens_before` others.

    A card fetches what lies in RAM for each micro-batch. NaN, with the reason in `unknown`, for processors, for cards
    of different kinds together, and where a fact of the machine is missing.
    """
    blank = np.full(len(table), np.nan)
    gpus = [f for f in rig.facts if not f.is_processor]
    if len(set(gpus)) > 1:
        return Prompts(blank, blank, blank, "how fast cards of different kinds together read a prompt was not measured")
    before = np.broadcast_to(np.asarray(tokens_before), prompt_tokens.shape)
    shapes = [
        _shape(table.architectures[a], *map(float, row))
        for a, *row in zip(table.of, parameters, active_parameters, prompt_tokens, before, strict=True)
    ]
    inside = {f.name: np.array([getattr(s, f.name) for s in shapes], float) for f in fields(PromptWork)}
    away = np.maximum(places.weights_bytes[:, -1] - table.input_bytes, 0) * (places.fit == FITS.index("offload"))
    work = PromptWork(**inside | {"weight_bytes": table.layer_sums[:, -1].astype(float), "host_bytes": away})
    bits = 8 * table.tensor_bytes / parameters
    try:
        low, middle, high = prefill_tok_per_s(
            rig.facts[0], active_parameters, moe, calibration(), work=work, prompt_tokens=prompt_tokens, runtime=runtime, backend=backend,
            build_date=build_date, half_precision=bits > HALF_PRECISION_BITS, split=split, cards=max(len(gpus), 1),
        )  # fmt: skip
    except ValueError as error:
        return Prompts(blank, blank, blank, str(error))
    runs = (places.fit == FITS.index("gpu")) | (places.fit == FITS.index("offload"))
    low, middle, high = (np.where(runs, v, np.nan) for v in (low, middle, high))
    doubts = prompt_doubts(rig.facts[0], calibration(), runtime=runtime)
    return Prompts(
        low, middle, high, "" if runs.all() else "how fast a processor reads a prompt is not calibrated", doubts
    )
