"""What the tensors of each family of models are, by `model_type` of the Hugging Face configuration.

Facts restated from llama.cpp b11434: which projections, biases and norms a layer has, and what the
converter drops or adds. A family that is not here has no tensor list we know, and is refused. Images and
sound have files of their own; layers that only predict further tokens ahead are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from lib.architecture import Architecture, LayerKind
from lib.sizing.groups import (
    Group,
    Part,
    attention,
    experts,
    feed_forward,
    gemma4_attention,
    latent_attention,
    linear_attention,
    mamba,
    needed,
    short_convolution,
    sparse_latent_attention,
)

ATTENTION_KINDS = frozenset({"full", "sliding", "chunked"})
PRE = ("attn_norm", "ffn_norm")
SANDWICH = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
POST = ("post_attention_norm", "post_ffw_norm")
BEFORE_AND_BETWEEN = ("attn_norm", "post_attention_norm")


def _nothing(a: Architecture) -> list[Group]:
    return []


@dataclass(frozen=True)
class Family:
    """How one family's layers are made.

    `special` builds layers of kinds other than attention; such a family is refused without them where
    `needs_special`. `apart` means a layer is either attention (or its like) or feed-forward (Nemotron-H).
    `kv_by_layer` says the file lists key-value heads a layer, zero where a layer has no attention.
    """

    attention: Part = field(default_factory=attention)
    dense: Part = field(default_factory=feed_forward)
    experts: Part = field(default_factory=experts)
    special: Mapping[LayerKind, Part] = field(default_factory=dict)
    needs_special: bool = False
    norms: tuple[str, ...] = PRE
    norm_bias: bool = False
    head_bias: bool = False
    apart: bool = False
    dense_beside_experts: bool = False
    kv_by_layer: bool = False
    output_norm: str = "output_norm"
    extra: Callable[[Architecture], list[Group]] = _nothing

    def build(self, a: Architecture) -> list[Group]:
        """All tensors of a model of this family. Raises ValueError where a shape it needs is missing."""
        kinds = a.kinds()
        every = tuple(range(a.layers))
        wide = tuple(layer for layer in every if not self.apart or kinds[layer] == "none")
        with_experts = a.expert_layers()
        routed = tuple(layer for layer in wide if layer in with_experts)
        dense = wide if self.dense_beside_experts else tuple(layer for layer in wide if layer not in with_experts)
        groups = [*self._outside(a), *self._norms(a, every)]
        attending = tuple(layer for layer in every if kinds[layer] in ATTENTION_KINDS)
        groups += self.attention(a, attending)
        others = sorted(set(kinds) - ATTENTION_KINDS - {"none"})
        if self.needs_special and not others:
            raise ValueError(f"{a.family}: layer_kinds is missing ({', '.join(self.special)} layers expected)")
        for kind in others:
            if kind not in self.special:
                raise ValueError(f"{a.family}: {kind} layers are not known in this family")
            groups += self.special[kind](a, tuple(layer for layer in every if kinds[layer] == kind))
        return groups + self.dense(a, dense) + self.experts(a, routed) + self.extra(a)

    def _outside(self, a: Architecture) -> list[Group]:
        d = a.hidden_size
        groups = [Group("token_embd.weight", d, vocabulary(a)), Group(f"{self.output_norm}.weight", d)]
        if not a.tied_embeddings:
            groups.append(Group("output.weight", d, vocabulary(a)))
        if self.norm_bias:
            groups.append(Group("output_norm.bias", d))
        if self.head_bias:
            groups.append(Group("output.bias", vocabulary(a)))
        rotated = (a.rope_head_dim or a.head_dim) // 2
        if a.rope_scaling == "llama3":
            groups.append(Group("rope_freqs.weight", rotated))
        elif a.rope_scaling == "longrope":
            groups += [Group(f"rope_factors_{length}.weight", rotated) for length in ("long", "short")]
        return groups

    def _norms(self, a: Architecture, layers: tuple[int, ...]) -> list[Group]:
        groups = [Group(f"{name}.weight", a.hidden_size, layers=layers) for name in self.norms]
        if self.norm_bias:
            groups += [Group(f"{name}.bias", a.hidden_size, layers=layers) for name in self.norms]
        return groups

    def query_ratio(self, a: Architecture) -> int:
        """Query heads for each key-value head, as the rules for mixtures see it: that of the first layer."""
        if self.kv_by_layer and a.kinds()[0] not in ATTENTION_KINDS:
            return 0
        if a.kv_latent_size:
            return a.attention_heads
        kv_heads = a.kv_heads if isinstance(a.kv_heads, int) else a.kv_heads[0]
        return a.attention_heads // kv_heads if kv_heads else 0


def vocabulary(a: Architecture) -> int:
    """Rows of the token embedding in the file: Gemma 3 drops the 64 rows kept for images."""
    return 262144 if a.family in ("gemma3", "gemma3_text") and a.vocabulary_size == 262208 else a.vocabulary_size


def _layers(a: Architecture) -> tuple[int, ...]:
    return tuple(range(a.layers))


def _sinks(a: Architecture) -> list[Group]:
    return [Group("attn_sinks.weight", a.attention_heads, layers=_layers(a))]


def _per_layer_inputs(a: Architecture) -> list[Group]:
    """Embeddings of each token for each layer (Gemma 3n, Gemma 4 E-models)."""
    size = a.per_layer_input_size
    if not size:
        return []
    d, every = a.hidden_size, _layers(a)
    return [
        Group("per_layer_token_embd.weight", size * a.layers, a.vocabulary_size),
        Group("per_layer_model_proj.weight", d, size * a.layers, kept="F16"),
        Group("per_layer_proj_norm.weight", size),
        Group("inp_gate.weight", d, size, layers=every),
        Group("proj.weight", size, d, layers=every),
        Group("post_norm.weight", d, layers=every),
    ]


def _gemma3n(a: Architecture) -> list[Group]:
    """Gemma 3n: four alternating copies of the residual stream and low-rank residuals of rank 64."""
    needed(a, "per_layer_input_size")
    d, every, copies, rank = a.hidden_size, _layers(a), 4, 64
    return [
        *_per_layer_inputs(a),
        Group("altup_proj.weight", d, d, copies - 1, kept="F16"),
        Group("altup_unembd_proj.weight", d, d, copies - 1, kept="F16"),
        Group("altup_correct_coef.weight", copies, copies, layers=every),
        Group("altup_correct_scale.weight", d, layers=every),
        Group("altup_predict_coef.weight", copies, copies * copies, layers=every),
        Group("altup_router.weight", d, copies, layers=every, kept="F16"),
        Group("altup_router_norm.weight", d, layers=every),
        Group("laurel_l.weight", d, rank, layers=every, kept="F16"),
        Group("laurel_r.weight", rank, d, layers=every, kept="F16"),
        Group("laurel_post_norm.weight", d, layers=every),
    ]


def _gemma4(a: Architecture) -> list[Group]:
    every = _layers(a)
    groups = [
        *_per_layer_inputs(a),
        Group("layer_output_scale.weight", 1, layers=every),
        Group("rope_freqs.weight", (a.global_head_dim or a.head_dim) // 2),
    ]
    if a.experts:
        names = ("pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2")
        groups += [Group(f"{name}.weight", a.hidden_size, layers=every) for name in names]
        groups.append(Group("ffn_gate_inp.scale", a.hidden_size, layers=every))
        groups.append(Group("ffn_down_exps.scale", a.experts, layers=every))
    return groups


_LLAMA = Family()
_QWEN2 = Family(attention=attention(bias=True))
_QWEN3 = Family(attention=attention(qk_norm="head"))
_GEMMA3 = Family(attention=attention(qk_norm="head"), norms=SANDWICH)
_LATENT = Family(attention=latent_attention, experts=experts(selection_bias=True))
_SPARSE = Family(attention=sparse_latent_attention, experts=experts(selection_bias=True))
_OLMO2 = Family(attention=attention(qk_norm="full"), norms=POST)
_BALANCED = Family(attention=attention(qk_norm="head"), experts=experts(selection_bias=True))
_GEMMA4 = Family(
    attention=gemma4_attention,
    experts=experts(kind="fused"),
    norms=SANDWICH,
    dense_beside_experts=True,
    extra=_gemma4,
)
_GATED = Family(
    attention=attention(qk_norm="head", gated=True),
    experts=experts(shared_gate=True),
    special={"linear": linear_attention(joint=False)},
    needs_special=True,
    norms=BEFORE_AND_BETWEEN,
)
_NEMOTRON_H = Family(
    dense=feed_forward("plain"),
    experts=experts(selection_bias=True, kind="plain"),
    special={"mamba": mamba()},
    needs_special=True,
    norms=("attn_norm",),
    apart=True,
    kv_by_layer=True,
)
_LFM2 = Family(
    attention=attention(qk_norm="head"),
    experts=experts(selection_bias=True),
    special={"conv": short_convolution},
    needs_special=True,
    kv_by_layer=True,
    output_norm="token_embd_norm",
)


def _falcon_h1(a: Architecture, layers: tuple[int, ...]) -> list[Group]:
    """Attention and a state-space block side by side in every layer."""
    return attention()(a, layers) + mamba()(a, layers)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        **dict.fromkeys(("llama", "mistral", "mixtral", "mistral3", "ministral3", "granite", "granitemoe"), _LLAMA),
        **dict.fromkeys(("granitemoeshared", "exaone", "internlm2", "smollm3", "smallthinker"), _LLAMA),
        **dict.fromkeys(("deepseek", "ernie4_5", "minicpm", "baichuan", "gemma", "nemotron-nas"), _LLAMA),
        **dict.fromkeys(("qwen2", "mimo", "qwen2_vl", "qwen2_5_vl"), _QWEN2),
        "qwen2_moe": Family(attention=attention(bias=True), experts=experts(shared_gate=True)),
        **dict.fromkeys(("qwen3", "qwen3_moe", "qwen3_vl", "qwen3_vl_moe", "hunyuan_v1_dense"), _QWEN3),
        "hunyuan_v1_moe": _QWEN3,
        "qwen3_next": replace(_GATED, special={"linear": linear_attention(joint=True)}),
        **dict.fromkeys(("qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text"), _GATED),
        "gemma2": Family(norms=SANDWICH),
        **dict.fromkeys(("gemma3", "gemma3_text"), _GEMMA3),
        **dict.fromkeys(("gemma3n", "gemma3n_text"), replace(_GEMMA3, extra=_gemma3n)),
        **dict.fromkeys(("gemma4", "gemma4_text", "gemma4_unified"), _GEMMA4),
        "phi": Family(
            attention=attention(bias=True, output_bias=True),
            dense=feed_forward("plain", bias=True),
            norms=("attn_norm",),
            norm_bias=True,
            head_bias=True,
        ),
        "phi3": Family(attention=attention(fused=True), dense=feed_forward("fused")),
        "phimoe": Family(attention=attention(bias=True, output_bias=True), norm_bias=True, head_bias=True),
        "gpt_oss": Family(
            attention=attention(bias=True, output_bias=True),
            experts=experts(bias=True),
            norms=BEFORE_AND_BETWEEN,
            extra=_sinks,
        ),
        "deepseek_v2": Family(attention=latent_attention),
        **dict.fromkeys(("deepseek_v3", "kimi_k2", "kimi_k25", "glm4_moe_lite"), _LATENT),
        "mistral4": Family(attention=latent_attention),
        **dict.fromkeys(("deepseek_v32", "glm_moe_dsa"), _SPARSE),
        "cohere": Family(norms=("attn_norm",)),
        "cohere2": Family(norms=("attn_norm",)),
        **dict.fromkeys(("olmo2", "olmo3"), _OLMO2),
        "olmoe": Family(attention=attention(qk_norm="full")),
        "glm4": Family(dense=feed_forward("fused"), norms=SANDWICH),
        "glm4_moe": Family(
            attention=attention(bias=True), experts=experts(selection_bias=True), norms=BEFORE_AND_BETWEEN
        ),
        **dict.fromkeys(("exaone4", "exaone4_5"), Family(attention=attention(qk_norm="head"), norms=POST)),
        **dict.fromkeys(("exaone_moe", "dots1", "hy_v3"), _BALANCED),
        "ernie4_5_moe": Family(experts=experts(selection_bias=True)),
        "minimax_m2": Family(attention=attention(qk_norm="full"), experts=experts(selection_bias=True)),
        "seed_oss": Family(attention=attention(bias=True), norms=BEFORE_AND_BETWEEN),
        **dict.fromkeys(("llama4", "llama4_text"), _LLAMA),
        "arcee": Family(dense=feed_forward("plain")),
        "apertus": Family(attention=attention(qk_norm="head"), dense=feed_forward("plain")),
        "nemotron": Family(dense=feed_forward("plain"), norm_bias=True),
        "starcoder2": Family(
            attention=attention(bias=True, output_bias=True), dense=feed_forward("plain", bias=True), norm_bias=True
        ),
        "stablelm": Family(norm_bias=True),
        "bailing_moe_v2": Family(attention=attention(qk_norm="head", fused=True), experts=experts(selection_bias=True)),
        "granitemoehybrid": Family(special={"mamba": mamba()}, kv_by_layer=True),
        "falcon_h1": Family(attention=_falcon_h1),
        "nemotron_h": _NEMOTRON_H,
        **dict.fromkeys(("lfm2", "lfm2_moe"), _LFM2),
    }
)


def family_of(architecture: Architecture) -> Family:
    """The rules of the architecture's family. Raises ValueError where its tensors are not known."""
    found = FAMILIES.get(architecture.family)
    if found is None:
        raise ValueError(f"the tensors of the {architecture.family!r} family are not known")
    latent = found.attention in (latent_attention, sparse_latent_attention)
    if architecture.kv_latent_size and not latent:
        if architecture.family in ("mistral3", "mistral"):
            return FAMILIES["mistral4"]
        raise ValueError(f"{architecture.family}: latent attention (kv_latent_size) is not known in this family")
    if architecture.family == "cohere" and architecture.layers >= 64:
        return replace(found, attention=attention(qk_norm="per_head"))
    return found
