"""Sizes and places of many models in many formats at once.

A `SizingTable` is built once; then every question (how large at this context, where does it lie on
this machine, how long a context, how many cards) is a few array operations over all its rows.
`lib.sizing.placement` asks the same functions with one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from lib.fit import Fit
from lib.sizing.demand import Demand, Request, SizingTable, demand, sizing_table
from lib.sizing.kv_cache import CELL_STEP, Int
from lib.sizing.packing import Bool, card_buffers, engine_split, fill, holds, may_fit, offload, pack, staging, used
from lib.sizing.pools import Pool, PoolSet, Rooms

__all__ = [
    "FITS",
    "Placements",
    "Request",
    "Sizes",
    "SizingTable",
    "cards_needed_all",
    "max_context_all",
    "place_all",
    "size_all",
    "sizing_table",
]

FITS: tuple[Fit, ...] = ("none", "cpu", "offload", "gpu")
"""`fit` codes: does not fit · runs from RAM on the CPU · GPU memory with offload to RAM · all in GPU memory."""
NONE, CPU, OFFLOAD, GPU = range(4)
TRIED_AT_ONCE = ((128, 2), (32, 4), (0, 8))
"""Parts the search for the longest context cuts its range into at each step, from so many rows on."""


@dataclass(frozen=True, eq=False)
class Sizes:
    """Bytes of every row with everything on one card; `[rows]`."""

    weights_bytes: Int
    kv_bytes: Int
    compute_bytes: Int
    total_bytes: Int


def size_all(
    table: SizingTable,
    context_tokens: int,
    *,
    type_k: str = "f16",
    type_v: str = "f16",
    slots: int = 1,
    flash_attention: bool = True,
    micro_batch: int = 512,
    need: Demand | None = None,
) -> Sizes:
    """What every row takes with all layers on one card: weights + KV cache + compute buffer, in bytes.

    `weights_bytes` is what lies on the card: the input embedding stays in RAM, a tied one is there again. `need` spares
    computing what the request needs again.
    """
    if need is None:
        need = demand(table, Request(context_tokens, type_k, type_v, slots, flash_attention, micro_batch))
    kv, weights = need.kv_bytes[need.kv_of], table.layers_bytes
    compute = need.on_cards.card[need.of]
    return Sizes(weights, kv, compute, weights + kv + compute)


@dataclass(frozen=True, eq=False)
class Placements:
    """Where every row lies. Arrays `[rows]`, or `[rows, cards + 1]` per pool, the last column being RAM."""

    fit: npt.NDArray[np.int8]
    """Index into `FITS`."""
    gpu_layers: Int
    """`-ngl`: the output counts as a layer and goes first."""
    cpu_expert_layers: Int
    """`--n-cpu-moe`: the first so many layers keep their experts in RAM."""
    items: Int
    """Layers in each pool, the output counted as one; per pool."""
    balanced: Bool
    """Whether the cards hold the engine's own split, in proportion to their memory."""
    weights_bytes: Int
    kv_bytes: Int
    compute_bytes: Int
    spare_bytes: Int
    """Usable memory left, per pool; negative nowhere but where nothing fits."""
    bytes_read: Int
    """Weights read for one token, per pool; experts at the share a token uses."""

    @staticmethod
    def joined(parts: Sequence[Placements]) -> Placements:
        """The places of several tables, one after the other; all on as many cards."""
        return Placements(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Placements)))

    def take(self, rows: Int) -> Placements:
        """The places of these rows, by index."""
        return Placements(*(getattr(self, f.name)[rows] for f in fields(self)))

    @property
    def total_bytes(self) -> Int:
        """Bytes in all pools together."""
        total: Int = (self.weights_bytes + self.kv_bytes + self.compute_bytes).sum(axis=1)
        return total

    @property
    def gpu_bytes_read(self) -> Int:
        """Weights read for one token from the cards together."""
        total: Int = self.bytes_read[:, :-1].sum(axis=1)
        return total

    @property
    def ram_bytes_read(self) -> Int:
        """Weights read for one token from RAM."""
        return self.bytes_read[:, -1]


