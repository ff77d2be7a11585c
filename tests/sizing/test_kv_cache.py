"""KV cache: numbers a reader can check by hand, and the engine's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy_buffers import architectures, cases, kv_bytes
from lib.architecture import Architecture
from lib.sizing.kv_cache import kv_cache_bytes, kv_layer_bytes

MIB = 1 << 20
ENGINE_MODELS: dict[str, Any] = json.loads((Path(__file__).parent / "engine_models.json").read_text())


def model(**shapes: Any) -> Architecture:
    plain = {
        "family": "llama",
        "layers": 32,
        "hidden_size": 4096,
        "vocabulary_size": 128256,
        "attention_heads": 32,
        "kv_heads": 8,
        "head_dim": 128,
        "feed_forward_size": 14336,
    }
    return Architecture.model_validate(plain | shapes)


def test_every_run_of_the_engine_to_the_byte() -> None:
    shapes = architectures()
    wrong = [case for case in cases() if kv_bytes(shapes[case.model], case) != case.kv_bytes]
    assert len(cases()) == 2718
    assert wrong == []


@pytest.mark.parametrize("name", ENGINE_MODELS)
def test_other_models_to_the_byte(name: str) -> None:
    architecture = Architecture.model_validate(ENGINE_MODELS[name]["shapes"])
    for cards, context, cache_type, flash_attention, bytes_kept, *_ in ENGINE_MODELS[name]["runs"]:
        found = kv_cache_bytes(
            architecture,
            context,
            type_k=cache_type,
            type_v=cache_type,
            flash_attention=flash_attention,
            device="cuda" if cards else "cpu",
        )
        assert found == bytes_kept, (context, cache_type, flash_attention)


def test_llama_31_8b_by_hand() -> None:
    # 8192 cells × 32 layers × 8 heads × 128 × (2 bytes of keys + 2 of values) = 1 GiB
    assert kv_cache_bytes(model(), 8192) == 1 << 30
    # q8_0: 34 bytes for 32 elements; 1024 elements a row are a multiple of 512, so nothing is padded
    assert kv_cache_bytes(model(), 8192, type_k="q8_0", type_v="q8_0") == 8192 * 32 * 2 * 1024 // 32 * 34


def test_cells_come_in_steps_of_256_shared_by_the_slots() -> None:
    row = 32 * 2 * 1024 * 2
    assert kv_cache_bytes(model(), 1000) == 1024 * row
    assert kv_cache_bytes(model(), 1000, slots=4) == 4 * 256 * row
    assert kv_cache_bytes(model(), 1000, slots=3) == 3 * 512 * row
    assert kv_cache_bytes(model(), 1000, slots=3, unified=True) == 1024 * row


def test_a_window_keeps_itself_and_one_micro_batch() -> None:
    gemma = model(family="gemma3_text", layer_kinds=("sliding",) * 5 + ("full",), sliding_window_tokens=1024, layers=6)
    row = 2 * 1024 * 2
    assert list(kv_layer_bytes(gemma, 32768)) == [1536 * row] * 5 + [32768 * row]
    assert kv_layer_bytes(gemma, 32768, swa_full=True)[0] == 32768 * row
    assert kv_layer_bytes(gemma, 1024)[0] == 1024 * row
    assert kv_layer_bytes(gemma, 32768, slots=2, unified=True)[0] == (2 * 1024 + 512) * row
    assert kv_layer_bytes(gemma, 32768, slots=2)[0] == 2 * 1536 * row


def test_the_engine_does_not_apply_every_window_a_configuration_names() -> None:
    phi = model(family="phi3", layer_kinds=("sliding",), sliding_window_tokens=2047)
    assert kv_cache_bytes(phi, 4096) == kv_cache_bytes(model(), 4096)


def test_latent_attention_keeps_one_row() -> None:
    deepseek = model(
        layers=61, kv_heads=128, kv_latent_size=512, rope_head_dim=64, no_rope_head_dim=128, value_head_dim=128
    )
    assert kv_cache_bytes(deepseek, 8192) == 8192 * 61 * (512 + 64) * 2
    indexed = deepseek.model_copy(update={"index_heads": 64, "index_head_dim": 128})
    assert kv_cache_bytes(indexed, 8192) == 8192 * 61 * (512 + 64 + 128) * 2


def test_layers_that_share_keep_nothing() -> None:
    gemma = model(layers=4, kv_shared_layers=2)
    assert list(kv_layer_bytes(gemma, 256) > 0) == [True, True, False, False]


def test_heads_may_differ_by_layer() -> None:
    mixed = model(layers=3, kv_heads=(8, 0, 4))
    assert list(kv_layer_bytes(mixed, 256)) == [256 * 2 * 1024 * 2, 0, 256 * 2 * 512 * 2]


def test_states_have_a_fixed_size_a_slot() -> None:
    # Qwen3-Next: three convolution columns of 32 × 128 + 2 × 16 × 128 channels, and 128 × 4096 of state, in f32
    linear = model(
        family="qwen3_next",
        layers=1,
        layer_kinds=("linear",),
        linear_key_heads=16,
        linear_value_heads=32,
        linear_key_head_dim=128,
        linear_value_head_dim=128,
        convolution_width=4,
    )
    state = 4 * (3 * (4096 + 2 * 2048) + 128 * 4096)
    assert kv_cache_bytes(linear, 256) == kv_cache_bytes(linear, 65536) == state
    assert kv_cache_bytes(linear, 65536, slots=4) == 4 * state


@pytest.mark.parametrize(
    ("mib", "shapes"),
    [
        (
            226.8125,
            {
                "family": "nemotron_h",
                "layers": 52,
                "layer_kinds": tuple(
                    {"M": "mamba", "-": "none", "*": "full"}[kind]
                    for kind in "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-"
                ),
                "state_size": 128,
                "state_groups": 8,
                "state_inner_size": 8192,
                "convolution_width": 4,
            },
        ),
        (
            485.8046875,
            {
                "family": "falcon_h1",
                "layers": 44,
                "kv_heads": 2,
                "state_size": 256,
                "state_groups": 1,
                "state_inner_size": 3072,
                "convolution_width": 4,
            },
        ),
        (
            6200.0,
            {
                "family": "minicpm3",
                "layers": 62,
                "attention_heads": 40,
                "kv_heads": 40,
                "head_dim": 96,
                "kv_latent_size": 256,
                "no_rope_head_dim": 64,
                "rope_head_dim": 32,
                "value_head_dim": 64,
            },
        ),
    ],
    ids=["nemotron-h-8b", "falcon-h1-7b", "minicpm3-4b"],
)
def test_hybrids_as_the_engine_reports_at_8192(mib: float, shapes: dict[str, Any]) -> None:
    assert kv_cache_bytes(model(**shapes), 8192) == mib * MIB


def test_refusals_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        kv_cache_bytes(model(), 0)
    with pytest.raises(ValueError, match="slots must be at least 1"):
        kv_cache_bytes(model(), 256, slots=0)
    with pytest.raises(ValueError, match="'q3_k' is not one of"):
        kv_cache_bytes(model(), 256, type_k="q3_k")
    with pytest.raises(ValueError, match="needs flash attention"):
        kv_cache_bytes(model(), 256, type_v="q8_0", flash_attention=False)
    with pytest.raises(ValueError, match="does not divide into blocks"):
        kv_cache_bytes(model(kv_heads=1, head_dim=80), 256, type_k="q8_0")
    with pytest.raises(ValueError, match="needs state_size"):
        kv_cache_bytes(model(layer_kinds=("mamba",), state_inner_size=4096), 256)
