"""What many models in many formats need for one request: the arrays that `lib.sizing.table` works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.architecture import Architecture
from lib.sizing.compute import ComputeBytes, compute_bytes_all
from lib.sizing.compute_shapes import ComputeShapes, compute_shapes
from lib.sizing.kv_cache import (
    CacheShapes,
    Device,
    Int,
    cache_shapes,
    check_cache_types,
    kv_layer_bytes_all,
    refused,
)
from lib.sizing.weights import Weights


@dataclass(frozen=True)
class Request:
    """How the model is to be run. `context_tokens` is the engine's `-c`, shared by all `slots`."""

    context_tokens: int
    type_k: str = "f16"
    type_v: str = "f16"
    slots: int = 1
    flash_attention: bool = True
    micro_batch: int = 512
    unified: bool = False

    def __post_init__(self) -> None:
        check_cache_types(self.type_k, self.type_v, self.flash_attention)
        for name in ("context_tokens", "slots", "micro_batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")


class Architectures(tuple[Architecture, ...]):
    """Shapes that know their hash: to work it out anew costs more than most of what is remembered by it."""

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, eq=False)
class SizingTable:
    """Rows of (architecture, weights) as arrays, with running sums over the layers.

    In the sums `[·, items + 1]` item i is layer i and the item after the last layer is the output
    (final norm and head), as the engine counts for `-ngl`; beyond a model's last item they stay level.
    They are by far the largest arrays, so tables made of some of a table's rows share them with it.
    """

    architectures: Architectures
    of: Int
    """Index of each row's architecture; `[rows]`."""
    layers: Int
    file_bytes: Int
    tensor_bytes: Int
    input_bytes: Int
    tied_bytes: Int
    """Second copy of tied embeddings that a GPU needs as its head; `[rows]`, 0 where the head is its own."""
    sums_of: Int
    """Index of each row into the sums; `[rows]`."""
    layer_sums: Int
    expert_sums: Int
    layers_bytes: Int
    """The last of its sums: all layers and the output; `[rows]`."""
    experts_bytes: Int
    expert_share_used: npt.NDArray[np.float64]
    largest_tensor_bytes: Int
    """The largest tensor of a layer, which the first card stages when it lies in RAM (estimated)."""
    row_bytes: Int
    """One row of the input embedding."""
    unread_bytes: Int
    """Token embeddings that lie with the head but of which one token reads a row only."""
    cache_of: Int
    """Index of each row into `cache`; `[rows]`."""
    cache: CacheShapes
    compute: ComputeShapes
    context_tokens: Int
    """Longest context of each row's model; 0 where none is stated."""

    def __len__(self) -> int:
        return len(self.of)

    def take(self, rows: Int) -> SizingTable:
        """The table of these rows, by index."""
        names = (f.name for f in fields(self) if not f.name.endswith("_sums"))
        return replace(self, **{n: getattr(self, n)[rows] for n in names if isinstance(getattr(self, n), np.ndarray)})