def place_all(
    table: SizingTable,
    pools: PoolSet | Rooms,
    request: Request,
    contexts: Int | None = None,
    need: Demand | None = None,
    attempt: bool = True,
    offloads: bool = True,
) -> Placements:
    """Where each row of the table lies on the machine, or on its own of as many machines as there are rows.

    In this order: everything on the cards in the engine's own split; everything on the cards in the split
    that packs best; for a model with experts, everything but the experts of the fewest first layers; as many
    of the last layers as fit, the others in RAM; all in RAM on the CPU. `contexts` `[rows]` takes the place
    of the request's context where rows differ in it. Without `attempt` a row the machine cannot hold is not laid
    out as far as it goes, which spares much work where nobody looks at it. Without `offloads` nor is one that only fits
    with a part in RAM: only what is all in GPU memory then says where it lies.
    """
    if need is None:
        need = demand(table, request, contexts)
    rooms = pools if isinstance(pools, Rooms) else Rooms.of([pools])
    cards = rooms.cards_bytes.shape[1]
    end = table.layers + 1
    bounds = np.repeat(end[None], cards + 1, axis=0).T
    cpu_experts = np.zeros(len(table), np.int64)
    balanced: Bool = np.zeros(len(table), np.bool_)
    compute = np.zeros((cards, len(table)), np.int64).T
    if cards:
        usable = np.broadcast_to(rooms.cards_bytes, (len(table), cards))
        alone, pipelined = card_buffers(need, cards)
        split = engine_split(table, rooms.cards_bytes)
        whole, anywhere = may_fit(table, rooms, need)
        left = np.flatnonzero(whole)
        fits = (used(table, need, left, split[left], cpu_experts[left]) + pipelined[left] <= usable[left]).all(axis=1)
        balanced[left[fits]] = True
        bounds[balanced], compute[balanced] = split[balanced], pipelined[balanced]
        left = left[~fits]
        for buffer in (pipelined, alone) if cards > 1 else ():  # one card has one way to hold everything
            packed = pack(table, need, left, cpu_experts[left], usable[left] - buffer[left])
            complete = packed[:, 0] == 0
            bounds[left[complete]], compute[left[complete]] = packed[complete], buffer[left[complete]]
            left = left[~complete]
        left = np.flatnonzero(bounds[:, 0] > 0)
        if rooms.ram_bytes is None:
            bounds[left], compute[left] = split[left], alone[left]
        elif offloads and len(left := left if attempt else left[anywhere[left]]):
            compute[left] = alone[left]
            compute[left, 0] = staging(table, need)[left]
            cpu_experts[left], bounds[left] = offload(table, need, left, usable[left] - compute[left])
    return _account(table, rooms, need, bounds, cpu_experts, balanced, compute)


def _account(
    table: SizingTable,
    rooms: Rooms,
    need: Demand,
    bounds: Int,
    cpu_experts: Int,
    balanced: Bool,
    compute: Int,
) -> Placements:
    """Add up what lies where, and judge it against what each pool has."""
    cards = rooms.cards_bytes.shape[1]
    of = table.sums_of
    on_cards = bounds[:, 0] <= table.layers
    whole_on_cards = (bounds[:, 0] == 0) & (cpu_experts == 0) & on_cards
    # Memory by memory, as they are added up below: a sum over two or three columns takes longer than all else.
    weights = np.zeros((cards + 1, len(table)), np.int64).T
    kv, read, buffers, items = (np.zeros_like(weights) for _ in range(4))

    at = bounds.T
    # The last card always ends with the last item.
    layer_at = np.array([*(table.layer_sums[of, b] for b in at[:-1]), table.layers_bytes]).T
    expert_at = np.array([*(table.expert_sums[of, b] for b in at[:-1]), table.experts_bytes]).T
    kept_at = np.zeros_like(expert_at)
    if cpu_experts.any():
        kept_at = np.array([table.expert_sums[of, np.minimum(b, cpu_experts)] for b in at]).T
    items[:, :-1] = np.diff(bounds, axis=1)
    weights[:, :-1] = np.diff(layer_at - kept_at, axis=1)
    cached = need.kv_bytes[need.kv_of]
    kv[:, :-1] = np.diff(np.array([*(need.kv_sums[need.kv_of, b] for b in at[:-1]), cached]).T, axis=1)
    unused = 1 - table.expert_share_used[:, None]
    read[:, :-1] = weights[:, :-1] - (np.diff(expert_at - kept_at, axis=1) * unused).astype(np.int64)
    read[:, :-1] -= np.where(bounds[:, 1:] == table.layers[:, None] + 1, table.unread_bytes[:, None], 0) * (
        items[:, :-1] > 0
    )
    buffers[:, :-1] = np.where(items[:, :-1] > 0, compute, 0)

    items[:, -1] = bounds[:, 0]
    weights[:, -1] = table.tensor_bytes - weights[:, :-1].sum(axis=1)
    if not rooms.unified:
        weights[:, -1] += np.where(on_cards, table.tied_bytes, 0)
    kv[:, -1] = cached - kv[:, :-1].sum(axis=1)
    everything = (
        table.layers_bytes
        - table.unread_bytes
        - (table.experts_bytes * unused[:, 0]).astype(np.int64)
        + table.row_bytes
    )
    read[:, -1] = everything - read[:, :-1].sum(axis=1)
    several = whole_on_cards & (np.count_nonzero(items[:, :-1], axis=1) > 1)
    host = np.where(several, need.on_cards.pipelined_host[need.of], need.on_cards.host[need.of])
    buffers[:, -1] = np.where(on_cards, host, need.on_cpu.cpu[need.of])

    used = weights + kv + buffers
    spare = np.zeros_like(used)
    spare[:, :-1] = rooms.cards_bytes - used[:, :-1]
    if rooms.ram_bytes is not None:
        spare[:, -1:] = rooms.ram_bytes - used[:, -1:]
        if rooms.unified:
            spare[:, -1] -= used[:, :-1].sum(axis=1)
    fit = np.where(whole_on_cards, GPU, np.where(on_cards, OFFLOAD, CPU))
    if rooms.ram_bytes is None:
        fit[~whole_on_cards] = NONE
    fit[(spare < 0).any(axis=1) | need.refused[need.kv_of]] = NONE
    return Placements(
        fit=fit.astype(np.int8),
        gpu_layers=np.where(on_cards, table.layers + 1 - bounds[:, 0], 0),
        cpu_expert_layers=np.where(on_cards, cpu_experts, 0),
        items=items,
        balanced=balanced,
        weights_bytes=weights,
        kv_bytes=kv,
        compute_bytes=buffers,
        spare_bytes=spare,
        bytes_read=read,
    )


