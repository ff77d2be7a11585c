"""Shapes the gathered files leave out, from public configurations.

Each entry says for which models, which facts (by their names in Hugging Face configurations), and
where they were read. With them the parameters add up to the published checkpoint's count (exactly
for Kimi K2, Granite 4 H, Hunyuan-A13B, LFM2, Qwen3-Coder-Next and Qwen3.8-2.4T).
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple


class Completion(NamedTuple):
    models: tuple[str, ...]
    """Ids, `*` standing for anything."""
    facts: Mapping[str, Any]
    source: str


_TRANSFORMERS = "pypi:transformers==5.23.0 models/"


def _conv(attention: tuple[int, ...], layers: int) -> dict[str, Any]:
    kinds = tuple("full" if layer in attention else "conv" for layer in range(layers))
    return {"layer_kinds": kinds, "conv_L_cache": 3, "tie_word_embeddings": True}


_GRANITE_PLACES = tuple("full" if layer in (5, 15, 25, 35) else "mamba" for layer in range(40))
_KIMI = {
    "intermediate_size": 18432, "first_k_dense_replace": 1, "n_shared_experts": 1, "q_lora_rank": 1536, "kv_lora_rank": 512,
    "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "tie_word_embeddings": False,
}  # fmt: skip
_LINEAR = {
    "linear_num_key_heads": 16,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
}


def _order(pattern: str) -> dict[str, Any]:
    """Layers of Nemotron-H by its own letters; feed-forward layers keep nothing."""
    return {
        "layer_kinds": tuple({"M": "mamba", "*": "full"}.get(letter, "none") for letter in pattern),
        "tie_word_embeddings": False,
    }


def _mamba2(heads: int, size: int) -> dict[str, Any]:
    return {"mamba_n_heads": heads, "mamba_d_head": size, "mamba_d_state": 128, "mamba_n_groups": 8, "mamba_d_conv": 4}


def _linear(value_heads: int, tied: bool) -> dict[str, Any]:
    return {**_LINEAR, "linear_num_value_heads": value_heads, "tie_word_embeddings": tied}


def _mamba(heads: int, shared: int) -> dict[str, Any]:
    return {
        "layer_kinds": _GRANITE_PLACES, "mamba_n_heads": heads, "mamba_d_head": 64, "mamba_d_state": 128, "mamba_n_groups": 1,
        "mamba_d_conv": 4, "shared_intermediate_size": shared, "tie_word_embeddings": True,
    }  # fmt: skip


COMPLETIONS: tuple[Completion, ...] = (
    Completion(("llama-2-70b-chat", "llama-3.1-405b-instruct"), {"model_type": "llama"}, "github:Lightning-AI/litgpt@26857050fe3f:litgpt/config.py"),
    Completion(("gemma-1.1-*",), {"model_type": "gemma"}, "github:google/gemma_pytorch@014acb7ac456:gemma/config.py"),
    Completion(
        ("mistral-large-2407", "mistral-large-2411", "devstral-small-2507", "magistral-small-2506"), {"model_type": "mistral", "tie_word_embeddings": False},
        "github:Lightning-AI/litgpt@26857050fe3f:litgpt/config.py",
    ),
    Completion(("gemma-3-270m-it",), {"sliding_pattern": "5 local : 1 global", "sliding_window": 512}, "https://huggingface.co/google/gemma-3-270m-it/blob/main/config.json"),
    Completion(
        ("nemotron-3-super-120b-a12b",),
        {
            **_order("MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME"), **_mamba2(128, 64),
            "moe_latent_size": 1024, "shared_expert_intermediate_size": 5376,
        },
        "https://huggingface.co/nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16/blob/main/config.json",
    ),
    Completion(
        ("qwen3-next-*", "qwen3-coder-next"), _linear(32, False), _TRANSFORMERS + "qwen3_next/configuration_qwen3_next.py"
    ),
    Completion(("qwen3.5-0.8b", "qwen3.5-2b"), _linear(16, True), "https://huggingface.co/oopere/Qwen3.5-0.65B-Base-Rearchitected/blob/main/config.json (linear heads of the 0.8B)"),
    Completion(("qwen3.5-4b",), _linear(32, True), "https://huggingface.co/coderofpears/ClankerCode-Checkpoint1/blame/main/config.json"),
    Completion(("qwen3.5-9b",), _linear(32, False), _TRANSFORMERS + "qwen3_5/configuration_qwen3_5.py"),
    Completion(("qwen3.5-27b", "qwen3.6-27b", "qwen3.8-27b"), _linear(48, False), "https://docs.modular.com/max/api/python/pipelines.architectures.qwen3_5/"),
    Completion(("qwen3.5-35b-a3b", "qwen3.6-35b-a3b"), _linear(32, False), _TRANSFORMERS + "qwen3_5_moe/configuration_qwen3_5_moe.py"),
    Completion(("qwen3.5-122b-a10b", "qwen3.5-397b-a17b"), _linear(64, False), "pypi:llmfit==1.1.17 parameter counts: only 64 value heads leave the size of the vision tower"),
    Completion(("qwen3.8-2.4t-a95b",), {**_linear(128, False), "attention_pattern": "3 linear : 1 full"}, "pypi:llmfit==1.1.17 parameter count: reproduced exactly by 128 value heads"),
    Completion(("kimi-k2*",), _KIMI, "https://docs.nvidia.com/nemo/megatron-bridge/latest/apidocs/bridge/bridge.models.kimi.kimi_provider.html"),
    Completion(
        ("glm-4.5", "glm-4.6", "glm-4.7"), {"intermediate_size": 12288, "first_k_dense_replace": 3, "n_shared_experts": 1, "tie_word_embeddings": False, "use_qk_norm": True},
        "https://huggingface.co/zai-org/GLM-4.7/blob/refs%2Fpr%2F49/config.json",
    ),
    Completion(("glm-4.7-flash",), {"first_k_dense_replace": 1}, _TRANSFORMERS + "glm4_moe_lite/configuration_glm4_moe_lite.py"),
    Completion(("glm-5", "glm-5.1", "glm-5.2", "glm-5.3"), {"index_n_heads": 32, "index_head_dim": 128}, _TRANSFORMERS + "glm_moe_dsa/configuration_glm_moe_dsa.py"),
    Completion(
        ("granite-4.0-h-micro",), {**_mamba(64, 8192), "intermediate_size": 8192}, "https://huggingface.co/anuj6316/granite/blob/main/config.json"
    ),
    Completion(("granite-4.0-h-tiny",), _mamba(48, 1024), "https://huggingface.co/bnbnoman01/test/blob/main/config.json"),
    Completion(("granite-4.0-h-small",), _mamba(128, 1536), "pypi:llmfit==1.1.17 parameter count: reproduced exactly with the layer order of H-Micro and H-Tiny"),
    Completion(
        ("llama-4-scout",), {"shared_expert_intermediate_size": 8192, "intermediate_size": None}, _TRANSFORMERS + "llama4/configuration_llama4.py"
    ),
    Completion(("llama-4-maverick",), {"shared_expert_intermediate_size": 8192}, _TRANSFORMERS + "llama4/configuration_llama4.py"),
    Completion(
        ("ernie-4.5-21b-a3b",),
        {"num_experts": 64, "experts_per_token": 6, "n_shared_experts": 2, "first_k_dense_replace": 1, "intermediate_size": 12288, "tie_word_embeddings": True},
        _TRANSFORMERS + "ernie4_5_moe/configuration_ernie4_5_moe.py",
    ),
    Completion(
        ("hunyuan-a13b",), {"num_experts": 64, "experts_per_token": 8, "n_shared_experts": 1, "tie_word_embeddings": True},
        "github:Tencent-Hunyuan/Hunyuan-A13B@2798f3c8b6a6:README.md",
    ),
    Completion(
        ("gemma-3n-e2b-it",), {"num_kv_shared_layers": 10, "per_layer_input_dim": 256}, "https://huggingface.co/google/gemma-3n-E2B-it config.json"
    ),
    Completion(("gemma-3n-e4b-it",), {"num_kv_shared_layers": 15, "per_layer_input_dim": 256}, _TRANSFORMERS + "gemma3n/configuration_gemma3n.py"),
    Completion(
        ("gemma-4-e2b-it",), {"intermediate_size": (6144,) * 15 + (12288,) * 20, "global_head_dim": 512}, "https://github.com/google/gemma.cpp/pull/919"
    ),
    Completion(
        ("gemma-4-e4b-it",), {"global_head_dim": 512},
        "https://docs.nvidia.com/nemo/megatron-bridge/nightly/apidocs/bridge/bridge.recipes.gemma.h100.gemma4.html",
    ),
    Completion(("mistral-small-4",), {"n_shared_experts": 1}, _TRANSFORMERS + "mistral4/configuration_mistral4.py"),
    Completion(
        ("ministral-3-8b",),
        {"model_type": "ministral3", "num_hidden_layers": 34, "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 131072, "tie_word_embeddings": False},
        _TRANSFORMERS + "ministral3/configuration_ministral3.py",
    ),
    Completion(
        ("lfm2-1.2b",), _conv((2, 5, 8, 10, 12, 14), 16), "https://huggingface.co/Thorge-AI/lfm2-web-runtime-weights/blob/main/Models/350M/config.json (same order of layers in the 350M)"
    ),
    Completion(("lfm2.5-2.6b",), _conv((2, 5, 9, 13, 17, 21, 24, 27), 30), "https://huggingface.co/LiquidAI/LFM2-2.6B-Transcript-ONNX/blob/main/config.json"),
    Completion(
        ("lfm2-8b-a1b",), {**_conv((2, 6, 10, 14, 18, 21), 24), "intermediate_size": 7168, "n_dense_layers": 2}, "https://huggingface.co/LiquidAI/LFM2-8B-A1B/blob/main/config.json"
    ),
    Completion(
        ("nemotron-3-nano-30b-a3b", "nemotron-3.5-lightning-30b-a3b"),
        {**_order("MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"), **_mamba2(64, 64), "shared_expert_intermediate_size": 3712},
        "https://huggingface.co/nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16/blob/main/config.json",
    ),
    Completion(
        ("nemotron-nano-9b-v2",), {**_order("M-M-M-MM-M-M-M*-M-M-M*-M-M-M-M*-M-M-M-M*-M-MM-M-M-M-M-M-"), **_mamba2(128, 80)},
        "https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2/blob/main/config.json",
    ),
    Completion(
        ("hy3",), {"n_shared_experts": 1, "n_dense_layers": 1, "tie_word_embeddings": False}, _TRANSFORMERS + "hy_v3/configuration_hy_v3.py"
    ),
    Completion(("llama-3.1-*", "llama-3.2-*b-instruct", "llama-3.3-*", "nemotron-70b", "deepseek-r1-distill-llama-*"), {"rope_scaling": "llama3"}, "github:Lightning-AI/litgpt@26857050fe3f:litgpt/config.py"),
    Completion(("phi-3-*-128k", "phi-3.5-*", "phi-4-mini*"), {"rope_scaling": "longrope"}, _TRANSFORMERS + "phi3/configuration_phi3.py"),
    Completion(("exaone-3.5-7.8b", "exaone-3.5-32b"), {"vocab_size": 102400, "tie_word_embeddings": False}, "github:LG-AI-EXAONE/EXAONE-3.5@8bdf17831d2f:README.md"),
)  # fmt: skip


def completed(model_id: str, facts: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The gathered facts of a model with what is added here, and the sources of what was added."""
    found, sources = dict(facts), []
    for entry in COMPLETIONS:
        if any(fnmatchcase(model_id, pattern) for pattern in entry.models):
            found.update(entry.facts)
            sources.append(entry.source)
    return found, tuple(sources)
