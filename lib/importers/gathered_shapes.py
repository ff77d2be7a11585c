"""A model's `Architecture` from gathered facts in the words of Hugging Face configurations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lib.architecture import Architecture, LayerKind

UNKNOWN = {
    "mllama": "its cross-attention layers are not described here",
    "nemotron-nas": "its layers differ in heads and width, which no source lists here",
    "falcon_h1": "the size of its state is not known here",
    "phi3small": "the pattern of its block-sparse attention is not known here",
    "deepseek_v4": "its compressed cache is not described here",
    "deepseek_v41": "its compressed cache is not described here",
    "kimi_k3": "the order and the cache of its layers are not known here",
    "minimax_m3_vl": "its attention is not described here",
    "step3p5": "the pattern of its layers is not known here",
    "mimo_v2_flash": "heads of its sliding layers are not known here",
    "mimo_v2": "heads of its sliding layers are not known here",
    "glm5_next": "the pattern of its layers is not known here",
    "qwen4_exp": "the pattern of its layers is not known here",
    "laguna": "the pattern of its layers is not known here",
    "exaone_moe": "its dense and shared parts are not known here",
    "exaone4_5": "the pattern of its layers is not known here",
    "gemma4_unified": "heads of its global layers are not known here",
}
"""Families whose facts are incomplete, and what is missing."""

TIED = frozenset(
    {
        "gemma",
        "gemma2",
        "gemma3",
        "gemma3_text",
        "gemma3n",
        "gemma4",
        "cohere",
        "cohere2",
        "granitemoehybrid",
        "lfm2",
        "lfm2_moe",
    }
)
UNTIED = frozenset(
    {"llama4", "mixtral", "mistral", "mistral3", "ministral3", "mistral4", "mimo", "hy_v3", "nemotron_h", "qwen3_vl", "qwen3_vl_moe", "qwen3_moe", "qwen3", "deepseek_v2", "deepseek_v3", "deepseek_v32", "gpt_oss", "glm4_moe",
     "glm4_moe_lite", "glm_moe_dsa", "minimax_m2", "phimoe", "kimi_k2", "kimi_k25"}
)  # fmt: skip
"""Families that share the embedding with the output head in every size, or in none (class defaults of Transformers)."""

MIXED = frozenset(
    {"gemma2", "gemma3", "gemma3_text", "gemma3n", "gemma4", "gpt_oss", "cohere2", "olmo3", "llama4", "qwen3_next", "qwen3_5", "qwen3_5_moe",
     "qwen3_5_moe_text", "nemotron_h", "lfm2", "lfm2_moe"}
)  # fmt: skip
"""Families whose layers are never all alike: without their order nothing can be said about the cache."""

_RATIO = re.compile(r"(\d+)\s*(local|linear|sliding)\s*:\s*(\d+)\s*(?:global|full)")


def _kinds(facts: Mapping[str, Any]) -> tuple[LayerKind, ...]:
    """The repeating pattern of layers. Raises ValueError where only counts are given that fit no pattern."""
    if given := facts.get("layer_kinds"):
        return tuple(given)
    text = f"{facts.get('sliding_pattern') or ''} {facts.get('attention_pattern') or ''}"
    if match := _RATIO.search(text):
        other: LayerKind = "linear" if match[2] == "linear" else "sliding"
        last: list[LayerKind] = ["full"] * int(match[3])
        return (*[other] * int(match[1]), *last)
    if "alternating sliding/full" in text:
        return ("sliding", "full")
    layers, windows, whole = facts["num_hidden_layers"], facts.get("sliding_layers"), facts.get("global_layers")
    kind: LayerKind = "chunked" if "chunked" in text else "sliding"
    if windows and whole:
        for run in range(1, 12):
            if layers // (run + 1) == whole and layers - whole == windows:
                return (kind,) * run + ("full",)
        raise ValueError(f"{windows} sliding and {whole} full layers of {layers} follow no simple pattern")
    if facts.get("sliding_window") and windows is None:
        raise ValueError("it has a sliding window, but which layers use it is not known")
    if ("Mamba" in text and "no Mamba" not in text) or "convolution" in text:
        raise ValueError("the order of its layers is not known")
    return ("full",)


def _tied(facts: Mapping[str, Any], family: str, fits: bool | None) -> bool:
    stated = facts.get("tie_word_embeddings")
    if stated is not None:
        return bool(stated)
    if fits is not None:
        return fits
    if family in TIED or family in UNTIED:
        return family in TIED
    raise ValueError("whether its output head is the embedding is not known")


def _heads(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Sizes of attention, latent or plain."""
    heads = facts["num_attention_heads"]
    if facts.get("kv_lora_rank"):
        plain, rope = facts["qk_nope_head_dim"], facts["qk_rope_head_dim"]
        return {
            "head_dim": plain + rope,
            "kv_heads": facts.get("num_key_value_heads") or heads,
            "query_latent_size": facts.get("q_lora_rank") or None,
            "kv_latent_size": facts["kv_lora_rank"],
            "no_rope_head_dim": plain,
            "rope_head_dim": rope,
            "value_head_dim": facts["v_head_dim"],
            "index_heads": facts.get("index_n_heads"),
            "index_head_dim": facts.get("index_head_dim"),
        }
    if "MLA" in str(facts.get("attention", "")):
        raise ValueError("the ranks of its latent attention are not known")
    size, rest = divmod(facts["hidden_size"], heads)
    if not facts.get("head_dim") and rest:
        raise ValueError("its head size is not known")
    return {
        "head_dim": facts.get("head_dim") or size,
        "kv_heads": facts["num_key_value_heads"],
        "global_head_dim": facts.get("global_head_dim"),
        "global_kv_heads": facts.get("num_global_kv_heads"),
        "global_values_are_keys": bool(facts.get("k_eq_v_global")),
        "kv_shared_layers": facts.get("num_kv_shared_layers") or 0,
        "per_layer_input_size": facts.get("per_layer_input_dim"),
    }


