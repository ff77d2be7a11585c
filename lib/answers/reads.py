"""What each memory of a machine reads and computes for one token, for every row of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from lib.architecture import Architecture
from lib.sizing.table import Placements, SizingTable
from lib.sizing.weights import parameters
from lib.speed.decode import PoolRead
from lib.speed.device import DeviceFacts
from lib.speed.work import attention_flops, layer_work

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
LOOKUP_BYTES = 1 << 20
"""One row of the input embedding is looked up in RAM for each token; nothing that small takes time."""
FAR_TOKENS = 1 << 40
"""More tokens than any window holds."""
SHARED = ("weight_bytes", "layers", "kv_bytes", "expert_layers", "linear_layers", "delta_layers", "attention_flops", "routed_bytes")  # fmt: skip
"""What cards that compute every layer together have equal shares of."""


@dataclass(frozen=True, eq=False)
class Work:
    """Running sums over the layers, as in `SizingTable`: `[·, layers + 2]`; `of` and `flops_of` are each row's index.

    Models whose layers are of like kinds share them.
    """

    of: Ints
    experts: Numbers
    linear: Numbers
    delta: Numbers
    extra_norms: Bools
    flops_of: Ints
    attention_flops: Numbers

    def take(self, rows: Ints) -> Work:
        """The work of these rows, by index."""
        return replace(self, of=self.of[rows], flops_of=self.flops_of[rows])


@lru_cache(maxsize=64)
def _shapes(architectures: tuple[Architecture, ...]) -> tuple[Ints, Numbers, Bools]:
    """Index of each into what follows; running sums of layers with experts and of linear ones, `[3, ·, ·]`; extra norms."""
    longest = max((a.layers for a in architectures), default=0) + 2
    found: dict[tuple[bytes, bool], int] = {}
    sums: list[Numbers] = []
    of = np.empty(len(architectures), np.int64)
    for i, a in enumerate(architectures):
        one = layer_work(a, 1)
        kinds = np.zeros((3, longest))
        kinds[:, 1 : a.layers + 1] = one.experts, one.linear, one.delta
        of[i] = found.setdefault((kinds.tobytes(), one.extra_norms), len(found))
        if of[i] == len(sums):
            sums.append(kinds.cumsum(axis=1))
    return of, np.array(sums).reshape(-1, 3, longest).swapaxes(0, 1), np.array([norms for _, norms in found], bool)


@lru_cache(maxsize=64)
def _attention(architectures: tuple[Architecture, ...]) -> Numbers:
    """Operations of attending, a token before and at most; `[2, architectures, layers + 2]`."""
    each = np.zeros((2, len(architectures), max((a.layers for a in architectures), default=0) + 2))
    for i, a in enumerate(architectures):
        each[:, i, 1 : a.layers + 1] = attention_flops(a, 1), attention_flops(a, FAR_TOKENS)
    return each


@lru_cache(maxsize=64)
def _flops(architectures: tuple[Architecture, ...], tokens_before: int) -> Numbers:
    one, most = _attention(architectures)
    return np.asarray(np.minimum(one * tokens_before, most).cumsum(axis=1))


def work_of(table: SizingTable, tokens_before: int | Ints | Numbers = 0) -> Work:
    """What the layers of each row do for one token after `tokens_before` others (one number, or one a row).

    A layer attends to all tokens before, or to as many as its window holds: operations grow evenly up to a limit.
    """
    of, sums, norms = _shapes(table.architectures)
    flops_of = table.of
    if isinstance(tokens_before, int) and not tokens_before:
        flops, flops_of = np.zeros((1, sums.shape[2])), np.zeros_like(table.of)  # nothing to attend to
    elif isinstance(tokens_before, int):
        flops = _flops(table.architectures, tokens_before)
    else:
        one, most = _attention(table.architectures)
        flops = np.minimum(one[table.of] * tokens_before[:, None], most[table.of]).cumsum(axis=1)
        flops_of = np.arange(len(table))
    experts, linear, delta = sums
    return Work(of[table.of], experts, linear, delta, norms, flops_of, flops)


@lru_cache(maxsize=64)
def _parameters(architectures: tuple[Architecture, ...]) -> tuple[Numbers, Numbers]:
    """Active parameters of models with experts as their shapes give them (NaN for others); those only looked up."""
    active = [float(parameters(a)[1]) if a.experts is not None else np.nan for a in architectures]
    looked_up = [0.0 if a.tied_embeddings else float(a.vocabulary_size * a.hidden_size) for a in architectures]
    return np.array(active), np.array(looked_up)


def computed_parameters(table: SizingTable, active_parameters: Numbers) -> Numbers:
    """Parameters one token is multiplied with: the active ones without an input embedding that is only looked up.

    Makers round the active parameters of models with experts; there the shapes count.
    """
    active, looked_up = (values[table.of] for values in _parameters(table.architectures))
    active = np.where(np.isnan(active), active_parameters, active)
    return np.asarray(np.maximum(active - looked_up, 0.05 * active))


def reads_of(
    table: SizingTable, facts: Sequence[DeviceFacts], places: Placements, work: Work, kv_share: Numbers | float
) -> list[PoolRead]:
    """What each memory gives for one token; `facts` are of the cards in their order, then of what is behind RAM.

    RAM holds the first layers, then the cards in their order.
    """
    of, layers, sums_of = work.of, table.layers, table.sums_of
    inside = np.minimum(places.items, layers[:, None])
    order = [places.items.shape[1] - 1, *range(places.items.shape[1] - 1)]
    start: Ints = np.zeros(len(table), np.int64)
    found: dict[int, PoolRead] = {}
    for pool in order:
        if pool >= len(facts):
            continue
        end = np.minimum(start + places.items[:, pool], layers)
        # The experts of the first layers may lie in RAM while their attention is on a card.
        first = np.minimum(np.maximum(start, places.cpu_expert_layers), end)
        if pool == order[0]:
            first, last = np.zeros_like(end), np.maximum(end, np.minimum(places.cpu_expert_layers, layers))
        else:
            last = end
        routed = (table.expert_sums[sums_of, last] - table.expert_sums[sums_of, first]) * table.expert_share_used
        read = places.bytes_read[:, pool]
        found[pool] = PoolRead(
            device=facts[pool],
            weight_bytes=np.where(read > LOOKUP_BYTES, read, 0),
            layers=np.where(read > LOOKUP_BYTES, inside[:, pool], 0),
            kv_bytes=places.kv_bytes[:, pool] * kv_share,
            expert_layers=work.experts[of, last] - work.experts[of, first],
            linear_layers=work.linear[of, end] - work.linear[of, start],
            delta_layers=work.delta[of, end] - work.delta[of, start],
            attention_flops=work.attention_flops[work.flops_of, end] - work.attention_flops[work.flops_of, start],
            routed_bytes=routed,
        )
        start = end
    return [found[i] for i in sorted(found)]


def together(reads: Sequence[PoolRead]) -> list[PoolRead]:
    """The same where all cards compute every layer together: each reads an equal share of what they hold."""
    gpus = [r for r in reads if not r.device.is_processor]
    mean = {n: np.sum([np.asarray(getattr(r, n), float) for r in gpus], axis=0) / max(len(gpus), 1) for n in SHARED}
    return [r if r.device.is_processor else PoolRead(r.device, **mean) for r in reads]


def is_used(read: PoolRead) -> bool:
    return bool(np.any(np.asarray(read.weight_bytes) > 0))


def where_used(read: PoolRead, runs: Bools) -> PoolRead:
    """Rows nothing is read for get one byte, so that one unplaced model does not stop the others."""
    return replace(read, weight_bytes=np.where(runs, read.weight_bytes, 1))
