"""Where one model lies on one machine, in words a person and an engine understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from lib.architecture import Architecture
from lib.fit import Fit
from lib.sizing.demand import Request, SizingTable, sizing_table
from lib.sizing.pools import Pool, PoolSet
from lib.sizing.table import FITS, Placements, cards_needed_all, max_context_all, place_all
from lib.sizing.weights import Weights

__all__ = [
    "Fit",
    "Placement",
    "PoolUse",
    "Request",
    "cards_needed",
    "max_context",
    "place",
]

ALL_LAYERS = 999
"""`-ngl` for everything: files may hold layers that only predict ahead, which the engine counts too."""


@dataclass(frozen=True)
class PoolUse:
    """What lies in one pool, in bytes."""

    pool: Pool
    layers: int
    """Layers whose attention and dense part lie here, the output counted as one."""
    weights_bytes: int
    kv_bytes: int
    compute_bytes: int
    overhead_bytes: int
    """What driver, desktop or system keep of the pool."""
    spare_bytes: int
    bytes_read_per_token: int
    """Weights read here for one token."""


@dataclass(frozen=True)
class Placement:
    """Where a model lies.

    `fit`: "gpu" all in GPU memory · "offload" in GPU memory with offload to RAM · "cpu" runs from RAM on the
    CPU alone · "none" does not fit. For "none" the pools show the attempt, with negative spare memory where
    it failed.
    """

    fit: Fit
    gpu_layers: int
    cpu_expert_layers: int
    pools: tuple[PoolUse, ...]
    total_bytes: int
    flags: tuple[str, ...]
    """Arguments of `llama-server` that place it so."""


def place(architecture: Architecture, weights: Weights, pools: PoolSet, request: Request) -> Placement:
    """Where the model lies on the machine: one row of `place_all`. Raises ValueError as `sizing_table` does."""
    return placement_of(place_all(_one(architecture, weights), pools, request), pools, request)


def placement_of(found: Placements, pools: PoolSet, request: Request) -> Placement:
    """Where the first row of `place_all` lies."""
    fit = cast(Fit, FITS[found.fit[0]])
    all_pools = (*pools.gpus, *((pools.ram,) if pools.ram else ()))
    uses = tuple(
        PoolUse(
            pool=pool,
            layers=int(found.items[0, i]),
            weights_bytes=int(found.weights_bytes[0, i]),
            kv_bytes=int(found.kv_bytes[0, i]),
            compute_bytes=int(found.compute_bytes[0, i]),
            overhead_bytes=pool.reserved_bytes,
            spare_bytes=int(found.spare_bytes[0, i]),
            bytes_read_per_token=int(found.bytes_read[0, i]),
        )
        for i, pool in enumerate(all_pools)
    )
    gpu_layers, cpu_experts = int(found.gpu_layers[0]), int(found.cpu_expert_layers[0])
    split = () if found.balanced[0] or len(pools.gpus) < 2 else tuple(int(n) for n in found.items[0, :-1])
    return Placement(
        fit=fit,
        gpu_layers=gpu_layers,
        cpu_expert_layers=cpu_experts,
        pools=uses,
        total_bytes=int(found.total_bytes[0]),
        flags=_flags(request, ALL_LAYERS if fit == "gpu" else gpu_layers, cpu_experts, split) if fit != "none" else (),
    )


def _flags(request: Request, gpu_layers: int, cpu_expert_layers: int, split: tuple[int, ...]) -> tuple[str, ...]:
    flags = ["-ngl", str(gpu_layers)]
    if cpu_expert_layers and gpu_layers:
        flags += ["--n-cpu-moe", str(cpu_expert_layers)]
    if split and gpu_layers:
        flags += ["-ts", ",".join(map(str, split))]
    flags += ["-c", str(request.context_tokens), "-np", str(request.slots)]
    flags += ["-fa", "on" if request.flash_attention else "off"]
    if request.type_k != "f16":
        flags += ["-ctk", request.type_k]
    if request.type_v != "f16":
        flags += ["-ctv", request.type_v]
    if request.micro_batch != 512:
        flags += ["-ub", str(request.micro_batch)]
    if request.micro_batch > 2048:
        flags += ["-b", str(request.micro_batch)]
    if request.unified:
        flags += ["--kv-unified"]
    return tuple(flags)


def _one(architecture: Architecture, weights: Weights) -> SizingTable:
    return sizing_table([(architecture, weights)])


def cards_needed(
    architecture: Architecture,
    weights: Weights,
    pool: Pool,
    request: Request,
    limit: int = 64,
) -> int:
    """Smallest count of cards like `pool` on which the whole model fits; 0 where `limit` are not enough."""
    return int(cards_needed_all(_one(architecture, weights), pool, request, limit)[0])


def max_context(architecture: Architecture, weights: Weights, pools: PoolSet, request: Request) -> int:
    """Longest context in tokens (a multiple of 256, at most the model's own) that fits where the model fits now.

    0 where it does not fit now. The request's cache types and slots hold; its context says where "now" is.
    """
    return int(max_context_all(_one(architecture, weights), pools, request)[0])