def _feed_forward(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Widths of dense and routed feed-forward blocks."""
    count = facts.get("num_experts")
    if not count:
        return {"feed_forward_size": facts["intermediate_size"]}
    width = facts["moe_intermediate_size"]
    dense = facts.get("n_dense_layers") or facts.get("first_k_dense_replace") or 0
    every = facts.get("interleave_moe_layer_step") or 1
    shared = (
        facts.get("shared_expert_intermediate_size")
        or facts.get("shared_intermediate_size")
        or facts.get("dense_shared_mlp_size")
    )
    shared = shared or (facts.get("n_shared_experts") or 0) * width
    found: dict[str, Any] = {
        "experts": count,
        "experts_used": facts["experts_per_token"],
        "expert_latent_size": facts.get("moe_latent_size"),
        "expert_feed_forward_size": width,
        "shared_expert_feed_forward_size": shared or None,
        "dense_layers": dense,
        "expert_layer_every": every,
    }
    beside = facts.get("dense_shared_mlp_size")
    if dense or every > 1 or beside:
        found["feed_forward_size"] = beside or facts.get("dense_intermediate_size") or facts["intermediate_size"]
    return found


def _state(facts: Mapping[str, Any], kinds: tuple[LayerKind, ...]) -> dict[str, Any]:
    """Sizes of layers that keep a state instead of a cache."""
    if "linear" in kinds:
        return {
            "linear_key_heads": facts["linear_num_key_heads"],
            "linear_value_heads": facts["linear_num_value_heads"],
            "linear_key_head_dim": facts["linear_key_head_dim"],
            "linear_value_head_dim": facts["linear_value_head_dim"],
            "convolution_width": facts["linear_conv_kernel_dim"],
        }
    if "mamba" in kinds:
        return {
            "state_size": facts["mamba_d_state"],
            "state_heads": facts["mamba_n_heads"],
            "state_groups": facts["mamba_n_groups"],
            "state_inner_size": facts["mamba_n_heads"] * facts["mamba_d_head"],
            "convolution_width": facts["mamba_d_conv"],
        }
    return {"convolution_width": facts["conv_L_cache"]} if "conv" in kinds else {}


def shapes(
    facts: Mapping[str, Any], context_tokens: int | None = None, *, tied_fits: bool | None = None
) -> Architecture:
    """The shapes of the language model. `tied_fits`: which choice of tying reproduces the published parameter count.

    Raises ValueError saying what is unknown.
    """
    family = facts.get("model_type")
    if not family:
        raise ValueError(
            "its family (model_type) is not known" if facts.get("num_hidden_layers") else "its shapes are not known"
        )
    if family in UNKNOWN:
        raise ValueError(UNKNOWN[family])
    try:
        kinds = _kinds(facts)
        if family in MIXED and kinds == ("full",):
            raise ValueError("the order of its layers is not known")
        windowed = {"sliding", "chunked"} & set(kinds)
        return Architecture(
            family=family,
            layers=facts["num_hidden_layers"],
            hidden_size=facts["hidden_size"],
            vocabulary_size=facts["vocab_size"],
            attention_heads=facts["num_attention_heads"],
            tied_embeddings=_tied(facts, family, tied_fits),
            context_tokens=context_tokens,
            layer_kinds=kinds,
            sliding_window_tokens=facts["sliding_window"] if windowed else None,
            query_key_norms=facts.get("use_qk_norm"),
            rope_scaling=facts.get("rope_scaling"),
            **_heads(facts),
            **_feed_forward(facts),
            **_state(facts, kinds),
        )
    except KeyError as missing:
        raise ValueError(f"{missing.args[0]} is not known") from missing