def sizing_table(rows: Sequence[tuple[Architecture, Weights]]) -> SizingTable:
    """The table of these rows, in their order. Raises ValueError for a model whose cache cannot be sized."""
    distinct = {a: i for i, a in enumerate(dict.fromkeys(a for a, _ in rows))}
    architectures = Architectures(distinct)
    items = max((a.layers for a in architectures), default=0) + 1
    layer_sums = np.zeros((len(rows), items + 1), np.int64)
    expert_sums = np.zeros_like(layer_sums)
    for row, (a, w) in enumerate(rows):
        if len(w.layer_bytes) != a.layers:
            raise ValueError(f"weights list {len(w.layer_bytes)} layers, the architecture has {a.layers}")
        layer_sums[row, 1 : a.layers + 1] = w.layer_bytes
        layer_sums[row, a.layers + 1] = w.output_bytes
        expert_sums[row, 1 : a.layers + 1] = w.expert_bytes

    layer_sums, expert_sums = layer_sums.cumsum(axis=1), expert_sums.cumsum(axis=1)
    every = cache_shapes(architectures)
    cache, cache_of = every.distinct()
    of = np.array([distinct[a] for a, _ in rows], np.int64)

    def column(values: Sequence[int]) -> Int:
        return np.array(values, np.int64)

    return SizingTable(
        architectures=architectures,
        of=of,
        layers=column([a.layers for a, _ in rows]),
        file_bytes=column([w.file_bytes for _, w in rows]),
        tensor_bytes=column([w.tensor_bytes for _, w in rows]),
        input_bytes=column([w.input_bytes for _, w in rows]),
        tied_bytes=column([w.input_bytes if a.tied_embeddings else 0 for a, w in rows]),
        sums_of=np.arange(len(rows)),
        layer_sums=layer_sums,
        expert_sums=expert_sums,
        layers_bytes=layer_sums[:, -1].copy(),
        experts_bytes=expert_sums[:, -1].copy(),
        expert_share_used=np.array([w.expert_share_used for _, w in rows]),
        largest_tensor_bytes=column([_largest_tensor_bytes(a, w) for a, w in rows]),
        row_bytes=column([w.input_bytes // a.vocabulary_size for a, w in rows]),
        unread_bytes=column([0 if w.input_bytes or a.tied_embeddings else w.output_bytes // 2 for a, w in rows]),
        cache_of=cache_of[of],
        cache=cache,
        compute=compute_shapes(architectures, every),
        context_tokens=column([a.context_tokens or 0 for a, _ in rows]),
    )


def _largest_tensor_bytes(a: Architecture, w: Weights) -> int:
    """A third of a layer's experts (gate, up and down are alike), else one feed-forward matrix at the layer's mean."""
    if a.experts is not None:
        return int(w.expert_bytes.max(initial=0)) // 3
    width = max(a.feed_forward_size) if isinstance(a.feed_forward_size, tuple) else a.feed_forward_size or 0
    kv_heads = max(a.kv_heads) if isinstance(a.kv_heads, tuple) else a.kv_heads
    attention = 2 * (a.attention_heads + kv_heads) * a.head_dim
    return int(w.layer_bytes.max(initial=0)) * width // (3 * width + attention)


@dataclass(frozen=True, eq=False)
class Demand:
    """What a request needs besides the weights, for every row of a table."""

    kv_of: Int
    """Index of each row into the arrays on caches; `[rows]`."""
    kv_sums: Int
    """Running sums over the layers as in `SizingTable`; `[·, items + 1]`."""
    kv_bytes: Int
    """The last of them."""
    refused: npt.NDArray[np.bool_]
    """Whether the engine refuses to make the cache in the types asked for."""
    of: Int
    """Index of each row into the arrays on compute buffers; `[rows]`."""
    on_cards: ComputeBytes
    on_cpu: ComputeBytes
    """The same where no card takes part."""

    def take(self, rows: Int) -> Demand:
        """What these rows need, by index."""
        return replace(self, kv_of=self.kv_of[rows], of=self.of[rows])


def demand(table: SizingTable, request: Request, contexts: Int | None = None) -> Demand:
    """Cache and compute buffers of all rows for one request.

    `contexts` `[rows]` takes the place of the request's context where rows differ in it.
    """
    of, kv_of, cache, shapes = table.of, table.cache_of, table.cache, table.compute
    context_tokens: int | Int = request.context_tokens
    cached_tokens = context_tokens
    if contexts is not None:
        context_tokens, shapes, of = contexts, shapes.take(of), np.arange(len(of))
        # Rows of like caches are often asked about at the same context.
        most = int(contexts.max(initial=0)) + 1
        pairs, kv_of = np.unique(kv_of * most + contexts, return_inverse=True)
        cache, cached_tokens = cache.take(pairs // most), pairs % most
    kv = kv_layer_bytes_all(
        cache,
        cached_tokens,
        type_k=request.type_k,
        type_v=request.type_v,
        slots=request.slots,
        unified=request.unified,
        micro_batch=request.micro_batch,
        flash_attention=request.flash_attention,
    )
    sums = np.zeros((kv.shape[0], kv.shape[1] + 2), np.int64)
    np.cumsum(kv, axis=1, out=sums[:, 1:-1])
    sums[:, -1] = sums[:, -2]

    def compute(device: Device) -> ComputeBytes:
        return compute_bytes_all(
            shapes,
            context_tokens,
            type_k=request.type_k,
            type_v=request.type_v,
            slots=request.slots,
            unified=request.unified,
            flash_attention=request.flash_attention,
            micro_batch=request.micro_batch,
            device=device,
        )

    unable = refused(cache, request.type_k, request.type_v)
    return Demand(kv_of, sums, sums[:, -1].copy(), unable, of, compute("cuda"), compute("cpu"))
