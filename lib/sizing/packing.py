"""Laying the layers of many models on the cards of one machine, all rows at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lib.sizing.compute import ComputeBytes
from lib.sizing.demand import Demand, SizingTable
from lib.sizing.kv_cache import Int
from lib.sizing.pools import Rooms

Bool = npt.NDArray[np.bool_]


def may_fit(table: SizingTable, rooms: Rooms, need: Demand) -> tuple[Bool, Bool]:
    """Whether each row may lie whole on the cards, and on the machine at all, going by the sum of its bytes.

    No is certain. With one card so is yes, for the first; with more a layer may be too large for what each has left.
    """
    cache, cards = need.kv_bytes[need.kv_of], rooms.cards_bytes.shape[1]
    whole: Bool = np.zeros(len(table), np.bool_)
    if cards:
        least = np.minimum(*_buffers(need.on_cards, cards))
        if len(rooms.cards_bytes) > 1:
            left = np.maximum(rooms.cards_bytes - least[need.of], 0).sum(axis=1)
        else:  # once a model, not once a row
            left = np.maximum(rooms.cards_bytes - least, 0).sum(axis=1)[need.of]
        whole = table.layers_bytes + cache <= left
    if rooms.ram_bytes is None:
        return whole, whole
    # Unified memory is a part of RAM, not beside it.
    room = rooms.ram_bytes[:, 0] + (0 if rooms.unified else rooms.cards_bytes.sum(axis=1))
    return whole, table.tensor_bytes + cache <= room


def costs(table: SizingTable, need: Demand, rows: Int, cpu_experts: Int) -> Callable[[Int], Int]:
    """Bytes on cards of the items before a given one of each row, the experts of the first `cpu_experts` layers left out."""
    # Flat indexes, and nothing of experts where none are kept out: this is asked at every step of every bisection.
    layer_sums, kv_sums, expert_sums = table.layer_sums.ravel(), need.kv_sums.ravel(), table.expert_sums.ravel()
    of_layers, of_kv = table.sums_of[rows] * table.layer_sums.shape[1], need.kv_of[rows] * need.kv_sums.shape[1]
    kept_out = bool(cpu_experts.any())

    def cost(item: Int) -> Int:
        before: Int = layer_sums.take(of_layers + item) + kv_sums.take(of_kv + item)
        return before - expert_sums.take(of_layers + np.minimum(item, cpu_experts)) if kept_out else before

    return cost


def fill(table: SizingTable, need: Demand, rows: Int, end: Int, cpu_experts: Int, room: Int) -> Int:
    """First item of the longest run ending before `end` that fits into `room`: a bisection of the running sums."""
    cost = costs(table, need, rows, cpu_experts)
    low, high = np.zeros_like(end), end.copy()
    bar = cost(end) - room
    for _ in range(int(end.max(initial=0)).bit_length()):
        middle = (low + high) >> 1
        fits = cost(middle) >= bar
        high = np.where(fits, middle, high)
        low = np.where(fits, low, np.minimum(middle + 1, high))
    return high


def pack(table: SizingTable, need: Demand, rows: Int, cpu_experts: Int, rooms: Int) -> Int:
    """Bounds `[rows, cards + 1]` of each card's items when cards are filled from the last one backwards."""
    cards = rooms.shape[1]
    bounds = np.empty((len(rows), cards + 1), np.int64)
    bounds[:, cards] = table.layers[rows] + 1
    for card in reversed(range(cards)):
        bounds[:, card] = fill(table, need, rows, bounds[:, card + 1], cpu_experts, rooms[:, card])
    return bounds


def packs(table: SizingTable, need: Demand, rows: Int, cpu_experts: Int, rooms: Int) -> npt.NDArray[np.bool_]:
    """Whether the first card is left no more than it holds when the others are filled from the last one backwards."""
    left = table.layers[rows] + 1
    for card in reversed(range(1, rooms.shape[1])):
        left = fill(table, need, rows, left, cpu_experts, rooms[:, card])
    return holds(table, need, rows, left, cpu_experts, rooms[:, 0])


