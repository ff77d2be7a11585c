"""The compute buffer: what an engine allocates for the intermediate results of one micro-batch.

The rules were read off the allocations of `ENGINE` (their error: `benchmarks/accuracy_buffers.py`) and
hold for that build only; older ones reserve less. Everything is counted in rows of a micro-batch:
u = 4 bytes × micro-batch tokens. A result is laid into the smallest gap that holds it, and the gaps are
one hidden row wide: a result wider than that adds to the peak, a narrower one does not.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Unpack

import numpy as np

from lib.architecture import Architecture
from lib.sizing.compute_shapes import VALUE_ROTATION, ComputeShapes, compute_shapes
from lib.sizing.kv_cache import (
    CACHE_BLOCKS,
    CacheOptions,
    Device,
    Int,
    cache_cells,
    check_cache_types,
    window_cells,
)


@dataclass(frozen=True)
class ComputeBytes:
    """What compute buffers are added up from, in bytes; arrays `[models]`.

    A card holds its widest step, the inputs it was sent, and hidden rows: the residual, its normalised
    copy, what came from elsewhere, and gaps. Pipelining over several cards keeps four copies of all
    that is sent. The counts of hidden rows are those of `ENGINE`.
    """

    hidden: Int
    """One hidden row of the micro-batch."""
    step: Int
    """The widest step of a layer beyond the hidden rows."""
    logits: Int
    routed: Int
    """The step of routed experts whose weights are fetched from RAM, one tensor at a time."""
    inputs: Int
    """Attention masks, cache positions and the like."""
    host_inputs: Int

    def take(self, models: Int) -> ComputeBytes:
        """The bytes of these models, by index."""
        return ComputeBytes(*(getattr(self, f.name)[models] for f in fields(self)))

    @property
    def card(self) -> Int:
        """On a single card, or the first of several without pipelining."""
        return 4 * self.hidden + np.maximum(self.step, self.logits) + self.inputs

    @property
    def next_card(self) -> Int:
        """On the further cards without pipelining."""
        return 2 * self.hidden + np.maximum(self.step, self.logits) + self.inputs

    @property
    def pipelined_card(self) -> Int:
        """On the first of several cards that hold the whole model."""
        return 16 * self.hidden + self.step + 4 * self.inputs

    @property
    def next_pipelined_card(self) -> Int:
        """On each further card of those."""
        return 11 * self.hidden + self.step + 4 * self.inputs

    @property
    def last_pipelined_card(self) -> Int:
        """On the last of those, which also makes the logits."""
        step: Int = np.maximum(self.step, self.logits - 2 * self.hidden)
        return 11 * self.hidden + step + 4 * self.inputs

    @property
    def host(self) -> Int:
        """On the host beside one card."""
        return 4 * self.hidden + self.host_inputs

    @property
    def pipelined_host(self) -> Int:
        """On the host beside several cards that hold the whole model."""
        return 10 * self.hidden + 4 * self.host_inputs

    @property
    def cpu(self) -> Int:
        """Without any card."""
        return 5 * self.hidden + np.maximum(self.step, self.logits) + self.host_inputs

    def staging_card(self, largest_tensor_bytes: Int) -> Int:
        """On the first card when layers or experts lie in RAM: large batches fetch their weights, tensor by tensor.

        Exact for experts in RAM; for whole layers in RAM an estimate, mostly some 10 % too high.
        """
        fetched = 4 * self.hidden + self.routed + self.inputs + largest_tensor_bytes
        found: Int = np.where(self.routed > 0, np.maximum(self.card, fetched), self.card + largest_tensor_bytes)
        return found


def compute_bytes_all(
    shapes: ComputeShapes,
    context_tokens: int | Int,
    *,
    type_k: str = "f16",
    type_v: str = "f16",
    slots: int = 1,
    unified: bool = False,
    flash_attention: bool = True,
    micro_batch: int = 512,
    outputs: int | None = None,
    swa_full: bool = False,
    kv_on_device: bool = True,
    device: Device = "cuda",
) -> ComputeBytes:
    """Compute buffers of all models `[models]`; the arguments are those of `compute_buffer_bytes`.

    `context_tokens` may be one number for all models or one each, `[models]`.
    """
    check_cache_types(type_k, type_v, flash_attention)
    s = shapes
    cells, streams = cache_cells(context_tokens, slots, unified)
    tokens = np.minimum(micro_batch, context_tokens)
    rows = np.minimum(tokens, slots if outputs is None else outputs)
    unit = 4 * tokens
    windows = np.zeros_like(s.window_tokens) if swa_full else s.window_tokens
    near = window_cells(windows, cells, context_tokens, micro_batch, slots if unified else 1)

    cell_bytes = tokens * (2 if flash_attention else 4)
    masks = cell_bytes * (np.where(s.key > 0, cells, 0) + np.where(s.window_key > 0, near, 0))
    small = np.zeros_like(masks)
    for key, value, rotation in (
        (s.key, s.value, s.rotation),
        (s.window_key, s.window_value, s.window_rotation),
    ):
        small = small + np.where(key > 0, 8 * tokens, 0)
        widest = 1 if flash_attention else np.maximum(s.value, s.window_value)
        small = small + np.where(value > 0, 8 * tokens * widest, 0)
        rotates = (key > 0) & (rotation > 0)
        small = small + np.where(rotates & (CACHE_BLOCKS[type_k][0] > 1), 4 * rotation, 0)
        small = small + np.where(rotates & (CACHE_BLOCKS[type_v][0] > 1), 4 * VALUE_ROTATION, 0)
    inputs = masks + small + 12 * tokens + 4 * rows

    copied = device == "cuda" and flash_attention and (type_k, type_v) != ("f16", "f16")
    # A bf16 cache is copied without being rotated first, which leaves no gap for one more row.
    unrotated = copied and type_k == "bf16"
    feed_forward = (s.feed_forward + s.hidden * unrotated) * unit
    full = _attention_bytes(s, s.query, s.key, s.value, cells, streams, unit, type_k, type_v, flash_attention, device)
    near_bytes = _attention_bytes(
        s, s.window_query, s.window_key, s.window_value, near, streams, unit, type_k, type_v, flash_attention, device
    )
    attention = np.maximum(full, near_bytes)
    both = np.where((s.parallel > 0) & copied, feed_forward + attention, np.maximum(feed_forward, attention))
    embeddings = s.per_layer * unit
    on_host = inputs + 8 * tokens + np.where(embeddings > 0, embeddings + s.hidden * unit * (device == "cuda"), 0)
    sent = embeddings + (inputs if kv_on_device else 0)
    return ComputeBytes(s.hidden * unit, both, 4 * s.vocabulary * rows, s.routed * unit, sent, on_host)


def _attention_bytes(
    s: ComputeShapes,
    query: Int,
    key: Int,
    value: Int,
    cells: Int,
    streams: int,
    unit: int | Int,
    type_k: str,
    type_v: str,
    flash_attention: bool,
    device: Device,
) -> Int:
    """Bytes of the attention step beyond the hidden rows.

    Without flash attention all scores (heads × cells) of the micro-batch. With it the output, and f16 copies
    of the keys and values of one layer: CUDA's kernels copy every other type, the CPU only f32.
    """
    latent = s.latent > 0
    rotated = CACHE_BLOCKS[type_k][0] > 1
    wide = np.where(query > s.hidden, query, 0) + s.gated * ((5 if rotated else 3) * query + key + value)
    if not flash_attention:
        beside = np.where((s.keeps_query > 0) & (not rotated), query, 0)
        scores = s.heads * cells * unit
        return np.where(key > 0, np.where(latent, s.latent, wide + beside) * unit + scores, 0)
    as_they_are = {"f16"} if device == "cuda" else set(CACHE_BLOCKS) - {"f32"}
    copies = 2 * cells * streams * (key * (type_k not in as_they_are) + value * (type_v not in as_they_are))
    output = s.latent_output * unit + copies
    latent_bytes = s.latent * unit + np.where(output > s.latent_gap * unit, output, 0)
    return np.where(key > 0, np.where(latent, latent_bytes, (wide + query) * unit + copies), 0)


class ComputeOptions(CacheOptions, total=False):
    """How a batch is computed, besides how its cache is kept."""

    outputs: int | None
    """Tokens of a micro-batch whose logits are wanted: one a slot by default, as `llama-server` reserves;
    `llama-bench` and `llama-perplexity` reserve the whole micro-batch."""
    kv_on_device: bool
    """Off: the cache and its attention stay on the host."""


def compute_buffer_bytes(
    architecture: Architecture, context_tokens: int, **options: Unpack[ComputeOptions]
) -> tuple[int, int]:
    """Bytes of the compute buffer on a card that holds the whole model, and on the host beside it.

    hidden rows + attention masks + the widest of: feed-forward block · attention · logits. With
    `device="cpu"` there is no card, and all lies on the host. Source: the allocator of `ENGINE`.
    Raises ValueError as `kv_cache_bytes` does.
    """
    found = compute_bytes_all(compute_shapes([architecture]), context_tokens, **options)
    return (0, int(found.cpu[0])) if options.get("device") == "cpu" else (int(found.card[0]), int(found.host[0]))
