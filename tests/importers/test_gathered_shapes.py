"""Shapes of models from gathered facts: what is computed from them must be the published model."""

from __future__ import annotations

from typing import Any

import pytest

from lib.catalog.load import load
from lib.importers.gathered_completions import completed
from lib.importers.gathered_shapes import shapes
from lib.sizing.weights import parameters, weights


def attention(
    layers: int, width: int, heads: int, kv: int, size: int, words: int, family: str, **more: Any
) -> dict[str, Any]:
    return {
        "num_hidden_layers": layers, "hidden_size": width, "num_attention_heads": heads, "num_key_value_heads": kv, "head_dim": size,
        "vocab_size": words, "model_type": family, **more,
    }  # fmt: skip


GEMMA_3_1B = attention(
    26,
    1152,
    4,
    1,
    256,
    262144,
    "gemma3_text",
    intermediate_size=6912,
    sliding_window=512,
    sliding_pattern="5 local : 1 global",
)
LLAMA_3_8B = attention(32, 4096, 32, 8, 128, 128256, "llama", intermediate_size=14336, tie_word_embeddings=False)
KIMI_K2 = {
    "num_hidden_layers": 61, "n_dense_layers": 1, "hidden_size": 7168, "moe_intermediate_size": 2048, "num_attention_heads": 64,
    "num_experts": 384, "experts_per_token": 8, "attention": "MLA", "num_key_value_heads": 64, "vocab_size": 163840, "model_type": "kimi_k2",
}  # fmt: skip
GRANITE_H_TINY = attention(
    40,
    1536,
    12,
    4,
    128,
    100352,
    "granitemoehybrid",
    num_experts=64,
    experts_per_token=6,
    moe_intermediate_size=512,
    attention_pattern="Mamba-2 hybrid",
)
MAVERICK = attention(
    48, 5120, 40, 8, 128, 202048, "llama4", num_experts=128, experts_per_token=1, moe_intermediate_size=8192, intermediate_size=8192,
    dense_intermediate_size=16384, interleave_moe_layer_step=2, sliding_window=8192, sliding_layers=36, global_layers=12,
    attention_pattern="chunked local attention (8192) on RoPE layers, full attention (NoPE) every 4th layer",
)  # fmt: skip


def test_five_of_six_layers_of_gemma_3_slide() -> None:
    found = shapes(GEMMA_3_1B)
    assert found.kinds().count("full") == 4
    assert found.kinds()[5] == "full"
    assert found.tied_embeddings
    assert found.sliding_window_tokens == 512


@pytest.mark.parametrize(
    ("name", "facts", "published"),
    [
        ("llama-3-8b", LLAMA_3_8B, 8_030_261_248),
        ("gemma-3-1b-it", GEMMA_3_1B, 999_885_952),
        ("kimi-k2-instruct", KIMI_K2, 1_026_408_235_864),
        ("granite-4.0-h-tiny", GRANITE_H_TINY, 6_939_037_248),
    ],
)
def test_shapes_add_up_to_the_published_count(name: str, facts: dict[str, Any], published: int) -> None:
    total, _ = parameters(shapes(completed(name, facts)[0]))
    assert total == pytest.approx(published, rel=1e-4)


def test_every_other_layer_of_maverick_has_experts_and_one_in_four_sees_everything() -> None:
    found = shapes(completed("llama-4-maverick", MAVERICK)[0])
    assert [found.has_experts(layer) for layer in range(4)] == [False, True, False, True]
    assert found.kinds()[:4] == ("chunked", "chunked", "chunked", "full")
    assert found.feed_forward_size == 16384
    assert found.shared_expert_feed_forward_size == 8192


def test_a_window_in_every_layer_counts_as_none_as_in_the_engine() -> None:
    phi = attention(
        32,
        3072,
        32,
        32,
        96,
        32064,
        "phi3",
        intermediate_size=8192,
        tie_word_embeddings=False,
        sliding_window=2048,
        sliding_layers=32,
        global_layers=0,
    )
    assert shapes(phi).layer_kinds == ("full",)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (KIMI_K2, "ranks of its latent attention"),
        (GRANITE_H_TINY, "order of its layers"),
        ({**LLAMA_3_8B, "model_type": None}, "family"),
        ({**GEMMA_3_1B, "sliding_pattern": None}, "which layers use it is not known"),
        (attention(24, 2048, 8, 2, 256, 248320, "qwen3_5", intermediate_size=6144), "order of its layers"),
        ({**LLAMA_3_8B, "tie_word_embeddings": None}, "output head"),
        ({key: v for key, v in LLAMA_3_8B.items() if key != "intermediate_size"}, "intermediate_size is not known"),
    ],
)
def test_what_is_not_known_is_named_and_never_guessed(facts: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        shapes(facts)


def test_every_model_of_the_catalog_with_shapes_can_be_sized() -> None:
    catalog = load()
    beyond_text = {"image", "audio"}
    for key, found in catalog.models.items():
        if found.architecture is None:
            assert not found.open_weights or "cannot be computed" in (found.note or ""), key
            continue
        total, _ = parameters(found.architecture)
        assert weights(found.architecture, "Q4_K_M").file_bytes > 0, key
        assert found.parameters, key
        # Image and audio encoders, and layers that predict more tokens, are in the checkpoint and not in the shapes.
        spare = 0.2 if beyond_text & set(found.input) else 0.03
        assert -spare <= total / found.parameters - 1 <= 0.065, key
