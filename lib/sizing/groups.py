"""One role's tensors over a model's layers, and the shapes parts of a layer have in common.

A part takes an architecture and the layers that have it, and gives their tensors as the GGUF file
names them. Shapes: llama.cpp b11434, `src/models/*`, restated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from lib.architecture import Architecture

QkNorm = Literal["none", "head", "full", "per_head"]


@dataclass(frozen=True, slots=True)
class Group:
    """Tensors of one name and shape, one in each of `layers` (none: one for the whole model).

    A tensor has `matrices` of `rows` rows of `columns` elements. `kept` is the type of those
    that are never quantized. `dimensions` counts the axes longer than one.
    """

    name: str
    columns: int
    rows: int = 1
    matrices: int = 1
    layers: tuple[int, ...] = ()
    kept: Literal["F32", "F16"] = "F32"

    @property
    def dimensions(self) -> int:
        """Axes of the tensor, trailing ones of length one not counted."""
        return 3 if self.matrices > 1 else 2 if self.rows > 1 else 1


Part = Callable[[Architecture, tuple[int, ...]], list[Group]]


def needed(architecture: Architecture, field: str) -> int:
    """The field's number. Raises ValueError naming the field and the family where it is missing."""
    value = getattr(architecture, field)
    if value is None:
        raise ValueError(f"{architecture.family}: {field} is missing")
    if not isinstance(value, int):
        raise ValueError(f"{architecture.family}: {field} must be one number for all layers")
    return value


def per_layer(architecture: Architecture, field: str) -> tuple[int, ...]:
    """The field's number for each layer, whether given once or as a list."""
    value = getattr(architecture, field)
    return value if isinstance(value, tuple) else (needed(architecture, field),) * architecture.layers


