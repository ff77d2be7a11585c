"""What the intermediate results of a model are made of, whatever the context: the widths behind its compute buffer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from lib.architecture import Architecture
from lib.sizing.kv_cache import LATENT_EXPANDED, CacheShapes, Int, cache_shapes

FUSED_QUERIES = frozenset({"phi3", "phimoe"})
"""Families whose queries, keys and values are one product, viewed in place."""
UNROTATED_LAYERS = frozenset({"cohere2"})
"""Families of these whose full layers have no rotary embedding: one row more waits in the block."""
WEIGHTED_INPUTS = frozenset({"llama4_text", "llama4"})
"""Families that weight a token before its expert, in a copy."""
GATED_ATTENTION = frozenset({"qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text"})
"""Families whose attention output is gated: the queries are projected twice as wide and kept."""
POST_NORM = frozenset({"olmo2", "olmo3"})
"""Families that normalise after attention, so that no normalised copy waits beside the queries."""
PLAIN_FEED_FORWARD = frozenset({"starcoder2", "gpt2", "gpt_neox", "falcon", "phi", "mpt", "bloom", "nemotron", "opt"})
"""Families with an up and a down projection only; the activation overwrites its input."""
PARALLEL_BLOCKS = frozenset({"cohere", "cohere2"})
"""Families whose feed-forward block stands beside attention: the engine computes it first."""


VALUE_ROTATION = 64 * 64
"""Elements of the matrix that rotates values before they are quantized."""


@dataclass(frozen=True)
class ComputeShapes:
    """What the intermediate results of each model are made of, in elements a token; arrays `[models]`, 0 if absent."""

    hidden: Int
    vocabulary: Int
    heads: Int
    query: Int
    """Queries of the full-attention layers, and below of the windowed ones."""
    key: Int
    value: Int
    window_query: Int
    window_key: Int
    window_value: Int
    window_tokens: Int
    feed_forward: Int
    """The widest feed-forward step of any layer, beyond the hidden rows."""
    routed: Int
    """Activation and outputs of all experts used."""
    latent: Int
    """Latent attention: queries, absorbed queries, their rotary part where it finds no gap, and both joined."""
    latent_output: Int
    latent_gap: Int
    """Gap that the absorbed queries leave for the output of flash attention."""
    rotation: Int
    """Elements of the matrix that rotates keys before they are quantized."""
    window_rotation: Int
    keeps_query: Int
    """1 where queries lie beside their normalised input (neither fused nor normalised afterwards)."""
    gated: Int
    parallel: Int
    per_layer: Int
    """Per-layer embeddings of all layers."""

    def take(self, models: Int) -> ComputeShapes:
        """The shapes of these models, by index."""
        return ComputeShapes(*(getattr(self, f.name)[models] for f in fields(self)))


def compute_shapes(architectures: Sequence[Architecture], cache: CacheShapes | None = None) -> ComputeShapes:
    """The widths that decide the compute buffers of these models. `cache` spares computing `cache_shapes` again."""
    cache = cache or cache_shapes(architectures)
    windowed = cache.window_tokens > 0

    def of(values: Sequence[int]) -> Int:
        return np.array(values, np.int64)

    def widest(elements: Int, where: npt.NDArray[np.bool_]) -> Int:
        most: Int = np.where(where, elements, 0).max(axis=1, initial=0)
        return most

    latent = [_latent(a) if (cache.key_elements[i] > 0).any() else (0, 0, 0) for i, a in enumerate(architectures)]
    query = [a.attention_heads * max(a.head_dim, a.global_head_dim or 0) for a in architectures]
    return ComputeShapes(
        hidden=of([a.hidden_size for a in architectures]),
        vocabulary=of([a.vocabulary_size for a in architectures]),
        heads=of([a.attention_heads for a in architectures]),
        query=of(query) * (widest(cache.key_elements, ~windowed) > 0),
        key=widest(cache.key_elements, ~windowed),
        value=widest(cache.value_elements, ~windowed),
        window_query=of([a.attention_heads * a.head_dim for a in architectures]) * windowed.any(axis=1),
        window_key=widest(cache.key_elements, windowed),
        window_value=widest(cache.value_elements, windowed),
        window_tokens=cache.window_tokens.max(axis=1, initial=0),
        feed_forward=of([_feed_forward(a) for a in architectures]),
        routed=of([(a.experts_used or 0) * (a.hidden_size + (a.expert_feed_forward_size or 0)) for a in architectures]),
        latent=of([x[0] for x in latent]),
        latent_output=of([x[1] for x in latent]),
        latent_gap=of([x[2] for x in latent]),
        rotation=of([_rotation(a, a.global_head_dim or a.head_dim) for a in architectures]),
        window_rotation=of([_rotation(a, a.head_dim) for a in architectures]),
        keeps_query=of([a.family not in FUSED_QUERIES | POST_NORM | UNROTATED_LAYERS for a in architectures]),
        gated=of([a.family in GATED_ATTENTION for a in architectures]),
        parallel=of([a.family in PARALLEL_BLOCKS for a in architectures]),
        per_layer=of([(a.per_layer_input_size or 0) * a.layers for a in architectures]),
    )


def _feed_forward(a: Architecture) -> int:
    """Elements a token of the widest feed-forward step: gate, up and their product; experts for all used at once."""
    sizes = a.feed_forward_size if isinstance(a.feed_forward_size, tuple) else (a.feed_forward_size or 0,) * a.layers
    with_experts = a.expert_layers()
    dense = [size for layer, size in enumerate(sizes) if layer not in with_experts]
    copies = 1 if a.family in PLAIN_FEED_FORWARD else 3
    routed = a.expert_feed_forward_size or 0
    inner, outputs = routed * (a.experts_used or 0), a.hidden_size * (a.experts_used or 0)
    experts = 3 * inner + (outputs if outputs > 2 * inner else 0)
    shared = a.shared_expert_feed_forward_size or 0
    if a.family in WEIGHTED_INPUTS:
        experts += a.hidden_size
    wait = a.hidden_size if a.family in UNROTATED_LAYERS else 0
    return max(copies * max(dense, default=0), experts, 3 * shared) + wait


def _latent(a: Architecture) -> tuple[int, int, int]:
    if a.kv_latent_size is None or a.family in LATENT_EXPANDED:
        return 0, 0, 0
    rope = a.rope_head_dim or 0
    query = a.attention_heads * ((a.no_rope_head_dim or 0) + rope)
    rotary = a.attention_heads * rope
    absorbed, joined = a.attention_heads * a.kv_latent_size, a.attention_heads * (a.kv_latent_size + rope)
    kept = rotary if rotary > a.hidden_size else 0
    return query + kept + absorbed + joined, absorbed, query + absorbed


def _rotation(a: Architecture, head_dim: int) -> int:
    """The largest power of two in the head size, squared; 0 unless 64 divides the head size."""
    return 0 if head_dim % 64 or a.kv_latent_size is not None else (head_dim & -head_dim) ** 2
