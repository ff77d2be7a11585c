"""A Hugging Face `config.json` made into an `Architecture`.

Configurations name the same shape in a dozen ways and leave out what their library's classes default to;
both are restated here for the families whose tensors we know. Anything else is refused with one line that
names the field: a shape is never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ValidationError

from lib.architecture import Architecture
from lib.importers.fields import Fields, fault, shown
from lib.importers.layer_plan import layer_kinds
from lib.sizing.tensors import known_families

MAX_BYTES = 4_000_000
"""Larger files are not configurations: the longest in use are some hundred kilobytes."""

_NESTED = ("text_config", "language_config", "llm_config")
# What the classes of the transformers library fill in where a configuration is silent.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "gemma3_text": {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 262208},
    "gemma3n_text": {"num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 256, "vocab_size": 262400},
    "mistral": {"num_key_value_heads": 8},
    "mixtral": {"num_local_experts": 8, "num_experts_per_tok": 2},
}
_TIED_BY_DEFAULT = frozenset(
    {"cohere", "cohere2", "smollm3", "lfm2", "lfm2_moe", "ernie4_5", "ernie4_5_moe", "starcoder2"}
    | {family for family in known_families() if family.startswith("gemma")}
)
_EXPERTS_USED = (
    *("num_experts_per_tok", "num_experts_per_token", "experts_per_token"),
    *("moe_k", "moe_topk", "top_k_experts"),
)
_EXPERT_WIDTH_IS_INTERMEDIATE = frozenset(
    {"mixtral", "phimoe", "gpt_oss", "granitemoe", "granitemoeshared", "granitemoehybrid"}
    | {"llama4", "llama4_text", "minimax_m2", "olmoe"}
)


def architecture_from_json(text: str | bytes) -> Architecture:
    """The architecture a `config.json` file describes.

    Raises ValueError, in one line, for text that is too long or not JSON, and as `architecture_from_config`.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"config.json: {len(text)} bytes are more than the {MAX_BYTES} a configuration may have")
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"config.json: not JSON ({str(error).splitlines()[0][:80]})") from None
    return architecture_from_config(config)


