"""Where each row lies on one machine, and how fast it then is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lib.answers.machine import MOST_CARDS, Rig
from lib.answers.sized import Rows, request_of
from lib.answers.speed import Speeds, decode
from lib.sizing import table as sizing
from lib.sizing.demand import Demand
from lib.sizing.formats import format_of
from lib.sizing.kv_cache import kv_layer_bytes_all
from lib.sizing.pools import card_pool
from lib.view import View


@dataclass(frozen=True, eq=False)
class Placed:
    """Every row of a table on one machine."""

    rig: Rig
    places: sizing.Placements
    speed: Speeds


RUNTIMES = {"gguf": "llama.cpp", "mlx": "mlx", "exl2": "exllama", "exl3": "exllama"}
"""What runs a container; vLLM what is not named."""


def runtime_of(form: str) -> str:
    """The program a format's speed is predicted for."""
    return RUNTIMES.get(format_of(form).container, "vllm")


def placed(rows: Rows, rig: Rig, view: View, need: Demand | None = None) -> Placed:
    """Where each row lies on the machine and how fast it then is. `need` spares computing what the request needs again."""
    return timed(rows, rig, sizing.place_all(rows.table, rig.pools, request_of(view), need=need), view)


def timed(rows: Rows, rig: Rig, places: sizing.Placements, view: View) -> Placed:
    """How fast each row is where it lies."""
    return Placed(
        rig,
        places,
        decode(
            rows.table,
            rows.active_parameters,
            rows.moe,
            rig,
            places,
            runtime=runtime_of(rows.formats[0]) if rows.formats else "llama.cpp",
            tokens_before=view.depth,
            kv_share=kv_share(rows.table, view, view.depth),
        ),
    )


def kv_share(table: sizing.SizingTable, view: View, depth: int) -> np.ndarray[Any, np.dtype[np.float64]] | float:
    """The part of the cache one conversation reads for a token when `depth` tokens lie before it, `[rows]`.

    Not depth / context: layers with a sliding window are full early. Each of several conversations reads its own part.
    """
    if not depth:
        return 0.0
    asked = request_of(view)

    def cached(context: int) -> np.ndarray[Any, np.dtype[np.float64]]:
        layers = kv_layer_bytes_all(
            table.cache, context, type_k=asked.type_k, type_v=asked.type_v, flash_attention=asked.flash_attention
        )
        return np.asarray(layers.sum(axis=1)[table.cache_of], float)

    whole = cached(view.ctx)
    return np.minimum(cached(max(min(depth, view.ctx), 256)) / np.where(whole > 0, whole, 1.0), 1.0) / view.slots


def cards_needed(
    part: sizing.SizingTable, rig: Rig, request: sizing.Request, need: Demand | None = None
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many of the machine's cards hold each row; the desktop keeps part of the first one only. 0: more than we count."""
    first = rig.pools.gpus[0]
    further = replace(first, usable_bytes=card_pool("", first.total_bytes, None).usable_bytes)
    return sizing.cards_needed_all(part, further, request, MOST_CARDS, first_pool=first, need=need)


NVIDIA_ONLY = ("exl2", "exl3", "nvfp4", "bnb")


def runs_on(form: str, rig: Rig) -> bool:
    """Whether a runtime for this format runs on the machine: GGUF anywhere, MLX on Apple chips, the others on cards."""
    container, vendor, cards = format_of(form).container, rig.device.vendor, rig.device.kind in ("gpu", "accelerator")
    if container == "gguf":
        return True
    if container == "mlx":
        return vendor == "Apple"
    if container in NVIDIA_ONLY:
        return vendor == "NVIDIA" and (cards or rig.device.kind == "apu")
    return vendor in ("NVIDIA", "AMD") and cards


def band_text(low: float, high: float) -> str | None:
    """The band around a speed, rounded to what it supports; `None` where unknown."""
    if not math.isfinite(low):
        return None
    # Digits that stand in the text itself are read once, not anew for each of thousands of rows.
    return f"{low:,.0f}–{high:,.0f}" if high >= 20 else f"{low:,.1f}–{high:,.1f}"


def speed_text(speed: float, low: float, high: float) -> str:
    """A predicted speed with its band, rounded to what the band supports; empty where unknown."""
    return speed_in(band_text(low, high), speed, high)


def speed_in(band: str | None, speed: float, high: float) -> str:
    """A predicted speed with the text of its band; empty where unknown."""
    if not math.isfinite(speed):
        return ""
    return f"{speed:,.0f} ({band})" if high >= 20 else f"{speed:,.1f} ({band})"