def holds(table: SizingTable, need: Demand, rows: Int, end: Int, cpu_experts: Int, room: Int) -> npt.NDArray[np.bool_]:
    """Whether all items before `end` fit into `room`: where `fill` starts at the first one, without the bisection."""
    fits: npt.NDArray[np.bool_] = (costs(table, need, rows, cpu_experts)(end) <= room) | (end == 0)
    return fits


def card_buffers(need: Demand, cards: int) -> tuple[Int, Int]:
    """Compute buffer of each card `[rows, cards]`, without and with pipelining (which one card has not)."""
    alone, pipelined = _buffers(need.on_cards, cards)
    return alone[need.of], pipelined[need.of]


def _buffers(c: ComputeBytes, cards: int) -> tuple[Int, Int]:
    """The same for each of the demand's buffers, whatever the rows; `[·, cards]`."""
    if cards == 1:
        return c.card[:, None], c.card[:, None]
    alone = np.array([c.card] + [c.next_card] * (cards - 1)).T
    between = [c.next_pipelined_card] * (cards - 2)
    return alone, np.array([c.pipelined_card, *between, c.last_pipelined_card]).T


def staging(table: SizingTable, need: Demand) -> Int:
    """Compute buffer of the first card `[rows]` when layers or experts lie in RAM."""
    return need.on_cards.take(need.of).staging_card(table.largest_tensor_bytes)


def engine_split(table: SizingTable, cards_bytes: Int) -> Int:
    """Bounds `[rows, cards + 1]` of the engine's own split: items in proportion to each card's free memory.

    `cards_bytes` `[1 or rows, cards]` is what the cards have, of one machine or of one a row.
    """
    shares = np.cumsum(cards_bytes, axis=1, dtype=np.float32)
    shares /= np.maximum(shares[:, -1:], np.float32(1))  # cards too small for even the driver have nothing to share
    # Once for each length of model and machine: the rows of one machine are of few lengths.
    machine = np.arange(len(table)) if len(cards_bytes) > 1 else np.zeros(len(table), np.int64)
    most = int(table.layers.max(initial=0)) + 2
    pairs, inverse = np.unique(machine * most + table.layers + 1, return_inverse=True)
    shares, counts = shares[pairs // most], pairs % most
    position = np.arange(int(counts.max(initial=1)), dtype=np.float32) / counts[:, None].astype(np.float32)
    bounds = np.zeros((len(counts), cards_bytes.shape[1] + 1), np.int64)
    for card in range(cards_bytes.shape[1] - 1):
        bounds[:, card + 1] = (position < shares[:, card, None]).sum(axis=1)
    bounds[:, -1] = counts
    return bounds[inverse]


def used(table: SizingTable, need: Demand, rows: Int, bounds: Int, cpu_experts: Int) -> Int:
    """Weights and cache on each card, `[rows, cards]`."""
    at = np.stack([*map(costs(table, need, rows, cpu_experts), bounds.T)], axis=1)
    return np.diff(at, axis=1)


def offload(table: SizingTable, need: Demand, rows: Int, rooms: Int) -> tuple[Int, Int]:
    """The fewest layers whose experts must stay in RAM, and the bounds of the cards then; `[rows]`, `[rows, cards + 1]`.

    Where even all experts in RAM leave too much, the first layers stay there whole.
    """
    kept = np.zeros(len(rows), np.int64)
    mixed = np.flatnonzero(table.experts_bytes[rows] > 0)
    low, high = kept[mixed], table.layers[rows[mixed]]
    for _ in range(int(high.max(initial=0)).bit_length()):
        middle = (low + high) >> 1
        fits = packs(table, need, rows[mixed], middle, rooms[mixed])
        high = np.where(fits, middle, high)
        low = np.where(fits, low, np.minimum(middle + 1, high))
    kept[mixed] = high
    return kept, pack(table, need, rows, kept, rooms)
