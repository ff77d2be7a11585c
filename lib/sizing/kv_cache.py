"""Bytes an engine keeps of the past: keys, values and recurrent states.

The rules are those of llama.cpp (see `ENGINE`), found in its cache classes (`llama-kv-cache*`,
`llama-memory-recurrent`, `llama-hparams`) and exact on its own allocations. One set of formulas
serves a single model and a whole table: every function works on arrays `[models, layers]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Literal, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from lib.architecture import Architecture, LayerKind

ENGINE = "llama.cpp b11434"
"""The build whose rules these are; sizes of other builds differ in the compute buffer."""

CacheType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"]
Device = Literal["cpu", "cuda"]
Int = npt.NDArray[np.int64]

CACHE_BLOCKS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "f32": (1, 4),
        "f16": (1, 2),
        "bf16": (1, 2),
        "q8_0": (32, 34),
        "q5_1": (32, 24),
        "q5_0": (32, 22),
        "q4_1": (32, 20),
        "q4_0": (32, 18),
        "iq4_nl": (32, 18),
    }
)
"""Elements and bytes of one block of each type a cache may have."""

CELL_STEP = 256
"""A cache has a multiple of this many cells."""
CUDA_ROW_ELEMENTS = 512
"""CUDA buffers pad the last row of a quantized tensor to a multiple of this many elements."""
CUDA_ALIGNMENT = 128
"""Bytes every tensor in a CUDA buffer is rounded up to."""

WINDOW_UNUSED = frozenset(
    {
        "llama",
        "mistral",
        "mixtral",
        "phi3",
        "phimoe",
        "qwen2",
        "qwen2_moe",
        "qwen3",
        "qwen3_moe",
    }
)
"""Families whose configuration may name a window that this engine does not apply (it caches every token)."""
LATENT_EXPANDED = frozenset({"minicpm3"})
"""Families with latent attention whose keys and values this engine caches expanded, head by head."""
STATE_BESIDE_ATTENTION = frozenset({"falcon_h1"})
"""Families in which every layer has both attention and a state-space branch."""


class CacheOptions(TypedDict, total=False):
    """How a cache is kept, with the defaults of `llama-server -np 1`."""

    type_k: str
    """One of `CACHE_BLOCKS`; f16 by default, as is `type_v`."""
    type_v: str
    slots: int
    """Sequences that share the context; 1 by default."""
    unified: bool
    """One stream of cells for all slots instead of a part for each; off by default."""
    micro_batch: int
    """Tokens computed at once; 512 by default."""
    flash_attention: bool
    """On by default."""
    swa_full: bool
    """Keep every token in windowed layers too; off by default."""
    device: Device
    """Whose buffer it lies in: "cuda" (the default) pads quantized tensors, "cpu" does not."""


@dataclass(frozen=True)
class CacheShapes:
    """What each layer of each model stores; arrays `[models, layers]`, zero beyond a model's last layer."""

    key_elements: Int
    """Per token."""
    value_elements: Int
    index_elements: Int
    """Keys of a sparse-attention indexer, per token."""
    window_tokens: Int
    """0 where every token is kept."""
    state_bytes: Int
    """Per sequence, whatever its length."""

    def take(self, models: Int) -> CacheShapes:
        """The shapes of these models, by index."""
        return CacheShapes(*(getattr(self, f.name)[models] for f in fields(self)))

    def distinct(self) -> tuple[CacheShapes, Int]:
        """Each shape there is once, and the index of every model's among them: many models keep the same cache."""
        found: dict[bytes, int] = {}
        every = np.concatenate([getattr(self, f.name) for f in fields(self)], axis=1)
        of = np.array([found.setdefault(row.tobytes(), len(found)) for row in every], np.int64)
        return self.take(np.unique(of, return_index=True)[1]), of


