"""The shapes of a language model: what its memory and speed are computed from.

The bottom of the house. `lib.catalog` reads these from files, `lib.sizing` and `lib.speed`
compute with them, `lib.importers` makes them from a Hugging Face `config.json`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Count = Annotated[int, Field(ge=1, le=1 << 24)]
LayerKind = Literal["full", "sliding", "chunked", "linear", "mamba", "conv", "none"]
"""What a layer keeps between tokens: every token's keys and values (`full`), only those of a
window (`sliding`, `chunked`), a state of fixed size (`linear`, `mamba`, `conv`), nothing (`none`)."""


class Architecture(BaseModel):
    """The shapes of one model. Counts are numbers of elements, heads, layers; never bytes.

    A field that is `None` does not exist in this family of models (no experts, no window …);
    it never means "unknown": a model whose shapes are unknown has no `Architecture` at all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    family: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    """`model_type` of the Hugging Face configuration (`llama`, `qwen3_moe`, `deepseek_v3` …)."""
    layers: Annotated[int, Field(ge=1, le=1000)]
    hidden_size: Count
    vocabulary_size: Count
    attention_heads: Count
    kv_heads: Count | tuple[Annotated[int, Field(ge=0, le=1 << 16)], ...]
    """Heads of keys and values; a tuple where they differ from layer to layer."""
    head_dim: Count
    feed_forward_size: Count | tuple[Annotated[int, Field(ge=0, le=1 << 24)], ...] | None = None
    """Width of the dense feed-forward block; `None` where every layer has experts."""
    tied_embeddings: bool = False
    """Whether the output head is the token embedding used again."""
    context_tokens: Count | None = None
    """Longest context the model was made for."""

    layer_kinds: tuple[LayerKind, ...] = ("full",)
    """Kinds of the layers, from the first; repeated until all `layers` have one."""
    sliding_window_tokens: Count | None = None

    experts: Count | None = None
    experts_used: Count | None = None
    """Routed experts that one token passes through."""
    expert_feed_forward_size: Count | None = None
    shared_expert_feed_forward_size: Count | None = None
    """Width of all shared experts together, which every token passes through."""
    dense_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Layers at the start with a dense feed-forward block instead of experts."""
    expert_layer_every: Count = 1
    """Every n-th layer has experts, the others are dense (Llama 4 Maverick: 2)."""

    query_latent_size: Count | None = None
    kv_latent_size: Count | None = None
    """Latent attention (`kv_lora_rank`): one compressed row of this size is cached a token."""
    no_rope_head_dim: Count | None = None
    rope_head_dim: Count | None = None
    value_head_dim: Count | None = None

    global_head_dim: Count | None = None
    """Head size of the full-attention layers where it differs (Gemma 4)."""
    global_kv_heads: Count | None = None
    global_values_are_keys: bool = False
    """Full-attention layers cache keys only and read them as values (Gemma 4)."""
    kv_shared_layers: Annotated[int, Field(ge=0, le=1000)] = 0
    """Layers at the end that read an earlier layer's keys and values and keep none."""
    per_layer_input_size: Count | None = None
    """Per-layer embeddings (Gemma 3n, Gemma 4 E-models)."""

    linear_key_heads: Count | None = None
    linear_value_heads: Count | None = None
    linear_key_head_dim: Count | None = None
    linear_value_head_dim: Count | None = None
    convolution_width: Count | None = None
    state_size: Count | None = None
    """State-space (Mamba) layers: state per channel."""
    state_heads: Count | None = None
    state_groups: Count | None = None
    state_inner_size: Count | None = None

    index_heads: Count | None = None
    index_head_dim: Count | None = None
    """Sparse-attention indexer (DeepSeek V3.2): its own cached keys."""

    expert_latent_size: Count | None = None
    """Routed experts work on a projection of this size instead of `hidden_size` (Nemotron 3 Super)."""
    attention_bias: bool | None = None
    """Whether query, key and value projections have biases; `None` is what the family usually has."""
    query_key_norms: bool | None = None
    """Whether queries and keys are normalised; `None` is what the family usually does."""
    rope_scaling: Literal["llama3", "longrope"] | None = None
    """Rotary scaling that comes with a table of factors (Llama 3.1 and later, long-context Phi-3)."""

    @model_validator(mode="after")
    def _agree(self) -> Architecture:
        if self.experts is not None and (self.experts_used is None or self.expert_feed_forward_size is None):
            raise ValueError("a model with experts needs experts_used and expert_feed_forward_size")
        if self.experts is None and self.feed_forward_size is None:
            raise ValueError("a model without experts needs feed_forward_size")
        if self.experts is not None and self.experts_used is not None and self.experts_used > self.experts:
            raise ValueError(f"experts_used ({self.experts_used}) is more than experts ({self.experts})")
        if isinstance(self.kv_heads, tuple) and len(self.kv_heads) != self.layers:
            raise ValueError(f"kv_heads lists {len(self.kv_heads)} layers of {self.layers}")
        if isinstance(self.feed_forward_size, tuple) and len(self.feed_forward_size) != self.layers:
            raise ValueError(f"feed_forward_size lists {len(self.feed_forward_size)} layers of {self.layers}")
        if {"sliding", "chunked"} & set(self.layer_kinds) and self.sliding_window_tokens is None:
            raise ValueError("sliding layers need sliding_window_tokens")
        return self

    def kinds(self) -> tuple[LayerKind, ...]:
        """The kind of each of the `layers` layers."""
        pattern = self.layer_kinds
        return (pattern * (self.layers // len(pattern) + 1))[: self.layers]

    def expert_layers(self) -> range:
        """The layers (from 0) that route their tokens through experts."""
        every = self.expert_layer_every
        first = self.dense_layers + -(self.dense_layers + 1) % every
        return range(first, self.layers, every) if self.experts is not None else range(0)

    def has_experts(self, layer: int) -> bool:
        """Whether this layer (from 0) routes its tokens through experts."""
        return layer in self.expert_layers()
