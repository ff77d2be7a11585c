"""Where each layer of a model lies on a machine."""

from __future__ import annotations

import pandas as pd

from lib.architecture import Architecture
from lib.sizing.kv_cache import kv_layer_bytes
from lib.sizing.placement import Placement, PoolUse
from lib.sizing.table import Request
from lib.sizing.weights import Weights


def _in_order(found: Placement) -> list[PoolUse]:
    """The pools in the order of the layers they hold: RAM has the first, then come the cards."""
    return sorted(found.pools, key=lambda use: use.pool.kind != "ram")


def layers_of(a: Architecture, size: Weights, found: Placement, request: Request) -> pd.DataFrame:
    """layer, part, pool, gb: what each layer takes and where; the output follows the last layer."""
    home = [use.pool.name for use in _in_order(found) for _ in range(use.layers)]
    cache = kv_layer_bytes(
        a, request.context_tokens, type_k=request.type_k, type_v=request.type_v, slots=request.slots,
        flash_attention=request.flash_attention,
    )  # fmt: skip
    ram = next((use.pool.name for use in found.pools if use.pool.kind == "ram"), "")
    rows = []
    for i in range(min(a.layers, len(home))):
        experts = int(size.expert_bytes[i])
        rows.append((i, "attention and dense", home[i], (int(size.layer_bytes[i]) - experts) / 1e9))
        rows.append((i, "KV cache", home[i], int(cache[i]) / 1e9))
        if experts:
            rows.append((i, "experts", ram if i < found.cpu_expert_layers else home[i], experts / 1e9))
    if len(home) > a.layers:
        rows.append((a.layers, "output", home[a.layers], size.output_bytes / 1e9))
    return pd.DataFrame(rows, columns=["layer", "part", "pool", "gb"])


def pools_of(a: Architecture, found: Placement) -> pd.DataFrame:
    """pool, layers, experts, weights_gb, kv_gb, compute_gb, kept_gb, spare_gb: one row a pool, cards first."""
    held, start = {}, 0
    for use in _in_order(found):
        held[use.pool.name] = _range(start, start + use.layers, a.layers)
        start += use.layers
    kept = found.cpu_expert_layers
    out = "" if not kept else "of layer 0" if kept == 1 else f"of layers 0–{kept - 1}"
    rows = [
        (
            use.pool.name, held[use.pool.name], out if use.pool.kind == "ram" else "", use.weights_bytes / 1e9,
            use.kv_bytes / 1e9, use.compute_bytes / 1e9, use.overhead_bytes / 1e9, use.spare_bytes / 1e9,
        )
        for use in found.pools
    ]  # fmt: skip
    columns = ["pool", "layers", "experts", "weights_gb", "kv_gb", "compute_gb", "kept_gb", "spare_gb"]
    return pd.DataFrame(rows, columns=columns)


def _range(start: int, end: int, layers: int) -> str:
    """The items from `start` to before `end` in words; the item after the last layer is the output."""
    if start == end:
        return "none"
    if start >= layers:
        return "output"
    last = min(end, layers) - 1
    return (f"{start}–{last}" if last > start else f"{start}") + (" and output" if end > layers else "")


def layers_text(pools: pd.DataFrame) -> str:
    """The picture of the layers in words."""
    said = [f"{r.pool}: layers {r.layers}{', experts ' + r.experts if r.experts else ''}" for r in pools.itertuples()]
    return "Bars of the size of every layer, coloured by the memory it lies in. " + "; ".join(said) + "."
