"""Prompt tokens a second of every row of a table, with the range around each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal

import numpy as np

from lib.answers.machine import Rig
from lib.answers.reads import work_of
from lib.answers.speed import Setting, calibration
from lib.architecture import Architecture
from lib.sizing.table import FITS, Placements, SizingTable
from lib.speed.calibration import Calibration
from lib.speed.prefill import (
    PromptCosts,
    PromptWork,
    prompt_costs,
    prompt_doubts,
    prompt_range,
    prompt_shape,
    shared_and_routed,
)

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
HALF_PRECISION_BITS = 14.0
"""Files with more bits a weight are computed as they are, without unpacking."""
_each = attrgetter(*(f.name for f in fields(PromptCosts)))
NOT_KNOWN: tuple[float, ...] = (1.0,) * len(fields(PromptCosts))
"""Stands for the costs of a setting that has none; its speeds are blank."""


@dataclass(frozen=True, eq=False)
class Prompts:
    """Prompt tokens a second, NaN where unknown; `[rows]`."""

    low: Numbers
    tok_per_s: Numbers
    high: Numbers
    unknown: tuple[str, ...]
    """Why they are unknown, where they are; one for each setting."""
    doubts: tuple[tuple[str, ...], ...]
    """Why the range is wider than usual; one for each setting."""


@lru_cache(maxsize=64)
def _shapes(architectures: tuple[Architecture, ...]) -> Numbers:
    """Experts used / experts, and parameters outside the layers; `[2, architectures]`."""
    return np.array([prompt_shape(a) for a in architectures], float).reshape(-1, 2).T


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
) -> Prompts:
    """How fast prompts of `prompt_tokens` `[rows]` are read on one machine after `tokens_before` others."""
    return prefill_in(
        [Setting(rig.facts, runtime)], table, parameters, active_parameters, moe, places, prompt_tokens, tokens_before=tokens_before
    )  # fmt: skip


def prefill_in(
    settings: Sequence[Setting],
    table: SizingTable,
    parameters: Numbers,
    active_parameters: Numbers,
    moe: Bools,
    places: Placements,
    prompt_tokens: Ints,
    *,
    tokens_before: Ints | int = 0,
    split: Literal["layer", "tensor"] = "layer",
) -> Prompts:
    """How fast prompts are read in one setting, or by each row in its own.

    A card fetches what lies in RAM for each micro-batch. NaN, with the reason in `unknown`, for processors, for cards
    of different kinds together, and where a fact of the machine is missing.
    """
    share, outside = _shapes(table.architectures)[:, table.of]
    shared, routed = shared_and_routed(parameters, active_parameters, share, outside)
    done = work_of(table, tokens_before + prompt_tokens / 2.0)
    work = PromptWork(
        shared_parameters=shared,
        routed_parameters=routed,
        expert_share=share,
        weight_bytes=table.layers_bytes.astype(float),
        layers=table.layers,
        expert_layers=done.experts[done.of, -1],
        attention_flops=done.attention_flops[done.flops_of, -1],
        host_bytes=np.maximum(places.weights_bytes[:, -1] - table.input_bytes, 0)
        * (places.fit == FITS.index("offload")),
    )
    blank = np.full(len(table), np.nan)
    try:
        known = calibration()
        found, unknown, doubts = _costs(settings, known)
        low, middle, high = prompt_range(
            found, work, moe, known, prompt_tokens=prompt_tokens, half_precision=8 * table.tensor_bytes / parameters > HALF_PRECISION_BITS,
            split=split, cards=[_cards(s) for s in settings], doubted=[len(d) for d in doubts],
        )  # fmt: skip
    except ValueError as error:
        return Prompts(blank, blank, blank, (str(error),) * len(settings), ((),) * len(settings))
    runs = (places.fit == FITS.index("gpu")) | (places.fit == FITS.index("offload"))
    told = runs & np.array([not why for why in unknown])
    low, middle, high = (np.where(told, v, np.nan) for v in (low, middle, high))
    apart = runs.tolist() if len(settings) > 1 else [bool(runs.all())]
    processor = "how fast a processor reads a prompt is not calibrated"
    why = (u or ("" if all_run else processor) for u, all_run in zip(unknown, apart, strict=True))
    return Prompts(low, middle, high, tuple(why), doubts)


def _cards(setting: Setting) -> int:
    return max(sum(not f.is_processor for f in setting.facts), 1)


def _costs(
    settings: Sequence[Setting], known: Calibration
) -> tuple[PromptCosts, tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What prompts cost, `[settings]`; why that is unknown in a setting; and why its ranges are wider.

    Raises ValueError where prompts are not calibrated.
    """
    if known.prompt is None:
        raise ValueError("prompts are not calibrated")
    table, unknown = [NOT_KNOWN] * len(settings), [""] * len(settings)
    doubts: list[tuple[str, ...]] = [()] * len(settings)
    for i, s in enumerate(settings):
        try:
            if len({f for f in s.facts if not f.is_processor}) > 1:
                raise ValueError("how fast cards of different kinds together read a prompt was not measured")
            table[i] = _each(prompt_costs(s.facts[0], known.prompt, runtime=s.runtime, backend=s.backend, build_date=s.build_date))  # fmt: skip
            doubts[i] = prompt_doubts(s.facts[0], known, runtime=s.runtime)
        except ValueError as error:
            unknown[i] = str(error)
    return PromptCosts(*np.array(table).T), tuple(unknown), tuple(doubts)
