"""Our sizes against the engine's own: every row of its tables, and its tests' records of further models."""

import pytest

from benchmarks.accuracy_weights import architectures, engine_files, published_files
from lib.architecture import Architecture
from lib.sizing.mixtures import types_by_name

SHAPES = architectures()


@pytest.mark.parametrize("model", SHAPES)
def test_every_row_of_the_engine_is_met(model: str) -> None:
    """Tensor bytes and the number of tensors of each type exactly, the whole file within 0.1 %."""
    rows = [file for file in engine_files() if file.model == model]
    assert len(rows) >= 35
    a = SHAPES[model]
    assert [file.format for file in rows if not file.is_exact(a)] == []
    assert [file.format for file in rows if abs(file.ours(a).file_bytes / file.file_bytes - 1) > 1e-3] == []


def test_files_people_published() -> None:
    """To 0.1 %, or to what the publisher's rounding leaves; Phi-3 of 2024 by the rules of 2024."""
    off = []
    for file in published_files():
        allowed = max(1e-3 * file.file_bytes, file.rounded_to_bytes)
        if abs(file.ours(SHAPES[file.model]).file_bytes - file.file_bytes) > allowed:
            off.append((file.model, file.format))
    assert off == []


NEMOTRON_KINDS = tuple(
    {"M": "mamba", "E": "none", "*": "full"}[letter]
    for letter in "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"
)
QWEN_LINEAR = {
    "layer_kinds": ("linear", "linear", "linear", "full"),
    "linear_key_heads": 16,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "convolution_width": 4,
}
FURTHER = {
    "qwen3-coder-next": Architecture(
        family="qwen3_next",
        layers=48,
        hidden_size=2048,
        vocabulary_size=151936,
        attention_heads=16,
        kv_heads=2,
        head_dim=256,
        experts=512,
        experts_used=10,
        expert_feed_forward_size=512,
        shared_expert_feed_forward_size=512,
        linear_value_heads=32,
        **QWEN_LINEAR,
    ),
    "qwen3.6-27b": Architecture(
        family="qwen3_5",
        layers=64,
        hidden_size=5120,
        vocabulary_size=248320,
        attention_heads=24,
        kv_heads=4,
        head_dim=256,
        feed_forward_size=17408,
        linear_value_heads=48,
        **QWEN_LINEAR,
    ),
    "nemotron-3-nano": Architecture(
        family="nemotron_h",
        layers=52,
        hidden_size=2688,
        vocabulary_size=131072,
        attention_heads=32,
        kv_heads=2,
        head_dim=128,
        experts=128,
        experts_used=6,
        expert_feed_forward_size=1856,
        shared_expert_feed_forward_size=3712,
        layer_kinds=NEMOTRON_KINDS,
        state_inner_size=4096,
        state_heads=64,
        state_groups=8,
        state_size=128,
        convolution_width=4,
    ),
    "glm-4.5-air": Architecture(
        family="glm4_moe",
        layers=46,
        hidden_size=4096,
        vocabulary_size=151552,
        attention_heads=96,
        kv_heads=8,
        head_dim=128,
        experts=128,
        experts_used=8,
        expert_feed_forward_size=1408,
        shared_expert_feed_forward_size=1408,
        dense_layers=1,
        feed_forward_size=10944,
    ),
    "gemma-3-4b": Architecture(
        family="gemma3",
        layers=34,
        hidden_size=2560,
        vocabulary_size=262208,
        attention_heads=8,
        kv_heads=4,
        head_dim=256,
        feed_forward_size=10240,
        tied_embeddings=True,
    ),
}
# What the engine's own test of its type selection records (llama.cpp b11434, tests/snapshots).
RECORDED: list[tuple[str, str, dict[str, dict[str, int]]]] = [
    ("qwen3-coder-next", "Q4_K_M", {
        "output": {"Q6_K": 1}, "attn_qkv": {"Q6_K": 18, "Q4_K": 18}, "attn_v": {"Q6_K": 6, "Q4_K": 6},
        "ffn_down_exps": {"Q6_K": 24, "Q4_K": 24}, "ssm_ba": {"Q4_K": 36},
    }),
    ("qwen3-coder-next", "IQ2_M", {
        "token_embd": {"IQ3_S": 1}, "attn_qkv": {"Q4_K": 36}, "ffn_down_shexp": {"IQ3_S": 3, "IQ2_S": 45},
    }),
    ("qwen3.6-27b", "Q3_K_M", {
        "attn_qkv": {"Q5_K": 2, "Q4_K": 46}, "attn_v": {"Q4_K": 16}, "ffn_down": {"Q5_K": 4, "Q4_K": 60},
        "attn_output": {"Q4_K": 16}, "ssm_out": {"Q3_K": 48},
    }),
    ("nemotron-3-nano", "Q4_K_M", {
        "output": {"Q8_0": 1}, "token_embd": {"Q5_0": 1}, "ssm_in": {"Q5_0": 23}, "attn_v": {"Q8_0": 2, "Q5_0": 4},
        "ffn_down_exps": {"Q8_0": 11, "Q5_0": 12}, "attn_output": {"Q4_K": 6},
    }),
    ("nemotron-3-nano", "IQ2_M", {"attn_v": {"Q5_0": 6}, "ffn_up_exps": {"IQ4_NL": 23}, "attn_output": {"IQ3_S": 6}}),
    ("glm-4.5-air", "Q4_K_M", {
        "attn_v": {"Q6_K": 22, "Q4_K": 24}, "ffn_down": {"Q8_0": 1}, "ffn_down_exps": {"Q8_0": 21, "Q5_0": 24},
    }),
    ("gemma-3-4b", "Q3_K_M", {
        "token_embd": {"Q6_K": 1}, "attn_v": {"Q5_K": 2, "Q4_K": 32}, "ffn_down": {"Q5_K": 2, "Q4_K": 32},
    }),
]  # fmt: skip


@pytest.mark.parametrize(("model", "chosen", "recorded"), RECORDED)
def test_types_the_engine_records_for_further_models(
    model: str, chosen: str, recorded: dict[str, dict[str, int]]
) -> None:
    found = types_by_name(FURTHER[model], chosen)
    assert {name: found[f"{name}.weight"] for name in recorded} == recorded