def padded(numbers: Int, step: int) -> Int:
    """`numbers` rounded up to multiples of `step`."""
    rounded: Int = -(-numbers // step) * step
    return rounded


def cache_cells(context_tokens: int | Int, slots: int = 1, unified: bool = False) -> tuple[Int, int]:
    """Cells of one stream, and the number of streams.

    `context_tokens` is the engine's `-c`: shared by all slots. Split caches give each slot its part,
    rounded up; a unified cache is one stream for all.
    """
    context = np.asarray(context_tokens, np.int64)
    if context.size and context.min() < 1:
        raise ValueError(f"context_tokens must be at least 1, not {context.min()}")
    if slots < 1:
        raise ValueError(f"slots must be at least 1, not {slots}")
    cells = padded(context, CELL_STEP)
    return (cells, 1) if unified else (padded(cells // slots, CELL_STEP), slots)


def window_cells(
    window_tokens: Int,
    cells: Int,
    context_tokens: int | Int,
    micro_batch: int,
    sequences: int,
) -> Int:
    """Cells of a sliding-window layer whose stream serves `sequences` slots; all `cells` where the window is 0."""
    kept = padded(window_tokens * sequences + np.minimum(micro_batch, context_tokens), CELL_STEP)
    return np.where(window_tokens == 0, cells, np.minimum(cells, kept))


def cache_shapes(architectures: Sequence[Architecture]) -> CacheShapes:
    """What the layers of these models store. Raises ValueError for a layer whose state size is not known."""
    shape = (len(architectures), max((a.layers for a in architectures), default=0))
    key, value, index, window, state = (np.zeros(shape, np.int64) for _ in range(5))
    for row, a in enumerate(architectures):
        kv_heads = a.kv_heads if isinstance(a.kv_heads, tuple) else (a.kv_heads,) * a.layers
        latent = a.kv_latent_size is not None and a.family not in LATENT_EXPANDED
        for layer, kind in enumerate(a.kinds()):
            if kind in ("linear", "mamba", "conv") or a.family in STATE_BESIDE_ATTENTION:
                state[row, layer] = _state_bytes(a, kind)
            if kind not in ("full", "sliding", "chunked") or layer >= a.layers - a.kv_shared_layers:
                continue
            if latent:
                key[row, layer] = (a.kv_latent_size or 0) + (a.rope_head_dim or 0)
            else:
                key[row, layer], value[row, layer] = _row_elements(a, kind, kv_heads[layer])
            index[row, layer] = a.index_head_dim or 0
            if kind != "full" and a.family not in WINDOW_UNUSED:
                window[row, layer] = a.sliding_window_tokens or 0
    return CacheShapes(key, value, index, window, state)


def _row_elements(a: Architecture, kind: LayerKind, kv_heads: int) -> tuple[int, int]:
    if a.family in LATENT_EXPANDED:
        key_dim = (a.no_rope_head_dim or 0) + (a.rope_head_dim or 0)
        return a.attention_heads * key_dim, a.attention_heads * (a.value_head_dim or key_dim)
    if kind == "full" and (a.global_head_dim or a.global_kv_heads):
        # The engine stores values even where they are the keys again: it normalises them differently.
        heads, dim = a.global_kv_heads or kv_heads, a.global_head_dim or a.head_dim
        return heads * dim, heads * dim
    return kv_heads * a.head_dim, kv_heads * (a.value_head_dim or a.head_dim)


def _state_bytes(a: Architecture, kind: LayerKind) -> int:
    """Convolution and recurrent state of one layer and sequence, always f32."""
    if kind == "conv":
        return 4 * (_need(a, "convolution_width") - 1) * a.hidden_size
    if kind == "linear":
        inner = _need(a, "linear_value_heads") * _need(a, "linear_value_head_dim")
        size = _need(a, "linear_key_head_dim")
        groups = _need(a, "linear_key_heads")
    else:
        inner, size, groups = (
            _need(a, "state_inner_size"),
            _need(a, "state_size"),
            a.state_groups or 0,
        )
    convolution = (a.convolution_width or 1) - 1
    return 4 * (convolution * (inner + 2 * groups * size) + size * inner)


def _need(a: Architecture, field: str) -> int:
    value: int | None = getattr(a, field)
    if value is None:
        raise ValueError(f"the state of a layer of family {a.family!r} needs {field}, which this architecture lacks")
    return value


def check_cache_types(type_k: str, type_v: str, flash_attention: bool) -> None:
    """Raises ValueError for a cache the engine refuses."""
    for name in (type_k, type_v):
        if name not in CACHE_BLOCKS:
            raise ValueError(f"cache type {name!r} is not one of {', '.join(CACHE_BLOCKS)}")
    if CACHE_BLOCKS[type_v][0] > 1 and not flash_attention:
        raise ValueError(f"a quantized value cache ({type_v}) needs flash attention")


def kv_layer_bytes_all(
    shapes: CacheShapes,
    context_tokens: int | Int,
    *,
    type_k: str = "f16",
    type_v: str = "f16",
    slots: int = 1,
    unified: bool = False,
    micro_batch: int = 512,
    flash_attention: bool = True,
    swa_full: bool = False,
    device: Device = "cuda",
) -> Int:
    """Bytes each layer keeps, `[models, layers]`; the arguments are those of `kv_cache_bytes`.

    `context_tokens` may be one number for all models or one each, `[models]`.
    """
    check_cache_types(type_k, type_v, flash_attention)
    context = np.asarray(context_tokens, np.int64).reshape(-1, 1)
    cells, streams = cache_cells(context, slots, unified)
    windows = np.zeros_like(shapes.window_tokens) if swa_full else shapes.window_tokens
    layer_cells = window_cells(windows, cells, context, micro_batch, slots if unified else 1) * streams
    values = shapes.value_elements
    if not flash_attention:
        # Without flash attention values lie transposed, all layers as wide as the widest.
        values = np.where(values > 0, values.max(axis=1, keepdims=True, initial=0), 0)
    return (
        _tensor_bytes(shapes.key_elements, layer_cells, type_k, device)
        + _tensor_bytes(values, layer_cells, type_v, device)
        + _tensor_bytes(shapes.index_elements, layer_cells, type_k, device)
        + shapes.state_bytes * slots
    )


def _tensor_bytes(elements: Int, cells: Int, cache_type: str, device: Device) -> Int:
    block, size = CACHE_BLOCKS[cache_type]
    row = elements // block * size
    if block == 1 or device == "cpu":
        return np.multiply(row, cells)
    return padded(row * cells + -elements % CUDA_ROW_ELEMENTS // block * size, CUDA_ALIGNMENT)


def refused(shapes: CacheShapes, type_k: str, type_v: str) -> npt.NDArray[np.bool_]:
    """Models `[models]` whose rows do not divide into blocks of these types: the engine will not start."""
    rows_k, rows_v = CACHE_BLOCKS[type_k][0], CACHE_BLOCKS[type_v][0]
    if rows_k == rows_v == 1:
        return np.zeros(len(shapes.key_elements), np.bool_)
    uneven = (shapes.key_elements % rows_k != 0) | (shapes.index_elements % rows_k != 0)
    return np.asarray((uneven | (shapes.value_elements % rows_v != 0)).any(axis=1))


def kv_layer_bytes(architecture: Architecture, context_tokens: int, **options: Unpack[CacheOptions]) -> Int:
    """Bytes each layer keeps, `[layers]`; see `kv_cache_bytes`."""
    shapes = cache_shapes([architecture])
    type_k, type_v = options.get("type_k", "f16"), options.get("type_v", "f16")
    check_cache_types(type_k, type_v, options.get("flash_attention", True))
    if refused(shapes, type_k, type_v)[0]:
        raise ValueError(f"a row of the cache does not divide into blocks of {type_k}/{type_v}")
    layers: Int = kv_layer_bytes_all(shapes, context_tokens, **options)[0]
    return layers


def kv_cache_bytes(architecture: Architecture, context_tokens: int, **options: Unpack[CacheOptions]) -> int:
    """Bytes of keys, values and states for a context of `context_tokens` shared by all slots.

    Per layer: cells × (bytes of a row of keys + of values). Cells are the context rounded up to 256
    (per slot: context / slots, rounded, unless unified); a windowed layer keeps window (× slots if
    unified) + micro-batch, rounded up to 256; latent attention keeps one row of latent rank + rotary size
    and no values; recurrent layers a fixed f32 state a slot. Source: `ENGINE`, `llama-kv-cache.cpp`.
    Raises ValueError for a context or slots below 1, an unknown cache type, a quantized value cache
    without flash attention, a row that does not divide into blocks, or a state of unknown size.
    """
    return int(kv_layer_bytes(architecture, context_tokens, **options).sum())