def cards_needed_all(
    table: SizingTable,
    pool: Pool,
    request: Request,
    limit: int = 64,
    *,
    first_pool: Pool | None = None,
    need: Demand | None = None,
) -> Int:
    """Smallest count of cards like `pool` on which each row fits whole; 0 where `limit` cards are not enough.

    `first_pool` is the first card where a desktop keeps part of it. `need` spares computing what the request needs again.
    """
    first_room = (first_pool or pool).usable_bytes
    if need is None:
        need = demand(table, request)
    first, following = need.on_cards.card[need.of], need.on_cards.next_card[need.of]
    found = np.zeros(len(table), np.int64)
    none = np.zeros(len(table), np.int64)
    # The first card has the larger buffer: `bounds` is what the cards behind it leave.
    bounds = table.layers + 1
    room = first_room - first + (limit - 1) * np.maximum(pool.usable_bytes - following, 0)
    possible = (table.layers_bytes + need.kv_bytes[need.kv_of] <= room) & ~need.refused[need.kv_of]
    for cards in range(1, limit + 1):
        left = np.flatnonzero(possible & (found == 0))
        if not len(left):
            break
        fits = holds(table, need, left, bounds[left], none[left], first_room - first[left])
        found[left[fits]] = cards
        left = left[~fits]
        bounds[left] = fill(table, need, left, bounds[left], none[left], pool.usable_bytes - following[left])
    return found


def max_context_all(
    table: SizingTable, pools: PoolSet, request: Request, now: npt.NDArray[np.int8] | None = None
) -> Int:
    """Longest context of all slots together (a multiple of 256, at most the model's own for each) that fits where the row fits now.

    0 where the row does not fit now, or its model states no longest context. `[rows]`, in tokens. `now` is how each
    row fits at the request's context, where that is known.
    """
    held = place_all(table, pools, request, attempt=False).fit if now is None else now

    def fits(rows: Int, steps: Int) -> Bool:
        contexts = np.maximum(steps, 1) * CELL_STEP
        kept: Bool = place_all(table.take(rows), pools, request, contexts, attempt=False).fit >= held[rows]
        return kept

    # Each slot may be as long as the model was made for; the request counts the context of all slots.
    most = np.where(held > NONE, table.context_tokens * request.slots // CELL_STEP, 0)
    whole = fits(np.arange(len(table)), most)
    # What fits at the context asked for fits at every shorter one, so only longer ones are searched.
    found = np.where(whole, most, np.minimum(most, request.context_tokens // CELL_STEP))
    left = np.flatnonzero(~whole & (found < most - 1))
    below, above = found[left], most[left]
    while len(left):
        # A few rows cost little more than one, so several contexts of each are tried at once; of many, the middle.
        parts = next(parts for rows, parts in TRIED_AT_ONCE if len(left) >= rows)
        tried = below[:, None] + (above - below)[:, None] * np.arange(1, parts) // parts
        inside = fits(np.repeat(left, parts - 1), tried.ravel()).reshape(tried.shape)
        passed = (inside | (tried <= below[:, None])).cumprod(axis=1).sum(axis=1)
        edges = np.column_stack([below, tried, above])
        row = np.arange(len(left))
        below, above = edges[row, passed], edges[row, passed + 1]
        found[left] = below
        keep = below + 1 < above
        left, below, above = left[keep], below[keep], above[keep]
    return found * CELL_STEP