def architecture_from_config(config: object) -> Architecture:
    """The architecture a parsed `config.json` describes; a multimodal model's is that of its language part.

    Raises ValueError, in one line naming the field, for an unknown `model_type` and for a field that is missing,
    of the wrong type or out of any sensible range.
    """
    if not isinstance(config, dict):
        raise fault("config.json", "an object", config)
    outer = Fields(config)
    nested = next((outer.table(name) for name in _NESTED if config.get(name) is not None), None)
    family = _family(config, nested)
    fields = Fields({**_DEFAULTS.get(family, {}), **{k: v for k, v in (nested or config).items() if v is not None}})
    tied = fields.flag("tie_word_embeddings", "tie_embedding")
    if tied is None:
        tied = outer.flag("tie_word_embeddings", "tie_embedding")
    try:
        return Architecture(
            family=family,
            tied_embeddings=family in _TIED_BY_DEFAULT if tied is None else tied,
            **_shapes(family, fields),
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "config.json"
        raise ValueError(f"{place}: {first['msg'].removeprefix('Value error, ')}") from None


def _family(config: Mapping[str, Any], nested: Mapping[str, Any] | None) -> str:
    """The known family: the language part's `model_type`, else the whole's."""
    known = known_families()
    candidates = [level.get("model_type") for level in (nested or {}, config)]
    for name in candidates:
        if name is None:
            continue
        if not isinstance(name, str):
            raise fault("model_type", "a text", name)
        for form in (name, name.removesuffix("_text")):
            if form in known:
                return form
    named = [name for name in candidates if name is not None]
    if not named:
        raise ValueError("model_type: missing")
    raise ValueError(f"model_type: {shown(named[0])} is not a family whose tensors are known")


def _shapes(family: str, fields: Fields) -> dict[str, Any]:
    layers = fields.must("num_hidden_layers", "n_layer", "num_layers", "n_layers", most=1000)
    hidden = fields.must("hidden_size", "n_embd", "d_model")
    heads = fields.must("num_attention_heads", "n_head", "num_heads")
    kinds = layer_kinds(family, fields, layers)
    shapes: dict[str, Any] = {
        "layers": layers,
        "hidden_size": hidden,
        "vocabulary_size": fields.must("vocab_size"),
        "attention_heads": heads,
        "kv_heads": fields.counts(layers, "num_key_value_heads", "num_kv_heads", "n_head_kv") or heads,
        "head_dim": fields.some("head_dim", "attention_head_dim") or hidden // heads,
        "context_tokens": fields.some("max_position_embeddings", "max_sequence_length", "n_positions"),
        "layer_kinds": kinds,
        "attention_bias": fields.flag("attention_bias"),
        "query_key_norms": fields.flag("use_qk_norm") if family == "glm4_moe" else None,
        "rope_scaling": _rope_scaling(fields),
        "per_layer_input_size": fields.some("hidden_size_per_layer_input"),
        "kv_shared_layers": fields.count("num_kv_shared_layers", least=0, most=layers) or 0,
        "index_heads": fields.some("index_n_heads"),
        "index_head_dim": fields.some("index_head_dim"),
    }
    if shapes["rope_scaling"] == "longrope":
        part = fields.raw("partial_rotary_factor")[1]
        if isinstance(part, float) and 0 < part < 1:
            shapes["rope_head_dim"] = int(shapes["head_dim"] * part)
    if {"sliding", "chunked"} & set(kinds):
        shapes["sliding_window_tokens"] = fields.must("sliding_window", "attention_chunk_size")
    shapes |= _latent(fields) | _experts(family, fields, layers) | _state(fields, kinds)
    if family.startswith("gemma4"):
        shapes |= {
            "global_head_dim": fields.some("global_head_dim"),
            "global_kv_heads": fields.some("num_global_key_value_heads"),
            "global_values_are_keys": bool(fields.flag("attention_k_eq_v")),
        }
    if family == "nemotron-nas":
        shapes |= _searched(fields, layers, hidden, heads)
    elif "feed_forward_size" not in shapes:
        shapes["feed_forward_size"] = _feed_forward(family, fields, layers)
    return shapes


def _feed_forward(family: str, fields: Fields, layers: int) -> int | tuple[int, ...]:
    names: tuple[str, ...] = ("intermediate_size", "block_ff_dim", "ffn_hidden_size", "n_inner", "ffn_dim")
    if family == "granitemoehybrid":
        names = ("shared_intermediate_size", *names)
    size = fields.counts(layers, *names)
    if size is None:
        raise ValueError("intermediate_size: missing")
    if isinstance(size, tuple):
        return size
    if family in ("lfm2", "lfm2_moe") and fields.flag("block_auto_adjust_ff_dim"):
        size, step = 2 * size // 3, fields.count("block_multiple_of") or 256
        return -(-size // step) * step
    if fields.flag("use_double_wide_mlp"):
        shared = fields.count("num_kv_shared_layers", least=0, most=layers) or 0
        return (size,) * (layers - shared) + (2 * size,) * shared
    return size


def _latent(fields: Fields) -> dict[str, Any]:
    """Shapes of latent attention."""
    rank = fields.some("kv_lora_rank")
    if rank is None:
        return {}
    plain, rope = fields.must("qk_nope_head_dim"), fields.must("qk_rope_head_dim")
    return {
        "kv_latent_size": rank,
        "query_latent_size": fields.some("q_lora_rank"),
        "no_rope_head_dim": plain,
        "rope_head_dim": rope,
        "value_head_dim": fields.must("v_head_dim"),
        "head_dim": plain + rope,
    }


def _experts(family: str, fields: Fields, layers: int) -> dict[str, Any]:
    """Shapes of routed and shared experts, and which layers have them."""
    count = fields.some("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
    if count is None:
        return {}
    used = fields.must(*_EXPERTS_USED)
    names: tuple[str, ...] = ("moe_intermediate_size", "expert_intermediate_size")
    if family in _EXPERT_WIDTH_IS_INTERMEDIATE:
        names = ("intermediate_size", *names)
    width = fields.must(*names)
    found: dict[str, Any] = {
        "experts": count,
        "experts_used": used,
        "expert_feed_forward_size": width,
        "shared_expert_feed_forward_size": _shared(family, fields, width),
        "expert_latent_size": fields.some("moe_latent_size"),
        "dense_layers": _leading_dense(fields, layers),
        "expert_layer_every": fields.count("interleave_moe_layer_step", "decoder_sparse_step") or 1,
    }
    if family in ("llama4", "llama4_text"):
        found["feed_forward_size"] = fields.some("intermediate_size_mlp")
    elif not (found["dense_layers"] or found["expert_layer_every"] > 1 or family.startswith("gemma4")):
        found["feed_forward_size"] = None
    return found


def _shared(family: str, fields: Fields, width: int) -> int | None:
    if family in ("llama4", "llama4_text"):
        return width
    each = fields.some(
        "moe_shared_expert_intermediate_size", "shared_expert_intermediate_size", "shared_intermediate_size"
    )
    number = fields.some("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert")
    if each is not None:
        return each * (number or 1)
    return width * number if number else None


def _leading_dense(fields: Fields, layers: int) -> int:
    """Dense layers before the first with experts; dense layers elsewhere are refused."""
    first = fields.count("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index", least=0, most=layers)
    if first is not None:
        return first
    kinds = fields.sequence("mlp_layer_types")
    if kinds is not None:
        dense = list(kinds).count("dense")
        if len(kinds) != layers or any(kind == "dense" for kind in kinds[dense:]):
            raise fault("mlp_layer_types", f"{layers} entries, dense ones at the start only", kinds)
        return dense
    listed = fields.sequence("mlp_only_layers") or []
    if list(listed) != list(range(len(listed))) or len(listed) > layers:
        raise fault("mlp_only_layers", "dense layers at the start only", listed)
    return len(listed)


def _state(fields: Fields, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Shapes of layers that keep a state of fixed size."""
    heads = fields.some("mamba_n_heads", "mamba_num_heads")
    head = fields.some("mamba_d_head", "mamba_head_dim")
    inner = fields.some("mamba_d_ssm")
    if inner is None and heads and head:
        inner = heads * head
    names = ("linear_conv_kernel_dim", "mamba_d_conv", "conv_kernel", "conv_L_cache")
    return {
        "linear_key_heads": fields.some("linear_num_key_heads"),
        "linear_value_heads": fields.some("linear_num_value_heads"),
        "linear_key_head_dim": fields.some("linear_key_head_dim"),
        "linear_value_head_dim": fields.some("linear_value_head_dim"),
        "convolution_width": fields.some(*names),
        "state_size": fields.some("mamba_d_state", "ssm_state_size"),
        "state_heads": heads,
        "state_groups": fields.some("mamba_n_groups", "n_groups") if heads else None,
        "state_inner_size": inner,
    }


def _rope_scaling(fields: Fields) -> Literal["llama3", "longrope"] | None:
    for name in ("rope_scaling", "rope_parameters"):
        table = fields.table(name)
        kind = table.get("rope_type") or table.get("type")
        if kind == "llama3":
            return "llama3"
        if kind in ("longrope", "su"):
            return "longrope"
    return None


def _searched(fields: Fields, layers: int, hidden: int, heads: int) -> dict[str, Any]:
    """Shapes of layers found by architecture search, each of its own (Llama-Nemotron)."""
    blocks = fields.sequence("block_configs")
    if blocks is None or len(blocks) != layers:
        raise fault("block_configs", f"a list of {layers}, one for each layer", blocks)
    kv_heads, sizes = [], []
    for block in blocks:
        if not isinstance(block, dict):
            raise fault("block_configs", "an object for each layer", block)
        part, wide = Fields(Fields(block).table("attention")), Fields(block).table("ffn")
        if part.flag("replace_with_linear"):
            raise fault("block_configs", "layers without linear replacements", block)
        kv_heads.append(0 if part.flag("no_op") else heads // part.must("n_heads_in_group", most=heads))
        multiple = 0 if wide.get("no_op") else wide.get("ffn_mult")
        if isinstance(multiple, bool) or not isinstance(multiple, int | float) or not 0 <= multiple <= 100:
            raise fault("block_configs", "an ffn_mult from 0 to 100", multiple)
        sizes.append(-(-int(2 * multiple * hidden / 3) // 256) * 256)
    return {"kv_heads": tuple(kv_heads), "feed_forward_size": tuple(sizes)}