def by_size(sizes: Sequence[int], layers: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Layers grouped by a size that may differ from layer to layer; size 0 means the layer has no such part."""
    if len(set(sizes)) == 1:
        return {sizes[0]: tuple(layers)} if sizes[0] and layers else {}
    found: dict[int, list[int]] = {}
    for layer in layers:
        if sizes[layer]:
            found.setdefault(sizes[layer], []).append(layer)
    return {size: tuple(members) for size, members in found.items()}


def attention(
    *, bias: bool = False, output_bias: bool = False, qk_norm: QkNorm = "none", fused: bool = False, gated: bool = False
) -> Part:
    """Grouped-query attention: query, key, value and output projections, separate or `fused`.

    `gated` doubles the query projection with an output gate (Qwen3-Next).
    """

    def build(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
        groups: list[Group] = []
        for kv_heads, members in by_size(per_layer(a, "kv_heads"), layers).items():
            query, kv = a.attention_heads * a.head_dim, kv_heads * a.head_dim
            projected = 2 * query if gated else query
            parts = {"attn_qkv": projected + 2 * kv}
            if not fused:
                parts = {"attn_q": projected, "attn_k": kv, "attn_v": kv}
            groups += [Group(f"{name}.weight", a.hidden_size, rows, layers=members) for name, rows in parts.items()]
            groups.append(Group("attn_output.weight", query, a.hidden_size, layers=members))
            if bias if a.attention_bias is None else a.attention_bias:
                groups += [Group(f"{name}.bias", rows, layers=members) for name, rows in parts.items()]
            if output_bias:
                groups.append(Group("attn_output.bias", a.hidden_size, layers=members))
            groups += _qk_norms(a, qk_norm, kv_heads, members)
        return groups

    return build


def _qk_norms(a: Architecture, kind: QkNorm, kv_heads: int, layers: tuple[int, ...]) -> list[Group]:
    if a.query_key_norms is False:
        kind = "none"
    elif a.query_key_norms and kind == "none":
        kind = "head"
    if kind == "none":
        return []
    heads = {"attn_q_norm.weight": a.attention_heads, "attn_k_norm.weight": kv_heads}
    if kind == "head":
        return [Group(name, a.head_dim, layers=layers) for name in heads]
    if kind == "full":
        return [Group(name, a.head_dim * count, layers=layers) for name, count in heads.items()]
    return [Group(name, a.head_dim, count, layers=layers) for name, count in heads.items()]


def latent_attention(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
    """Multi-head latent attention (DeepSeek V2, V3), with the matrices that expand keys and values apart."""
    d, heads = a.hidden_size, a.attention_heads
    rope, plain = needed(a, "rope_head_dim"), needed(a, "no_rope_head_dim")
    latent, value = needed(a, "kv_latent_size"), needed(a, "value_head_dim")
    query = [Group("attn_q.weight", d, heads * (plain + rope), layers=layers)]
    if rank := a.query_latent_size:
        query = [
            Group("attn_q_a.weight", d, rank, layers=layers),
            Group("attn_q_a_norm.weight", rank, layers=layers),
            Group("attn_q_b.weight", rank, heads * (plain + rope), layers=layers),
        ]
    return [
        *query,
        Group("attn_kv_a_mqa.weight", d, latent + rope, layers=layers),
        Group("attn_kv_a_norm.weight", latent, layers=layers),
        Group("attn_k_b.weight", plain, latent, heads, layers=layers),
        Group("attn_v_b.weight", latent, value, heads, layers=layers),
        Group("attn_output.weight", heads * value, d, layers=layers),
    ]


def sparse_latent_attention(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
    """Latent attention with the indexer that picks the tokens to attend to (DeepSeek V3.2, GLM-5)."""
    heads, head = needed(a, "index_heads"), needed(a, "index_head_dim")
    return [
        *latent_attention(a, layers),
        Group("indexer.k_norm.weight", head, layers=layers),
        Group("indexer.k_norm.bias", head, layers=layers),
        Group("indexer.proj.weight", a.hidden_size, heads, layers=layers),
        Group("indexer.attn_k.weight", a.hidden_size, head, layers=layers),
        Group("indexer.attn_q_b.weight", needed(a, "query_latent_size"), heads * head, layers=layers),
    ]


def gemma4_attention(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
    """Gemma 4: full-attention layers have heads of their own size, layers that share keys and values have none."""
    kinds, kv_heads = a.kinds(), per_layer(a, "kv_heads")
    groups: list[Group] = []
    for layer in layers:
        whole = kinds[layer] == "full"
        head = (a.global_head_dim or a.head_dim) if whole else a.head_dim
        kv = head * ((a.global_kv_heads or kv_heads[layer]) if whole else kv_heads[layer])
        query, one = a.attention_heads * head, (layer,)
        groups += [
            Group("attn_q.weight", a.hidden_size, query, layers=one),
            Group("attn_output.weight", query, a.hidden_size, layers=one),
            Group("attn_q_norm.weight", head, layers=one),
        ]
        if layer >= a.layers - a.kv_shared_layers:
            continue
        groups.append(Group("attn_k.weight", a.hidden_size, kv, layers=one))
        groups.append(Group("attn_k_norm.weight", head, layers=one))
        if not (whole and a.global_values_are_keys):
            groups.append(Group("attn_v.weight", a.hidden_size, kv, layers=one))
    return groups


def linear_attention(*, joint: bool) -> Part:
    """Gated delta-rule layers (Qwen3-Next, Qwen3.5); `joint` keeps the two small gates in one matrix."""

    def build(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
        d, value_heads = a.hidden_size, needed(a, "linear_value_heads")
        keys = needed(a, "linear_key_heads") * needed(a, "linear_key_head_dim")
        values = value_heads * needed(a, "linear_value_head_dim")
        names = {"ssm_ba": 2} if joint else {"ssm_alpha": 1, "ssm_beta": 1}
        return [
            Group("attn_qkv.weight", d, 2 * keys + values, layers=layers),
            Group("attn_gate.weight", d, values, layers=layers),
            Group("ssm_conv1d.weight", needed(a, "convolution_width"), 2 * keys + values, layers=layers),
            Group("ssm_dt.bias", value_heads, layers=layers),
            Group("ssm_a", value_heads, layers=layers),
            *(Group(f"{name}.weight", d, n * value_heads, layers=layers) for name, n in names.items()),
            Group("ssm_norm.weight", needed(a, "linear_value_head_dim"), layers=layers),
            Group("ssm_out.weight", values, d, layers=layers),
        ]

    return build


def mamba(*, norm: bool = True) -> Part:
    """State-space layers of the second kind (Mamba-2)."""

    def build(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
        inner, heads, parts = needed(a, "state_inner_size"), needed(a, "state_heads"), needed(a, "state_groups")
        mixed = inner + 2 * parts * needed(a, "state_size")
        groups = [
            Group("ssm_in.weight", a.hidden_size, inner + mixed + heads, layers=layers),
            Group("ssm_conv1d.weight", needed(a, "convolution_width"), mixed, layers=layers),
            Group("ssm_conv1d.bias", mixed, layers=layers),
            Group("ssm_dt.bias", heads, layers=layers),
            Group("ssm_a", 1, heads, layers=layers),
            Group("ssm_d", 1, heads, layers=layers),
            Group("ssm_out.weight", inner, a.hidden_size, layers=layers),
        ]
        if norm:
            groups.append(Group("ssm_norm.weight", inner // parts, parts, layers=layers))
        return groups

    return build


def short_convolution(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
    """Gated short convolutions (LFM2)."""
    d = a.hidden_size
    return [
        Group("shortconv.conv.weight", needed(a, "convolution_width"), d, layers=layers),
        Group("shortconv.in_proj.weight", d, 3 * d, layers=layers),
        Group("shortconv.out_proj.weight", d, d, layers=layers),
    ]


def feed_forward(kind: Literal["gated", "fused", "plain"] = "gated", *, bias: bool = False) -> Part:
    """Dense feed-forward block: gate, up and down; gate and up in one matrix; or without a gate."""

    def build(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
        groups: list[Group] = []
        for width, members in (by_size(per_layer(a, "feed_forward_size"), layers) if layers else {}).items():
            inward = {"ffn_up": 2 * width} if kind == "fused" else {"ffn_up": width}
            if kind == "gated":
                inward["ffn_gate"] = width
            groups += [Group(f"{name}.weight", a.hidden_size, rows, layers=members) for name, rows in inward.items()]
            groups.append(Group("ffn_down.weight", width, a.hidden_size, layers=members))
            if bias:
                outward = inward | {"ffn_down": a.hidden_size}
                groups += [Group(f"{name}.bias", rows, layers=members) for name, rows in outward.items()]
        return groups

    return build


def experts(
    *,
    bias: bool = False,
    selection_bias: bool = False,
    shared_gate: bool = False,
    kind: Literal["gated", "fused", "plain"] = "gated",
) -> Part:
    """Routed experts with their router, and the experts every token shares where there are any.

    `selection_bias` is the load-balancing term of DeepSeek V3; `shared_gate` weighs the shared experts (Qwen2 MoE).
    """

    def build(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
        if not layers:
            return []
        d, count, width = a.hidden_size, needed(a, "experts"), needed(a, "expert_feed_forward_size")
        latent = a.expert_latent_size or d
        inward = {"gated": {"gate": 1, "up": 1}, "fused": {"gate_up": 2}, "plain": {"up": 1}}[kind]
        groups = [
            Group("ffn_gate_inp.weight", d, count, layers=layers),
            *(Group(f"ffn_{name}_exps.weight", latent, n * width, count, layers) for name, n in inward.items()),
            Group("ffn_down_exps.weight", width, latent, count, layers),
        ]
        if a.expert_latent_size:
            groups.append(Group("ffn_latent_down.weight", d, latent, layers=layers))
            groups.append(Group("ffn_latent_up.weight", latent, d, layers=layers))
        if bias:
            groups.append(Group("ffn_gate_inp.bias", count, layers=layers))
            groups += [Group(f"ffn_{name}_exps.bias", width, count, layers=layers) for name in inward]
            groups.append(Group("ffn_down_exps.bias", d, count, layers=layers))
        if selection_bias:
            groups.append(Group("exp_probs_b.bias", count, layers=layers))
        if shared := a.shared_expert_feed_forward_size:
            names = ("up",) if kind == "plain" else ("gate", "up")
            groups += [Group(f"ffn_{name}_shexp.weight", d, shared, layers=layers) for name in names]
            groups.append(Group("ffn_down_shexp.weight", shared, d, layers=layers))
            if shared_gate:
                groups.append(Group("ffn_gate_inp_shexp.weight", d, layers=layers))
        return groups

    return build
